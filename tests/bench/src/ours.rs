//! The Rust client under load.

use std::hint::black_box;
use std::sync::Arc;

use tenant_select::{Client, RefreshJwt};

use crate::fixture::Fixture;
use crate::plan::{Load, Plan};
use crate::{Failure, load};

pub(crate) async fn load(plan: &Plan) -> Result<Load, Failure> {
    let client = client(&plan.fixture, plan.verify)?;
    load::drive(plan, |token| {
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

pub(crate) fn client(fixture: &Fixture, verify: bool) -> Result<Client, Failure> {
    // Each worker presents one token again and again, which a client that follows rotation serves from memory.
    let builder = Client::builder().project_id(&fixture.project_id).base_url(&fixture.base_url);
    Ok(builder.verify(verify).rotation(false).build()?)
}
