//! Validation of session tokens with more and more tenants, and the bare signature verification of the same tokens.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use tenant_select::SessionJwt;

use super::core;
use super::signature::Bare;
use crate::Failure;
use crate::plan::{Plan, Series};

/// The longest token that the client accepts: the highest value of the option.
const MAX_TOKEN_BYTES: usize = 65_536;

const BATCH: u32 = 16;

pub(crate) async fn series(plan: &Plan) -> Result<Series, Failure> {
    let client = core::builder(&plan.fixture).max_token_bytes(MAX_TOKEN_BYTES).build()?;
    let mut tokens = Vec::new();
    for (count, token) in &plan.fixture.tenant_tokens {
        let (bare, token) = (Bare::new(&plan.fixture.keys, token)?, SessionJwt::from(token.as_str()));
        // Fetches the keys.
        client.validate_session(&token, None).await?;
        tokens.push((count, bare, token));
    }
    let mut operations: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let until = Instant::now() + plan.warm_up()? + plan.duration()?;
    let from = Instant::now() + plan.warm_up()?;
    while Instant::now() < until {
        for (count, bare, token) in &tokens {
            let mut note = |name: String, started: Instant| {
                if started >= from {
                    let each = started.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH);
                    operations.entry(name).or_default().push(each);
                }
            };
            let started = Instant::now();
            for _ in 0..BATCH {
                black_box(bare.verify()?);
            }
            note(format!("bare {count}"), started);
            let started = Instant::now();
            for _ in 0..BATCH {
                black_box(client.validate_session_cached(token, None).ok_or("the key is not cached")??);
            }
            note(format!("{count}"), started);
        }
    }
    Ok(Series { operations })
}
