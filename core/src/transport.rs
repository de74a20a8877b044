//! One request out, one answer in: the only file that touches the HTTP library.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, SET_COOKIE};
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

use crate::config::{Config, Proxies};
use crate::deadline::{self, Deadline};
use crate::error::Error;
use crate::kind::{ErrorKind, Outcome};
use crate::model::HttpFacts;
use crate::retry::{self, Failure};
use crate::secret::Secret;
use crate::tls;

/// The largest body of any answer; token responses are a few kilobytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

const POOL_IDLE: Duration = Duration::from_secs(30);
const POOL_MAX_IDLE: usize = 32;
const KEEPALIVE: Duration = Duration::from_secs(15);
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// One request, as often as it may be sent.
pub(crate) struct Request {
    method: Method,
    url: Url,
    bearer: Secret,
    body: Option<Zeroizing<Vec<u8>>>,
    max_body: usize,
}

impl Request {
    pub(crate) fn get(url: Url, bearer: Secret) -> Self {
        Self { method: Method::GET, url, bearer, body: None, max_body: MAX_BODY }
    }

    pub(crate) fn post(url: Url, bearer: Secret, body: &serde_json::Value) -> Self {
        let body = Some(Zeroizing::new(body.to_string().into_bytes()));
        Self { method: Method::POST, url, bearer, body, max_body: MAX_BODY }
    }

    pub(crate) fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }
}

/// A complete answer, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) request_id: Option<String>,
    pub(crate) cf_ray: Option<String>,
    pub(crate) set_cookies: Vec<Zeroizing<String>>,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// The body was longer than allowed, or coded in a way that was not asked for; it was not read.
    pub(crate) unreadable: Option<&'static str>,
    /// Requests sent for the call, this one included; filled in by `call`.
    pub(crate) attempts: u32,
}

impl Answer {
    pub(crate) fn facts(&self) -> HttpFacts {
        HttpFacts {
            status: self.status,
            request_id: self.request_id.clone(),
            cf_ray: self.cf_ray.clone(),
            attempts: self.attempts,
        }
    }
}

/// An attempt that brought no answer.
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    /// What happened, for people.
    pub(crate) what: String,
    pub(crate) source: Option<reqwest::Error>,
}

impl Broken {
    fn deadline(sent: bool) -> Self {
        Self { failure: Failure::Deadline { sent }, what: "the deadline of the call passed".to_owned(), source: None }
    }
}

/// The HTTP client of a [`Client`](crate::Client), made at first use: loading a root store is too dear for a client that
/// only validates. Idle connections go when it is dropped.
#[derive(Default)]
pub(crate) struct Transport {
    http: Mutex<Option<reqwest::Client>>,
}

impl Transport {
    fn http(&self, config: &Config) -> Result<reqwest::Client, Error> {
        let mut http = self.http.lock().unwrap_or_else(PoisonError::into_inner);
        match &*http {
            Some(http) => Ok(http.clone()),
            None => Ok(http.insert(build(config)?).clone()),
        }
    }

    /// Sends the request once. The outer error is a fault of the configuration, found before anything was sent. `sent` is
    /// set before the first byte leaves.
    pub(crate) async fn send(
        &self,
        config: &Config,
        request: &Request,
        deadline: &Deadline,
        sent: Arc<AtomicBool>,
    ) -> Result<Result<Answer, Broken>, Error> {
        let http = self.http(config)?;
        // A timer first lets what it times begin: a call that is late already must not send.
        if !deadline.allows(Instant::now()) {
            return Ok(Err(Broken::deadline(false)));
        }
        let attempt = async {
            let response = http.execute(assemble(config, request, &sent)?).await?;
            read(response, request.max_body).await
        };
        // Without a body there is no telling when a request left, so it counts as sent.
        let is_sent = || request.body.is_none() || sent.load(Ordering::Acquire);
        // After its deadline nothing is sent any more.
        match deadline::by(deadline, attempt, is_sent).await {
            Some(Ok(answer)) => Ok(Ok(answer)),
            Some(Err(error)) => Ok(Err(classify(error))),
            None => Ok(Err(Broken::deadline(is_sent()))),
        }
    }
}

fn assemble(config: &Config, request: &Request, sent: &Arc<AtomicBool>) -> Result<reqwest::Request, reqwest::Error> {
    let mut out = reqwest::Request::new(request.method.clone(), request.url.clone());
    *out.headers_mut() = config.headers.clone();
    // The bearer was checked to be visible ASCII, so this cannot fail; if it does, the service answers 401.
    if let Ok(mut bearer) = HeaderValue::from_str(&format!("Bearer {}", request.bearer.expose())) {
        bearer.set_sensitive(true);
        out.headers_mut().insert(AUTHORIZATION, bearer);
    }
    if let Some(body) = &request.body {
        out.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = Watched { data: Some(body.to_vec().into()), sent: Arc::clone(sent) };
        *out.body_mut() = Some(reqwest::Body::wrap(body));
    }
    Ok(out)
}

async fn read(mut response: reqwest::Response, max_body: usize) -> Result<Answer, reqwest::Error> {
    let headers = response.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let cf_ray = text("cf-ray");
    let coding = text("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"));
    let mut answer = Answer {
        status: response.status().as_u16(),
        content_type: text(CONTENT_TYPE.as_str()),
        retry_after: text(RETRY_AFTER.as_str()).and_then(|text| retry::retry_after(&text, SystemTime::now())),
        request_id: text("x-request-id").or_else(|| cf_ray.clone()),
        cf_ray,
        set_cookies: set_cookies(headers),
        body: Zeroizing::default(),
        unreadable: coding.map(|_| "a content coding that was not asked for"),
        attempts: 0,
    };
    if answer.unreadable.is_some() {
        return Ok(answer);
    }
    if response.content_length().is_some_and(|length| length > max_body as u64) {
        answer.unreadable = Some("a body larger than allowed");
        return Ok(answer);
    }
    while let Some(chunk) = response.chunk().await? {
        if answer.body.len() + chunk.len() > max_body {
            answer.unreadable = Some("a body larger than allowed");
            return Ok(answer);
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

fn set_cookies(headers: &HeaderMap) -> Vec<Zeroizing<String>> {
    let values = headers.get_all(SET_COOKIE).iter();
    values.filter_map(|value| value.to_str().ok()).map(|value| Zeroizing::new(value.to_owned())).collect()
}

/// What a failed attempt means, by the types in its chain of causes and never by their text.
fn classify(error: reqwest::Error) -> Broken {
    let error = error.without_url();
    let (failure, what) = if let Some(failure) = h2_failure(&error) {
        (failure, "the service refused the HTTP/2 stream")
    } else if error.is_connect() {
        match rustls_error(&error) {
            _ if error.is_dns() => (Failure::Dns, "the host name was not resolved"),
            Some(rustls::Error::InvalidCertificate(_)) => {
                (Failure::Certificate, "the server's certificate was not accepted; for a private CA set ca_file")
            }
            Some(_) => (Failure::TlsHandshake, "the TLS handshake failed"),
            None if error.is_timeout() => (Failure::Connect, "no connection within the connect timeout"),
            None => (Failure::Connect, "no connection to the server"),
        }
    } else {
        (Failure::Broken, "the connection broke before the answer was complete")
    };
    Broken { failure, what: what.to_owned(), source: Some(error) }
}

fn h2_failure(error: &reqwest::Error) -> Option<Failure> {
    let error = causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>())?;
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    // A stream at or below the last one of a GOAWAY never sees it as its own error: it ends normally or breaks.
    (error.is_remote() && (refused || error.is_go_away())).then_some(Failure::Refused)
}

fn rustls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The chain of causes. An I/O error gives the cause of what it wraps and hides that itself, so it is opened here.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    fn next<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        match cause.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => cause.source(),
        }
    }
    std::iter::successors(Some(error as &(dyn StdError + 'static)), |cause| next(*cause))
}

fn build(config: &Config) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(config)?)
        .connect_timeout(config.connect_timeout)
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

/// A body of one piece that notes when a connection first asks about it: until then not a byte of the request has left.
struct Watched {
    data: Option<Bytes>,
    sent: Arc<AtomicBool>,
}

type Bytes = <reqwest::Body as http_body::Body>::Data;

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.sent.store(true, Ordering::Release);
        Poll::Ready(self.data.take().map(|data| Ok(http_body::Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        // HTTP/2 asks this before it sends the head, and may wait for its window before it polls.
        self.sent.store(true, Ordering::Release);
        self.data.is_none()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.path())
    }
}
