//! The Rust client under load.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tenant_select::{Client, ClientBuilder, RefreshJwt};

use super::load;
use crate::Failure;
use crate::fixture::Fixture;
use crate::plan::{Load, Plan};

const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) async fn load(plan: &Plan) -> Result<Load, Failure> {
    let start = load::Start::now();
    // A worker that presents one token many times is served from memory by a client that follows rotation.
    let mut builder = builder(&plan.fixture).verify(plan.verify).rotation(plan.distinct);
    if let Some(url) = &plan.shared_state {
        builder = builder.shared_state(url);
    }
    // With thousands of pending calls on a busy machine, some take longer than the default.
    let client = builder.timeout(TIMEOUT).connect_timeout(TIMEOUT).build()?;
    let calls = Arc::new(AtomicU64::new(0));
    load::drive(plan, &start, |token| {
        let call = Arc::new((client.clone(), plan.fixture.tenant.clone(), RefreshJwt::from(token)));
        let calls = plan.distinct.then(|| Arc::clone(&calls));
        move || {
            let call = Arc::clone(&call);
            let number = calls.as_ref().map(|calls| calls.fetch_add(1, Ordering::Relaxed));
            async move {
                let (client, tenant, token) = &*call;
                let other = number.map(|number| RefreshJwt::from(format!("{}_{number}", token.expose())));
                black_box(client.select_tenant(tenant, other.as_ref().unwrap_or(token)).await?);
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
