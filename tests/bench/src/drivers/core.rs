//! The Rust client under load.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use tenant_select::{Client, ClientBuilder, RefreshJwt};

use super::load;
use crate::Failure;
use crate::fixture::Fixture;
use crate::plan::{Load, Plan};

const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) async fn load(plan: &Plan) -> Result<Load, Failure> {
    let start = load::Start::now();
    // Each worker presents one token many times, which a client that follows rotation serves from memory.
    let builder = builder(&plan.fixture).verify(plan.verify).rotation(false);
    // With thousands of pending calls on a busy machine, some take longer than the default.
    let client = builder.timeout(TIMEOUT).connect_timeout(TIMEOUT).build()?;
    load::drive(plan, &start, |token| {
        let call = Arc::new((client.clone(), plan.fixture.tenant.clone(), RefreshJwt::from(token)));
        move || {
            let call = Arc::clone(&call);
            async move {
                let (client, tenant, token) = &*call;
                black_box(client.select_tenant(tenant, token).await?);
                Ok(())
            }
        }
    })
    .await
}

/// A client of the fixture with the default options.
pub(super) fn builder(fixture: &Fixture) -> ClientBuilder {
    let builder = Client::builder().project_id(&fixture.project_id).base_url(&fixture.base_url);
    match &fixture.ca_file {
        None => builder,
        Some(path) => builder.ca_file(path),
    }
}
