//! The effect of a fault on a request.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Responds with `status`, `headers` and `body` of its own.
    Status,
    /// Waits `delayMs`, then responds as usual.
    Delay,
    /// Closes the connection with a reset, without a response.
    Reset,
    /// Closes the connection normally, without a response.
    Close,
    /// Announces the whole body, sends `afterBytes` of it, closes.
    Truncate,
    /// Sends `body` (default: bytes that are not HTTP) straight into the socket and closes.
    Garbage,
    /// Never responds; with `afterBytes`, sends the head and that much of the body, then nothing more.
    Stall,
    /// Sends the body in pieces of `chunkBytes`, one every `intervalMs`.
    Slow,
    /// Responds as usual and closes the kept-alive connection right afterwards, without notice.
    CloseIdle,
    /// Responds as usual; closes the connection when the next request arrives on it, without reading that.
    CloseOnNext,
    /// HTTP/2: GOAWAY that excludes this request. On HTTP/1.1 like `close`.
    Goaway,
    /// HTTP/2: responds as usual, with GOAWAY before and after it. On HTTP/1.1 like `close_idle`.
    GoawayGraceful,
    /// HTTP/2: `RST_STREAM` with `REFUSED_STREAM`. On HTTP/1.1 like `close`.
    RefusedStream,
}

impl FaultKind {
    fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether the fault needs the normal response, so that the call is carried out.
    fn needs_response(self) -> bool {
        matches!(
            self,
            Self::Delay | Self::Truncate | Self::Slow | Self::CloseIdle | Self::CloseOnNext | Self::GoawayGraceful
        )
    }
}

/// The part of a fault that defines its effect; cases use the same format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FaultAction {
    pub(crate) kind: FaultKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, HeaderTexts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after_bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chunked: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chunk_bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) interval_ms: Option<u64>,
    /// Whether the call is carried out although it gets no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) apply: Option<bool>,
    /// Whether the connection is reset instead of closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reset: Option<bool>,
}

impl FaultAction {
    pub(super) fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            status: None,
            body: None,
            base64: None,
            headers: BTreeMap::new(),
            delay_ms: None,
            after_bytes: None,
            chunked: None,
            chunk_bytes: None,
            interval_ms: None,
            apply: None,
            reset: None,
        }
    }

    /// Whether the fault can apply to a connection before any request.
    pub(super) fn can_hit_connections(&self) -> bool {
        match self.kind {
            FaultKind::Delay | FaultKind::Reset | FaultKind::Close | FaultKind::Garbage => true,
            FaultKind::Stall => self.after_bytes.is_none(),
            _ => false,
        }
    }

    /// The name of the kind, for the journal.
    pub(crate) fn name(&self) -> String {
        self.kind.name()
    }

    /// The delay before the fault.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or(0))
    }

    /// Whether the call is to be carried out.
    pub(crate) fn applies(&self) -> bool {
        self.apply.unwrap_or(false) || self.needs_response()
    }

    fn needs_response(&self) -> bool {
        self.kind.needs_response() || (self.kind == FaultKind::Stall && self.after_bytes.is_some())
    }

    /// Refuses members that the kind does not use, so that mistakes are reported.
    pub(crate) fn check(&self) -> Result<(), String> {
        use FaultKind as Kind;
        let kind = self.kind;
        let is = |kinds: &[Kind]| kinds.contains(&kind);
        let rules = [
            ("status", self.status.is_some(), is(&[Kind::Status])),
            ("body", self.body.is_some(), is(&[Kind::Status, Kind::Garbage])),
            ("base64", self.base64.is_some(), is(&[Kind::Status, Kind::Garbage])),
            ("headers", !self.headers.is_empty(), is(&[Kind::Status])),
            ("afterBytes", self.after_bytes.is_some(), is(&[Kind::Truncate, Kind::Stall])),
            ("chunked", self.chunked.is_some(), is(&[Kind::Truncate])),
            ("chunkBytes", self.chunk_bytes.is_some(), is(&[Kind::Slow])),
            ("intervalMs", self.interval_ms.is_some(), is(&[Kind::Slow])),
            ("apply", self.apply.is_some(), !kind.needs_response()),
            ("reset", self.reset.is_some(), is(&[Kind::Truncate, Kind::CloseIdle, Kind::CloseOnNext])),
        ];
        if let Some((member, ..)) = rules.into_iter().find(|&(_, present, allowed)| present && !allowed) {
            return Err(format!("\"{member}\" means nothing for the kind \"{}\"", kind.name()));
        }
        if self.body.is_some() && self.base64.is_some() {
            return Err("\"body\" and \"base64\" exclude each other".to_owned());
        }
        match kind {
            Kind::Status => {
                let status = self.status.ok_or("the kind \"status\" needs \"status\"")?;
                if !(200..=599).contains(&status) {
                    return Err(format!("\"status\" must be 200 to 599, not {status}"));
                }
                header_map(&self.headers)?;
                self.own_bytes().map(drop)
            }
            Kind::Delay if self.delay_ms.is_none() => Err("the kind \"delay\" needs \"delayMs\"".to_owned()),
            Kind::Slow if self.chunk_bytes == Some(0) || self.interval_ms == Some(0) => {
                Err("\"chunkBytes\" and \"intervalMs\" must be at least 1".to_owned())
            }
            _ => self.own_bytes().map(drop),
        }
    }

    /// The bytes of the fault's own body, if it has one.
    pub(crate) fn own_bytes(&self) -> Result<Option<Bytes>, String> {
        match (&self.body, &self.base64) {
            (_, Some(text)) => base64::engine::general_purpose::STANDARD
                .decode(text)
                .map(|bytes| Some(bytes.into()))
                .map_err(|error| format!("\"base64\": {error}")),
            (Some(Value::String(text)), _) => Ok(Some(text.clone().into())),
            (Some(value), _) => Ok(Some(value.to_string().into())),
            _ => Ok(None),
        }
    }
}

/// One value of a header, or several headers of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum HeaderTexts {
    One(String),
    Many(Vec<String>),
}

/// Headers by name, as JSON gives them.
pub(crate) fn header_map(headers: &BTreeMap<String, HeaderTexts>) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, texts) in headers {
        let header = HeaderName::try_from(name.as_str()).map_err(|_| format!("\"{name}\" is no header name"))?;
        let texts = match texts {
            HeaderTexts::One(text) => std::slice::from_ref(text),
            HeaderTexts::Many(texts) => texts,
        };
        for text in texts {
            // Bytes, so that values outside ASCII can be sent, too.
            let value = HeaderValue::from_bytes(text.as_bytes())
                .map_err(|_| format!("the header \"{name}\" cannot have this value"))?;
            map.append(header.clone(), value);
        }
    }
    Ok(map)
}
