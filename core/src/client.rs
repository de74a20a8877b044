//! The public face: one method per call. What each call sends and proves is here; how it is sent is in `call`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::answer;
use crate::call::{self, Pace, Policy};
use crate::coalesce::Coalescer;
use crate::config::{ClientBuilder, Config, MAX_RETRIES, Replay, TIMEOUT_BOUNDS};
use crate::cookies::{self, CookieNames, Tokens};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::jwk::KeySet;
use crate::keys::{KeyCache, KeySource, Origin};
use crate::model::{HistoryBody, HistoryEntry, JwtResponse, Object, Tenant, TenantsBody, User};
use crate::options;
use crate::proof::{self, Presented};
use crate::retry::CallKind;
use crate::secret::{RefreshJwt, Secret, SessionJwt};
use crate::session::Session;
use crate::transport::{Answer, Request, Transport};
use crate::verify::{self, Expected};

/// A client of one project: cheap to clone, safe to share between any number of tasks and threads.
///
/// It keeps connections, the project's keys and the pace that the service asked for; it keeps no cookies, follows no
/// redirects and starts nothing on its own. Its futures run on the caller's tokio runtime, which needs the time and I/O
/// drivers.
///
/// ```
/// use tenant_select::Client;
///
/// let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
/// # Ok::<(), tenant_select::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    options: CallOptions,
}

struct Shared {
    config: Arc<Config>,
    transport: Transport,
    pace: Pace,
    /// A 429 on the keys must not stop the exchanges, nor the other way round.
    key_pace: Pace,
    keys: KeyCache,
    exchanges: Coalescer<Exchange, JwtResponse>,
    closed: AtomicBool,
}

impl Shared {
    fn new(config: Arc<Config>) -> Self {
        Self {
            transport: Transport::default(),
            pace: Pace::default(),
            key_pace: Pace::default(),
            keys: KeyCache::new(config.public_key.clone()),
            exchanges: Coalescer::default(),
            closed: AtomicBool::new(false),
            config,
        }
    }
}

/// What makes two exchanges in flight the same: they are then one request.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Exchange {
    Select { tenant: String, token: Fingerprint },
    Refresh { external: Option<Fingerprint>, tenant: Option<String>, token: Fingerprint },
}

/// SHA-256 of a token, so that the table of exchanges in flight holds no token.
type Fingerprint = [u8; 32];

/// What one call may use instead of the client's own settings.
///
/// ```
/// use std::time::Duration;
/// use tenant_select::{CallOptions, Client, Replay};
///
/// let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
/// let patient = client.with(CallOptions::new().timeout(Duration::from_secs(30)).retries(5).replay(Replay::Always));
/// # Ok::<(), tenant_select::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct CallOptions {
    timeout: Option<Duration>,
    retries: Option<u32>,
    replay: Option<Replay>,
}

impl CallOptions {
    /// The client's own settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// One deadline over everything the call does. Zero is refused when the call is made, as is more than an hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How often the call may be sent again after its first attempt, 10 at most.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = Some(retries);
        self
    }

    /// When the call may be sent again.
    pub fn replay(mut self, replay: Replay) -> Self {
        self.replay = Some(replay);
        self
    }

    /// The same from untyped parts, as bindings receive them; a missing part means the client's setting.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a timeout (in seconds) that is not above 0 or is over an hour,
    /// retries outside 0 to 10, or a replay mode that does not exist.
    pub fn from_parts(timeout: Option<f64>, retries: Option<i64>, replay: Option<&str>) -> Result<Self> {
        let retries = match retries.map(u32::try_from) {
            None => None,
            Some(Ok(count)) => Some(count),
            Some(Err(_)) => return Err(wrong_retries()),
        };
        let options = Self {
            timeout: timeout.map(|seconds| options::duration("timeout", seconds, TIMEOUT_BOUNDS)).transpose()?,
            retries,
            replay: replay.map(Replay::from_name).transpose()?,
        };
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        if let Some(timeout) = self.timeout {
            options::duration("timeout", timeout.as_secs_f64(), TIMEOUT_BOUNDS)?;
        }
        match self.retries {
            Some(count) if u64::from(count) > MAX_RETRIES => Err(wrong_retries()),
            _ => Ok(()),
        }
    }
}

fn wrong_retries() -> Error {
    Error::invalid_input("retries", format!("retries must be a whole number from 0 to {MAX_RETRIES}"))
}

/// What a refresh may ask for besides new tokens.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct RefreshOptions {
    external_token: Option<Secret>,
    expect_tenant: Option<String>,
}

impl RefreshOptions {
    /// Nothing besides new tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// An external token to exchange together with the refresh token.
    pub fn external_token(mut self, token: impl Into<Secret>) -> Self {
        self.external_token = Some(token.into());
        self
    }

    /// The tenant that must still be active afterwards; otherwise the call fails with
    /// [`TenantMismatch`](ErrorKind::TenantMismatch), carrying the response.
    pub fn expect_tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.expect_tenant = Some(tenant_id.into());
        self
    }
}

/// Which of the user's tenants to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TenantFilter {
    /// All of them.
    #[default]
    All,
    /// The active one alone.
    Active,
    /// Those with these ids, which must not be empty.
    Ids(Vec<String>),
}

impl TenantFilter {
    /// The same from untyped parts, as bindings receive them.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when both parts are given: the service takes one of them.
    pub fn from_parts(ids: Option<Vec<String>>, active_only: bool) -> Result<Self> {
        match (ids, active_only) {
            (Some(_), true) => Err(Error::invalid_input("ids", "ids and active_only exclude each other")),
            (Some(ids), false) => Ok(Self::Ids(ids)),
            (None, true) => Ok(Self::Active),
            (None, false) => Ok(Self::All),
        }
    }
}

/// What [`Client::validate_and_refresh`] found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Validated {
    /// The session: of the token presented, or of the one that replaced it.
    pub session: Session,
    /// The new tokens, when a refresh was needed.
    pub response: Option<JwtResponse>,
}

impl Client {
    /// A client with defaults for everything but the project. Reads no environment.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when the project id is empty or holds other characters than letters,
    /// digits, `-` and `_`.
    pub fn new(project_id: impl Into<String>) -> Result<Self> {
        Self::builder().project_id(project_id).build()
    }

    /// Collects options for a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_config(config: Config) -> Self {
        Self { shared: Arc::new(Shared::new(Arc::new(config))), options: CallOptions::default() }
    }

    /// A client with the same options that shares nothing with this one: no connection, no cached key, no pace. For a forked
    /// child, where connections of the parent must not be used.
    pub fn renewed(&self) -> Self {
        Self { shared: Arc::new(Shared::new(Arc::clone(&self.shared.config))), options: self.options.clone() }
    }

    /// The same client with other settings for the calls made through it. Connections and keys stay shared.
    pub fn with(&self, options: CallOptions) -> Self {
        Self { shared: Arc::clone(&self.shared), options }
    }

    /// The project that the client is for.
    pub fn project_id(&self) -> &str {
        &self.shared.config.project_id
    }

    /// Where the client finds the API, without a slash at the end: what the options, the environment or the region of the
    /// project id came to.
    ///
    /// ```
    /// let client = tenant_select::Client::new("Puse12aAc4T2V93bddihGEx2Ryhc8e5Z")?;
    /// assert_eq!(client.base_url(), "https://api.use1.descope.com");
    /// # Ok::<(), tenant_select::Error>(())
    /// ```
    pub fn base_url(&self) -> &str {
        self.shared.config.base_url.as_str().trim_end_matches('/')
    }

    /// Makes `tenant_id` the user's active tenant and returns the new tokens, proven to be for that tenant and that user.
    ///
    /// `POST /v1/auth/tenant/select`. Identical selections in flight on one client are one request. It is replayed only
    /// when the service provably did not act, unless [`Replay::Always`] says otherwise.
    ///
    /// # Errors
    ///
    /// * [`InvalidInput`](ErrorKind::InvalidInput): an empty tenant, or a token that is not a JWT; nothing was sent.
    /// * The kinds of an HTTP call: `Connection`, `Timeout`, `InvalidResponse`, `Authentication`, `PermissionDenied`,
    ///   `NotFound`, `RateLimited`, `Server`, `Api`, `ClientClosed`.
    /// * [`TenantMismatch`](ErrorKind::TenantMismatch), [`UserMismatch`](ErrorKind::UserMismatch),
    ///   [`InvalidToken`](ErrorKind::InvalidToken), [`TokenExpired`](ErrorKind::TokenExpired) and
    ///   [`KeysUnavailable`](ErrorKind::KeysUnavailable) after the service acted: the outcome is `Applied` and
    ///   [`Error::response`] holds the tokens.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let switched = client.select_tenant("T1", &"refresh token".into()).await?;
    /// assert_eq!(switched.session().and_then(|s| s.active_tenant()).map(|t| t.tenant_id()), Some("T1"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn select_tenant(&self, tenant_id: &str, refresh_jwt: &RefreshJwt) -> Result<JwtResponse> {
        let call = self.begin(CallKind::Exchange)?;
        let tenant = checked_tenant("tenant_id", tenant_id)?;
        let presented = self.presented(refresh_jwt)?;
        let request = self.post("/v1/auth/tenant/select", refresh_jwt, &serde_json::json!({ "tenant": tenant }));
        let key = Exchange::Select { tenant: tenant.clone(), token: fingerprint(refresh_jwt.expose()) };
        self.exchange(key, call, request, presented, Some(tenant)).await
    }

    /// Exchanges the refresh token for new tokens; the active tenant stays what it was.
    ///
    /// `POST /v1/auth/refresh`. Identical refreshes in flight on one client are one request.
    ///
    /// # Errors
    ///
    /// Those of [`select_tenant`](Self::select_tenant); [`TenantMismatch`](ErrorKind::TenantMismatch) only with
    /// [`RefreshOptions::expect_tenant`].
    ///
    /// ```no_run
    /// # use tenant_select::RefreshOptions;
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let options = RefreshOptions::new().expect_tenant("T1");
    /// let refreshed = client.refresh_session(&"refresh token".into(), options).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn refresh_session(&self, refresh_jwt: &RefreshJwt, options: RefreshOptions) -> Result<JwtResponse> {
        self.refresh(self.begin(CallKind::Exchange)?, refresh_jwt, options).await
    }

    async fn refresh(&self, call: Call, refresh_jwt: &RefreshJwt, options: RefreshOptions) -> Result<JwtResponse> {
        let tenant = options.expect_tenant.as_deref().map(|id| checked_tenant("expect_tenant", id)).transpose()?;
        let external = options.external_token;
        if external.as_ref().is_some_and(|token| token.expose().trim().is_empty()) {
            return Err(Error::invalid_input("external_token", "the external token is empty"));
        }
        let presented = self.presented(refresh_jwt)?;
        let body = match &external {
            Some(token) => serde_json::json!({ "externalToken": token }),
            None => serde_json::json!({}),
        };
        let request = self.post("/v1/auth/refresh", refresh_jwt, &body);
        let key = Exchange::Refresh {
            external: external.map(|token| fingerprint(token.expose())),
            tenant: tenant.clone(),
            token: fingerprint(refresh_jwt.expose()),
        };
        self.exchange(key, call, request, presented, tenant).await
    }

    /// The tenants that the user belongs to.
    ///
    /// `POST /v1/auth/me/tenants`, replayed on every transient failure.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an empty list of ids or an empty id, and the kinds of an HTTP call.
    ///
    /// ```no_run
    /// # use tenant_select::TenantFilter;
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// for tenant in client.my_tenants(&"refresh token".into(), &TenantFilter::All).await? {
    ///     println!("{:?} {:?}", tenant.id, tenant.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn my_tenants(&self, refresh_jwt: &RefreshJwt, filter: &TenantFilter) -> Result<Vec<Tenant>> {
        let call = self.begin(CallKind::Read)?;
        check_refresh_jwt(refresh_jwt)?;
        let body = match filter {
            TenantFilter::All => serde_json::json!({ "dct": false }),
            TenantFilter::Active => serde_json::json!({ "dct": true }),
            TenantFilter::Ids(ids) => {
                if ids.is_empty() {
                    return Err(Error::invalid_input("ids", "ids is empty: leave it out to list every tenant"));
                }
                ids.iter().try_for_each(|id| checked_tenant("ids", id).map(drop))?;
                serde_json::json!({ "ids": ids })
            }
        };
        let request = self.post("/v1/auth/me/tenants", refresh_jwt, &body);
        let answer = self.perform(&request, &call).await?;
        answer::decode::<TenantsBody>(&answer).map(TenantsBody::into_tenants)
    }

    /// Where and when the user signed in, and for which tenant, in the order of the service.
    ///
    /// `GET /v1/auth/me/history`, replayed on every transient failure.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// for entry in client.history(&"refresh token".into()).await? {
    ///     println!("{:?} from {:?}", entry.login_time, entry.country);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn history(&self, refresh_jwt: &RefreshJwt) -> Result<Vec<HistoryEntry>> {
        let call = self.begin(CallKind::Read)?;
        check_refresh_jwt(refresh_jwt)?;
        let answer = self.perform(&self.get("/v1/auth/me/history", refresh_jwt), &call).await?;
        answer::decode::<HistoryBody>(&answer).map(HistoryBody::into_entries)
    }

    /// The user's profile.
    ///
    /// `GET /v1/auth/me`, replayed on every transient failure.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let user = client.me(&"refresh token".into()).await?;
    /// println!("{:?}", user.email);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn me(&self, refresh_jwt: &RefreshJwt) -> Result<User> {
        let call = self.begin(CallKind::Read)?;
        check_refresh_jwt(refresh_jwt)?;
        let answer = self.perform(&self.get("/v1/auth/me", refresh_jwt), &call).await?;
        answer::decode(&answer)
    }

    /// Signs the user out of this session. The result's
    /// [`set_cookie_headers`](JwtResponse::set_cookie_headers) clear the browser.
    ///
    /// `POST /v1/auth/logout`, replayed on every transient failure; a 401 after an attempt whose outcome is unknown means
    /// that the attempt had worked.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let gone = client.logout(&"refresh token".into()).await?;
    /// let cookies = gone.set_cookie_headers(&Default::default())?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn logout(&self, refresh_jwt: &RefreshJwt) -> Result<JwtResponse> {
        self.sign_out("/v1/auth/logout", CallKind::Logout, refresh_jwt).await
    }

    /// Signs the user out of every session.
    ///
    /// `POST /v1/auth/logoutall`, replayed on every transient failure. A 401 is always an error here: other sessions may
    /// live on.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// client.logout_all(&"refresh token".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn logout_all(&self, refresh_jwt: &RefreshJwt) -> Result<JwtResponse> {
        self.sign_out("/v1/auth/logoutall", CallKind::LogoutAll, refresh_jwt).await
    }

    /// Verifies a session token locally; the project's keys are fetched when none that fit are cached.
    ///
    /// `audience`, or the client's when none is given, must be among the token's `aud`; with neither, `aud` must be absent
    /// or contain the project.
    ///
    /// # Errors
    ///
    /// * [`InvalidInput`](ErrorKind::InvalidInput): the token is empty.
    /// * [`TokenExpired`](ErrorKind::TokenExpired): good in every respect but its `exp`.
    /// * [`InvalidToken`](ErrorKind::InvalidToken): anything else wrong with it, a refresh token included.
    /// * [`KeysUnavailable`](ErrorKind::KeysUnavailable): the keys are out of reach and none that fits is cached.
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let session = client.validate_session(&"session token".into(), None).await?;
    /// if session.active_tenant().is_some_and(|tenant| tenant.has_roles(&["editor"])) {
    ///     println!("{} may edit", session.user_id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn validate_session(&self, session_jwt: &SessionJwt, audience: Option<&str>) -> Result<Session> {
        let call = self.begin(CallKind::Read)?;
        self.validate(session_jwt, audience, call.deadline).await
    }

    async fn validate(&self, session_jwt: &SessionJwt, audience: Option<&str>, deadline: Instant) -> Result<Session> {
        if let Some(result) = self.validate_session_cached(session_jwt, audience) {
            return result;
        }
        let expected = self.expected_session(audience)?;
        let token = verify::parse(session_jwt.expose())?;
        let source = self.key_source(deadline);
        let keys = self.shared.keys.for_token(token.key_id(), Origin::Presented, &source).await?;
        self.session(verify::check(&token, &keys, &expected, SystemTime::now())?)
    }

    /// [`validate_session`](Self::validate_session) with the keys at hand: a plain function that takes no lock a fetch can
    /// hold, no network and no runtime. Gives nothing when the keys have to be fetched or refreshed first; then call
    /// `validate_session`.
    ///
    /// # Errors
    ///
    /// Those of [`validate_session`](Self::validate_session) but `KeysUnavailable`.
    pub fn validate_session_cached(&self, session_jwt: &SessionJwt, audience: Option<&str>) -> Option<Result<Session>> {
        if self.is_closed() {
            return Some(Err(Error::closed()));
        }
        let text = session_jwt.expose();
        if let Err(error) = check_session_jwt(text, self.shared.config.max_token_bytes) {
            return Some(Err(error));
        }
        let expected = match self.expected_session(audience) {
            Ok(expected) => expected,
            Err(error) => return Some(Err(error)),
        };
        let token = match verify::parse(text) {
            Ok(token) => token,
            Err(error) => return Some(Err(error)),
        };
        let keys = self.shared.keys.fresh(token.key_id())?;
        Some(verify::check(&token, &keys, &expected, SystemTime::now()).and_then(|claims| self.session(claims)))
    }

    /// Verifies the session token, and refreshes when it is missing, empty or expired. Any other failure is returned: a
    /// token with a bad signature is no reason to hand out a new one.
    ///
    /// # Errors
    ///
    /// Those of [`validate_session`](Self::validate_session) and [`refresh_session`](Self::refresh_session).
    ///
    /// ```no_run
    /// # async fn run(client: tenant_select::Client) -> Result<(), tenant_select::Error> {
    /// let checked = client.validate_and_refresh(Some(&"session token".into()), &"refresh token".into()).await?;
    /// println!("{} (refreshed: {})", checked.session.user_id(), checked.response.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn validate_and_refresh(
        &self,
        session_jwt: Option<&SessionJwt>,
        refresh_jwt: &RefreshJwt,
    ) -> Result<Validated> {
        let call = self.begin(CallKind::Exchange)?;
        let deadline = call.deadline;
        if let Some(session_jwt) = session_jwt.filter(|jwt| !jwt.expose().trim().is_empty()) {
            match self.validate(session_jwt, None, deadline).await {
                Ok(session) => return Ok(Validated { session, response: None }),
                Err(error) if error.kind() != ErrorKind::TokenExpired => return Err(error),
                Err(_) => {}
            }
        }
        // A session is what this call is asked for, so the answer is proven also where `verify` is switched off.
        check_refresh_jwt(refresh_jwt)?;
        let presented = Presented::read(refresh_jwt)?;
        let mut response = self.refresh(call, refresh_jwt, RefreshOptions::new()).await?;
        if response.session.is_none() {
            let Shared { config, keys, .. } = &*self.shared;
            response = proof::prove(response, config, keys, &self.key_source(deadline), &presented, None).await?;
        }
        match response.session.clone() {
            Some(session) => Ok(Validated { session, response: Some(response) }),
            None => {
                Err(Error::new(ErrorKind::InvalidResponse, Outcome::Applied, "the refresh returned no session token")
                    .with_path("sessionJwt")
                    .with_response(response))
            }
        }
    }

    /// Takes the tokens out of an incoming request: from its `Cookie` header under the client's cookie names, and a session
    /// token from `Authorization: Bearer`, which wins over the cookie because a cookie is sent without being asked for.
    ///
    /// Pure: nothing is verified and nothing is sent. Where a cookie comes twice the first one counts (RFC 6265 §5.4).
    ///
    /// ```
    /// use tenant_select::Client;
    ///
    /// let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
    /// let tokens = client.tokens_from_request(Some("theme=dark; DS=a.b.c; DSR=d.e.f"), None);
    /// assert_eq!(tokens.refresh_jwt.unwrap().expose(), "d.e.f");
    /// # Ok::<(), tenant_select::Error>(())
    /// ```
    pub fn tokens_from_request(&self, cookie_header: Option<&str>, authorization: Option<&str>) -> Tokens {
        cookies::tokens_from_request(&self.cookie_names(), cookie_header, authorization)
    }

    /// Closes the client and its idle connections. Calls made later fail with
    /// [`ClientClosed`](ErrorKind::ClientClosed), those under way finish. Closing twice is fine.
    pub fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.transport.close();
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }
}

/// What every call has: how it may be repeated, and until when.
struct Call {
    policy: Policy,
    deadline: Instant,
}

impl Client {
    fn begin(&self, kind: CallKind) -> Result<Call> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        self.options.check()?;
        let config = &self.shared.config;
        let deadline = Instant::now() + self.options.timeout.unwrap_or(config.timeout);
        let policy = Policy {
            kind,
            retries: self.options.retries.unwrap_or(config.retries),
            replay: self.options.replay.unwrap_or(config.replay),
        };
        Ok(Call { policy, deadline })
    }

    fn post(&self, path: &str, token: &RefreshJwt, body: &serde_json::Value) -> Request {
        Request::post(self.shared.config.endpoint(path), bearer(&self.shared.config, Some(token.expose())), body)
    }

    fn get(&self, path: &str, token: &RefreshJwt) -> Request {
        Request::get(self.shared.config.endpoint(path), bearer(&self.shared.config, Some(token.expose())))
    }

    async fn perform(&self, request: &Request, call: &Call) -> Result<Answer> {
        let Shared { config, transport, pace, .. } = &*self.shared;
        call::perform(config, transport, pace, request, &call.policy, call.deadline).await
    }

    /// One token exchange with its proof, shared with whoever asks for the same at the same time.
    async fn exchange(
        &self,
        key: Exchange,
        call: Call,
        request: Request,
        presented: Option<Presented>,
        tenant: Option<String>,
    ) -> Result<JwtResponse> {
        let deadline = call.deadline;
        let client = self.clone();
        let work = async move {
            let answer = client.perform(&request, &call).await?;
            let response = answer::decode_tokens(&answer, client.cookie_names())?;
            let Some(presented) = presented else { return Ok(response) };
            let source = client.key_source(call.deadline);
            let Shared { config, keys, .. } = &*client.shared;
            proof::prove(response, config, keys, &source, &presented, tenant.as_deref()).await
        };
        self.shared.exchanges.run(key, deadline, work).await
    }

    async fn sign_out(&self, path: &str, kind: CallKind, refresh_jwt: &RefreshJwt) -> Result<JwtResponse> {
        let call = self.begin(kind)?;
        check_refresh_jwt(refresh_jwt)?;
        let answer = self.perform(&self.post(path, refresh_jwt, &serde_json::json!({})), &call).await?;
        let mut response = answer::decode_sign_out(&answer, self.cookie_names())?;
        response.session_jwt = None;
        response.refresh_jwt = None;
        response.signed_out = true;
        Ok(response)
    }

    /// Checks the token that is about to be sent, and reads whose it is when the answer has to be proven against it; nothing
    /// when verification is switched off.
    fn presented(&self, refresh_jwt: &RefreshJwt) -> Result<Option<Presented>> {
        check_refresh_jwt(refresh_jwt)?;
        if !self.shared.config.verify {
            return Ok(None);
        }
        Presented::read(refresh_jwt).map(Some)
    }

    fn cookie_names(&self) -> CookieNames {
        let Config { session_cookie_name, refresh_cookie_name, .. } = &*self.shared.config;
        CookieNames::new(session_cookie_name.clone(), refresh_cookie_name.clone())
    }

    fn expected_session(&self, audience: Option<&str>) -> Result<Expected> {
        if audience.is_some_and(|text| text.trim().is_empty()) {
            return Err(Error::invalid_input("audience", "the audience is empty"));
        }
        let config = &self.shared.config;
        Ok(Expected::presented_session(config, audience.or(config.audience.as_deref())))
    }

    fn session(&self, claims: Object) -> Result<Session> {
        Session::from_claims(&self.shared.config.project_id, claims)
            .ok_or_else(|| verify::invalid("the token names no user"))
    }

    /// Where keys come from when they have to be fetched, and until when the caller can wait for them.
    fn key_source(&self, deadline: Instant) -> KeySource {
        let shared = Arc::clone(&self.shared);
        KeySource { fetch: Box::new(move || Box::pin(fetch_keys(Arc::clone(&shared)))), deadline }
    }
}

/// How long one fetch of the keys may take, retries included, whoever waits for it.
const KEY_FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_KEY_BODY: usize = 256 * 1024;

/// `GET /v2/keys/<project>`
async fn fetch_keys(shared: Arc<Shared>) -> Result<KeySet> {
    let Shared { config, transport, key_pace, .. } = &*shared;
    let url = config.endpoint(&format!("/v2/keys/{}", config.project_id));
    let request = Request::get(url, bearer(config, None)).max_body(MAX_KEY_BODY);
    let policy = Policy { kind: CallKind::Read, retries: config.retries, replay: Replay::WhenSafe };
    let deadline = Instant::now() + KEY_FETCH_TIMEOUT;
    let answer = call::perform(config, transport, key_pace, &request, &policy, deadline).await?;
    let wrong = |what| Error::new(ErrorKind::InvalidResponse, Outcome::Applied, what).with_attempts(answer.attempts);
    match answer.unreadable {
        Some(what) => Err(wrong(format!("the key set has {what}"))),
        None => KeySet::from_json(&answer.body).map_err(wrong),
    }
}

/// `<project>[:<token>][:<auth management key>]`
fn bearer(config: &Config, token: Option<&str>) -> Secret {
    let key = config.auth_management_key.as_ref().map(Secret::expose);
    let parts = [Some(config.project_id.as_str()), token, key];
    Secret::from(parts.into_iter().flatten().collect::<Vec<_>>().join(":"))
}

fn fingerprint(text: &str) -> Fingerprint {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(digest.as_ref());
    fingerprint
}

/// The longest refresh token that is sent: servers refuse longer headers anyway.
const MAX_REFRESH_JWT: usize = 64 * 1024;

/// The token enters a header and the colon-joined bearer, so its alphabet is that of a compact JWT.
fn check_refresh_jwt(refresh_jwt: &RefreshJwt) -> Result<()> {
    let wrong = |what| Err(Error::invalid_input("refresh_jwt", what));
    let text = refresh_jwt.expose();
    if text.trim().is_empty() {
        return wrong("the refresh token is empty");
    }
    if text.len() > MAX_REFRESH_JWT {
        return wrong("the refresh token is longer than 64 KiB");
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        return wrong("the refresh token holds characters that no JWT has");
    }
    Ok(())
}

fn check_session_jwt(text: &str, max_bytes: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid_input("session_jwt", "the session token is empty"));
    }
    if text.len() > max_bytes {
        let what = format!("the token is longer than {max_bytes} bytes (option max_token_bytes)");
        return Err(verify::invalid(what));
    }
    Ok(())
}

/// Tenant ids may be of the project's own making; what cannot be one is an empty or invisible one.
fn checked_tenant(argument: &'static str, tenant_id: &str) -> Result<String> {
    if tenant_id.trim().is_empty() {
        return Err(Error::invalid_input(argument, "the tenant id is empty"));
    }
    if tenant_id.len() > 1024 || tenant_id.chars().any(char::is_control) {
        return Err(Error::invalid_input(
            argument,
            "the tenant id holds control characters or is longer than 1,024 bytes",
        ));
    }
    Ok(tenant_id.to_owned())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.shared.config)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
