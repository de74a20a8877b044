//! A signed-in user switches tenant, from Rust.
#![allow(clippy::print_stdout)]

use std::env;
use std::error::Error;
use std::time::Instant;

use tenant_select::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::builder().environment(env::vars()).build()?;
    let before = client.validate_session(&env::var("SESSION_JWT")?.into(), None).await?;
    let started = Instant::now();
    let switched = client.select_tenant(&env::var("TENANT")?, &env::var("REFRESH_JWT")?.into()).await?;
    let took = started.elapsed();

    let before = before.active_tenant().ok_or("no tenant before")?;
    let after = switched.session().ok_or("no session")?;
    let tenant = after.active_tenant().ok_or("no tenant after")?;
    println!("  tenant before  {}", before.tenant_id());
    println!("  tenant after   {}", tenant.tenant_id());
    println!("  user           {}", after.user_id());
    println!("  roles there    {}", tenant.roles().join(", "));
    println!("  time taken     {:.1} ms", took.as_secs_f64() * 1000.0);
    Ok(())
}
