//! The entries of the journal, without tokens.

use aws_lc_rs::digest::{SHA256, digest};
use http::{HeaderMap, header};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::machine_now_text;

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum JournalEntry {
    /// A request arrived.
    Request(Box<RequestEntry>),
    /// A client closed a connection that has had requests, or (HTTP/2) cancelled one request.
    Disconnect(DisconnectEntry),
}

/// A request in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequestEntry {
    /// Place in the journal, from 1 on; not reset by clearing.
    pub sequence: u64,
    /// When it arrived, RFC 3339, by the machine's clock.
    pub time: String,
    /// The connection: the client's port.
    pub connection: u16,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub protocol: String,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query's parameters; a value of `externalToken` is withheld.
    pub query: Map<String, Value>,
    /// Every header by its lower-case name; values of `authorization` and `cookie` are replaced by their parts without secrets.
    pub headers: Map<String, Value>,
    /// The shape of the bearer; null without one.
    pub authorization: Option<AuthorizationEntry>,
    /// The names of the members of a JSON body, sorted; null when the body is empty, unfinished, or not a JSON object.
    pub body_keys: Option<Vec<String>>,
    /// The refresh token that the call presented and what became of it; null when there was none, when it
    /// has expired or this emulator did not sign it, and when a fault prevented the call.
    pub refresh_token: Option<RefreshTokenEntry>,
    /// The status of the response; null while there is none, or when the response was a fault without one.
    pub status: Option<u16>,
    /// The kind of the fault that was applied to the request, if any.
    pub fault: Option<String>,
}

/// The shape of a bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthorizationEntry {
    /// The number of its colon-separated parts.
    pub parts: usize,
    /// The first eight hexadecimal digits of the SHA-256 of the whole credential: equal credentials, equal fingerprints.
    pub fingerprint: String,
}

/// A refresh token that was presented, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefreshTokenEntry {
    /// The first eight hexadecimal digits of the SHA-256 of the token.
    pub fingerprint: String,
    /// The number of its sign-in since the last reset, from 1; null for an unknown token.
    pub sign_in: Option<u64>,
    /// The token's number among those of its sign-in, from 1; null for an unknown token.
    pub number: Option<u64>,
    /// Whether it is accepted, or why not.
    pub status: RefreshTokenStatus,
    /// Whether the sign-in ended because this token was used again.
    pub revoked: bool,
    /// The result of an exchange; null when the call was not an exchange, or was refused.
    pub issued: Option<IssuedEntry>,
}

/// The result of a selection or a refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IssuedEntry {
    /// `dct` of the session token; null without one.
    pub tenant: Option<String>,
    /// The number of the new refresh token among those of its sign-in; null when none was issued.
    pub number: Option<u64>,
    /// The first eight hexadecimal digits of the SHA-256 of the new refresh token; null when none was issued.
    pub fingerprint: Option<String>,
}

/// Whether a refresh token is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefreshTokenStatus {
    /// No newer token has replaced it: accepted.
    Current,
    /// A newer token has replaced it, so recently that it is still accepted.
    Grace,
    /// A newer token has replaced it: refused.
    Superseded,
    /// Its sign-in has ended: refused.
    LoggedOut,
    /// Its sign-in was without activity for too long: refused.
    Inactive,
    /// Never issued, or issued before a reset: refused.
    Unknown,
}

/// A client disconnected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DisconnectEntry {
    /// Place in the journal, from 1 on; not reset by clearing.
    pub sequence: u64,
    /// When, RFC 3339, by the machine's clock.
    pub time: String,
    /// The connection: the client's port.
    pub connection: u16,
    /// Whether a request was waiting for its response, or the response was under way.
    pub during_request: bool,
}

impl JournalEntry {
    /// Place in the journal, from 1 on; not reset by clearing.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Request(entry) => entry.sequence,
            Self::Disconnect(entry) => entry.sequence,
        }
    }

    /// The request, when the entry is one.
    #[must_use]
    pub fn as_request(&self) -> Option<&RequestEntry> {
        match self {
            Self::Request(entry) => Some(entry),
            Self::Disconnect(_) => None,
        }
    }

    /// The disconnect, when the entry is one.
    #[must_use]
    pub fn as_disconnect(&self) -> Option<&DisconnectEntry> {
        match self {
            Self::Disconnect(entry) => Some(entry),
            Self::Request(_) => None,
        }
    }
}

impl RequestEntry {
    /// A request as it arrives.
    pub(super) fn new(head: &http::request::Parts, connection: u16) -> Self {
        Self {
            sequence: 0,
            time: machine_now_text(),
            connection,
            protocol: format!("{:?}", head.version),
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: redacted_query(head.uri.query().unwrap_or_default()),
            headers: redacted_headers(&head.headers),
            authorization: authorization(&head.headers),
            body_keys: None,
            refresh_token: None,
            status: None,
            fault: None,
        }
    }
}

/// What stands for a credential in the journal.
pub(crate) fn fingerprint(text: &[u8]) -> String {
    digest(&SHA256, text).as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn authorization(headers: &HeaderMap) -> Option<AuthorizationEntry> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let credential = value.splitn(2, |&byte| byte == b' ').nth(1).unwrap_or_default();
    let parts = credential.split(|&byte| byte == b':').count();
    Some(AuthorizationEntry { parts, fingerprint: fingerprint(credential) })
}

fn redacted_headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut redacted = Map::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| match *name {
            header::AUTHORIZATION => {
                let scheme = value.as_bytes().split(|&byte| byte == b' ').next().unwrap_or_default();
                format!("{} (withheld)", String::from_utf8_lossy(scheme))
            }
            header::COOKIE => {
                let names: Vec<&str> = value
                    .to_str()
                    .unwrap_or_default()
                    .split(';')
                    .map(|pair| pair.split('=').next().unwrap_or_default().trim())
                    .collect();
                format!("{} (withheld)", names.join("; "))
            }
            _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        });
        redacted.insert(name.to_string(), json!(values.collect::<Vec<_>>().join(", ")));
    }
    redacted
}

fn redacted_query(query: &str) -> Map<String, Value> {
    let parameters = crate::query::query_pairs(query);
    parameters
        .into_iter()
        .map(|(name, value)| {
            let value = if name == "externalToken" { "(withheld)".to_owned() } else { value };
            (name, Value::String(value))
        })
        .collect()
}
