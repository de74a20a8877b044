//! Options as they come from JavaScript, into those of the core. The facade converts names and units; bounds and
//! defaults are the core's.

use std::collections::HashMap;

use napi::Status;
use napi::bindgen_prelude::Either4;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use tenant_select::{
    CallOptions, Client, ClientBuilder, CookieAttributes, CookieOptions, CookieScope, Error, RefreshOptions,
    ValidateOptions, Value,
};

use crate::pending::PendingCall;

/// The value of a client option.
pub(crate) type OptionValue = Either4<bool, f64, String, HashMap<String, String>>;

/// One client option by the core's name.
#[napi(object, object_to_js = false)]
pub struct ClientOption {
    /// The core's name for the option.
    pub name: String,
    /// Its value, durations in seconds.
    pub value: Either4<bool, f64, String, HashMap<String, String>>,
}

/// A builder with these options over this environment, for this version of Node.
pub(crate) fn builder(
    options: Vec<ClientOption>,
    environment: HashMap<String, String>,
    node_version: String,
) -> Result<ClientBuilder, Error> {
    let builder = Client::builder().environment(environment).runtime("node", node_version);
    options.into_iter().try_fold(builder, |builder, option| builder.set(&option.name, value(option.value)))
}

fn value(given: OptionValue) -> Value {
    match given {
        Either4::A(flag) => flag.into(),
        Either4::B(number) => match whole(number) {
            Some(integer) => integer.into(),
            None => number.into(),
        },
        Either4::C(text) => text.into(),
        Either4::D(entries) => {
            Value::Object(entries.into_iter().map(|(name, text)| (name, Value::String(text))).collect())
        }
    }
}

/// What one call may have of its own.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct CallParts {
    /// Seconds.
    pub timeout: Option<f64>,
    /// How often to try again.
    pub retries: Option<f64>,
    /// When to try again.
    pub retry_unknown: Option<bool>,
    /// Headers besides the client's.
    pub headers: Option<HashMap<String, String>>,
    /// Called at every retry.
    #[napi(ts_type = "(retry: RetryEvent) => void")]
    pub on_retry: Option<OnRetry>,
}

/// A function of JavaScript that may be called from any thread. Weak: a call keeps the process alive by itself, and what
/// is left of this function after the call must not.
pub(crate) type OnRetry = ThreadsafeFunction<RetryEvent, (), RetryEvent, Status, false, true>;

/// A retry, as the facade publishes it.
#[napi(object, object_from_js = false)]
pub struct RetryEvent {
    /// How many attempts were made so far.
    pub attempts: u32,
    /// Seconds until the next one.
    pub wait: f64,
    /// What the last attempt may have done.
    pub outcome: &'static str,
    /// The HTTP status of the last attempt.
    pub status: Option<u16>,
    /// The id under which the service knows the last attempt.
    pub request_id: Option<String>,
}

impl From<&tenant_select::RetryEvent> for RetryEvent {
    fn from(retry: &tenant_select::RetryEvent) -> Self {
        Self {
            attempts: retry.attempts,
            wait: retry.wait.as_secs_f64(),
            outcome: retry.outcome.as_str(),
            status: retry.status,
            request_id: retry.request_id.clone(),
        }
    }
}

/// The client with the call's own settings, with callbacks for its retries and its response.
pub(crate) fn with(client: &Client, parts: Option<CallParts>, call: Option<&PendingCall>) -> Result<Client, Error> {
    if parts.is_none() && call.is_none() {
        return Ok(client.clone());
    }
    let CallParts { timeout, retries, retry_unknown, headers, on_retry } = parts.unwrap_or_default();
    // A fraction is not a number of retries. It becomes -1, which the core refuses with the same error.
    let retries = retries.map(|number| whole(number).unwrap_or(-1));
    let options = CallOptions::from_parts(timeout, retries, retry_unknown)?;
    let mut options = headers.into_iter().fold(options, CallOptions::headers);
    if let Some(on_retry) = on_retry {
        options = options.on_retry(move |retry| {
            // Fails when the environment has ended; then there is no subscriber.
            let _ = on_retry.call(RetryEvent::from(retry), ThreadsafeFunctionCallMode::NonBlocking);
        });
    }
    if let Some(call) = call {
        options = call.observe(options);
    }
    Ok(client.with(options))
}

/// What one `refresh_session` may have of its own.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct RefreshParts {
    /// The external token.
    pub external_token: Option<String>,
    /// The tenant that must be active.
    pub expect_tenant: Option<String>,
    /// Whether a switch made meanwhile is followed.
    pub follow_switch: Option<bool>,
}

pub(crate) fn refresh(parts: RefreshParts) -> RefreshOptions {
    let RefreshParts { external_token, expect_tenant, follow_switch } = parts;
    let mut options = RefreshOptions::new();
    if let Some(token) = external_token {
        options = options.external_token(token);
    }
    if let Some(tenant_id) = expect_tenant {
        options = options.expect_tenant(tenant_id);
    }
    if let Some(follow) = follow_switch {
        options = options.follow_switch(follow);
    }
    options
}

/// What one `validate_and_refresh` may have of its own.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct ValidateParts {
    /// Whether the tenant must stay.
    pub keep_tenant: Option<bool>,
    /// Seconds.
    pub refresh_before: Option<f64>,
    /// The audience.
    pub audience: Option<String>,
}

pub(crate) fn validate(parts: ValidateParts) -> Result<ValidateOptions, Error> {
    let ValidateParts { keep_tenant, refresh_before, audience } = parts;
    ValidateOptions::from_parts(keep_tenant, refresh_before, audience)
}

/// What a response's `Set-Cookie` values may have of their own.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct CookieParts {
    /// `Secure`.
    pub secure: Option<bool>,
    /// `HttpOnly`.
    pub http_only: Option<bool>,
    /// `SameSite`.
    pub same_site: Option<String>,
    /// `Domain`.
    pub domain: Option<String>,
    /// `Path`.
    pub path: Option<String>,
    /// `Partitioned`.
    pub partitioned: Option<bool>,
    /// What the session cookie has of its own.
    pub session: Option<CookieAttributeParts>,
    /// What the refresh cookie has of its own.
    pub refresh: Option<CookieAttributeParts>,
    /// Where old cookies are cleared.
    pub clear_scopes: Option<Vec<CookieScopeParts>>,
}

/// What one cookie has of its own.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct CookieAttributeParts {
    /// `SameSite`.
    pub same_site: Option<String>,
    /// `Partitioned`.
    pub partitioned: Option<bool>,
    /// `Domain`.
    pub domain: Option<String>,
    /// `Path`.
    pub path: Option<String>,
    /// Whether there is no such cookie.
    pub omit: Option<bool>,
}

/// Where a cookie was set.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct CookieScopeParts {
    /// `Domain`.
    pub domain: Option<String>,
    /// `Path`.
    pub path: Option<String>,
}

pub(crate) fn cookies(parts: CookieParts) -> Result<CookieOptions, Error> {
    let CookieParts { secure, http_only, same_site, domain, path, partitioned, session, refresh, clear_scopes } = parts;
    let attributes = |own: Option<CookieAttributeParts>| {
        let CookieAttributeParts { same_site, partitioned, domain, path, omit } = own.unwrap_or_default();
        CookieAttributes::from_parts(same_site.as_deref(), partitioned, domain, path, omit.unwrap_or_default())
    };
    let scopes = clear_scopes.unwrap_or_default().into_iter().map(|CookieScopeParts { domain, path }| {
        let scope = CookieScope::new().domain(domain.unwrap_or_default());
        path.into_iter().fold(scope, CookieScope::path)
    });
    Ok(CookieOptions::from_parts(secure, http_only, same_site.as_deref(), domain, path)?
        .partitioned(partitioned.unwrap_or_default())
        .session(attributes(session)?)
        .refresh(attributes(refresh)?)
        .clear_scopes(scopes))
}

/// A JavaScript number without a fraction, in the range where every integer is exact.
pub(crate) fn whole(number: f64) -> Option<i64> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    #[allow(clippy::cast_possible_truncation)]
    (number.fract() == 0.0 && number.abs() <= LARGEST).then_some(number as i64)
}
