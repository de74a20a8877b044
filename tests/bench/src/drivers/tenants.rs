//! Validation of session tokens with more and more tenants, and the bare signature verification of the same tokens.

use std::hint::black_box;
use std::time::Instant;

use tenant_select::SessionJwt;

use super::batches::Batches;
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
    let mut batches = Batches::new(plan, BATCH)?;
    while batches.go_on() {
        for (count, bare, token) in &tokens {
            let started = Instant::now();
            for _ in 0..batches.size {
                black_box(bare.verify()?);
            }
            batches.note(format!("bare {count}"), started);
            let started = Instant::now();
            for _ in 0..batches.size {
                black_box(client.validate_session_cached(token, None).ok_or("the key is not cached")??);
            }
            batches.note(format!("{count}"), started);
        }
    }
    Ok(batches.result())
}
