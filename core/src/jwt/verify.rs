//! Verifies one token and returns its claims. It does no I/O, and the time is an argument.
//!
//! JWS compact form (RFC 7515 §7.1) under the rules of RFC 8725: an allow-list of algorithms, each key bound to one of them,
//! a purpose (`drn`) for every token, and no claim used before the signature is verified.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use crate::error::kind::{ErrorKind, Outcome};
use crate::error::message::Message;
use crate::error::{Error, Result};
use crate::jwt::jwk::{self, KeySet};
use crate::model::{self, Object, Value};
use crate::secret::redact;
use crate::session;

/// The largest header in bytes; no legitimate header is longer.
const MAX_HEADER: usize = 2048;

pub(crate) fn invalid(what: impl Into<Message>) -> Error {
    Error::new(ErrorKind::InvalidToken, Outcome::NotSent, what)
}

/// A token split into its parts, not verified.
pub(crate) struct Token<'a> {
    signed: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
    kid: Arc<str>,
    alg: Arc<str>,
}

impl Token<'_> {
    /// The id of the key that, according to the token, signed it.
    pub(crate) fn key_id(&self) -> &str {
        &self.kid
    }
}

/// Splits the compact form and reads the header. The header is known already where one of these keys has verified a token with
/// the same one.
pub(crate) fn parse<'a>(text: &'a str, keys: Option<&KeySet>) -> Result<Token<'a>> {
    let (header, payload, signature) = split(text).ok_or_else(|| invalid("the token is not of three parts"))?;
    let (kid, alg) = match keys.and_then(|keys| keys.with_header(header)) {
        Some(key) => (Arc::clone(key.kid()), Arc::clone(key.alg())),
        None => read_header(header)?,
    };
    let signed =
        text.len().checked_sub(signature.len().saturating_add(1)).and_then(|end| text.get(..end)).unwrap_or_default();
    let signature = decode(signature).ok_or_else(|| invalid("the token's signature is not base64url"))?;
    Ok(Token { signed, header, payload, signature, kid, alg })
}

/// The id of the key, and the algorithm.
fn read_header(header: &str) -> Result<(Arc<str>, Arc<str>)> {
    if header.len() > MAX_HEADER {
        return Err(invalid("the token's header is too long"));
    }
    let header = decode_members(header, &["alg", "kid", "crit", "b64"]);
    let header = header.ok_or_else(|| invalid("the token's header is not a JSON object"))?;
    // No extension is supported, so a token that requires one is refused (RFC 7515 §4.1.11, RFC 7797 §6).
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err(invalid("the token's header requires an extension that is not understood"));
    }
    let text_of = |name: &str| header.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let alg = text_of("alg").filter(|alg| jwk::is_allowed(alg)).ok_or_else(|| {
        invalid(
            "the token's algorithm is not one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA",
        )
    })?;
    let kid = text_of("kid").ok_or_else(|| invalid("the token does not name its key"))?;
    Ok((kid.into(), alg.into()))
}

/// Reads these claims of a token without verifying them: for the user's own token, which the service checks anyway.
pub(crate) fn unverified_claims(text: &str, names: &[&str]) -> Option<Object> {
    let (_, payload, _) = split(text)?;
    decode_members(payload, names)
}

/// The three parts of the compact form.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let first = memchr::memchr(b'.', text.as_bytes())?;
    let last = memchr::memrchr(b'.', text.as_bytes())?;
    let (header, rest) = (text.get(..first)?, text.get(first.checked_add(1)?..)?);
    let payload = text.get(first.checked_add(1)?..last)?;
    let signature = rest.get(payload.len().checked_add(1)?..)?;
    (memchr::memchr(b'.', payload.as_bytes()).is_none()).then_some((header, payload, signature))
}

/// Unpadded base64url without stray bits, and nothing else.
fn decode(part: &str) -> Option<Vec<u8>> {
    if part.is_empty() { None } else { URL_SAFE_NO_PAD.decode(part).ok() }
}

/// A JSON object without duplicate names.
fn decode_object(part: &str) -> Option<Object> {
    match serde_json::from_str(std::str::from_utf8(&decode(part)?).ok()?) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// These members of a JSON object without duplicate names.
fn decode_members(part: &str, names: &[&str]) -> Option<Object> {
    model::members(&decode(part)?, names)
}

/// The values that the claims must have.
pub(crate) struct Expected {
    pub(crate) project_id: String,
    pub(crate) purpose: Purpose,
    /// The values of `drn` for this purpose.
    pub(crate) names: Vec<String>,
    pub(crate) audience: Audience,
    pub(crate) leeway: Duration,
}

/// What the token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    Refresh,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Refresh => "refresh",
        }
    }

    /// The option that sets its custom cookie name.
    fn option(self) -> &'static str {
        match self {
            Self::Session => "session_cookie_name",
            Self::Refresh => "refresh_cookie_name",
        }
    }
}

pub(crate) enum Audience {
    /// The token came directly from the service, so `aud` is not checked.
    Any,
    /// The caller named no audience: `aud` must be absent or contain the project.
    Project,
    /// `aud` must contain this.
    Named(String),
}

/// Verifies the signature, once, and then the claims. `TokenExpired` means that the token is good in every other respect.
pub(crate) fn check(token: &Token<'_>, keys: &KeySet, expected: &Expected, now: SystemTime) -> Result<Object> {
    match check_all_but_expiry(token, keys, expected, now)? {
        Checked { expired: true, .. } => Err(expired()),
        Checked { claims, .. } => Ok(claims),
    }
}

pub(crate) fn expired() -> Error {
    Error::new(ErrorKind::TokenExpired, Outcome::NotSent, "the token is expired")
}

/// A token that is good in every respect, or in every respect but its expiry.
pub(crate) struct Checked {
    pub(crate) claims: Object,
    pub(crate) expired: bool,
}

/// The same for a caller that has a use for the claims of an expired token.
pub(crate) fn check_all_but_expiry(
    token: &Token<'_>,
    keys: &KeySet,
    expected: &Expected,
    now: SystemTime,
) -> Result<Checked> {
    check_signature(token, keys)?;
    let claims = decode_object(token.payload).ok_or_else(not_claims)?;
    let expired = check_claims(&claims, expected, now)?;
    Ok(Checked { claims, expired })
}

/// The claims that are checked, and the tenant.
const CHECKED_CLAIMS: &[&str] = &["iss", "drn", "aud", "dsub", "sub", "dct", "exp", "nbf", "cnf"];

/// [`check`] for a token of which only the checked claims and the tenant are of use; it gives no others.
pub(crate) fn check_alone(token: &Token<'_>, keys: &KeySet, expected: &Expected, now: SystemTime) -> Result<Object> {
    check_signature(token, keys)?;
    let claims = decode_members(token.payload, CHECKED_CLAIMS).ok_or_else(not_claims)?;
    if check_claims(&claims, expected, now)? { Err(expired()) } else { Ok(claims) }
}

fn not_claims() -> Error {
    invalid("the token's claims are not a JSON object")
}

fn check_signature(token: &Token<'_>, keys: &KeySet) -> Result<()> {
    let key = keys.find(&token.kid, &token.alg).ok_or_else(|| invalid("the token is signed with an unknown key"))?;
    if !key.is_for(&token.alg) {
        return Err(invalid("the token's algorithm is not the one of its key"));
    }
    if !key.verifies(token.signed.as_bytes(), &token.signature) {
        return Err(invalid("the token's signature is wrong"));
    }
    key.remember_header(token.header);
    Ok(())
}

/// Whether the token is expired, when it is good otherwise.
fn check_claims(claims: &Object, expected: &Expected, now: SystemTime) -> Result<bool> {
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    if !names_project(issuer, &expected.project_id) {
        return Err(invalid("the token was issued for another project"));
    }
    let Expected { purpose, names, .. } = expected;
    let drn = claims.get("drn").and_then(Value::as_str);
    if !drn.is_some_and(|drn| names.iter().any(|name| name == drn)) {
        return Err(invalid(format!(
            "the token is not a {} token (its `drn` is not {}; a custom name goes into the option {})",
            purpose.as_str(),
            redact::redact(&names.join(" or ")),
            purpose.option()
        )));
    }
    check_audience(claims, expected)?;
    if session::user_of(claims).is_none() {
        return Err(invalid("the token names no user"));
    }
    check_unbound(claims)?;
    check_time(claims, expected.leeway, now)
}

fn check_audience(claims: &Object, expected: &Expected) -> Result<()> {
    let found = match &expected.audience {
        Audience::Any => true,
        Audience::Project => names_audience(claims, None, &expected.project_id),
        Audience::Named(name) => names_audience(claims, Some(name), &expected.project_id),
    };
    if found { Ok(()) } else { Err(invalid("the token is for another audience (option audience)")) }
}

/// Whether `aud` contains the audience that the caller named; without one, whether it is absent or contains the project.
pub(crate) fn names_audience(claims: &Object, audience: Option<&str>, project_id: &str) -> bool {
    match (claims.get("aud"), audience) {
        (None | Some(Value::Null), None) => true,
        (Some(Value::String(one)), _) => one == audience.unwrap_or(project_id),
        (Some(Value::Array(many)), _) => many.iter().any(|one| one.as_str() == Some(audience.unwrap_or(project_id))),
        _ => false,
    }
}

/// `exp` and `nbf` (RFC 7519 §4.1.4, §4.1.5); `iat` never refuses, because it limits nothing.
/// Gives whether the token is expired.
pub(crate) fn check_time(claims: &Object, leeway: Duration, now: SystemTime) -> Result<bool> {
    let expires = claims.get("exp").and_then(session::seconds).ok_or_else(|| invalid("the token has no `exp`"))?;
    if let Some(claim) = claims.get("nbf") {
        let from = session::seconds(claim).ok_or_else(|| invalid("the token's `nbf` is not a number"))?;
        if from.saturating_sub(whole_seconds(leeway)) > since_epoch(now) {
            return Err(invalid("the token is not valid yet"));
        }
    }
    Ok(is_expired(expires, leeway, now))
}

/// Whether a token with this `exp` is expired.
pub(crate) fn is_expired(expires_at: i64, leeway: Duration, now: SystemTime) -> bool {
    expires_at.saturating_add(whole_seconds(leeway)) <= since_epoch(now)
}

fn since_epoch(now: SystemTime) -> i64 {
    now.duration_since(UNIX_EPOCH).map_or(0, whole_seconds)
}

fn whole_seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// A token that is bound to a key (RFC 7800) is valid only together with a proof of possession, such as DPoP's (RFC 9449
/// §4.3). None is checked here, and to accept the token without one would treat it as a bearer token, which the binding
/// forbids.
fn check_unbound(claims: &Object) -> Result<()> {
    match claims.get("cnf") {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(invalid(
            "the token is bound to a key (it has `cnf`), and it is refused because its proof of possession is not checked",
        )),
    }
}

/// Whether an issuer names the project: the bare id, a URL whose path ends in it, or the form of agent tokens, which has
/// one segment more. The host is not compared, because a project may have its own.
///
/// The text is compared without normalisation. A URL parser normalises its input (backslashes, line breaks, dot segments),
/// and the result is not the issuer that the service wrote.
fn names_project(issuer: &str, project_id: &str) -> bool {
    if issuer == project_id {
        return true;
    }
    let Some((host, path)) = issuer
        .strip_prefix("https://")
        .or_else(|| issuer.strip_prefix("http://"))
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    // The parser takes a while, and finds nothing wrong with a usual host.
    if !is_host(host) || !(is_usual_host(host) || Url::parse(issuer).is_ok()) {
        return false;
    }
    if !path.split('/').all(is_plain_segment) {
        return false;
    }
    let mut segments = path.rsplit('/');
    let last = segments.next();
    last == Some(project_id) || (segments.next() == Some(project_id) && segments.next() == Some("agentic"))
}

/// Whether it is a name of lower-case letters, digits and hyphens that a URL parser leaves as it is, or an IPv4 address; both
/// with or without a port. There are other valid hosts.
fn is_usual_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let is_label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && !label.starts_with("xn--") && label.bytes().all(plain)
    };
    // A last label that begins with a digit may make the name an address in an unusual notation.
    let is_name = || {
        let last = name.rsplit('.').next().unwrap_or_default();
        last.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('.').all(is_label)
    };
    port.is_none_or(|port| port.parse::<u16>().is_ok()) && (is_name() || name.parse::<Ipv4Addr>().is_ok())
}

/// Whether the text has only characters of a host name, an address or a port, and no user information.
fn is_host(text: &str) -> bool {
    let host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    !text.is_empty() && !text.ends_with(':') && text.bytes().all(host)
}

/// Whether a path segment needs no normalisation: not empty, no dot segment, and only the characters of RFC 3986 §3.3 without
/// `%`, which could encode others.
fn is_plain_segment(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    !matches!(text, "" | "." | "..") && text.bytes().all(plain)
}

#[cfg(test)]
mod tests;
