//! Verifies that an exchange did what was requested: good tokens, the same user, the requested tenant.

use std::sync::Arc;
use std::time::SystemTime;

use crate::config::Config;
use crate::cookies::{DEFAULT_REFRESH_NAME, DEFAULT_SESSION_NAME};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::jwt::jwk::KeySet;
use crate::jwt::jwks_cache::{KeyCache, KeySource, Origin};
use crate::jwt::verify::{self, Audience, Expected, Purpose, Token};
use crate::model::{Object, Value};
use crate::response::{JwtResponse, Verification};
use crate::secret::RefreshJwt;
use crate::secret::redact;
use crate::session::{self, Session};

/// Whose token was presented for the exchange, and for which tenant. Without verification nothing is known of either.
#[derive(Default)]
pub(crate) struct Presented {
    pub(crate) user_id: String,
    pub(crate) tenant: Option<String>,
}

impl Presented {
    /// Reads the user out of the token that is about to be sent, so that the response can be compared with it.
    ///
    /// It is not verified: the service checks the token, and the claim only has to be the same in the response.
    pub(crate) fn read(refresh_jwt: &RefreshJwt) -> Result<Self> {
        let wrong = |what| Error::invalid_input("refresh_jwt", what);
        let claims = verify::unverified_claims(refresh_jwt.expose(), &["drn", "dsub", "sub", "dct"])
            .ok_or_else(|| wrong("the refresh token is not a JWT"))?;
        if claims.get("drn").and_then(Value::as_str) == Some(DEFAULT_SESSION_NAME) {
            return Err(wrong("the token is a session token, and a refresh token is required"));
        }
        let user_id = session::user_of(&claims).ok_or_else(|| wrong("the refresh token names no user"))?;
        let tenant = session::current_tenant(&claims).map(str::to_owned);
        Ok(Self { user_id: user_id.to_owned(), tenant })
    }
}

/// What the verified tokens of a response say.
pub(crate) struct Examined {
    pub(crate) session: Session,
    /// The tenant that the refresh token names.
    pub(crate) refresh_tenant: Option<String>,
}

/// The required claims of a session token that an application received.
pub(crate) fn presented_session(config: &Config, audience: Option<&str>) -> Expected {
    let audience = audience.map_or(Audience::Project, |name| Audience::Named(name.to_owned()));
    expected(config, Purpose::Session, session_names(config, None), audience)
}

/// The required claims of the session token that the service returned just now.
fn returned_session(config: &Config, response: &JwtResponse) -> Expected {
    let names = session_names(config, response.session_cookie_name.as_deref());
    expected(config, Purpose::Session, names, Audience::Any)
}

/// The required claims of a refresh token that an application received.
pub(crate) fn presented_refresh(config: &Config) -> Expected {
    let names = owned(&[Some(DEFAULT_REFRESH_NAME), config.refresh_cookie_name.as_deref()]);
    expected(config, Purpose::Refresh, names, Audience::Any)
}

/// The required claims of the refresh token that the service returned just now.
fn returned_refresh(config: &Config, response: &JwtResponse) -> Expected {
    let names = [Some(DEFAULT_REFRESH_NAME), config.refresh_cookie_name.as_deref(), response.cookie_name.as_deref()];
    expected(config, Purpose::Refresh, owned(&names), Audience::Any)
}

fn expected(config: &Config, purpose: Purpose, names: Vec<String>, audience: Audience) -> Expected {
    Expected { project_id: config.project_id.clone(), purpose, names, audience, leeway: config.leeway }
}

fn session_names(config: &Config, of_response: Option<&str>) -> Vec<String> {
    owned(&[Some(DEFAULT_SESSION_NAME), config.session_cookie_name.as_deref(), of_response])
}

fn owned(names: &[Option<&str>]) -> Vec<String> {
    names.iter().flatten().filter(|name| !name.is_empty()).map(|name| (*name).to_owned()).collect()
}

/// The response with the session that its tokens were found to be good for.
pub(crate) fn passed(mut response: JwtResponse, session: Session) -> JwtResponse {
    response.session = Some(Arc::new(session));
    response.verification = Verification::Passed;
    response
}

/// The error of a response that was not verified, which goes into it.
pub(crate) fn failed(mut response: JwtResponse, error: Error) -> Error {
    response.session = None;
    response.verification = Verification::Failed(error.kind());
    let http = response.http.clone();
    error
        .with_retryable(false)
        .with_attempts(http.attempts)
        .with_status(http.status)
        .with_request_id(http.request_id)
        .with_response(response)
}

/// Verifies the tokens of a response, and that they are for the user of the call.
pub(crate) async fn examine(
    response: &JwtResponse,
    config: &Config,
    keys: &KeyCache,
    source: &KeySource,
    presented: &Presented,
) -> Result<Examined> {
    let Some(session_jwt) = &response.session_jwt else {
        return Err(Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, "the response holds no session token")
            .with_path("sessionJwt"));
    };
    let expected = returned_session(config, response);
    let claims = verified(session_jwt.expose(), "session", &expected, keys, source, verify::check).await?;
    check_user(&claims, "session", presented)?;
    let refresh_tenant = examine_refresh(response, config, keys, source, presented).await?;
    let session = Session::from_claims(&config.project_id, claims)
        .ok_or_else(|| verify::invalid("the session token returned names no user"))?;
    Ok(Examined { session, refresh_tenant })
}

/// Verifies the refresh token of a response, if there is one, and gives the tenant that it names.
pub(crate) async fn examine_refresh(
    response: &JwtResponse,
    config: &Config,
    keys: &KeyCache,
    source: &KeySource,
    presented: &Presented,
) -> Result<Option<String>> {
    let Some(refresh_jwt) = &response.refresh_jwt else { return Ok(None) };
    let expected = returned_refresh(config, response);
    let claims = verified(refresh_jwt.expose(), "refresh", &expected, keys, source, verify::check_alone).await?;
    check_user(&claims, "refresh", presented)?;
    Ok(session::current_tenant(&claims).map(str::to_owned))
}

/// The claims of a token that the service returned, as `check` gives them.
async fn verified(
    text: &str,
    which: &str,
    expected: &Expected,
    keys: &KeyCache,
    source: &KeySource,
    check: impl FnOnce(&Token<'_>, &KeySet, &Expected, SystemTime) -> Result<Object>,
) -> Result<Object> {
    let token = verify::parse(text, keys.cached().as_deref()).map_err(|error| error.about(which))?;
    let set = keys.for_token(token.key_id(), Origin::JustReturned, source).await?;
    check(&token, &set, expected, SystemTime::now()).map_err(|error| error.about(which))
}

fn check_user(claims: &Object, which: &str, presented: &Presented) -> Result<()> {
    if session::user_of(claims) == Some(&presented.user_id) {
        return Ok(());
    }
    let what = format!("the {which} token returned is not for the user whose token was presented");
    Err(Error::new(ErrorKind::UserMismatch, Outcome::Unknown, what))
}

/// The error of a call whose token was used up by an earlier exchange, of which the response goes into it: its tokens could not
/// be verified then, and cannot be now.
pub(crate) fn still_unverified(mut response: JwtResponse, error: Error) -> Error {
    response.verification = Verification::Failed(error.kind());
    error.with_remembered(response)
}

/// The active tenant must be the requested one, and among the user's tenants when the token names those. The tokens are good
/// otherwise, and the one presented may be used up, so the response in the error gives cookies.
pub(crate) fn check_tenant(response: JwtResponse, tenant: &str) -> Result<JwtResponse> {
    let Some(session) = response.session() else { return Ok(response) };
    if session.active_tenant().is_some_and(|grant| grant.tenant_id() == tenant) {
        return Ok(response);
    }
    let what = match session.current_tenant() {
        Some(dct) if dct == tenant => format!("has {tenant:?} active but not among the user's tenants"),
        Some(dct) => format!("is for tenant {:?}, not {tenant:?}", redact::redact(dct)),
        None => format!("has no active tenant, not {tenant:?}"),
    };
    Err(tenant_mismatch(response, format!("the session returned {what}")))
}

/// The error of a refresh whose token was superseded by that of another tenant: nothing is sent, because a refresh keeps the
/// tenant. The response that brought the newest tokens goes into it.
pub(crate) fn switched(response: JwtResponse) -> Error {
    let what = match response.session().and_then(Session::current_tenant) {
        Some(tenant) => format!("the session was switched to tenant {:?} meanwhile", redact::redact(tenant)),
        None => "the session was switched to no tenant meanwhile".to_owned(),
    };
    tenant_mismatch(response, what)
}

/// The error of a response whose tokens are good and for another tenant.
pub(crate) fn tenant_mismatch(response: JwtResponse, what: String) -> Error {
    let http = response.http.clone();
    let error = Error::new(ErrorKind::TenantMismatch, Outcome::NotSent, what);
    if response.reused {
        return error.with_remembered(response);
    }
    error.with_attempts(http.attempts).with_status(http.status).with_request_id(http.request_id).with_response(response)
}
