//! What authenticating a request gives: the session, the headers for the response, or a refusal.

use std::fmt;

use crate::authenticate::headers::{self, ResponseHeader};
use crate::authenticate::refusal::Refusal;
use crate::error::Error;
use crate::response::JwtResponse;
use crate::secret::Secret;
use crate::session::{Session, TenantGrant};

/// What [`RequestAuthenticator`](crate::RequestAuthenticator) found about a request.
///
/// The handler runs unless there is a [`refusal`](Self::refusal). [`headers`](Self::headers) go into **every** response to the
/// request: the handler's, the refusing one, and that of an error, because they hold tokens that exist nowhere else.
#[must_use]
pub struct AuthenticationResult {
    pub(crate) session: Option<Session>,
    /// Whether the request is for a tenant, which is then the active one.
    pub(crate) for_tenant: bool,
    /// A CORS preflight, which has no credentials and no user.
    pub(crate) preflight: bool,
    pub(crate) set_cookies: Vec<String>,
    pub(crate) cookie_header: Option<Secret>,
    pub(crate) response: Option<JwtResponse>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) error: Option<Error>,
}

impl AuthenticationResult {
    /// The verified session. None for a refused request, an anonymous one, and after a sign-out.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The grant of the tenant that the request is for. None without a session, and when no tenant was named.
    pub fn grant(&self) -> Option<&TenantGrant> {
        self.session.as_ref().filter(|_| self.for_tenant).and_then(Session::active_tenant)
    }

    /// Why the request must not reach its handler, and the response in its place; None when it may.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// The headers for every response to the request: `set-cookie` for each new or cleared cookie, `cache-control` (`no-store`
    /// with a cookie or a refusal, else `private` where the application has set none), and `vary`. A CORS preflight needs none.
    ///
    /// ```no_run
    /// # fn add(_: &str, _: &str) {}
    /// # fn run(result: &tenant_select::AuthenticationResult) {
    /// for header in result.headers() {
    ///     add(header.name, header.value); // as `header.rule` says
    /// }
    /// # }
    /// ```
    pub fn headers(&self) -> impl Iterator<Item = ResponseHeader<'_>> {
        headers::headers(&self.set_cookies, self.refusal.is_some()).filter(|_| !self.preflight)
    }

    /// Adds [`headers`](Self::headers) to those that a response has, by their rules.
    ///
    /// ```no_run
    /// # fn run(result: &tenant_select::AuthenticationResult) {
    /// let mut response = vec![("content-type".to_owned(), "text/html".to_owned())];
    /// result.apply_headers(&mut response);
    /// # }
    /// ```
    pub fn apply_headers(&self, response: &mut Vec<(String, String)>) {
        headers::apply(self.headers(), response);
    }

    /// The `Cookie` header that later code of the same request must see in the place of its own, when cookies were set or
    /// cleared: with the old token, that code would refresh again or find the user signed in. None when nothing changed.
    pub fn cookie_header(&self) -> Option<&Secret> {
        self.cookie_header.as_ref()
    }

    /// The response of the refresh, the switch or the sign-out, when there was one.
    pub fn response(&self) -> Option<&JwtResponse> {
        self.response.as_ref()
    }

    /// The error behind a refusal or a failed refresh, when a call or a verification failed: for logs, and for what the service
    /// said ([`Error::error_code`]). It is not for the user of the browser.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// A request without a session, which may go on.
    pub(crate) fn anonymous() -> Self {
        Self {
            session: None,
            for_tenant: false,
            preflight: false,
            set_cookies: Vec::new(),
            cookie_header: None,
            response: None,
            refusal: None,
            error: None,
        }
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::anonymous() }
    }

    pub(crate) fn with_error(self, error: Error) -> Self {
        Self { error: Some(error), ..self }
    }
}

impl fmt::Debug for AuthenticationResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationResult")
            .field("session", &self.session)
            .field("grant", &self.grant())
            .field("refusal", &self.refusal)
            .field("set_cookies", &self.set_cookies.len())
            .field("response", &self.response)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
