//! What all clones of a client share, and how their calls run on it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use reqwest::header::HeaderValue;
use serde::Serialize;
use tokio::time::Instant;

use crate::client::arguments::{CallOptions, check_refresh_jwt};
use crate::client::single_flight::SingleFlight;
use crate::client::verification::{self, Presented};
use crate::config::Config;
use crate::cookies::CookieNames;
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::http::deadline;
use crate::http::decode;
use crate::http::execute::{self, Policy, RateLimiter};
use crate::http::pending::Pending;
use crate::http::transport::{self, HttpResponse, Request, Transport};
use crate::jwt::jwk::KeySet;
use crate::jwt::jwks_cache::{KEY_FETCH_TIMEOUT, KeyCache, KeySource};
use crate::jwt::verify::{self, Expected};
use crate::model::Object;
use crate::response::JwtResponse;
use crate::retry::policy::CallKind;
use crate::secret::{RefreshJwt, Secret};
use crate::session::Session;

/// The state behind a client: connections, rate limits, keys, pending exchanges.
pub(crate) struct ClientInner {
    pub(crate) config: Arc<Config>,
    /// Calls under way hold it too, so that they can end after the client was closed; a closed client has none.
    transport: ArcSwapOption<Transport>,
    rate_limiter: RateLimiter,
    /// A 429 on the keys must not stop the exchanges, nor the other way round.
    key_rate_limiter: RateLimiter,
    pub(crate) keys: KeyCache,
    exchanges: SingleFlight<Identity, JwtResponse>,
}

/// What makes two pending calls the same, so that they are one request. Deadlines are no part of it: each caller keeps
/// its own.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Identity {
    exchange: Exchange,
    retries: u32,
    retry_unknown: bool,
}

/// What an exchange requests.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Exchange {
    Select { tenant: String, token: Fingerprint },
    Refresh { external: Option<Fingerprint>, tenant: Option<String>, token: Fingerprint },
}

/// SHA-256 of a token, so that the table of pending exchanges holds no token.
pub(crate) type Fingerprint = [u8; 32];

/// What every call has: how it may be repeated, until when, and what it is sent through.
pub(crate) struct Call {
    pub(crate) policy: Policy,
    pub(crate) deadline: Instant,
    transport: Arc<Transport>,
}

impl ClientInner {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self {
            transport: ArcSwapOption::from_pointee(Transport::default()),
            rate_limiter: RateLimiter::default(),
            key_rate_limiter: RateLimiter::default(),
            keys: KeyCache::new(config.public_key.clone()),
            exchanges: SingleFlight::default(),
            config,
        }
    }

    pub(crate) fn close(&self) {
        self.transport.store(None);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.transport.load().is_none()
    }

    /// Begins a call: its deadline runs from here.
    pub(crate) fn begin(&self, kind: CallKind, options: &CallOptions) -> Result<Call> {
        let transport = self.transport.load_full().ok_or_else(Error::closed)?;
        options.check()?;
        let deadline = Instant::now() + options.timeout.unwrap_or(self.config.timeout);
        let policy = Policy {
            kind,
            retries: options.retries.unwrap_or(self.config.retries),
            retry_unknown: options.retry_unknown.unwrap_or(self.config.retry_unknown),
            on_retry: options.on_retry.clone(),
            on_response: options.on_response.clone(),
        };
        Ok(Call { policy, deadline, transport })
    }

    pub(crate) fn post(&self, path: &str, token: &RefreshJwt, body: &impl Serialize) -> Request {
        Request::post(self.config.endpoint(path), bearer(&self.config, Some(token.expose())), body)
    }

    pub(crate) fn get(&self, path: &str, token: &RefreshJwt) -> Request {
        Request::get(self.config.endpoint(path), bearer(&self.config, Some(token.expose())))
    }

    pub(crate) async fn perform(&self, request: &Request, call: &Call) -> Result<HttpResponse> {
        self.perform_pending(request, call, &Pending::new(call.deadline)).await
    }

    async fn perform_pending(&self, request: &Request, call: &Call, pending: &Pending) -> Result<HttpResponse> {
        let Self { config, rate_limiter, .. } = self;
        execute::perform(config, &call.transport, rate_limiter, request, &call.policy, pending).await
    }

    /// One token exchange with its verification. Identical calls that are made meanwhile share it.
    pub(crate) async fn exchange(
        self: &Arc<Self>,
        exchange: Exchange,
        call: Call,
        request: Request,
        presented: Option<Presented>,
        tenant: Option<String>,
    ) -> Result<JwtResponse> {
        let Policy { kind, retries, retry_unknown, .. } = call.policy;
        let deadline = call.deadline;
        let inner = Arc::clone(self);
        let begin = |pending: Arc<Pending>| async move {
            let http_response = inner.perform_pending(&request, &call, &pending).await?;
            let response = decode::decode_tokens(&http_response, inner.cookie_names())?;
            let Some(presented) = presented else { return Ok(response) };
            inner.verify(response, &call, &pending, &presented, tenant.as_deref()).await
        };
        let gave_up = |pending: &Pending| match pending.response() {
            Some(response) => verification::failed(Arc::unwrap_or_clone(response), keys_too_late()),
            None => pending.timed_out(kind, retry_unknown),
        };
        self.exchanges.run(Identity { exchange, retries, retry_unknown }, deadline, begin, gave_up).await
    }

    /// Verifies what an exchange brought, by the deadline of the caller that can wait longest.
    async fn verify(
        self: &Arc<Self>,
        response: JwtResponse,
        call: &Call,
        pending: &Pending,
        presented: &Presented,
        tenant: Option<&str>,
    ) -> Result<JwtResponse> {
        let Self { config, keys, .. } = &**self;
        // A caller that gives up meanwhile gets the response in its error.
        let response = Arc::new(response);
        pending.received(&response);
        // The deadline may yet be extended, so it is not the source that keeps it.
        let source = self.key_source(call, Instant::now() + KEY_FETCH_TIMEOUT * 2);
        let work = verification::examine(&response, config, keys, &source, presented, tenant);
        let examined = deadline::by(&pending.deadline, work, || true).await;
        pending.verified();
        let response = Arc::unwrap_or_clone(response);
        match examined.unwrap_or_else(|| Err(keys_too_late())) {
            Ok(session) => Ok(verification::passed(response, session)),
            Err(error) => Err(verification::failed(response, error)),
        }
    }

    /// Checks the token that is about to be sent, and reads whose it is when the response has to be verified against it;
    /// nothing when verification is switched off.
    pub(crate) fn presented(&self, refresh_jwt: &RefreshJwt) -> Result<Option<Presented>> {
        check_refresh_jwt(refresh_jwt)?;
        if !self.config.verify {
            return Ok(None);
        }
        Presented::read(refresh_jwt).map(Some)
    }

    pub(crate) fn cookie_names(&self) -> CookieNames {
        let Config { session_cookie_name, refresh_cookie_name, .. } = &*self.config;
        CookieNames::new(session_cookie_name.clone(), refresh_cookie_name.clone())
    }

    pub(crate) fn expected_session(&self, audience: Option<&str>) -> Result<Expected> {
        if audience.is_some_and(|text| text.trim().is_empty()) {
            return Err(Error::invalid_input("audience", "the audience is empty"));
        }
        let config = &self.config;
        Ok(verification::presented_session(config, audience.or(config.audience.as_deref())))
    }

    pub(crate) fn session(&self, claims: Object) -> Result<Session> {
        Session::from_claims(&self.config.project_id, claims).ok_or_else(|| verify::invalid("the token names no user"))
    }

    /// Where keys come from when they have to be fetched for a call, and until when that can wait for them. The fetch goes
    /// through what the call goes through, so that a client that is closed meanwhile does not keep the call from its keys.
    pub(crate) fn key_source(self: &Arc<Self>, call: &Call, deadline: Instant) -> KeySource {
        let (inner, transport) = (Arc::clone(self), Arc::clone(&call.transport));
        KeySource {
            fetch: Box::new(move || Box::pin(fetch_keys(Arc::clone(&inner), Arc::clone(&transport)))),
            deadline,
        }
    }
}

fn keys_too_late() -> Error {
    let what = "the deadline of the call passed while the project's keys were fetched";
    Error::new(ErrorKind::KeysUnavailable, Outcome::Unknown, what)
}

const MAX_KEY_BODY: usize = 256 * 1024;

/// `GET /v2/keys/<project>`
async fn fetch_keys(inner: Arc<ClientInner>, transport: Arc<Transport>) -> Result<KeySet> {
    let ClientInner { config, key_rate_limiter, .. } = &*inner;
    let url = config.endpoint(&format!("/v2/keys/{}", config.project_id));
    let request = Request::get(url, bearer(config, None)).max_body(MAX_KEY_BODY);
    let policy = Policy {
        kind: CallKind::Read,
        retries: config.retries,
        retry_unknown: false,
        on_retry: None,
        on_response: None,
    };
    let now = Instant::now();
    let pending = Pending::new(now.checked_add(KEY_FETCH_TIMEOUT).unwrap_or(now));
    let http_response = execute::perform(config, &transport, key_rate_limiter, &request, &policy, &pending).await?;
    let wrong =
        |what| Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, what).with_attempts(http_response.attempts);
    match http_response.unreadable {
        Some(what) => Err(wrong(format!("the key set has {what}"))),
        None => KeySet::from_json(&http_response.body).map_err(wrong),
    }
}

/// `Bearer <project>[:<token>][:<auth management key>]`
fn bearer(config: &Config, token: Option<&str>) -> HeaderValue {
    let key = config.auth_management_key.as_ref().map(Secret::expose);
    transport::bearer([Some(config.project_id.as_str()), token, key].into_iter().flatten())
}

pub(crate) fn fingerprint(text: &str) -> Fingerprint {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(digest.as_ref());
    fingerprint
}
