//! The decision about a request with a valid session, next to the validation of the same token.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use tenant_select::{IncomingRequest, RequestAuthenticator, Requirement, SessionJwt};

use super::core;
use crate::Failure;
use crate::plan::{Plan, Series};

const BATCH: u32 = 128;

pub(crate) async fn series(plan: &Plan) -> Result<Series, Failure> {
    let fixture = &plan.fixture;
    let client = core::builder(fixture).build()?;
    let authenticator = RequestAuthenticator::new(client.clone())?;
    let token = SessionJwt::from(fixture.session_jwt.as_str());
    let headers: Vec<_> = fixture.request_headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // Fetches the keys.
    client.validate_session(&token, None).await?;

    let mut operations: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let (warm_up, duration) = (plan.warm_up()?, plan.duration()?);
    let began = Instant::now();
    while began.elapsed() < warm_up + duration {
        let counts = began.elapsed() >= warm_up;
        let mut note = |name: &str, started: Instant| {
            if counts {
                let each = started.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH);
                operations.entry(name.to_owned()).or_default().push(each);
            }
        };

        let started = Instant::now();
        for _ in 0..BATCH {
            black_box(client.validate_session(&token, None).await?);
        }
        note("plain", started);

        let started = Instant::now();
        for _ in 0..BATCH {
            let request = IncomingRequest::new("GET", "/documents?page=2", &headers);
            let needed = Requirement::new().tenant(&fixture.tenant).permissions(&["documents.write"]);
            let result = authenticator.authenticate(&request, &needed).await?;
            if result.refusal().is_some() {
                return Err("the request was refused".into());
            }
            black_box(result.session());
        }
        note("request", started);
    }
    Ok(Series { operations })
}
