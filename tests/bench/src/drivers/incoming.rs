//! The decision about a request with a valid session, next to the validation of the same token.

use std::hint::black_box;
use std::time::Instant;

use tenant_select::{IncomingRequest, RequestAuthenticator, Requirement, SessionJwt};

use super::batches::{BATCH, Batches};
use super::core;
use crate::Failure;
use crate::plan::{Plan, Series};

pub(crate) async fn series(plan: &Plan) -> Result<Series, Failure> {
    let fixture = &plan.fixture;
    let client = core::builder(fixture).build()?;
    let authenticator = RequestAuthenticator::new(client.clone())?;
    let token = SessionJwt::from(fixture.session_jwt.as_str());
    let headers: Vec<_> = fixture.request_headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // Fetches the keys.
    client.validate_session(&token, None).await?;

    let mut batches = Batches::new(plan, BATCH)?;
    while batches.go_on() {
        let started = Instant::now();
        for _ in 0..batches.size {
            black_box(client.validate_session(&token, None).await?);
        }
        batches.note("plain", started);

        let started = Instant::now();
        for _ in 0..batches.size {
            let request = IncomingRequest::new("GET", "/documents?page=2", &headers);
            let needed = Requirement::new().tenant(&fixture.tenant).permissions(&["documents.write"]);
            let result = authenticator.authenticate(&request, &needed).await?;
            if result.refusal().is_some() {
                return Err("the request was refused".into());
            }
            black_box(result.session());
        }
        batches.note("request", started);
    }
    Ok(batches.result())
}
