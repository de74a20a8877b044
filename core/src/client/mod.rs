//! The client: one method per call. What each call takes, sends and gives is here; how it runs is in `inner`.

pub(crate) mod arguments;
pub(crate) mod builder;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod inner;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod single_flight;
mod verification;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::client::arguments::{
    CallOptions, RefreshOptions, TenantFilter, check_refresh_jwt, check_session_jwt, checked_tenant,
};
use crate::client::builder::ClientBuilder;
use crate::client::inner::{Call, ClientInner, Exchange, fingerprint};
use crate::client::verification::Presented;
use crate::config::Config;
use crate::cookies::{self, RequestTokens};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::operation::Operation;
use crate::error::{Error, Result};
use crate::http::decode;
use crate::jwt::jwks_cache::Origin;
use crate::jwt::verify;
use crate::model::{HistoryBody, HistoryEntry, Tenant, TenantsBody, User};
use crate::response::JwtResponse;
use crate::retry::policy::CallKind;
use crate::secret::{RefreshJwt, SessionJwt};
use crate::session::Session;

/// A client of one project: cheap to clone, safe to share between any number of tasks and threads.
///
/// It keeps connections, the project's keys and the rate limits that the service set; it keeps no cookies, follows no
/// redirects and starts nothing on its own. Its futures run on the caller's tokio runtime, which needs the time and I/O
/// drivers. A fetch of the keys is a task of that runtime, so that it completes also when the call that needed it is
/// dropped; it ends within 5 seconds.
///
/// ```
/// use tenant_select::Client;
///
/// let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
/// # Ok::<(), tenant_select::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<ClientInner>,
    options: CallOptions,
}

/// What [`Client::validate_and_refresh`] found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ValidationResult {
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
        Self { inner: Arc::new(ClientInner::new(Arc::new(config))), options: CallOptions::default() }
    }

    /// A client with the same options that shares nothing with this one: no connection, no cached key, no rate limit. For a
    /// forked child, where connections of the parent must not be used.
    pub fn renewed(&self) -> Self {
        Self { inner: Arc::new(ClientInner::new(Arc::clone(&self.inner.config))), options: self.options.clone() }
    }

    /// The same client with other settings for the calls made through it. Connections and keys stay shared.
    pub fn with(&self, options: CallOptions) -> Self {
        Self { inner: Arc::clone(&self.inner), options }
    }

    /// The project that the client is for.
    pub fn project_id(&self) -> &str {
        &self.inner.config.project_id
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
        self.inner.config.base_url.as_str().trim_end_matches('/')
    }

    /// Makes `tenant_id` the user's active tenant and returns the new tokens, verified to be for that tenant and that user.
    ///
    /// `POST /v1/auth/tenant/select`. Identical pending selections of one client, with the same retry settings, are one
    /// request, and each caller keeps its own deadline. It is sent again only when the service cannot have acted, unless
    /// [`retry_unknown`](CallOptions::retry_unknown) allows more.
    ///
    /// # Errors
    ///
    /// * [`InvalidInput`](ErrorKind::InvalidInput): a tenant that is empty, longer than 1,024 bytes or with control characters,
    ///   or a token that is not a JWT; nothing was sent.
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
        self.run(Operation::SelectTenant, CallKind::Exchange, |call| async move {
            let tenant = checked_tenant("tenant_id", tenant_id)?;
            let presented = self.inner.presented(refresh_jwt)?;
            let body = serde_json::json!({ "tenant": tenant });
            let request = self.inner.post("/v1/auth/tenant/select", refresh_jwt, &body);
            let key = Exchange::Select { tenant: tenant.clone(), token: fingerprint(refresh_jwt.expose()) };
            self.inner.exchange(key, call, request, presented, Some(tenant)).await
        })
        .await
    }

    /// Exchanges the refresh token for new tokens; the active tenant stays what it was.
    ///
    /// `POST /v1/auth/refresh`. Identical pending refreshes of one client, with the same retry settings, are one request,
    /// and each caller keeps its own deadline.
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
        let work = |call| self.refresh(call, refresh_jwt, options);
        self.run(Operation::RefreshSession, CallKind::Exchange, work).await
    }

    async fn refresh(&self, call: Call, refresh_jwt: &RefreshJwt, options: RefreshOptions) -> Result<JwtResponse> {
        let tenant = options.expect_tenant.as_deref().map(|id| checked_tenant("expect_tenant", id)).transpose()?;
        let external = options.external_token;
        if external.as_ref().is_some_and(|token| token.expose().trim().is_empty()) {
            return Err(Error::invalid_input("external_token", "the external token is empty"));
        }
        let presented = self.inner.presented(refresh_jwt)?;
        let body: BTreeMap<_, _> = external.iter().map(|token| ("externalToken", token)).collect();
        let request = self.inner.post("/v1/auth/refresh", refresh_jwt, &body).external_token(external.clone());
        let key = Exchange::Refresh {
            external: external.map(|token| fingerprint(token.expose())),
            tenant: tenant.clone(),
            token: fingerprint(refresh_jwt.expose()),
        };
        self.inner.exchange(key, call, request, presented, tenant).await
    }

    /// The tenants that the user belongs to.
    ///
    /// `POST /v1/auth/me/tenants`, sent again after every transient failure.
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
        self.run(Operation::MyTenants, CallKind::Read, |call| async move {
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
            let request = self.inner.post("/v1/auth/me/tenants", refresh_jwt, &body);
            let http_response = self.inner.perform(&request, &call).await?;
            decode::decode::<TenantsBody>(&http_response).map(TenantsBody::into_tenants)
        })
        .await
    }

    /// Where and when the user signed in, and for which tenant, in the order of the service.
    ///
    /// `GET /v1/auth/me/history`, sent again after every transient failure.
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
        self.run(Operation::History, CallKind::Read, |call| async move {
            check_refresh_jwt(refresh_jwt)?;
            let http_response = self.inner.perform(&self.inner.get("/v1/auth/me/history", refresh_jwt), &call).await?;
            decode::decode::<HistoryBody>(&http_response).map(HistoryBody::into_entries)
        })
        .await
    }

    /// The user's profile.
    ///
    /// `GET /v1/auth/me`, sent again after every transient failure.
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
        self.run(Operation::Me, CallKind::Read, |call| async move {
            check_refresh_jwt(refresh_jwt)?;
            let http_response = self.inner.perform(&self.inner.get("/v1/auth/me", refresh_jwt), &call).await?;
            decode::decode(&http_response)
        })
        .await
    }

    /// Signs the user out of this session. The result's
    /// [`set_cookie_headers`](JwtResponse::set_cookie_headers) clear the browser.
    ///
    /// `POST /v1/auth/logout`, sent again after every transient failure; a 401 after an attempt whose outcome is unknown means
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
        let work = |call| self.sign_out("/v1/auth/logout", call, refresh_jwt);
        self.run(Operation::Logout, CallKind::Logout, work).await
    }

    /// Signs the user out of every session.
    ///
    /// `POST /v1/auth/logoutall`, sent again after every transient failure. A 401 is always an error here: other sessions may
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
        let work = |call| self.sign_out("/v1/auth/logoutall", call, refresh_jwt);
        self.run(Operation::LogoutAll, CallKind::LogoutAll, work).await
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
    /// * [`InvalidToken`](ErrorKind::InvalidToken): anything else wrong with it, a refresh token included, and a token that is
    ///   bound to a key (`cnf`, RFC 7800), because its proof of possession is not checked.
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
        self.run(Operation::ValidateSession, CallKind::Read, |call| async move {
            self.validate(session_jwt, audience, &call).await
        })
        .await
    }

    async fn validate(&self, session_jwt: &SessionJwt, audience: Option<&str>, call: &Call) -> Result<Session> {
        if let Some(result) = self.validate_with_keys_at_hand(session_jwt, audience) {
            return result;
        }
        let expected = self.inner.expected_session(audience)?;
        let token = verify::parse(session_jwt.expose())?;
        let source = self.inner.key_source(call, call.deadline);
        let keys = self.inner.keys.for_token(token.key_id(), Origin::Presented, &source).await?;
        self.inner.session(verify::check(&token, &keys, &expected, SystemTime::now())?)
    }

    /// [`validate_session`](Self::validate_session) with the keys at hand: a plain function that takes no lock a fetch can
    /// hold, no network and no runtime. Gives nothing when the keys have to be fetched or refreshed first; then call
    /// `validate_session`.
    ///
    /// # Errors
    ///
    /// Those of [`validate_session`](Self::validate_session) but `KeysUnavailable`.
    pub fn validate_session_cached(&self, session_jwt: &SessionJwt, audience: Option<&str>) -> Option<Result<Session>> {
        let result = if self.is_closed() {
            Some(Err(Error::closed()))
        } else {
            self.validate_with_keys_at_hand(session_jwt, audience)
        };
        result.map(|result| in_operation(Operation::ValidateSession, result))
    }

    fn validate_with_keys_at_hand(&self, session_jwt: &SessionJwt, audience: Option<&str>) -> Option<Result<Session>> {
        let text = session_jwt.expose();
        if let Err(error) = check_session_jwt(text, self.inner.config.max_token_bytes) {
            return Some(Err(error));
        }
        let expected = match self.inner.expected_session(audience) {
            Ok(expected) => expected,
            Err(error) => return Some(Err(error)),
        };
        let token = match verify::parse(text) {
            Ok(token) => token,
            Err(error) => return Some(Err(error)),
        };
        let keys = self.inner.keys.fresh(token.key_id())?;
        Some(verify::check(&token, &keys, &expected, SystemTime::now()).and_then(|claims| self.inner.session(claims)))
    }

    /// Verifies the session token, and refreshes when it is missing, empty or expired. Any other failure is returned: a
    /// token with a bad signature is no reason to return a new one.
    ///
    /// # Errors
    ///
    /// Those of [`validate_session`](Self::validate_session) and [`refresh_session`](Self::refresh_session). Their
    /// [`operation`](Error::operation) is always [`ValidateAndRefresh`](Operation::ValidateAndRefresh), the method that was
    /// called.
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
    ) -> Result<ValidationResult> {
        let work = |call| self.validate_or_refresh(call, session_jwt, refresh_jwt);
        self.run(Operation::ValidateAndRefresh, CallKind::Exchange, work).await
    }

    async fn validate_or_refresh(
        &self,
        call: Call,
        session_jwt: Option<&SessionJwt>,
        refresh_jwt: &RefreshJwt,
    ) -> Result<ValidationResult> {
        if let Some(session_jwt) = session_jwt.filter(|jwt| !jwt.expose().trim().is_empty()) {
            match self.validate(session_jwt, None, &call).await {
                Ok(session) => return Ok(ValidationResult { session, response: None }),
                Err(error) if error.kind() != ErrorKind::TokenExpired => return Err(error),
                Err(_) => {}
            }
        }
        // This call returns a session, so the response is verified also where `verify` is switched off.
        check_refresh_jwt(refresh_jwt)?;
        let presented = Presented::read(refresh_jwt)?;
        let source = self.inner.key_source(&call, call.deadline);
        let mut response = self.refresh(call, refresh_jwt, RefreshOptions::new()).await?;
        if response.session.is_none() {
            let ClientInner { config, keys, .. } = &*self.inner;
            response = verification::verify_response(response, config, keys, &source, &presented, None).await?;
        }
        match response.session.clone() {
            Some(session) => Ok(ValidationResult { session, response: Some(response) }),
            None => {
                Err(Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, "the refresh returned no session token")
                    .with_path("sessionJwt")
                    .with_response(response))
            }
        }
    }

    /// Takes the tokens out of an incoming request: from its `Cookie` header under the client's cookie names, and a session
    /// token from `Authorization: Bearer`, which wins over the cookie because browsers send a cookie on their own.
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
    pub fn tokens_from_request(&self, cookie_header: Option<&str>, authorization: Option<&str>) -> RequestTokens {
        cookies::tokens_from_request(&self.inner.cookie_names(), cookie_header, authorization)
    }

    /// Closes the client. Calls made later fail with [`ClientClosed`](ErrorKind::ClientClosed); those under way finish, their
    /// retries and the verification of what they brought included. Idle connections go when the last of them has ended.
    /// Closing twice is fine.
    pub fn close(&self) {
        self.inner.close();
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }
}

impl Client {
    /// Begins the call of an operation and does its work. Every operation that sends something goes through here, and its errors
    /// get its name.
    async fn run<T, F>(&self, operation: Operation, kind: CallKind, work: impl FnOnce(Call) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let result = match self.inner.begin(kind, &self.options) {
            Ok(call) => work(call).await,
            Err(error) => Err(error),
        };
        in_operation(operation, result)
    }

    async fn sign_out(&self, path: &str, call: Call, refresh_jwt: &RefreshJwt) -> Result<JwtResponse> {
        check_refresh_jwt(refresh_jwt)?;
        let request = self.inner.post(path, refresh_jwt, &serde_json::json!({}));
        let http_response = self.inner.perform(&request, &call).await?;
        decode::decode_sign_out(&http_response, self.inner.cookie_names())
    }
}

fn in_operation<T>(operation: Operation, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.in_operation(operation))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.inner.config)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
