//! The client: one method per call. What each call takes, sends and gives is here; how it runs is in `inner`.

pub(crate) mod arguments;
mod authentication;
pub(crate) mod builder;
mod call_headers;
pub(crate) mod diagnostics;
mod endpoints;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod exchange;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod inner;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod kept_response;
mod newest_token;
pub(crate) mod observers;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod single_flight;
pub(crate) mod switch_event;
pub(crate) mod validate;
mod verification;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::client::arguments::{CallOptions, RefreshOptions, TenantFilter, checked_tenant};
use crate::client::builder::ClientBuilder;
use crate::client::exchange::Exchanged;
use crate::client::inner::{Call, ClientInner};
use crate::client::observers::Observers;
use crate::config::Config;
use crate::cookies::{self, RequestTokens};
use crate::error::operation::Operation;
use crate::error::{Error, Result};
use crate::http::decode;
use crate::model::{HistoryBody, HistoryEntry, Tenant, TenantsBody, User};
use crate::response::JwtResponse;
use crate::retry::policy::CallKind;
use crate::rotation::Requested;
use crate::secret::RefreshJwt;

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

impl Client {
    /// A client with defaults for everything but the project. Reads no environment.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the project id is empty or holds other characters than letters,
    /// digits, `-` and `_`.
    pub fn new(project_id: impl Into<String>) -> Result<Self> {
        Self::builder().project_id(project_id).build()
    }

    /// Collects options for a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_config(config: Config, observers: Observers) -> Self {
        Self { inner: Arc::new(ClientInner::new(Arc::new(config), observers)), options: CallOptions::default() }
    }

    /// A client with the same options that shares no connection, no cached key and no rate limit with this one. For a forked
    /// child, where connections of the parent must not be used; there it shares nothing that is remembered of tokens, either.
    pub fn renewed(&self) -> Self {
        let ClientInner { config, observers, .. } = &*self.inner;
        let inner = ClientInner::new(Arc::clone(config), observers.clone());
        Self { inner: Arc::new(inner), options: self.options.clone() }
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
    /// Exchanges of one refresh token run one after the other, in the order of the calls, so the last switch requested is the
    /// one that stands. An exchange that was sent completes when its callers are dropped or their deadlines pass: within the
    /// client's `timeout` from its start, as a task of the runtime. A token that was replaced less than the
    /// [rotation grace](ClientBuilder::rotation_grace) ago stands for its successor: the newest token is sent, or the response
    /// that brought it is [returned](JwtResponse::reused) when it is for this tenant.
    ///
    /// Poll the future to its end, or drop it: an exchange that is neither polled nor dropped holds up the other calls with its
    /// token until their deadlines.
    ///
    /// # Errors
    ///
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): a tenant that is empty, longer than 1,024 bytes or with control characters,
    ///   or a token that is not a JWT; nothing was sent.
    /// * The kinds of an HTTP call: `Connection`, `Timeout`, `InvalidResponse`, `Authentication`, `PermissionDenied`,
    ///   `NotFound`, `RateLimited`, `Server`, `Api`, `ClientClosed`.
    /// * [`TenantMismatch`](crate::ErrorKind::TenantMismatch), [`UserMismatch`](crate::ErrorKind::UserMismatch),
    ///   [`InvalidToken`](crate::ErrorKind::InvalidToken), [`TokenExpired`](crate::ErrorKind::TokenExpired) and
    ///   [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable) after the service acted: the outcome is `Applied` and
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
            let requested = Requested::Select { tenant: tenant.clone(), context: call.context(None) };
            let body = Selection { tenant: tenant.clone() };
            let exchanged = self.inner.exchange(call, requested, refresh_jwt, move |inner, token| {
                inner.post("/v1/auth/tenant/select", token, &body)
            });
            let (Exchanged::Response(response) | Exchanged::Switched(response)) = exchanged.await?;
            verification::check_tenant(response, &tenant)
        })
        .await
    }

    /// Exchanges the refresh token for new tokens; the active tenant stays what it was.
    ///
    /// `POST /v1/auth/refresh`. Identical pending refreshes of one client, with the same retry settings, are one request,
    /// and each caller keeps its own deadline. Order, completion and rotation grace are those of
    /// [`select_tenant`](Self::select_tenant): the response that replaced the token is returned when its tenant is the one of
    /// the token.
    ///
    /// # Errors
    ///
    /// Those of [`select_tenant`](Self::select_tenant). [`TenantMismatch`](crate::ErrorKind::TenantMismatch) when another
    /// tenant is active than [`RefreshOptions::expect_tenant`]; and with the outcome `NotSent`, when the token was replaced by
    /// that of another tenant meanwhile, unless [`RefreshOptions::follow_switch`] allows that. [`Error::response`] holds the
    /// tokens, which are verified.
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
        self.run(Operation::RefreshSession, CallKind::Exchange, |call| async move {
            let expected =
                options.expect_tenant.as_deref().map(|id| checked_tenant("expect_tenant", id)).transpose()?;
            match (self.exchange_refresh(call, refresh_jwt, options).await?, expected) {
                (Exchanged::Response(response), None) => Ok(response),
                (Exchanged::Switched(response), None) => Err(verification::switched(response)),
                (Exchanged::Response(response) | Exchanged::Switched(response), Some(tenant)) => {
                    verification::check_tenant(response, &tenant)
                }
            }
        })
        .await
    }

    async fn exchange_refresh(
        &self,
        call: Call,
        refresh_jwt: &RefreshJwt,
        options: RefreshOptions,
    ) -> Result<Exchanged> {
        let RefreshOptions { external_token: external, follow_switch, .. } = options;
        if external.as_ref().is_some_and(|token| token.expose().trim().is_empty()) {
            return Err(Error::invalid_input("external_token", "the external token is empty"));
        }
        let context = call.context(external.as_ref());
        let requested = Requested::Refresh { context, follow_switch };
        let request = move |inner: &ClientInner, token: &RefreshJwt| {
            let body: BTreeMap<_, _> = external.iter().map(|token| ("externalToken", token)).collect();
            inner.post("/v1/auth/refresh", token, &body).external_token(external.clone())
        };
        self.inner.exchange(call, requested, refresh_jwt, request).await
    }

    /// The tenants that the user belongs to.
    ///
    /// `POST /v1/auth/me/tenants`, sent again after every transient failure.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty list of ids or an empty id, and the kinds of an HTTP call.
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
            let request = |inner: &ClientInner, token: &RefreshJwt| inner.post("/v1/auth/me/tenants", token, &body);
            let http_response = self.inner.read(call, refresh_jwt, request).await?;
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
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
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
            let request = |inner: &ClientInner, token: &RefreshJwt| inner.get("/v1/auth/me/history", token);
            let http_response = self.inner.read(call, refresh_jwt, request).await?;
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
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
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
            let request = |inner: &ClientInner, token: &RefreshJwt| inner.get("/v1/auth/me", token);
            let http_response = self.inner.read(call, refresh_jwt, request).await?;
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
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
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
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a token that cannot be one, and the kinds of an HTTP call.
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

    /// Closes the client. Calls made later fail with [`ClientClosed`](crate::ErrorKind::ClientClosed); those under way finish, their
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

    async fn sign_out(&self, path: &'static str, call: Call, refresh_jwt: &RefreshJwt) -> Result<JwtResponse> {
        let request = |inner: &ClientInner, token: &RefreshJwt| inner.post(path, token, &serde_json::json!({}));
        let http_response = self.inner.sign_out(call, refresh_jwt, request).await?;
        decode::decode_sign_out(&http_response, self.inner.cookie_names())
    }
}

/// The body of a selection.
#[derive(Serialize)]
struct Selection {
    tenant: String,
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
