//! What comes out of a call: one JSON document for the engine to parse, and a handle to the core's value for what only the
//! core decides.

use napi_derive::napi;
use serde::Serialize;
use tenant_select::{Error, JwtResponse, Session, TenantGrant, Tokens, Validated};

use crate::error::ErrorView;
use crate::options::{self, CookieParts};
use crate::view::{ResponseView, SessionView, ValidatedView, to_json};

/// The outcome of a call. `state` says what `json` is.
#[napi(object, object_from_js = false)]
pub struct Settled {
    /// `done`, `failed` or `cancelled`.
    #[napi(ts_type = "'done' | 'failed' | 'cancelled'")]
    pub state: &'static str,
    /// The result, or the error, as JSON.
    pub json: String,
    /// The core's value behind the result, or behind the response that an error carries.
    pub handle: Option<ResultHandle>,
}

impl Settled {
    /// A result that is nothing but data.
    pub(crate) fn data<T: Serialize>(result: Result<T, Error>) -> Self {
        match result {
            Ok(value) => Self::done(to_json(&value), None),
            Err(error) => Self::failed(&error),
        }
    }

    pub(crate) fn response(result: Result<JwtResponse, Error>) -> Self {
        match result {
            Ok(response) => {
                let json = to_json(&ResponseView::of(&response));
                Self::done(json, Some(ResultHandle::of_response(response)))
            }
            Err(error) => Self::failed(&error),
        }
    }

    pub(crate) fn session(result: Result<Session, Error>) -> Self {
        match result {
            Ok(session) => {
                let json = to_json(&SessionView::of(&session));
                Self::done(json, Some(ResultHandle::of_session(session)))
            }
            Err(error) => Self::failed(&error),
        }
    }

    /// A response holds its session, so only one of the two has to cross.
    pub(crate) fn validated(result: Result<Validated, Error>) -> Self {
        match result {
            Ok(Validated { response: Some(response), .. }) => {
                let json = to_json(&ValidatedView { session: None, response: Some(ResponseView::of(&response)) });
                Self::done(json, Some(ResultHandle::of_response(response)))
            }
            Ok(Validated { session, .. }) => {
                let json = to_json(&ValidatedView { session: Some(SessionView::of(&session)), response: None });
                Self::done(json, Some(ResultHandle::of_session(session)))
            }
            Err(error) => Self::failed(&error),
        }
    }

    pub(crate) fn failed(error: &Error) -> Self {
        Self {
            state: "failed",
            json: to_json(&ErrorView::of(error)),
            handle: error.response().cloned().map(ResultHandle::of_response),
        }
    }

    pub(crate) fn panicked() -> Self {
        Self { state: "failed", json: to_json(&ErrorView::panic()), handle: None }
    }

    pub(crate) fn cancelled() -> Self {
        Self { state: "cancelled", json: String::new(), handle: None }
    }

    fn done(json: String, handle: Option<ResultHandle>) -> Self {
        Self { state: "done", json, handle }
    }
}

/// The core's value behind a result, for the questions that the facade does not answer itself.
#[napi]
pub struct ResultHandle {
    value: Value,
}

enum Value {
    Response(Box<JwtResponse>),
    Session(Box<Session>),
}

impl ResultHandle {
    fn of_response(response: JwtResponse) -> Self {
        Self { value: Value::Response(Box::new(response)) }
    }

    fn of_session(session: Session) -> Self {
        Self { value: Value::Session(Box::new(session)) }
    }

    fn session(&self) -> Option<&Session> {
        match &self.value {
            Value::Response(response) => response.session(),
            Value::Session(session) => Some(session),
        }
    }

    /// The grant of a tenant: one of the `tenants` claim, or the active one of a token that has no such claim.
    fn grant(&self, tenant_id: &str) -> Option<&TenantGrant> {
        let session = self.session()?;
        let active = || session.active_tenant().filter(|grant| grant.tenant_id() == tenant_id);
        session.tenants().get(tenant_id).or_else(active)
    }
}

#[napi]
impl ResultHandle {
    /// Complete `Set-Cookie` values for a response.
    #[napi(catch_unwind)]
    pub fn set_cookie_headers(&self, options: Option<CookieParts>) -> Settled {
        match &self.value {
            Value::Response(response) => {
                let options = options::cookies(options.unwrap_or_default());
                Settled::data(options.and_then(|options| response.set_cookie_headers(&options)))
            }
            Value::Session(_) => Settled::data::<Vec<String>>(Ok(Vec::new())),
        }
    }

    /// Whether all of `names` are roles of the tenant, or of the project when there is none.
    #[napi(catch_unwind)]
    pub fn has_roles(
        &self,
        tenant_id: Option<String>,
        #[napi(ts_arg_type = "readonly string[]")] names: Vec<String>,
    ) -> bool {
        match tenant_id {
            None => self.session().is_some_and(|session| session.has_roles(&names)),
            Some(id) => self.grant(&id).is_some_and(|grant| grant.has_roles(&names)),
        }
    }

    /// The same of permissions.
    #[napi(catch_unwind)]
    pub fn has_permissions(
        &self,
        tenant_id: Option<String>,
        #[napi(ts_arg_type = "readonly string[]")] names: Vec<String>,
    ) -> bool {
        match tenant_id {
            None => self.session().is_some_and(|session| session.has_permissions(&names)),
            Some(id) => self.grant(&id).is_some_and(|grant| grant.has_permissions(&names)),
        }
    }

    /// Those of `names` that are roles of the tenant, or of the project when there is none.
    #[napi(catch_unwind)]
    pub fn matched_roles(
        &self,
        tenant_id: Option<String>,
        #[napi(ts_arg_type = "readonly string[]")] names: Vec<String>,
    ) -> Vec<String> {
        let found = match tenant_id {
            None => self.session().map(|session| session.matched_roles(&names)),
            Some(id) => self.grant(&id).map(|grant| grant.matched_roles(&names)),
        };
        found.unwrap_or_default()
    }

    /// The same of permissions.
    #[napi(catch_unwind)]
    pub fn matched_permissions(
        &self,
        tenant_id: Option<String>,
        #[napi(ts_arg_type = "readonly string[]")] names: Vec<String>,
    ) -> Vec<String> {
        let found = match tenant_id {
            None => self.session().map(|session| session.matched_permissions(&names)),
            Some(id) => self.grant(&id).map(|grant| grant.matched_permissions(&names)),
        };
        found.unwrap_or_default()
    }
}

/// The tokens of an incoming request.
#[napi(object, object_from_js = false)]
pub struct RequestTokens {
    /// The session token, when the request carries one.
    pub session_jwt: Option<String>,
    /// The refresh token, when the request carries one.
    pub refresh_jwt: Option<String>,
}

impl From<Tokens> for RequestTokens {
    fn from(tokens: Tokens) -> Self {
        Self {
            session_jwt: tokens.session_jwt.map(|token| token.expose().to_owned()),
            refresh_jwt: tokens.refresh_jwt.map(|token| token.expose().to_owned()),
        }
    }
}
