//! The request authenticator: converts requests and requirements, and decides without the runtime where nothing is to be waited
//! for.

use std::future::Future;

use napi::Env;
use napi::bindgen_prelude::{Either, Either4, Object};
use napi_derive::napi;
use tenant_select::{AuthenticationResult, Client, Error, RequestAuthenticator, Value};

use crate::client::NativeClient;
use crate::incoming::{IncomingParts, RequirementParts};
use crate::options::{self, CallParts, CookieParts, whole};
use crate::pending::PendingCall;
use crate::result::CallResult;
use crate::runtime::promise;
use crate::text::Text;
use crate::warnings::Warnings;
use crate::workers::Order;

/// The core's request authenticator.
#[napi]
pub struct NativeAuthenticator {
    core: RequestAuthenticator,
    client: Client,
    warnings: Warnings,
}

/// One option of an authenticator by the core's name.
#[napi(object, object_to_js = false)]
pub struct AuthenticatorOption {
    /// The core's name for the option.
    pub name: String,
    /// Its value, durations in seconds.
    #[napi(ts_type = "boolean | number | string | readonly string[]")]
    pub value: Either4<bool, f64, String, Vec<String>>,
}

/// An authenticator, or why there is none.
#[napi(object, object_from_js = false)]
pub struct CreatedAuthenticator {
    /// The authenticator.
    pub authenticator: Option<NativeAuthenticator>,
    /// The error.
    pub failed: Option<CallResult>,
}

/// Makes an authenticator of a client.
#[napi(catch_unwind)]
pub fn create_authenticator(
    client: &NativeClient,
    #[napi(ts_arg_type = "readonly AuthenticatorOption[]")] options: Vec<AuthenticatorOption>,
    cookies: Option<CookieParts>,
) -> CreatedAuthenticator {
    let (client, warnings) = client.shared();
    match build(client.clone(), options, cookies.unwrap_or_default()) {
        Ok(core) => {
            let authenticator = NativeAuthenticator { core, client, warnings };
            CreatedAuthenticator { authenticator: Some(authenticator), failed: None }
        }
        Err(error) => CreatedAuthenticator { authenticator: None, failed: Some(CallResult::failed(&error)) },
    }
}

fn build(client: Client, options: Vec<AuthenticatorOption>, parts: CookieParts) -> Result<RequestAuthenticator, Error> {
    let builder = RequestAuthenticator::builder(client).cookies(options::cookies(parts)?);
    options.into_iter().try_fold(builder, |builder, option| builder.set(&option.name, &value(option.value)))?.build()
}

fn value(given: Either4<bool, f64, String, Vec<String>>) -> Value {
    match given {
        Either4::A(flag) => flag.into(),
        Either4::B(number) => whole(number).map_or_else(|| number.into(), Value::from),
        Either4::C(text) => text.into(),
        Either4::D(texts) => texts.into_iter().map(Value::from).collect::<Vec<_>>().into(),
    }
}

impl NativeAuthenticator {
    /// Starts one call. Those that may replace or end a refresh token begin in the order in which they are made.
    fn start<'env, F>(
        &self,
        env: &'env Env,
        (number, parts): (Option<i64>, Option<CallParts>),
        incoming: IncomingParts,
        work: impl FnOnce(RequestAuthenticator, IncomingParts) -> F + Send + 'static,
    ) -> napi::Result<Object<'env>>
    where
        F: Future<Output = Result<AuthenticationResult, Error>> + Send,
    {
        let token = self.client.tokens_from_request(incoming.header("cookie"), None).refresh_jwt;
        let order = token.map_or(Order::Any, |token| Order::of(token.expose()));
        let call = number.map(PendingCall::begin);
        let client = options::with(&self.client, parts, call.as_ref());
        let (authenticator, warnings) = (self.core.clone(), self.warnings.clone());
        promise(env, None, order, call, async move {
            let result = match client {
                Ok(client) => work(authenticator.with_client(client), incoming).await,
                Err(error) => Err(error),
            };
            CallResult::authentication(result).with_warnings(&warnings)
        })
    }
}

#[napi]
impl NativeAuthenticator {
    /// Decides about a request without a call: returns the text of the result, or why there is none; nothing when it takes a
    /// call.
    #[napi(catch_unwind, ts_return_type = "string | CallResult | null")]
    pub fn authenticate_cached(
        &self,
        method: String,
        url: String,
        headers: String,
        websocket: bool,
        requirement: Option<RequirementParts>,
    ) -> Option<Either<Text, CallResult>> {
        let incoming = IncomingParts::new(method, url, headers, websocket);
        let requirement = requirement.unwrap_or_default();
        let (headers, names) = (incoming.headers(), requirement.names());
        let decided = self.core.authenticate_cached(&incoming.request(&headers), &requirement.requirement(&names))?;
        Some(CallResult::authentication(decided).into_either())
    }

    /// Decides about a request.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    #[allow(clippy::too_many_arguments, reason = "each argument crosses by itself, which costs least")]
    pub fn authenticate<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        method: String,
        url: String,
        headers: String,
        websocket: bool,
        requirement: Option<RequirementParts>,
    ) -> napi::Result<Object<'env>> {
        let incoming = IncomingParts::new(method, url, headers, websocket);
        self.start(env, (call, parts), incoming, move |authenticator, incoming| async move {
            let requirement = requirement.unwrap_or_default();
            let (headers, names) = (incoming.headers(), requirement.names());
            authenticator.authenticate(&incoming.request(&headers), &requirement.requirement(&names)).await
        })
    }

    /// Makes a tenant the active one, with the refresh token of the request.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    #[allow(clippy::too_many_arguments, reason = "as for `authenticate`")]
    pub fn switch<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        method: String,
        url: String,
        headers: String,
        websocket: bool,
        tenant_id: String,
    ) -> napi::Result<Object<'env>> {
        let incoming = IncomingParts::new(method, url, headers, websocket);
        self.start(env, (call, parts), incoming, move |authenticator, incoming| async move {
            authenticator.switch(&incoming.request(&incoming.headers()), &tenant_id).await
        })
    }

    /// Signs out of the session of the request.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    #[allow(clippy::too_many_arguments, reason = "as for `authenticate`")]
    pub fn sign_out<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        method: String,
        url: String,
        headers: String,
        websocket: bool,
    ) -> napi::Result<Object<'env>> {
        let incoming = IncomingParts::new(method, url, headers, websocket);
        self.start(env, (call, parts), incoming, |authenticator, incoming| async move {
            authenticator.sign_out(&incoming.request(&incoming.headers())).await
        })
    }
}
