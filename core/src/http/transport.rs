//! Sends one request and reads one response. This file and `peer`, which classifies its errors, are the only ones that use
//! the HTTP library.

use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{
    AGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    SET_COOKIE,
};
use serde::Serialize;
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

use crate::config::{Config, Proxies};
use crate::error::Error;
use crate::error::kind::{ErrorKind, Outcome};
use crate::http::body::Watched;
use crate::http::deadline;
use crate::http::departure::Departure;
use crate::http::events::{OnWarning, Warning};
use crate::http::peer::Peer;
use crate::http::pending::Pending;
use crate::http::resolver::Resolver;
use crate::http::tls;
use crate::response::ResponseMetadata;
use crate::retry::backoff;
use crate::retry::policy::Failure;
use crate::secret::redact::{CallSecrets, Cause, Redactor};
use crate::secret::{Secret, Wiped};

/// The largest body of any response; token responses are a few kilobytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

static CF_RAY: HeaderName = HeaderName::from_static("cf-ray");
static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const POOL_IDLE: Duration = Duration::from_secs(30);
const POOL_MAX_IDLE: usize = 1024;
const KEEPALIVE: Duration = Duration::from_secs(15);
const USER_TIMEOUT: Duration = Duration::from_secs(30);
/// What a `Date` header cannot tell: clocks in step may differ by it.
const DATE_RESOLUTION: Duration = Duration::from_secs(1);

/// One request, which may be sent several times.
///
/// The bearer and the body are in buffers that are wiped when the last attempt has released them.
#[derive(Clone)]
pub(crate) struct Request {
    method: Method,
    url: Url,
    secrets: Arc<CallSecrets>,
    body: Option<Bytes>,
    max_body: usize,
}

impl Request {
    pub(crate) fn get(url: Url, authorization: HeaderValue) -> Self {
        let secrets = Arc::new(CallSecrets { authorization, external_token: None, headers: HeaderMap::new() });
        Self { method: Method::GET, url, secrets, body: None, max_body: MAX_BODY }
    }

    pub(crate) fn post(url: Url, authorization: HeaderValue, body: &impl Serialize) -> Self {
        Self { method: Method::POST, body: Some(json(body)), ..Self::get(url, authorization) }
    }

    pub(crate) fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Names a token in the body, so that it is redacted where the response echoes it.
    pub(crate) fn external_token(mut self, token: Option<Secret>) -> Self {
        let CallSecrets { authorization, headers, .. } = &*self.secrets;
        let (authorization, headers) = (authorization.clone(), headers.clone());
        self.secrets = Arc::new(CallSecrets { authorization, external_token: token, headers });
        self
    }

    /// The headers of the call, which may be credentials.
    pub(crate) fn headers(mut self, headers: HeaderMap) -> Self {
        let CallSecrets { authorization, external_token, .. } = &*self.secrets;
        let (authorization, external_token) = (authorization.clone(), external_token.clone());
        self.secrets = Arc::new(CallSecrets { authorization, external_token, headers });
        self
    }
}

/// `Bearer <part>:<part>…` in a buffer that is wiped when its last owner is dropped. HTTP/2 does not index it
/// (never-indexed literal).
pub(crate) fn bearer<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> HeaderValue {
    const SCHEME: &str = "Bearer ";
    // Allocated with its exact size, because a buffer that grows leaves copies behind.
    let length = parts.clone().fold(SCHEME.len(), |length, part| length.saturating_add(part.len()).saturating_add(1));
    let mut text = Wiped::with_capacity(length);
    for (at, part) in parts.enumerate() {
        text.extend_from_slice(if at == 0 { SCHEME.as_bytes() } else { b":" });
        text.extend_from_slice(part.as_bytes());
    }
    // Every part was checked to be visible ASCII, so this cannot fail; if it does, the service responds with 401.
    let value = HeaderValue::from_maybe_shared(Bytes::from_owner(text));
    let mut value = value.unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

/// The body, in a buffer of exactly its length that is wiped when its last owner is dropped.
fn json(body: &impl Serialize) -> Bytes {
    let mut length = Length(0);
    // Neither writing to memory nor serialising strings, lists and maps of strings can fail.
    let _ = serde_json::to_writer(&mut length, body);
    let mut text = Wiped::with_capacity(length.0);
    let _ = serde_json::to_writer(&mut *text, body);
    Bytes::from_owner(text)
}

/// Counts the written bytes.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A complete response, with any status. Its ids are redacted; the rest is not.
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) request_id: Option<String>,
    pub(crate) cf_ray: Option<String>,
    /// When the head arrived, in seconds since 1970.
    pub(crate) arrived_at: i64,
    pub(crate) clock_skew: Option<i64>,
    pub(crate) set_cookies: Vec<Zeroizing<String>>,
    pub(crate) body: Wiped,
    /// The body was too long, had an encoding that the request did not allow, or was cut off; no part of it is kept.
    pub(crate) unreadable: Option<&'static str>,
    /// Requests sent for the call, this one included; filled in by `execute`.
    pub(crate) attempts: u32,
    /// Redacts what is read from the body.
    pub(crate) redactor: Redactor,
}

impl HttpResponse {
    pub(crate) fn metadata(&self) -> ResponseMetadata {
        ResponseMetadata {
            status: self.status,
            request_id: self.request_id.clone(),
            cf_ray: self.cf_ray.clone(),
            attempts: self.attempts,
            clock_skew: self.clock_skew,
        }
    }
}

/// An attempt without a response.
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    /// A description for error messages.
    pub(crate) what: String,
    pub(crate) source: Option<Cause>,
}

/// The HTTP client of a [`Client`](crate::Client), created at first use, because loading a root store is expensive for a
/// client that only validates. Dropping it closes idle connections.
#[derive(Default)]
pub(crate) struct Transport {
    http: Mutex<Option<reqwest::Client>>,
    peer: OnceLock<Peer>,
    on_warning: Option<OnWarning>,
    clock_skew_reported: AtomicBool,
}

impl Transport {
    pub(crate) fn new(on_warning: Option<OnWarning>) -> Self {
        Self { on_warning, ..Self::default() }
    }

    /// Reports the first skew that verification does not allow for.
    fn check_clock(&self, config: &Config, clock_skew: Option<i64>) {
        let allowed = config.leeway.saturating_add(DATE_RESOLUTION).as_secs();
        let Some(seconds) = clock_skew.filter(|skew| skew.unsigned_abs() > allowed) else { return };
        if !self.clock_skew_reported.swap(true, Ordering::Relaxed)
            && let Some(on_warning) = &self.on_warning
        {
            on_warning(&Warning::ClockSkew { seconds });
        }
    }

    fn http(&self, config: &Config) -> Result<reqwest::Client, Error> {
        let mut http = self.http.lock().unwrap_or_else(PoisonError::into_inner);
        match &*http {
            Some(http) => Ok(http.clone()),
            None => Ok(http.insert(build(config)?).clone()),
        }
    }

    /// Sends the request once. The outer error is a fault of the configuration, found before anything was sent. `pending` has
    /// the deadline, and learns when the request leaves.
    pub(crate) async fn send(
        &self,
        config: &Config,
        request: &Request,
        pending: &Pending,
    ) -> Result<Result<HttpResponse, Broken>, Error> {
        let http = self.http(config)?;
        let peer = self.peer.get_or_init(|| Peer::new(config));
        let departure = pending.attempt_begins(&peer.name);
        // A timer first lets what it times begin: a call that is late already must not send.
        if !pending.deadline.allows(Instant::now()) {
            return Ok(Err(peer.late(false)));
        }
        // Without a body there is no telling when a request left, so it counts as sent. A request that has not left by its
        // deadline never leaves.
        let is_sent = || request.body.is_none() || !departure.call_off();
        let redactor = Redactor { of_client: Arc::clone(&peer.secrets), of_call: Some(Arc::clone(&request.secrets)) };
        let Pending { deadline, completion, .. } = pending;
        let head = pin!(async { http.execute(assemble(config, request, &departure)).await });
        let head = deadline::by(deadline, *completion, head, is_sent).await;
        let response = match head {
            Some(Ok(response)) => response,
            Some(Err(error)) => return Ok(Err(peer.no_head(error, &redactor))),
            None => return Ok(Err(peer.late(is_sent()))),
        };
        let mut http_response = head_of(&response, redactor);
        self.check_clock(config, http_response.clock_skew);
        let was_read =
            deadline::by(deadline, *completion, pin!(read(response, &mut http_response, request.max_body)), || true)
                .await;
        let broken = match was_read {
            Some(Ok(())) => return Ok(Ok(http_response)),
            Some(Err(error)) => peer.half_a_body(&error, &http_response.redactor),
            None => peer.late(true),
        };
        if (200..300).contains(&http_response.status) {
            return Ok(Err(broken));
        }
        // The status alone decides about the request; the body is only text for the error.
        http_response.body = Wiped::default();
        http_response.unreadable = Some("a body that broke off");
        Ok(Ok(http_response))
    }
}

fn assemble(config: &Config, request: &Request, departure: &Arc<Departure>) -> reqwest::Request {
    let mut out = reqwest::Request::new(request.method.clone(), request.url.clone());
    *out.headers_mut() = config.headers.clone();
    for (name, value) in &request.secrets.headers {
        out.headers_mut().insert(name, value.clone());
    }
    out.headers_mut().insert(AUTHORIZATION, request.secrets.authorization.clone());
    if let Some(body) = &request.body {
        out.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = Watched::new(body.clone(), Arc::clone(departure));
        *out.body_mut() = Some(reqwest::Body::wrap(body));
    }
    out
}

/// The head of a response, before its body is read.
fn head_of(response: &reqwest::Response, redactor: Redactor) -> HttpResponse {
    let headers = response.headers();
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let redacted = |name: &HeaderName| text(name).map(|text| redactor.redact(text));
    let cf_ray = redacted(&CF_RAY);
    let now = SystemTime::now();
    let arrived_at = seconds_since_1970(now);
    // A cache sends a response of the past, with its age.
    let date = text(&DATE).filter(|_| text(&AGE).is_none_or(|age| age.trim() == "0"));
    let date = date.and_then(|text| httpdate::parse_http_date(text.trim()).ok()).map(seconds_since_1970);
    let coding = text(&CONTENT_ENCODING).filter(|coding| !coding.eq_ignore_ascii_case("identity"));
    HttpResponse {
        status: response.status().as_u16(),
        content_type: text(&CONTENT_TYPE).map(str::to_owned),
        retry_after: text(&RETRY_AFTER).and_then(|text| backoff::retry_after(text, now)),
        request_id: redacted(&X_REQUEST_ID).or_else(|| cf_ray.clone()),
        cf_ray,
        arrived_at,
        clock_skew: date.map(|date| date.saturating_sub(arrived_at)),
        set_cookies: set_cookies(headers),
        body: Wiped::default(),
        unreadable: coding.map(|_| "a content coding that was not requested"),
        attempts: 0,
        redactor,
    }
}

/// Whole seconds; a clock before 1970 counts as 1970.
fn seconds_since_1970(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

async fn read(
    mut response: reqwest::Response,
    http_response: &mut HttpResponse,
    max_body: usize,
) -> Result<(), reqwest::Error> {
    if http_response.unreadable.is_some() {
        return Ok(());
    }
    let too_large = Some("a body larger than allowed");
    let announced = response.content_length().map(usize::try_from);
    match announced {
        // A buffer that does not grow leaves no copies of the tokens behind.
        Some(Ok(length)) if length <= max_body => http_response.body.reserve_exact(length),
        Some(_) => {
            http_response.unreadable = too_large;
            return Ok(());
        }
        None => {}
    }
    while let Some(chunk) = response.chunk().await? {
        if http_response.body.len().saturating_add(chunk.len()) > max_body {
            http_response.body = Wiped::default();
            http_response.unreadable = too_large;
            return Ok(());
        }
        http_response.body.extend_from_slice(&chunk);
    }
    Ok(())
}

fn set_cookies(headers: &HeaderMap) -> Vec<Zeroizing<String>> {
    let values = headers.get_all(SET_COOKIE).iter();
    values.filter_map(|value| value.to_str().ok()).map(|value| Zeroizing::new(value.to_owned())).collect()
}

fn build(config: &Config) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(config)?)
        .connect_timeout(config.connect_timeout)
        .dns_resolver(Resolver::default())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_MAX_IDLE)
        .tcp_nodelay(true)
        .tcp_keepalive(KEEPALIVE)
        .tcp_keepalive_interval(KEEPALIVE)
        .tcp_keepalive_retries(3)
        .no_proxy();
    #[cfg(target_os = "linux")]
    {
        builder = builder.tcp_user_timeout(USER_TIMEOUT);
    }
    for proxy in proxies(&config.proxy, config.is_loopback())? {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Internal, Outcome::NotSent, "the HTTP client could not be made").with_source(error)
    })
}

fn proxies(proxies: &Proxies, loopback: bool) -> Result<Vec<reqwest::Proxy>, Error> {
    let wrong = |_| Error::invalid_input("proxy", "the proxy is not a URL that can be used");
    if let Some(url) = &proxies.explicit {
        return Ok(vec![reqwest::Proxy::all(url.expose()).map_err(wrong)?]);
    }
    if loopback {
        return Ok(Vec::new());
    }
    let exempt = || proxies.no_proxy.as_deref().and_then(reqwest::NoProxy::from_string);
    let mut list = Vec::new();
    if let Some(url) = &proxies.https {
        list.push(reqwest::Proxy::https(url.expose()).map_err(wrong)?.no_proxy(exempt()));
    }
    if let Some(url) = &proxies.http {
        list.push(reqwest::Proxy::http(url.expose()).map_err(wrong)?.no_proxy(exempt()));
    }
    Ok(list)
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.path())
    }
}
