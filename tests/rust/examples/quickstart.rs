//! The quickstart of the README; the suite holds the two against each other and runs it.
#![allow(clippy::print_stdout)]

use tenant_select::{Client, CookieOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().environment(std::env::vars()).build()?; // DESCOPE_PROJECT_ID, or .project_id("P2…")
    let switched = client.select_tenant("acme", &std::env::var("REFRESH_JWT")?.into()).await?;
    let session = switched.verified_session()?; // signature, user and tenant
    let tenant = session.active_tenant().ok_or("no tenant")?;
    println!("{} now acts in {} as {}", session.user_id(), tenant.tenant_id(), tenant.roles().join(", "));
    println!("may write: {}", tenant.has_permissions(&["documents.write"]));
    for cookie in switched.set_cookie_headers(&CookieOptions::new())? {
        println!("Set-Cookie: {}", cookie.split('=').next().unwrap_or_default()); // send the whole of it to the browser
    }
    Ok(())
}
