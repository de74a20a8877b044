//! One decision for each incoming request: who is it, may this request go on, and what must its response have.
//!
//! `request`, `credentials`, `cross_site`, `navigation`, `requirement`, `call_errors`, `headers` and `refused_tokens` are
//! decisions without I/O. `session_of_request`, `switch` and `sign_out` call the client, and `inner` puts the result together.

pub(crate) mod builder;
mod call_errors;
mod credentials;
mod cross_site;
pub(crate) mod headers;
mod inner;
mod navigation;
pub(crate) mod refusal;
mod refused_tokens;
pub(crate) mod request;
mod request_cookies;
pub(crate) mod requirement;
pub(crate) mod result;
mod session_of_request;
mod sign_out;
mod switch;

use std::fmt;
use std::sync::Arc;

use crate::authenticate::builder::RequestAuthenticatorBuilder;
use crate::authenticate::inner::{Held, Inner};
use crate::authenticate::request::IncomingRequest;
use crate::authenticate::requirement::Requirement;
use crate::authenticate::result::AuthenticationResult;
use crate::client::Client;
use crate::client::arguments::check_tenant;
use crate::error::Result;

/// Decides about incoming requests: it finds the session of the user, refreshes it, holds it against what the request needs,
/// and says what the response must have. It knows no web framework.
///
/// A session is taken from `Authorization: Bearer`, or from the cookies when there is none. It is verified locally; a request
/// with a valid session sends nothing anywhere. It is cheap to clone, and safe to share between any number of tasks and
/// threads; the copies share what they remember.
///
/// What it refuses, and how, is the list of [`RefusalCode`](crate::RefusalCode). It never clears a cookie but in [`sign_out`](Self::sign_out):
/// the browser may hold newer tokens than the request.
///
/// ```no_run
/// use tenant_select::{AuthenticationResult, Client, IncomingRequest, RequestAuthenticator, Requirement};
///
/// # async fn run() -> Result<(), tenant_select::Error> {
/// let authenticator = RequestAuthenticator::new(Client::new("P2abcdefghijklmnopqrstuvwxyz")?)?;
///
/// let headers = [("host", "app.example"), ("cookie", "DS=session; DSR=refresh")];
/// let request = IncomingRequest::new("GET", "/acme/documents", &headers);
/// let needed = Requirement::new().tenant("acme").permissions(&["documents.read"]);
/// let result = authenticator.authenticate(&request, &needed).await?;
///
/// let mut response = match (result.refusal(), result.session()) {
///     (Some(refusal), _) => refusal.headers().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
///     (None, Some(session)) => vec![("x-user".to_owned(), session.user_id().to_owned())],
///     (None, None) => Vec::new(),
/// };
/// result.apply_headers(&mut response);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RequestAuthenticator {
    inner: Arc<Inner>,
}

impl RequestAuthenticator {
    /// An authenticator with defaults for everything but the client.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the client's [verification](crate::ClientBuilder::verify) is off.
    pub fn new(client: Client) -> Result<Self> {
        Self::builder(client).build()
    }

    /// Collects options for an authenticator. Its calls have the options of the client; see [`Client::with`].
    pub fn builder(client: Client) -> RequestAuthenticatorBuilder {
        RequestAuthenticatorBuilder::new(client)
    }

    /// Decides about one request.
    ///
    /// An expired session is refreshed when the request sends a refresh token, and so is one whose token is missing or invalid,
    /// because a retired key must not sign a user out. Before a refresh token is sent anywhere, its signature, issuer, purpose
    /// and time are verified locally, and one that the service refused is refused for 60 seconds without another call. With a
    /// tenant, a refresh may bring another tenant, which is then compared; without one it keeps the tenant of the session. A
    /// bearer is never refreshed, and a request that opens a WebSocket neither.
    ///
    /// A request with cookies that another site caused is refused when its method changes something or it opens a WebSocket. A
    /// CORS preflight passes: without a session, without a refusal and without headers.
    ///
    /// # Errors
    ///
    /// What is wrong with the request or with the service is a [refusal](AuthenticationResult::refusal). These are errors:
    ///
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): a mistake in the requirement, or in the options of the client's
    ///   calls.
    /// * [`ClientClosed`](crate::ErrorKind::ClientClosed): the client is closed.
    /// * [`CookieTooLarge`](crate::ErrorKind::CookieTooLarge), [`InvalidResponse`](crate::ErrorKind::InvalidResponse): the session
    ///   was refreshed, and no cookies can be made of the tokens, which are in [`Error::response`](crate::Error::response).
    ///
    /// ```no_run
    /// # use tenant_select::{IncomingRequest, RequestAuthenticator, Requirement};
    /// # async fn run(authenticator: RequestAuthenticator) -> Result<(), tenant_select::Error> {
    /// let headers = [("authorization", "Bearer session")];
    /// let request = IncomingRequest::new("POST", "/acme/documents", &headers);
    /// let result = authenticator.authenticate(&request, &Requirement::new().tenant("acme")).await?;
    /// if let Some(grant) = result.grant() {
    ///     println!("roles in {}: {:?}", grant.tenant_id(), grant.roles());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn authenticate(
        &self,
        request: &IncomingRequest<'_>,
        requirement: &Requirement<'_>,
    ) -> Result<AuthenticationResult> {
        requirement.check()?;
        let Some(incoming) = self.inner.read(request)? else { return Ok(preflight()) };
        let found = self.inner.session_of_request(&incoming, requirement.tenant).await?;
        match (self.inner.held_against(&incoming, requirement, found)?, requirement.tenant) {
            (Held::Result(result), _) => Ok(result),
            (Held::Switch(found), tenant) => self.inner.switch_page(&incoming, tenant.unwrap_or_default(), found).await,
        }
    }

    /// [`authenticate`](Self::authenticate) where it needs no call and the keys are at hand, as for every valid session: a plain
    /// function that takes no lock a fetch can hold, no network and no runtime. Gives nothing for other requests; then call
    /// `authenticate`.
    ///
    /// # Errors
    ///
    /// Those of [`authenticate`](Self::authenticate).
    ///
    /// ```
    /// use tenant_select::{Client, IncomingRequest, RequestAuthenticator, Requirement};
    ///
    /// let authenticator = RequestAuthenticator::new(Client::new("P2abcdefghijklmnopqrstuvwxyz")?)?;
    /// let request = IncomingRequest::new("GET", "/documents", &[]);
    /// let result = authenticator.authenticate_cached(&request, &Requirement::new()).unwrap()?;
    /// assert_eq!(result.refusal().unwrap().status(), 401);
    /// # Ok::<(), tenant_select::Error>(())
    /// ```
    pub fn authenticate_cached(
        &self,
        request: &IncomingRequest<'_>,
        requirement: &Requirement<'_>,
    ) -> Option<Result<AuthenticationResult>> {
        let incoming = match requirement.check().and_then(|()| self.inner.read(request)) {
            Ok(Some(incoming)) => incoming,
            Ok(None) => return Some(Ok(preflight())),
            Err(error) => return Some(Err(error)),
        };
        let found = self.inner.session_at_hand(&incoming)?;
        match found.and_then(|found| self.inner.held_against(&incoming, requirement, found)) {
            Ok(Held::Result(result)) => Some(Ok(result)),
            Ok(Held::Switch(_)) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// The same authenticator with another client, such as one with other options of its calls ([`Client::with`]). Both share
    /// what they remember.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tenant_select::{CallOptions, Client, RequestAuthenticator};
    /// # fn run(client: &Client, authenticator: &RequestAuthenticator) {
    /// let patient = authenticator.with_client(client.with(CallOptions::new().timeout(Duration::from_secs(30))));
    /// # }
    /// ```
    pub fn with_client(&self, client: Client) -> Self {
        Self { inner: Arc::new(Inner { client, ..Inner::clone(&self.inner) }) }
    }

    /// Makes `tenant_id` the user's active tenant, with the refresh token of the request, and gives the session in it. For a route
    /// of the application that the user switches with.
    ///
    /// The request is one that changes something, whatever its method: it must not be caused by another site. Only cookies hold a
    /// refresh token, so a request with a bearer cannot switch.
    ///
    /// Refusals: those of [`authenticate`](Self::authenticate), `SWITCH_UNKNOWN` when it is unknown whether the service acted
    /// ([`retry_unknown`](crate::CallOptions::retry_unknown) alone decides whether it is sent again), `NOT_A_MEMBER` when the
    /// service refuses the tenant, and `TENANT_NOT_ACTIVE` when the service made another tenant active, with the cookies for it.
    ///
    /// # Errors
    ///
    /// Those of [`authenticate`](Self::authenticate); `InvalidInput` names `tenant`.
    ///
    /// ```no_run
    /// # use tenant_select::{IncomingRequest, RequestAuthenticator};
    /// # async fn run(authenticator: RequestAuthenticator) -> Result<(), tenant_select::Error> {
    /// let headers = [("host", "app.example"), ("origin", "https://app.example"), ("cookie", "DSR=refresh")];
    /// let result = authenticator.switch(&IncomingRequest::new("POST", "/switch", &headers), "globex").await?;
    /// println!("switched: {}", result.refusal().is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn switch(&self, request: &IncomingRequest<'_>, tenant_id: &str) -> Result<AuthenticationResult> {
        check_tenant("tenant", tenant_id)?;
        let Some(incoming) = self.inner.read(request)? else { return Ok(preflight()) };
        self.inner.switch(&incoming, tenant_id).await
    }

    /// Signs the user out of this session, and clears both cookies. For a route of the application that the user signs out
    /// with.
    ///
    /// The request is one that changes something, whatever its method: it must not be caused by another site. A request without
    /// a refresh token, or with one that is not valid, sends nothing, and its cookies are cleared all the same. When it is not
    /// known whether the service ended the session, the request is refused with `UNAVAILABLE` and the cookies stay, so that the
    /// user can try again. A request with a bearer has no session of cookies to end, and is refused.
    ///
    /// # Errors
    ///
    /// Those of [`authenticate`](Self::authenticate).
    ///
    /// ```no_run
    /// # use tenant_select::{IncomingRequest, RequestAuthenticator};
    /// # async fn run(authenticator: RequestAuthenticator) -> Result<(), tenant_select::Error> {
    /// let headers = [("host", "app.example"), ("origin", "https://app.example"), ("cookie", "DSR=refresh")];
    /// let result = authenticator.sign_out(&IncomingRequest::new("POST", "/sign-out", &headers)).await?;
    /// assert!(result.session().is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sign_out(&self, request: &IncomingRequest<'_>) -> Result<AuthenticationResult> {
        let Some(incoming) = self.inner.read(request)? else { return Ok(preflight()) };
        self.inner.sign_out(&incoming).await
    }
}

fn preflight() -> AuthenticationResult {
    AuthenticationResult { preflight: true, ..AuthenticationResult::anonymous() }
}

impl fmt::Debug for RequestAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { client, on_mismatch, not_member_status, origins, refresh, refresh_before, .. } = &*self.inner;
        f.debug_struct("RequestAuthenticator")
            .field("client", client)
            .field("on_mismatch", on_mismatch)
            .field("not_member_status", not_member_status)
            .field("origins", origins)
            .field("refresh", refresh)
            .field("refresh_before", refresh_before)
            .finish_non_exhaustive()
    }
}
