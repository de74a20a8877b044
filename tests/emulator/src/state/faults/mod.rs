//! Faults: what the emulator does instead of the normal response, and when.

mod action;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chance::happens;
use crate::error::ControlError;
pub use action::FaultKind;
pub(crate) use action::{FaultAction, HeaderTexts, header_map};

/// The path that stands for new connections instead of requests.
pub(crate) const CONNECTION: &str = "connection";

/// The members that select the requests.
const TARGET_MEMBERS: [&str; 6] = ["path", "method", "times", "skip", "probability", "seed"];

/// A fault, as passed to `POST /emulator/faults` or to [`Emulator::add_fault`](crate::Emulator::add_fault).
///
/// ```
/// use std::time::Duration;
/// use tenant_select_emulator::{Fault, FaultKind};
///
/// let overloaded = Fault::status("/v1/auth/refresh", 503).header("Retry-After", "1").times(2);
/// let half_a_response = Fault::new("/v1/auth/tenant/select", FaultKind::Truncate).after_bytes(100);
/// let slow_keys = Fault::new("/v2/keys/*", FaultKind::Delay).delay(Duration::from_millis(200)).forever();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fault {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// The remaining number of requests; null means all.
    times: Option<u32>,
    skip: u32,
    /// The share of the remaining requests that it applies to; absent means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// The number of requests for which chance has decided.
    #[serde(skip)]
    drawn: u64,
    #[serde(flatten)]
    pub(crate) action: FaultAction,
}

impl Fault {
    /// A fault of that kind for the next request to `path`; a path that ends in `*` is a prefix.
    pub fn new(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            path: path.into(),
            method: None,
            times: Some(1),
            skip: 0,
            probability: None,
            seed: None,
            drawn: 0,
            action: FaultAction::new(kind),
        }
    }

    /// A fault of that kind for the next connection, before a byte of TLS or HTTP is read: `delay`, `reset`, `close`,
    /// `garbage`, or `stall`.
    #[must_use]
    pub fn on_connection(kind: FaultKind) -> Self {
        Self::new(CONNECTION, kind)
    }

    /// A response with this status and an empty body.
    pub fn status(path: impl Into<String>, status: u16) -> Self {
        let mut fault = Self::new(path, FaultKind::Status);
        fault.action.status = Some(status);
        fault
    }

    /// The fault applies only to requests with this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// The fault applies to this number of requests instead of one.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// The fault applies to every request.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// Skips this number of matching requests first.
    #[must_use]
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Applies the fault only to that share of the requests, more than 0 and at most 1. Their order and `seed` alone decide which
    /// ones: the same ones in every run.
    #[must_use]
    pub fn probability(mut self, probability: f64, seed: u64) -> Self {
        self.probability = Some(probability);
        self.seed = Some(seed);
        self
    }

    /// The body of a `status` response (a string is sent as it is, other values as JSON), or the bytes of `garbage`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.action.body = Some(body.into());
        self
    }

    /// Adds a header to a `status` response.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.action.headers.insert(name.into(), HeaderTexts::One(value.into()));
        self
    }

    /// The delay before the fault, in whole milliseconds.
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

    /// The call is carried out, although it gets no response.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.action.apply = Some(true);
        self
    }

    /// The connection is reset instead of closed.
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
            probability: Option<f64>,
            seed: Option<u64>,
        }
        fn once() -> Option<u32> {
            Some(1)
        }
        let invalid = |error: &dyn std::fmt::Display| ControlError::invalid(format!("fault: {error}"));
        let Value::Object(members) = value else { return Err(invalid(&"a fault is a JSON object")) };
        let (target, action): (serde_json::Map<_, _>, serde_json::Map<_, _>) =
            members.into_iter().partition(|(name, _)| TARGET_MEMBERS.contains(&name.as_str()));
        let target: Target =
            serde_path_to_error::deserialize(Value::Object(target)).map_err(|error| invalid(&error))?;
        let action: FaultAction =
            serde_path_to_error::deserialize(Value::Object(action)).map_err(|error| invalid(&error))?;
        let Target { path, method, times, skip, probability, seed } = target;
        let fault = Self { path, method, times, skip, probability, seed, drawn: 0, action };
        fault.check()?;
        Ok(fault)
    }

    pub(crate) fn check(&self) -> Result<(), ControlError> {
        if self.times == Some(0) {
            return Err(ControlError::invalid("fault: \"times\" must be at least 1, or null for every request"));
        }
        if self.probability.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return Err(ControlError::invalid("fault: \"probability\" must be more than 0 and at most 1"));
        }
        if self.seed.is_some() && self.probability.is_none() {
            return Err(ControlError::invalid("fault: \"seed\" needs \"probability\""));
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

    /// Whether it applies to the next of its requests.
    fn draw(&mut self) -> bool {
        let Some(probability) = self.probability else { return true };
        let place = self.drawn;
        self.drawn += 1;
        happens(probability, self.seed.unwrap_or(0), place)
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

/// The faults, in the order in which they were added.
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

    /// The fault for a new connection; counts this use.
    pub(crate) fn take_for_connection(&mut self) -> Option<FaultAction> {
        self.take("", CONNECTION)
    }

    /// The fault for this request; counts this use.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<FaultAction> {
        let position = self.waiting.iter_mut().position(|fault| {
            if !fault.targets(method, path) {
                return false;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                return false;
            }
            fault.draw()
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_applies_to_its_number_of_requests_after_those_it_skips() {
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
    fn a_fault_with_a_probability_applies_to_the_same_requests_every_time() {
        let hits = |fault: Fault| {
            let mut faults = Faults::default();
            faults.add(fault);
            (0..5_000).filter(|_| faults.take("POST", "/v1/auth/refresh").is_some()).count()
        };
        let fault = Fault::status("/v1/auth/refresh", 503).probability(0.02, 7);
        let forever = hits(fault.clone().forever());
        assert!((70..=130).contains(&forever), "{forever}");
        assert_eq!(hits(fault.clone().forever()), forever);
        assert_eq!(hits(fault.times(3)), 3, "hits are counted, not requests");
    }

    #[test]
    fn members_without_a_meaning_for_the_kind_are_refused() {
        for (fault, complaint) in [
            (json!({"path": "/x", "kind": "reset", "status": 500}), "\"status\" means nothing"),
            (json!({"path": "/x", "kind": "status"}), "needs \"status\""),
            (json!({"path": "/x", "kind": "delay"}), "needs \"delayMs\""),
            (json!({"path": "/x", "kind": "close", "times": 0}), "\"times\" must be at least 1"),
            (json!({"path": "/x", "kind": "close", "probability": 0}), "more than 0 and at most 1"),
            (json!({"path": "/x", "kind": "close", "probability": 1.5}), "more than 0 and at most 1"),
            (json!({"path": "/x", "kind": "close", "probability": 1, "seed": -1}), "seed"),
            (json!({"path": "/x", "kind": "close", "seed": 1}), "\"seed\" needs \"probability\""),
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
