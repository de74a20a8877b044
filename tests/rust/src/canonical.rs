//! The canonical result of a call: the same JSON in every language, compared with what the case expects.

use std::fmt::Debug;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tenant_select::{
    AuthenticationResult, CookieAttributes, CookieOptions, CookieScope, Error, JwtResponse, Operation, Refusal,
    RequestTokens, Secret, Session, TenantGrant, ValidationResult,
};

use crate::case::{AttributeParts, Case, GrantCheck, ScopeParts};
use crate::names::Names;

/// What came of a call.
pub(crate) struct Outcome {
    /// `value` or `error`, and other parts of the result.
    pub(crate) parts: Map<String, Value>,
    /// Everything that the result prints of itself, none of which may hold a token.
    pub(crate) printed: String,
}

impl Outcome {
    pub(crate) fn new(name: &str, value: Value, printed: String) -> Self {
        Self { parts: Map::from_iter([(name.to_owned(), value)]), printed }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.parts.insert(name.to_owned(), value);
        self
    }
}

/// A result that is nothing but data.
pub(crate) fn value<T: Serialize + Debug>(value: T) -> Result<Outcome, String> {
    Ok(Outcome::new("value", json(&value)?, format!("{value:?}")))
}

/// The response to an exchange or a sign-out.
pub(crate) fn response(response: &JwtResponse, case: &Case) -> Result<Outcome, String> {
    let outcome = Outcome::new("value", json(response)?, format!("{response:?}"));
    with_session_parts(with_response_parts(outcome, response, case)?, response.session(), case)
}

/// A validated session.
pub(crate) fn session(session: &Session, case: &Case) -> Result<Outcome, String> {
    let outcome = Outcome::new("value", session_json(session)?, format!("{session:?}"));
    with_session_parts(outcome, Some(session), case)
}

/// A session that may have been refreshed: without `response` when it was not.
pub(crate) fn validated(validated: &ValidationResult, case: &Case) -> Result<Outcome, String> {
    let mut value = Map::from_iter([("session".to_owned(), session_json(&validated.session)?)]);
    let outcome = |value: Map<String, Value>| Outcome::new("value", value.into(), format!("{validated:?}"));
    let outcome = match &validated.response {
        Some(refreshed) => {
            value.insert("response".to_owned(), json(refreshed)?);
            with_response_parts(outcome(value), refreshed, case)?
        }
        None => outcome(value),
    };
    let refresh_error = validated.refresh_error.as_ref().map(error_json).transpose()?;
    with_session_parts(outcome.with("refreshError", refresh_error.unwrap_or_default()), Some(&validated.session), case)
}

/// What a response has besides its data. The clock of the machine stays out of `http`, which is compared whole.
fn with_response_parts(outcome: Outcome, response: &JwtResponse, case: &Case) -> Result<Outcome, String> {
    let mut http = json(response.http())?;
    let clock_skew = http.as_object_mut().and_then(|members| members.remove("clockSkew"));
    Ok(outcome
        .with("http", without_nulls(http))
        .with("clockSkew", clock_skew.unwrap_or_default())
        .with("nextRefreshAt", json(&response.next_refresh_at())?)
        .with("reused", json(&response.reused())?)
        .with("session", response.session().map(session_json).transpose()?.unwrap_or_default())
        .with("cookies", cookies(response, case)?))
}

/// What follows from the claims of a session; null without one.
fn with_session_parts(outcome: Outcome, session: Option<&Session>, case: &Case) -> Result<Outcome, String> {
    let grant_results = session.map(|session| grant_results(session, &case.arguments.grant_checks)).transpose()?;
    let attributes = session.map(|session| {
        without_nulls(json!({
            "cacheScope": session.cache_scope(),
            "amr": session.amr(),
            "steppedUp": session.stepped_up(),
            "refreshExpiresAt": session.refresh_expires_at(),
        }))
    });
    Ok(outcome
        .with("grantResults", grant_results.unwrap_or_default())
        .with("sessionAttributes", attributes.unwrap_or_default()))
}

/// What the request authenticator found, whole. An error is named by its code: the cases of the calls have the rest of it.
pub(crate) fn authenticated(result: &AuthenticationResult) -> Result<Outcome, String> {
    let headers = result.headers().map(|header| json!([header.name, header.value, header.rule.as_str()]));
    let refusal = result.refusal().map(refusal_json).transpose()?;
    let value = without_nulls(json!({
        "session": result.session().map(session_json).transpose()?,
        "grant": result.grant().map(json).transpose()?,
        "headers": headers.collect::<Vec<_>>(),
        "cookieHeader": result.cookie_header().map(Secret::expose),
        "response": result.response().map(json).transpose()?,
        "refusal": refusal,
        "error": result.error().map(|error| error.kind().code()),
    }));
    let headers: Vec<_> = result.headers().collect();
    Ok(Outcome::new("value", value, format!("{result:?} {headers:?}")))
}

fn refusal_json(refusal: &Refusal) -> Result<Value, String> {
    let problem: Option<Value> = refusal
        .problem()
        .map(|problem| {
            serde_json::from_str(&problem).map_err(|error| format!("a problem document is no JSON: {error}"))
        })
        .transpose()?;
    let headers = refusal.headers().into_iter().map(|(name, value)| json!([name, value]));
    Ok(without_nulls(json!({
        "status": refusal.status(),
        "code": refusal.code().as_str(),
        "headers": headers.collect::<Vec<_>>(),
        "problem": problem,
    })))
}

/// What an incoming request brought.
pub(crate) fn tokens(tokens: &RequestTokens) -> Result<Outcome, String> {
    let value = without_nulls(json!({"sessionJwt": tokens.session_jwt, "refreshJwt": tokens.refresh_jwt}));
    Ok(Outcome::new("value", value, format!("{tokens:?}")))
}

/// A failure: the cookies of the response that it carries are a part of it.
pub(crate) fn error(error: &Error, case: &Case) -> Result<Outcome, String> {
    let outcome = Outcome::new("error", error_json(error)?, printed(error));
    Ok(match error.response() {
        Some(response) => outcome.with("cookies", cookies(response, case)?),
        None => outcome,
    })
}

fn error_json(error: &Error) -> Result<Value, String> {
    let names = Names::get()?;
    let retry_after = error.retry_after().map(|wait| match wait.subsec_nanos() {
        0 => json!(wait.as_secs()),
        _ => json!(wait.as_secs_f64()),
    });
    Ok(without_nulls(json!({
        "code": error.kind().code(),
        "operation": error.operation().map(Operation::as_str),
        "outcome": error.outcome().as_str(),
        "retryable": error.is_retryable(),
        "attempts": error.attempts(),
        "status": error.status(),
        "errorCode": error.error_code(),
        "errorDescription": error.error_description(),
        "errorMessage": error.error_message(),
        "retryAfter": retry_after,
        "requestId": error.request_id(),
        "argument": error.argument().map(|argument| names.case_argument(argument)),
        "path": error.path(),
        "response": error.response().map(json).transpose()?,
    })))
}

/// The text and the debugging text of an error and of everything below it.
fn printed(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(below) = cause {
        text += &format!(" {below} {below:?}");
        cause = below.source();
    }
    text
}

/// The `Set-Cookie` values, or the error in their place.
fn cookies(response: &JwtResponse, case: &Case) -> Result<Value, String> {
    match cookie_options(case).and_then(|options| response.set_cookie_headers(&options)) {
        Ok(cookies) => json(&cookies),
        Err(error) => Ok(json!({"error": error_json(&error)?})),
    }
}

pub(crate) fn cookie_options(case: &Case) -> Result<CookieOptions, Error> {
    let parts = case.arguments.cookie_options.clone();
    let options =
        CookieOptions::from_parts(parts.secure, parts.http_only, parts.same_site.as_deref(), parts.domain, parts.path)?;
    let attributes = |own: AttributeParts| {
        CookieAttributes::from_parts(own.same_site.as_deref(), own.partitioned, own.domain, own.path, own.omit)
    };
    let scopes = parts.clear_scopes.into_iter().map(|ScopeParts { domain, path }| {
        let scope = CookieScope::new().domain(domain.unwrap_or_default());
        path.into_iter().fold(scope, CookieScope::path)
    });
    Ok(options
        .partitioned(parts.partitioned.unwrap_or_default())
        .session(attributes(parts.session)?)
        .refresh(attributes(parts.refresh)?)
        .clear_scopes(scopes))
}

fn session_json(session: &Session) -> Result<Value, String> {
    json(session).map(without_nulls)
}

/// The result of each check; null where there is no such tenant.
fn grant_results(session: &Session, checks: &[GrantCheck]) -> Result<Value, String> {
    let results = checks.iter().map(|check| {
        let grant = match &check.tenant {
            Some(id) => session.tenants().get(id),
            None => session.active_tenant(),
        };
        if check.tenant.is_none() && !check.active_tenant {
            return of_project(session, check);
        }
        grant.map_or(Ok(Value::Null), |grant| of_tenant(grant, check))
    });
    results.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

/// The methods are the same at both levels, but no trait says so in public.
macro_rules! checks {
    ($name:ident, $level:ty) => {
        fn $name(level: &$level, check: &GrantCheck) -> Result<Value, String> {
            let of_roles = [
                check.has_roles.as_ref().map(|names| json!(level.has_roles(names))),
                check.any_role.as_ref().map(|names| json!(level.any_role(names))),
                check.matched_roles.as_ref().map(|names| json!(level.matched_roles(names))),
            ];
            let of_permissions = [
                check.has_permissions.as_ref().map(|names| json!(level.has_permissions(names))),
                check.any_permission.as_ref().map(|names| json!(level.any_permission(names))),
                check.matched_permissions.as_ref().map(|names| json!(level.matched_permissions(names))),
            ];
            let mut results = of_roles.into_iter().chain(of_permissions).flatten();
            match (results.next(), results.next()) {
                (Some(result), None) => Ok(result),
                _ => Err("a check calls one method".to_owned()),
            }
        }
    };
}

checks!(of_project, Session);
checks!(of_tenant, TenantGrant);

fn json<T: Serialize + ?Sized>(value: &T) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| format!("a result cannot be serialised: {error}"))
}

/// The members of an object that are not null: null and absent are the same in what is ours.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, member)| !member.is_null()).collect(),
        other => other,
    }
}
