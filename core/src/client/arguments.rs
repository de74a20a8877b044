//! What calls take besides a token, and the checks that refuse an argument before anything is sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::call_headers::CallHeaders;
use crate::config::table::{RETRIES, TIMEOUT};
use crate::error::message::Message;
use crate::error::{Error, Result};
use crate::http::events::{OnResponse, OnRetry, RetryEvent, contained};
use crate::jwt::verify;
use crate::response::ResponseMetadata;
use crate::secret::{RefreshJwt, Secret};

/// What one call may use instead of the client's own settings.
///
/// ```
/// use std::time::Duration;
/// use tenant_select::{CallOptions, Client};
///
/// let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
/// let with_more_time = client.with(CallOptions::new().timeout(Duration::from_secs(30)).retries(5).retry_unknown(true));
/// # Ok::<(), tenant_select::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) retries: Option<u32>,
    pub(crate) retry_unknown: Option<bool>,
    pub(crate) headers: Option<Result<Arc<CallHeaders>>>,
    pub(crate) on_retry: Option<OnRetry>,
    pub(crate) on_response: Option<OnResponse>,
}

impl CallOptions {
    /// The client's own settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// One deadline over everything the call does, within the bounds of [`ClientBuilder::timeout`](crate::ClientBuilder::timeout);
    /// checked when the call is made.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How often the call may be sent again after its first attempt, within the bounds of
    /// [`ClientBuilder::retries`](crate::ClientBuilder::retries); checked when the call is made.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = Some(retries);
        self
    }

    /// Whether an exchange whose outcome is unknown may be sent again: after a timeout, a reset or a 5xx. For projects that do not
    /// rotate refresh tokens. `retries(0)` means never.
    pub fn retry_unknown(mut self, retry: bool) -> Self {
        self.retry_unknown = Some(retry);
        self
    }

    /// Headers of this call besides those of the client, such as `x-descope-trusted-device-token` of this user. Those of the
    /// client and of HTTP, such as `Authorization`, `Host` and `Cookie`, are refused when the call is made. Of a name that comes
    /// twice, the last counts; it takes the place of the [client's](crate::ClientBuilder::headers). Calls with other headers are
    /// other calls: they share no request and no remembered response. The fetch of the keys does not have them.
    ///
    /// ```
    /// use tenant_select::{CallOptions, Client};
    ///
    /// let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
    /// let for_this_user = client.with(CallOptions::new().headers([("x-descope-trusted-device-token", "token")]));
    /// # Ok::<(), tenant_select::Error>(())
    /// ```
    pub fn headers<K: Into<String>, V: Into<String>>(mut self, headers: impl IntoIterator<Item = (K, V)>) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.headers = CallHeaders::new(headers).map(|headers| headers.map(Arc::new)).transpose();
        self
    }

    /// Receives every retry, before the wait; for logs and metrics. It runs on the thread that drives the call and must not
    /// block it. Where identical exchanges are one request, the call that began it receives it. When it panics, the call goes on.
    pub fn on_retry(mut self, observer: impl Fn(&RetryEvent) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(contained(observer));
        self
    }

    /// Receives the metadata of the response by which the call succeeded, before it is read; for logs and metrics of calls
    /// whose result has no [`http`](crate::JwtResponse::http) of its own. It runs on the thread that drives the call and
    /// must not block it. Where identical exchanges are one request, the call that began it receives it; a call that sends
    /// nothing brings none. When it panics, the call goes on.
    pub fn on_response(mut self, observer: impl Fn(&ResponseMetadata) + Send + Sync + 'static) -> Self {
        self.on_response = Some(contained(observer));
        self
    }

    /// The same from untyped parts, as bindings receive them; a missing part means the client's setting.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a timeout (in seconds) or a number of retries out of the bounds of
    /// the client's options.
    pub fn from_parts(timeout: Option<f64>, retries: Option<i64>, retry_unknown: Option<bool>) -> Result<Self> {
        let timeout = timeout.map(|seconds| TIMEOUT.checked(seconds)).transpose()?;
        let retries = retries.map(|count| RETRIES.checked(Some(count))).transpose()?;
        Ok(Self {
            timeout,
            retries: retries.and_then(|count| u32::try_from(count).ok()),
            retry_unknown,
            ..Self::default()
        })
    }

    pub(crate) fn check(&self) -> Result<()> {
        if let Some(timeout) = self.timeout {
            TIMEOUT.checked(timeout.as_secs_f64())?;
        }
        if let Some(retries) = self.retries {
            RETRIES.checked(Some(retries.into()))?;
        }
        Ok(())
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timeout, retries, retry_unknown, headers, on_retry, on_response } = self;
        f.debug_struct("CallOptions")
            .field("timeout", timeout)
            .field("retries", retries)
            .field("retry_unknown", retry_unknown)
            .field("headers", headers)
            .field("on_retry", &on_retry.is_some())
            .field("on_response", &on_response.is_some())
            .finish()
    }
}

/// What a refresh may request besides new tokens.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct RefreshOptions {
    pub(crate) external_token: Option<Secret>,
    pub(crate) expect_tenant: Option<String>,
    pub(crate) follow_switch: bool,
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
    /// [`TenantMismatch`](crate::ErrorKind::TenantMismatch), carrying the response.
    pub fn expect_tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.expect_tenant = Some(tenant_id.into());
        self
    }

    /// Whether a call with a superseded refresh token takes the tokens of a tenant that was switched to since. Otherwise it
    /// fails with [`TenantMismatch`](crate::ErrorKind::TenantMismatch), carrying them. Default false.
    pub fn follow_switch(mut self, follow: bool) -> Self {
        self.follow_switch = follow;
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
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when both parts are given: the service takes one of them.
    pub fn from_parts(ids: Option<Vec<String>>, active_only: bool) -> Result<Self> {
        match (ids, active_only) {
            (Some(_), true) => {
                let what = Message::of("ids").text(" and ").name("active_only").text(" exclude each other");
                Err(Error::invalid_input("ids", what))
            }
            (Some(ids), false) => Ok(Self::Ids(ids)),
            (None, true) => Ok(Self::Active),
            (None, false) => Ok(Self::All),
        }
    }
}

/// The longest refresh token that is sent: servers refuse longer headers anyway.
const MAX_REFRESH_JWT: usize = 64 * 1024;

/// The token enters a header and the colon-joined bearer, so its alphabet is that of a compact JWT.
pub(crate) fn check_refresh_jwt(refresh_jwt: &RefreshJwt) -> Result<()> {
    let wrong = |what| Err(Error::invalid_input("refresh_jwt", what));
    let text = refresh_jwt.expose();
    if text.trim().is_empty() {
        return wrong("the refresh token is empty");
    }
    if text.len() > MAX_REFRESH_JWT {
        return wrong("the refresh token is longer than 64 KiB");
    }
    // Without an early end, so that the compiler checks many bytes at once.
    let is_of_jwt = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_') | (byte == b'.');
    if !text.bytes().fold(true, |good, byte| good & is_of_jwt(byte)) {
        return wrong("the refresh token holds characters that no JWT has");
    }
    Ok(())
}

pub(crate) fn check_session_jwt(text: &str, max_bytes: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid_input("session_jwt", "the session token is empty"));
    }
    if text.len() > max_bytes {
        let what = format!("the token is longer than {max_bytes} bytes (option ");
        let what = Message::from(what).name("max_token_bytes").text(")");
        return Err(verify::invalid(what));
    }
    Ok(())
}

/// Tenant ids may be of the project's own making; what cannot be one is an empty or invisible one.
pub(crate) fn checked_tenant(argument: &'static str, tenant_id: &str) -> Result<String> {
    check_tenant(argument, tenant_id).map(|()| tenant_id.to_owned())
}

pub(crate) fn check_tenant(argument: &'static str, tenant_id: &str) -> Result<()> {
    if tenant_id.trim().is_empty() {
        return Err(Error::invalid_input(argument, "the tenant id is empty"));
    }
    if tenant_id.len() > 1024 || tenant_id.chars().any(char::is_control) {
        return Err(Error::invalid_input(
            argument,
            "the tenant id holds control characters or is longer than 1,024 bytes",
        ));
    }
    Ok(())
}
