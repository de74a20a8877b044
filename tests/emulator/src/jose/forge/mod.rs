//! Custom tokens: valid ones, and every kind of invalid token that a verifier must refuse.

mod mutate;
mod sign;
mod spec;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::keys::{Algorithm, KeyStore, SigningKey};
use super::{base64url, from_base64url};
use crate::clock::rfc3339;
pub use mutate::Mutation;
use mutate::{Parts, mutated};
pub use sign::Sign;
use sign::sign;
pub use spec::{TokenProfile, TokenSpec};

/// Default lifetime of a custom session token in seconds.
const SESSION_LIFETIME: i64 = 600;
/// Default lifetime of a custom refresh token in seconds.
const REFRESH_LIFETIME: i64 = 4 * 7 * 24 * 60 * 60;
/// The default `sub` of custom tokens.
pub(crate) const DEFAULT_USER_ID: &str = "U2emulatorTestUser0000000001";

/// The limit of `size` and `nesting`, far above the limits of readers.
const MAX_SIZE: usize = 16 * 1024 * 1024;

/// A custom token.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MintedToken {
    /// The token itself.
    pub token: String,
    /// Its claims as a reader sees them; null when they cannot be read as a JSON object.
    pub claims: Option<Map<String, Value>>,
}

impl fmt::Debug for MintedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens must not appear in logs, not even those of a test.
        formatter.debug_struct("MintedToken").field("claims", &self.claims).finish_non_exhaustive()
    }
}

/// Makes custom tokens.
pub(crate) struct Mint<'a> {
    pub(crate) keys: &'a KeyStore,
    /// The key that signs when the spec names neither `alg` nor `key`.
    pub(crate) default_key: Option<SigningKey>,
    pub(crate) issuer: String,
    pub(crate) session_name: &'a str,
    pub(crate) refresh_name: &'a str,
    pub(crate) now: i64,
}

/// `iss` out of its template.
pub(crate) fn issuer(template: &str, url: &str, project_id: &str) -> String {
    template.replace("{url}", url).replace("{projectId}", project_id)
}

impl Mint<'_> {
    /// Makes a token, or returns which field of the spec is invalid.
    pub(crate) fn make(&self, spec: &TokenSpec) -> Result<MintedToken, String> {
        if let Some(text) = &spec.text {
            let claims = text.split('.').nth(1).and_then(read_claims);
            return Ok(MintedToken { token: text.clone(), claims });
        }
        if spec.size.is_some_and(|size| size > MAX_SIZE) || spec.nesting.is_some_and(|depth| depth > MAX_SIZE) {
            return Err(format!("\"size\" and \"nesting\" must be at most {MAX_SIZE}"));
        }
        let (published, signing) = self.keys_for(spec)?;
        let header = self.header(spec, &published, &signing)?;
        let mut claims = self.claims(spec);
        if let Some(size) = spec.size {
            self.pad(spec, &mut claims, &header, &published, size)?;
        }
        let claims_text = claims_text(spec, &claims)?;
        let message = format!("{}.{}", base64url(&header), base64url(&claims_text));
        let signature = sign(spec.sign, &signing, &published, message.as_bytes())?;

        let mut final_text = claims_text;
        if !spec.tamper.is_empty() {
            lay_over(&mut claims, &spec.tamper);
            final_text = self::claims_text(spec, &claims)?;
        }
        let visible = serde_json::from_str(&final_text).ok();
        let mut parts = Parts { header, claims: final_text, signature };
        let token = mutated(&mut parts, &spec.mutate);
        Ok(MintedToken { token, claims: visible })
    }

    /// The key that the header names, and the key that signs.
    fn keys_for(&self, spec: &TokenSpec) -> Result<(SigningKey, SigningKey), String> {
        let named =
            |name: &str| self.keys.named(name).cloned().ok_or_else(|| format!("\"key\": there is no key \"{name}\""));
        let by_alg = spec.alg.as_deref().and_then(Algorithm::from_name);
        let published = match (&spec.key, by_alg) {
            (Some(name), _) => named(name)?,
            (None, Some(algorithm)) if self.default_key.as_ref().is_none_or(|key| key.algorithm != algorithm) => {
                named(algorithm.name())?
            }
            _ => match &self.default_key {
                Some(key) => key.clone(),
                None => named("RS256")?,
            },
        };
        let signing = match spec.sign {
            Sign::OtherKey => self.keys.other(published.algorithm).cloned().ok_or("there is no other key")?,
            _ => published.clone(),
        };
        Ok((published, signing))
    }

    fn header(&self, spec: &TokenSpec, published: &SigningKey, signing: &SigningKey) -> Result<String, String> {
        if let Some(text) = &spec.header_text {
            return Ok(text.clone());
        }
        let usual = match spec.sign {
            Sign::None => "none",
            Sign::HmacPublicKey | Sign::HmacJwk => "HS256",
            _ => published.algorithm.name(),
        };
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!(spec.alg.as_deref().unwrap_or(usual)));
        header.insert("kid".to_owned(), json!(spec.kid.as_deref().unwrap_or(&published.kid)));
        header.insert("typ".to_owned(), json!("JWT"));
        if spec.embed_jwk {
            header.insert("jwk".to_owned(), signing.jwk());
        }
        lay_over(&mut header, &spec.header);
        object_text(&header, &spec.raw_header, &spec.duplicate_header)
    }

    fn claims(&self, spec: &TokenSpec) -> Map<String, Value> {
        let (kind, lifetime) = match spec.profile {
            TokenProfile::Refresh => (self.refresh_name, REFRESH_LIFETIME),
            TokenProfile::Session | TokenProfile::Empty => (self.session_name, SESSION_LIFETIME),
        };
        let issued = self.now.saturating_sub(spec.issued_seconds_ago);
        let mut claims = Map::new();
        if spec.profile != TokenProfile::Empty {
            let defaults = [
                ("amr", json!(["email"])),
                ("drn", json!(kind)),
                ("exp", json!(issued.saturating_add(spec.lifetime_seconds.unwrap_or(lifetime)))),
                ("iat", json!(issued)),
                ("iss", json!(self.issuer)),
                ("sub", json!(DEFAULT_USER_ID)),
            ];
            claims.extend(defaults.map(|(name, value)| (name.to_owned(), value)));
        }
        if spec.profile == TokenProfile::Session {
            claims.insert("rexp".to_owned(), json!(rfc3339(issued.saturating_add(REFRESH_LIFETIME))));
        }
        lay_over(&mut claims, &spec.claims);
        claims
    }

    fn pad(
        &self,
        spec: &TokenSpec,
        claims: &mut Map<String, Value>,
        header: &str,
        published: &SigningKey,
        size: usize,
    ) -> Result<(), String> {
        claims.insert("padding".to_owned(), json!(""));
        let signature = sign(spec.sign, published, published, b"")?.len();
        let encoded = |bytes: usize| (bytes * 4).div_ceil(3);
        let others = encoded(header.len()) + encoded(signature) + 2;
        let unpadded = claims_text(spec, claims)?.len();
        let mut length = 0;
        if let Some(missing) = size.checked_sub(others + encoded(unpadded)) {
            length = missing * 3 / 4;
            while others + encoded(unpadded + length) < size {
                length += 1;
            }
        }
        claims.insert("padding".to_owned(), json!("x".repeat(length)));
        Ok(())
    }
}

/// Merges members into others; null removes one.
fn lay_over(target: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, value) in changes {
        if value.is_null() {
            target.remove(name);
        } else {
            target.insert(name.clone(), value.clone());
        }
    }
}

fn claims_text(spec: &TokenSpec, claims: &Map<String, Value>) -> Result<String, String> {
    if let Some(text) = &spec.claims_text {
        return Ok(text.clone());
    }
    let mut raw = spec.raw_claims.clone();
    if let Some(depth) = spec.nesting {
        raw.insert("nested".to_owned(), format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    }
    object_text(claims, &raw, &spec.duplicate_claims)
}

/// A JSON object as text: members, those of `raw` in place of members of the same name, then duplicates.
fn object_text(
    members: &Map<String, Value>,
    raw: &BTreeMap<String, String>,
    duplicates: &Map<String, Value>,
) -> Result<String, String> {
    let text = |value: &Value| serde_json::to_string(value).map_err(|error| error.to_string());
    let mut written = Vec::new();
    for (name, value) in members {
        if !raw.contains_key(name) {
            written.push((name, text(value)?));
        }
    }
    written.extend(raw.iter().map(|(name, value)| (name, value.clone())));
    for (name, value) in duplicates {
        written.push((name, text(value)?));
    }
    let members: Vec<String> =
        written.into_iter().map(|(name, value)| format!("{}:{value}", Value::String(name.clone()))).collect();
    Ok(format!("{{{}}}", members.join(",")))
}

fn read_claims(segment: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&from_base64url(segment)?).ok()
}
