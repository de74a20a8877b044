//! One validation of a session token whose key is cached, against the bare signature verification that it contains. All of
//! them alternate in one process, in short batches, so that a slow phase of the machine affects them alike.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use tenant_select::SessionJwt;

use super::core;
use super::signature::Bare;
use crate::Failure;
use crate::plan::{Plan, Series};

/// A few milliseconds of work.
const BATCH: u32 = 128;

pub(crate) async fn series(plan: &Plan) -> Result<Series, Failure> {
    let bare = Bare::new(&plan.fixture.keys, &plan.fixture.session_jwt)?;
    let client = core::builder(&plan.fixture).build()?;
    let token = SessionJwt::from(plan.fixture.session_jwt.as_str());
    let caching = core::builder(&plan.fixture).session_cache(100).build()?;
    // Fetches the keys, and verifies the token that is kept.
    client.validate_session(&token, None).await?;
    caching.validate_session(&token, None).await?;

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
            black_box(bare.verify()?);
        }
        note("bare", started);

        let started = Instant::now();
        for _ in 0..BATCH {
            black_box(client.validate_session_cached(&token, None).ok_or("the key is not cached")??);
        }
        note("cached", started);

        let started = Instant::now();
        for _ in 0..BATCH {
            black_box(client.validate_session(&token, None).await?);
        }
        note("awaited", started);

        let started = Instant::now();
        for _ in 0..BATCH {
            black_box(caching.validate_session_cached(&token, None).ok_or("the key is not cached")??);
        }
        note("kept", started);
    }
    Ok(Series { operations })
}
