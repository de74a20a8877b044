//! One validation of a session token whose key is cached, against the bare signature verification that it contains. All of
//! them alternate in one process, in short batches, so that a slow phase of the machine affects them alike.

use std::hint::black_box;
use std::time::Instant;

use tenant_select::SessionJwt;

use super::batches::{BATCH, Batches};
use super::core;
use super::signature::Bare;
use crate::Failure;
use crate::plan::{Plan, Series};

pub(crate) async fn series(plan: &Plan) -> Result<Series, Failure> {
    let bare = Bare::new(&plan.fixture.keys, &plan.fixture.session_jwt)?;
    let client = core::builder(&plan.fixture).build()?;
    let token = SessionJwt::from(plan.fixture.session_jwt.as_str());
    let caching = core::builder(&plan.fixture).session_cache(100).build()?;
    // Fetches the keys, and verifies the token that is kept.
    client.validate_session(&token, None).await?;
    caching.validate_session(&token, None).await?;

    let mut batches = Batches::new(plan, BATCH)?;
    while batches.go_on() {
        let started = Instant::now();
        for _ in 0..batches.size {
            black_box(bare.verify()?);
        }
        batches.note("bare", started);

        let started = Instant::now();
        for _ in 0..batches.size {
            black_box(client.validate_session_cached(&token, None).ok_or("the key is not cached")??);
        }
        batches.note("cached", started);

        let started = Instant::now();
        for _ in 0..batches.size {
            black_box(client.validate_session(&token, None).await?);
        }
        batches.note("awaited", started);

        let started = Instant::now();
        for _ in 0..batches.size {
            black_box(caching.validate_session_cached(&token, None).ok_or("the key is not cached")??);
        }
        batches.note("kept", started);
    }
    Ok(batches.result())
}
