//! A key whose public half is no secret, and tokens that it signs: so that inputs get past the check of the signature.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// The project of all clients here.
pub(crate) const PROJECT: &str = "P2fuzzTargets000000000000001";
/// The header of tokens that nothing is wrong with.
pub(crate) const HEADER: &str = r#"{"alg":"EdDSA","kid":"k"}"#;

static KEY: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap());

/// The public half as a JSON Web Key with the id `k`.
pub(crate) fn public_key() -> String {
    let x = URL_SAFE_NO_PAD.encode(KEY.public_key());
    json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k", "x": x}).to_string()
}

/// A token of these parts.
pub(crate) fn sign(header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = KEY.sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token with this purpose that expires after these seconds.
pub(crate) fn token(drn: &str, lifetime: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let exp = i64::try_from(now).unwrap_or(i64::MAX).saturating_add(lifetime);
    let claims = json!({
        "iss": PROJECT, "sub": "U1", "drn": drn, "exp": exp, "dct": "T1", "tenants": {"T1": {"roles": ["admin"]}, "T2": {}},
    });
    sign(HEADER.as_bytes(), claims.to_string().as_bytes())
}
