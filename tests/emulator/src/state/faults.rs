//! Faults: what the emulator does instead of answering as it should.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::connection::answer::{Answer, Delivery};
use crate::error::ControlError;

/// A fault that waits for requests, as given to `POST /emulator/faults` or to [`Emulator::add_fault`](crate::Emulator::add_fault).
///
/// ```
/// use std::time::Duration;
/// use tenant_select_emulator::{Fault, FaultKind};
///
/// let overloaded = Fault::status("/v1/auth/refresh", 503).header("Retry-After", "1").times(2);
/// let half_an_answer = Fault::new("/v1/auth/tenant/select", FaultKind::Truncate).after_bytes(100);
/// let slow_keys = Fault::new("/v2/keys/*", FaultKind::Delay).delay(Duration::from_millis(200)).forever();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fault {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// How many requests it still hits; null is every one.
    times: Option<u32>,
    skip: u32,
    #[serde(flatten)]
    pub(crate) action: FaultAction,
}

/// In place of a path: the fault hits new connections instead of requests.
pub(crate) const CONNECTION: &str = "connection";

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Answers with `status`, `headers` and `body` of its own.
    Status,
    /// Waits `delayMs`, then answers as usual.
    Delay,
    /// Closes the connection with a reset, unanswered.
    Reset,
    /// Closes the connection in an orderly way, unanswered.
    Close,
    /// Announces the whole body, sends `afterBytes` of it, closes.
    Truncate,
    /// Sends `body` (default: bytes that are no HTTP) straight into the socket and closes.
    Garbage,
    /// Never answers; with `afterBytes`, sends the head and that much of the body, then nothing more.
    Stall,
    /// Sends the body in pieces of `chunkBytes`, one every `intervalMs`.
    Slow,
    /// Answers as usual and closes the kept-alive connection right afterwards, unannounced.
    CloseIdle,
    /// Answers as usual; the moment the next request arrives on the same connection, closes it unread.
    CloseOnNext,
    /// HTTP/2: GOAWAY that excludes this request. On HTTP/1.1 like `close`.
    Goaway,
    /// HTTP/2: answers as usual, with a graceful GOAWAY around it. On HTTP/1.1 like `close_idle`.
    GoawayGraceful,
    /// HTTP/2: `RST_STREAM` with `REFUSED_STREAM`. On HTTP/1.1 like `close`.
    RefusedStream,
}

impl FaultKind {
    fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether the fault lies in how the true answer travels, so that the call is carried out.
    fn needs_answer(self) -> bool {
        matches!(
            self,
            Self::Delay | Self::Truncate | Self::Slow | Self::CloseIdle | Self::CloseOnNext | Self::GoawayGraceful
        )
    }
}

/// The part of a fault that says what happens; cases use it as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FaultAction {
    pub(crate) kind: FaultKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, HeaderTexts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chunked: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chunk_bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval_ms: Option<u64>,
    /// Whether the call is carried out although its answer never arrives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    apply: Option<bool>,
    /// Whether the connection is reset instead of closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reset: Option<bool>,
}

impl FaultAction {
    fn new(kind: FaultKind) -> Self {
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

    /// Whether the fault can hit a connection before any request.
    fn can_hit_connections(&self) -> bool {
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

    /// How long to wait before anything else happens.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or(0))
    }

    /// Whether the call is to be carried out.
    pub(crate) fn applies(&self) -> bool {
        self.apply.unwrap_or(false) || self.needs_answer()
    }

    fn needs_answer(&self) -> bool {
        self.kind.needs_answer() || (self.kind == FaultKind::Stall && self.after_bytes.is_some())
    }

    /// Refuses members that the kind has no use for, so that a misspelt intention is not silently ignored.
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
            ("apply", self.apply.is_some(), !kind.needs_answer()),
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
                self.own_answer().map(drop)
            }
            Kind::Delay if self.delay_ms.is_none() => Err("the kind \"delay\" needs \"delayMs\"".to_owned()),
            Kind::Slow if self.chunk_bytes == Some(0) => Err("\"chunkBytes\" must be at least 1".to_owned()),
            _ => self.own_bytes().map(drop),
        }
    }

    fn own_bytes(&self) -> Result<Option<Bytes>, String> {
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

    fn own_answer(&self) -> Result<Answer, String> {
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
        let mut headers = header_map(&self.headers)?;
        if self.body.as_ref().is_some_and(|body| !body.is_string()) && !headers.contains_key("content-type") {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
        }
        Ok(Answer { status, headers, body: self.own_bytes()?.unwrap_or_default() })
    }

    /// How the request is answered, given the true answer when the call was carried out.
    pub(crate) fn delivery(&self, answer: Answer) -> Delivery {
        let reset = self.reset.unwrap_or(false);
        match self.kind {
            FaultKind::Status => Delivery::Whole(self.own_answer().unwrap_or_default()),
            FaultKind::Delay => Delivery::Whole(answer),
            FaultKind::Reset => Delivery::Close { reset: true },
            FaultKind::Close => Delivery::Close { reset: false },
            FaultKind::Truncate => {
                let after_bytes = self.after_bytes.unwrap_or(answer.body.len() / 2);
                Delivery::Truncated { answer, after_bytes, chunked: self.chunked.unwrap_or(false), reset }
            }
            FaultKind::Garbage => {
                let default = Bytes::from_static(b"\x00\xff\x00\xffthis is not HTTP\r\n\r\n");
                Delivery::Garbage(self.own_bytes().ok().flatten().unwrap_or(default))
            }
            FaultKind::Stall => match self.after_bytes {
                None => Delivery::Silence,
                Some(after_bytes) => Delivery::StalledBody { answer, after_bytes },
            },
            FaultKind::Slow => Delivery::Slow {
                answer,
                chunk_bytes: self.chunk_bytes.unwrap_or(16),
                interval: Duration::from_millis(self.interval_ms.unwrap_or(20)),
            },
            FaultKind::CloseIdle => Delivery::ThenClose { answer, reset },
            FaultKind::CloseOnNext => Delivery::CloseOnNext { answer, reset },
            FaultKind::Goaway => Delivery::GoAway,
            FaultKind::GoawayGraceful => Delivery::GoAwayGracefully(answer),
            FaultKind::RefusedStream => Delivery::RefusedStream,
        }
    }
}

impl Fault {
    /// A fault of that kind for the next request to `path`; a path that ends in `*` means every path that starts so.
    pub fn new(path: impl Into<String>, kind: FaultKind) -> Self {
        Self { path: path.into(), method: None, times: Some(1), skip: 0, action: FaultAction::new(kind) }
    }

    /// A fault of that kind for the next connection, before a byte of TLS or HTTP is read: `delay`, `reset`, `close`, `garbage`, or
    /// `stall`.
    #[must_use]
    pub fn on_connection(kind: FaultKind) -> Self {
        Self::new(CONNECTION, kind)
    }

    /// A plain answer with that status and an empty body.
    pub fn status(path: impl Into<String>, status: u16) -> Self {
        let mut fault = Self::new(path, FaultKind::Status);
        fault.action.status = Some(status);
        fault
    }

    /// Only requests with this method are hit.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// That many requests are hit instead of one.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Every request is hit.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// That many matching requests pass before the first one is hit.
    #[must_use]
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// The body of a `status` answer (a string goes out as it is, anything else as JSON), or the bytes of `garbage`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.action.body = Some(body.into());
        self
    }

    /// One more header of a `status` answer.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.action.headers.insert(name.into(), HeaderTexts::One(value.into()));
        self
    }

    /// The wait before anything happens, to the millisecond.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.action.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// How much of the body `truncate` and `stall` send.
    #[must_use]
    pub fn after_bytes(mut self, bytes: usize) -> Self {
        self.action.after_bytes = Some(bytes);
        self
    }

    /// The call is carried out, although its answer never arrives.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.action.apply = Some(true);
        self
    }

    /// The connection ends with a reset where it would be closed.
    #[must_use]
    pub fn with_reset(mut self) -> Self {
        self.action.reset = Some(true);
        self
    }

    /// Reads a fault as the control call gives it.
    pub(crate) fn from_json(value: Value) -> Result<Self, ControlError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Target {
            path: String,
            method: Option<String>,
            #[serde(default = "once")]
            times: Option<u32>,
            #[serde(default)]
            skip: u32,
        }
        fn once() -> Option<u32> {
            Some(1)
        }
        let invalid = |error: &dyn std::fmt::Display| ControlError::invalid(format!("fault: {error}"));
        let Value::Object(members) = value else { return Err(invalid(&"a fault is a JSON object")) };
        let (target, action): (serde_json::Map<_, _>, serde_json::Map<_, _>) =
            members.into_iter().partition(|(name, _)| matches!(name.as_str(), "path" | "method" | "times" | "skip"));
        let target: Target =
            serde_path_to_error::deserialize(Value::Object(target)).map_err(|error| invalid(&error))?;
        let action: FaultAction =
            serde_path_to_error::deserialize(Value::Object(action)).map_err(|error| invalid(&error))?;
        let fault = Self { path: target.path, method: target.method, times: target.times, skip: target.skip, action };
        fault.check()?;
        Ok(fault)
    }

    pub(crate) fn check(&self) -> Result<(), ControlError> {
        if self.times == Some(0) {
            return Err(ControlError::invalid("fault: \"times\" must be at least 1, or null for every request"));
        }
        let invalid = |error: String| Err(ControlError::invalid(format!("fault: {error}")));
        if self.path == CONNECTION && !self.action.can_hit_connections() {
            return invalid(format!("the kind \"{}\" cannot hit a connection", self.action.name()));
        }
        if self.path != CONNECTION && !self.path.starts_with(['/', '*']) {
            return invalid("\"path\" must begin with a slash, or be \"connection\"".to_owned());
        }
        self.action.check().or_else(invalid)
    }

    fn targets(&self, method: &str, path: &str) -> bool {
        if self.path == CONNECTION || path == CONNECTION {
            return self.path == path;
        }
        let on_path = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.path,
        };
        on_path && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

/// The faults that wait, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn waiting(&self) -> &[Fault] {
        &self.waiting
    }

    /// The fault that hits a new connection, used up by one.
    pub(crate) fn take_for_connection(&mut self) -> Option<FaultAction> {
        self.take("", CONNECTION)
    }

    /// The fault that hits this request, used up by one.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<FaultAction> {
        let position = self.waiting.iter_mut().position(|fault| {
            if !fault.targets(method, path) {
                return false;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                return false;
            }
            true
        })?;
        let fault = self.waiting.get_mut(position)?;
        let action = fault.action.clone();
        if let Some(times) = fault.times.as_mut() {
            *times -= 1;
            if *times == 0 {
                self.waiting.remove(position);
            }
        }
        Some(action)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_hits_as_often_as_it_says_after_what_it_skips() {
        let mut faults = Faults::default();
        faults.add(Fault::status("/v1/auth/*", 503).method("POST").skip(1).times(2));
        let mut hits = |method, path| faults.take(method, path).is_some();
        assert!(!hits("GET", "/v1/auth/me"));
        assert!(!hits("POST", "/v2/keys/P"));
        assert!(!hits("POST", "/v1/auth/refresh"), "skipped");
        assert!(hits("POST", "/v1/auth/refresh"));
        assert!(hits("POST", "/v1/auth/tenant/select"));
        assert!(!hits("POST", "/v1/auth/refresh"), "used up");
    }

    #[test]
    fn members_without_a_meaning_for_the_kind_are_refused() {
        for (fault, complaint) in [
            (json!({"path": "/x", "kind": "reset", "status": 500}), "\"status\" means nothing"),
            (json!({"path": "/x", "kind": "status"}), "needs \"status\""),
            (json!({"path": "/x", "kind": "delay"}), "needs \"delayMs\""),
            (json!({"path": "/x", "kind": "close", "times": 0}), "\"times\" must be at least 1"),
            (json!({"path": "/x", "kind": "explode"}), "unknown variant"),
            (json!({"path": "v1/auth/me", "kind": "close"}), "must begin with a slash"),
            (json!({"path": "connection", "kind": "truncate"}), "cannot hit a connection"),
            (json!({"kind": "close"}), "path"),
            (json!({"path": "/x", "kind": "status", "status": 503, "headers": {"a b": "c"}}), "no header name"),
        ] {
            let error = Fault::from_json(fault.clone()).unwrap_err().to_string();
            assert!(error.contains(complaint), "{fault}: {error}");
        }
        assert!(Fault::from_json(json!({"path": "/x", "kind": "close", "times": null})).unwrap().times.is_none());
    }
}
