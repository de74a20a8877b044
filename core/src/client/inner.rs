//! What all clones of a client share, and how their calls run on it.

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use reqwest::header::HeaderValue;
use serde::Serialize;
use tokio::time::Instant;

use crate::client::arguments::{CallOptions, check_refresh_jwt};
use crate::client::call_headers::CallHeaders;
use crate::client::endpoints::Endpoints;
use crate::client::exchange::{Exchanged, Identity};
use crate::client::observers::Observers;
use crate::client::single_flight::SingleFlight;
use crate::client::verification::{self, Presented};
use crate::config::Config;
use crate::cookies::CookieNames;
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::http::execute::{self, Policy, RateLimiter, Requests};
use crate::http::pending::Pending;
use crate::http::transport::{self, HttpResponse, Request, Transport};
use crate::jwt::jwk::KeySet;
use crate::jwt::jwks_cache::{KEY_FETCH_TIMEOUT, KeyCache, KeySource};
use crate::jwt::verified_tokens::{Conditions, Counts, VerifiedToken, VerifiedTokens};
use crate::jwt::verify::{self, Expected};
use crate::model::Object;
use crate::response::OnLongCookies;
use crate::retry::policy::CallKind;
use crate::rotation::{self, Fingerprint, Place, Rotation, Scope};
use crate::secret::{RefreshJwt, Secret};
use crate::session::Session;
use crate::shared_state::{self, SharedState};

/// The state behind a client: connections, rate limits, keys, pending exchanges.
pub(crate) struct ClientInner {
    pub(crate) config: Arc<Config>,
    open: ArcSwapOption<Open>,
    endpoints: Endpoints,
    pub(crate) observers: Observers,
    pub(crate) on_long_cookies: OnLongCookies,
    rate_limiter: RateLimiter,
    /// A 429 on the keys must not stop the exchanges, nor the other way round.
    key_rate_limiter: RateLimiter,
    pub(crate) keys: KeyCache,
    pub(crate) exchanges: SingleFlight<Identity, Exchanged, Place>,
}

/// What a closed client has no more. Calls under way hold it too, so that they can end after the client was closed.
struct Open {
    transport: Arc<Transport>,
    rotation: Arc<Rotation>,
    shared_state: Option<Arc<SharedState>>,
    verified_tokens: Option<VerifiedTokens>,
}

/// What every call has: how it may be repeated, until when, and what it is sent through.
pub(crate) struct Call {
    pub(crate) policy: Policy,
    pub(crate) deadline: Instant,
    transport: Arc<Transport>,
    pub(crate) rotation: Arc<Rotation>,
    pub(crate) shared_state: Option<Arc<SharedState>>,
    headers: Option<Arc<CallHeaders>>,
}

impl Call {
    /// What a response depends on besides the token and the tenant: the headers of the call, and an external token.
    pub(crate) fn context(&self, external_token: Option<&Secret>) -> Option<Fingerprint> {
        let external = external_token.map(|token| Fingerprint::of(token.expose()));
        match (self.headers.as_deref().map(|headers| headers.fingerprint), external) {
            (Some(headers), Some(external)) => Some(headers.and(external)),
            (one, other) => one.or(other),
        }
    }
}

impl ClientInner {
    pub(crate) fn new(config: Arc<Config>, observers: Observers) -> Self {
        let shared_state = config.shared_state.as_ref().map(|redis| Fingerprint::of(&redis.identity()));
        let scope = Scope::new(config.base_url.as_str(), &config.project_id, config.remembers(), shared_state);
        let open = Open {
            shared_state: SharedState::new(&config, observers.on_warning.clone()),
            transport: Arc::new(Transport::new(observers.on_warning.clone())),
            rotation: rotation::shared(&scope),
            verified_tokens: VerifiedTokens::new(config.session_cache),
        };
        Self {
            open: ArcSwapOption::from_pointee(open),
            endpoints: Endpoints::default(),
            on_long_cookies: observers.on_long_cookies(),
            observers,
            rate_limiter: RateLimiter::default(),
            key_rate_limiter: RateLimiter::default(),
            keys: KeyCache::new(config.public_key.clone()),
            exchanges: SingleFlight::default(),
            config,
        }
    }

    pub(crate) fn close(&self) {
        self.open.store(None);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.open.load().is_none()
    }

    /// What is remembered of refresh tokens; nothing once the client is closed.
    pub(crate) fn rotation(&self) -> Option<Arc<Rotation>> {
        self.open.load().as_ref().map(|open| Arc::clone(&open.rotation))
    }

    /// What was counted of the shared state; zeros without one and once the client is closed.
    pub(crate) fn shared_state_counts(&self) -> shared_state::Counts {
        let open = self.open.load();
        let shared_state = open.as_ref().and_then(|open| open.shared_state.as_ref());
        shared_state.map(|shared_state| shared_state.counts()).unwrap_or_default()
    }

    /// A session token that this client has verified before and that is good for this audience now. Nothing when there is none:
    /// then the token has to be verified, which also finds what is wrong with it.
    pub(crate) fn verified_before(&self, token: &str, audience: Option<&str>) -> Option<Arc<VerifiedToken>> {
        let open = self.open.load();
        let verified_tokens = open.as_ref()?.verified_tokens.as_ref()?;
        // An empty audience is a mistake of the caller, which the verification reports.
        if audience.is_some_and(|text| text.trim().is_empty()) {
            return None;
        }
        verified_tokens.find(token, &self.conditions(audience))
    }

    /// Keeps a session token that has just been verified with these keys and is not expired.
    pub(crate) fn keep_verified(&self, token: &str, session: &Session, keys: &Arc<KeySet>) {
        if let Some(verified_tokens) = self.open.load().as_ref().and_then(|open| open.verified_tokens.as_ref()) {
            verified_tokens.insert(token, session, keys, &self.conditions(None));
        }
    }

    /// A session token is about to be verified, because it was not kept or is no longer good.
    pub(crate) fn count_verification(&self) {
        if let Some(verified_tokens) = self.open.load().as_ref().and_then(|open| open.verified_tokens.as_ref()) {
            verified_tokens.count_miss();
        }
    }

    /// How many verified session tokens are kept, and how often one was found; zeros without a cache and once the client is
    /// closed.
    pub(crate) fn verified_token_counts(&self) -> Counts {
        let open = self.open.load();
        let verified_tokens = open.as_ref().and_then(|open| open.verified_tokens.as_ref());
        verified_tokens.map(VerifiedTokens::counts).unwrap_or_default()
    }

    fn conditions<'a>(&'a self, audience: Option<&'a str>) -> Conditions<'a> {
        let config = &self.config;
        Conditions {
            keys: &self.keys,
            project_id: &config.project_id,
            audience: audience.or(config.audience.as_deref()),
            leeway: config.leeway,
            now: SystemTime::now(),
        }
    }

    /// Begins a call: its deadline runs from here.
    pub(crate) fn begin(&self, kind: CallKind, options: &CallOptions) -> Result<Call> {
        let open = self.open.load_full().ok_or_else(Error::closed)?;
        options.check()?;
        let headers = options.headers.clone().transpose()?;
        let deadline = Instant::now() + options.timeout.unwrap_or(self.config.timeout);
        let policy = Policy {
            kind,
            retries: options.retries.unwrap_or(self.config.retries),
            retry_unknown: options.retry_unknown.unwrap_or(self.config.retry_unknown),
            on_retry: options.on_retry.clone(),
            on_response: options.on_response.clone(),
        };
        let Open { transport, rotation, shared_state, .. } = &*open;
        Ok(Call {
            policy,
            deadline,
            transport: Arc::clone(transport),
            rotation: Arc::clone(rotation),
            shared_state: shared_state.clone(),
            headers,
        })
    }

    pub(crate) fn post(&self, path: &'static str, token: &RefreshJwt, body: &impl Serialize) -> Request {
        Request::post(self.endpoints.of(&self.config, path), bearer(&self.config, Some(token.expose())), body)
    }

    pub(crate) fn get(&self, path: &'static str, token: &RefreshJwt) -> Request {
        Request::get(self.endpoints.of(&self.config, path), bearer(&self.config, Some(token.expose())))
    }

    pub(crate) async fn perform(&self, requests: Requests<'_>, call: &Call, pending: &Pending) -> Result<HttpResponse> {
        let Self { config, rate_limiter, .. } = self;
        let Some(headers) = &call.headers else {
            return execute::perform(config, &call.transport, rate_limiter, requests, &call.policy, pending).await;
        };
        let mut requests = || requests().headers(headers.map.clone());
        execute::perform(config, &call.transport, rate_limiter, &mut requests, &call.policy, pending).await
    }

    /// Checks the token that is about to be sent, and reads whose it is when the response has to be verified against it.
    pub(crate) fn presented(&self, refresh_jwt: &RefreshJwt) -> Result<Presented> {
        check_refresh_jwt(refresh_jwt)?;
        if self.config.verify { Presented::read(refresh_jwt) } else { Ok(Presented::default()) }
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
    let http_response =
        execute::perform(config, &transport, key_rate_limiter, &mut || request.clone(), &policy, &pending).await?;
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
