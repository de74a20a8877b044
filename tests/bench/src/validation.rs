//! One validation of a session token whose key is cached, against the bare signature verification that it cannot do without.
//! Both take turns in one process, in batches short enough to meet the same weather.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tenant_select::SessionJwt;

use crate::plan::{Plan, Series};
use crate::{Failure, ours};

/// A few milliseconds of work.
const BATCH: u32 = 128;

pub(crate) async fn series(plan: &Plan) -> Result<Series, Failure> {
    let bare = Bare::new(&plan.fixture.keys, &plan.fixture.session_jwt)?;
    let client = ours::client(&plan.fixture, true)?;
    let token = SessionJwt::from(plan.fixture.session_jwt.as_str());
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
    }
    Ok(Series { operations })
}

/// A parsed key, a message and a signature.
struct Bare {
    key: ParsedPublicKey,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Bare {
    fn new(keys: &Value, token: &str) -> Result<Self, Failure> {
        let (signed, signature) = token.rsplit_once('.').ok_or("the token is not of three parts")?;
        let (header, _) = signed.split_once('.').ok_or("the token is not of three parts")?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
        let keys = keys.get("keys").and_then(Value::as_array).ok_or("the key set has no keys")?;
        let jwk = keys.iter().find(|jwk| jwk.get("kid") == header.get("kid")).ok_or("the key is not in the set")?;
        let member = |name| -> Result<Vec<u8>, Failure> {
            let text = jwk.get(name).and_then(Value::as_str).ok_or("the key is not an RSA key")?;
            Ok(URL_SAFE_NO_PAD.decode(text)?)
        };
        let key = PublicKeyComponents { n: member("n")?, e: member("e")? }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| "the key cannot be parsed")?;
        Ok(Self { key, signed: signed.as_bytes().to_owned(), signature: URL_SAFE_NO_PAD.decode(signature)? })
    }

    fn verify(&self) -> Result<(), Failure> {
        Ok(self.key.verify_sig(black_box(&self.signed), &self.signature).map_err(|_| "the signature is wrong")?)
    }
}
