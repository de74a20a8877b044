//! One run of a case: its requests, the used exchanges, and the problems.

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::format::{Case, Exchange, Reply};
use super::render::Context;
use crate::connection::request::Request;
use crate::connection::response::{Delivery, HttpResponse};
use crate::state::faults::header_map;
use crate::state::project::Project;

/// A case with its templates filled in.
pub(super) struct Run {
    id: String,
    base_url: String,
    case: Value,
    exchanges: Vec<Exchange>,
    used: Vec<u32>,
    requests: Vec<Value>,
    problems: Vec<String>,
    /// The response to a key set request that no exchange lists.
    key_set: Value,
}

/// The response to a request of a run.
pub(super) struct CaseReply {
    pub(super) delay: Duration,
    pub(super) delivery: Delivery,
    pub(super) fault: Option<String>,
}

impl CaseReply {
    fn whole(response: HttpResponse) -> Self {
        Self { delay: Duration::ZERO, delivery: Delivery::Whole(response), fault: None }
    }
}

impl Run {
    /// Fills a case in for a client that sends its requests below `path`.
    pub(super) fn open(project: &Project, case: &Case, path: &str) -> Result<Self, String> {
        let base_url = format!("{}{path}", project.url);
        let rendered = Context::for_run(project, case.document(), &base_url)?.document(case.document())?;
        let typed = case.typed(&rendered)?;
        let keys: Vec<Value> = project.keys.published().map(crate::jose::keys::SigningKey::jwk).collect();
        Ok(Self {
            id: case.id().to_owned(),
            base_url,
            used: vec![0; typed.exchanges.len()],
            exchanges: typed.exchanges,
            case: rendered,
            requests: Vec::new(),
            problems: Vec::new(),
            key_set: json!({"keys": keys}),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn case(&self) -> &Value {
        &self.case
    }

    pub(super) fn report(&self) -> Value {
        let complete = self.exchanges.iter().zip(&self.used).all(|(exchange, &used)| exchange.times == used);
        json!({"case": self.id, "requests": self.requests, "problems": self.problems, "complete": complete})
    }

    /// Responds to a request of this run: the first exchange for it that is not used up.
    pub(super) fn reply(&mut self, path: &str, request: &Request) -> CaseReply {
        let method = request.method();
        let meant = |exchange: &Exchange| exchange.request.is_for(method, path);
        if !self.exchanges.iter().any(meant) && is_key_set(method, path) {
            return CaseReply::whole(HttpResponse::ok(&self.key_set));
        }
        let number = self.requests.len() + 1;
        let mut counters = self.exchanges.iter().zip(self.used.iter_mut());
        let found = counters.find(|(exchange, used)| meant(exchange) && **used < exchange.times);
        let (problems, reply) = match found {
            Some((exchange, used)) => {
                *used += 1;
                let problems = exchange.request.differences(request);
                let reply =
                    if problems.is_empty() { exchange.response.reply() } else { CaseReply::whole(mismatch(&problems)) };
                (problems, reply)
            }
            None => {
                let known = self.exchanges.iter().any(meant);
                let problem =
                    if known { "came more often than the case foresees" } else { "is not foreseen by the case" };
                let problems = vec![format!("it {problem}")];
                let reply = CaseReply::whole(mismatch(&problems));
                (problems, reply)
            }
        };
        self.problems
            .extend(problems.into_iter().map(|problem| format!("request {number} ({method} {path}): {problem}")));
        self.requests.push(json!({"method": method, "path": path, "status": reply.delivery.status()}));
        reply
    }

    /// Responds to a request that belongs to no run: the first exchange for its method and path, nothing counted, tokens
    /// not compared.
    pub(super) fn stateless_reply(&self, path: &str, request: &Request) -> CaseReply {
        let method = request.method();
        match self.exchanges.iter().find(|exchange| exchange.request.is_for(method, path)) {
            Some(exchange) => exchange.response.reply(),
            None if is_key_set(method, path) => CaseReply::whole(HttpResponse::ok(&self.key_set)),
            None => CaseReply::whole(mismatch(&[format!("the case foresees no {method} {path}")])),
        }
    }
}

/// The response to a request that the case does not foresee: 418, a status that the service never sends.
pub(super) fn mismatch(problems: &[String]) -> HttpResponse {
    HttpResponse::json(
        StatusCode::IM_A_TEAPOT,
        &json!({"error": "the request does not fit the case", "problems": problems}),
    )
}

/// Also below a base URL with a path of its own.
fn is_key_set(method: &str, path: &str) -> bool {
    method == "GET"
        && path.rsplit_once('/').is_some_and(|(path, project_id)| !project_id.is_empty() && path.ends_with("/v2/keys"))
}

impl Reply {
    /// The bytes of the body.
    pub(super) fn bytes(&self) -> Result<Bytes, String> {
        if let Some(body) = &self.body {
            return serde_json::to_vec(body).map(Bytes::from).map_err(|error| format!("body: {error}"));
        }
        if let Some(text) = &self.text {
            return Ok(text.clone().into());
        }
        match &self.base64 {
            None => Ok(Bytes::new()),
            Some(text) => base64::engine::general_purpose::STANDARD
                .decode(text)
                .map(Bytes::from)
                .map_err(|error| format!("base64: {error}")),
        }
    }

    fn reply(&self) -> CaseReply {
        // All of this was checked when the case was read.
        let status = StatusCode::from_u16(self.status).unwrap_or_default();
        let mut headers = header_map(&self.headers).unwrap_or_default();
        if self.body.is_some() && !headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let response = HttpResponse { status, headers, body: self.bytes().unwrap_or_default() };
        let mut delay = Duration::from_millis(self.delay_ms);
        match &self.fault {
            None => CaseReply { delay, delivery: Delivery::Whole(response), fault: None },
            Some(fault) => {
                delay += fault.delay();
                CaseReply { delay, delivery: fault.delivery(response), fault: Some(fault.name()) }
            }
        }
    }
}
