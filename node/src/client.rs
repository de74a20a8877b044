//! One method per operation: each converts the arguments, starts the core's future on the runtime and returns a promise of the
//! result.

use std::collections::HashMap;
use std::future::Future;

use napi::Env;
use napi::bindgen_prelude::{Either, Object, ObjectFinalize};
use napi_derive::napi;
use tenant_select::{Client, Error, Operation, RefreshJwt, SessionJwt, TenantFilter};

use crate::options::{self, CallParts, ClientOption, RefreshParts, ValidateParts};
use crate::pending::PendingCall;
use crate::result::{CallResult, RequestTokens};
use crate::runtime::{self, promise};
use crate::text::Text;
use crate::view::to_json;
use crate::warnings::Warnings;
use crate::workers::Order;

/// The approximate native memory of a client with a connection, in bytes: 6 KB before its first request and 37 KB after it,
/// measured. The engine collects unreachable clients earlier when it knows this number.
const CLIENT_BYTES: i64 = 40 * 1024;

/// The core's client.
#[napi(custom_finalize)]
pub struct NativeClient {
    core: Client,
    warnings: Warnings,
}

impl ObjectFinalize for NativeClient {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-CLIENT_BYTES).map(drop)
    }
}

impl NativeClient {
    /// What an authenticator of this client shares with it.
    pub(crate) fn shared(&self) -> (Client, Warnings) {
        (self.core.clone(), self.warnings.clone())
    }

    /// Starts one call of an operation: `work` gets the client with the settings of the call, and `view` makes what JavaScript
    /// reads of its result.
    fn start<'env, T, F>(
        &self,
        env: &'env Env,
        (operation, order): (Operation, Order),
        (number, parts): (Option<i64>, Option<CallParts>),
        view: fn(Result<T, Error>) -> CallResult,
        work: impl FnOnce(Result<Client, Error>) -> F + Send + 'static,
    ) -> napi::Result<Object<'env>>
    where
        T: 'static,
        F: Future<Output = Result<T, Error>> + Send,
    {
        let call = number.map(PendingCall::begin);
        let client = options::with(&self.core, parts, call.as_ref());
        let warnings = self.warnings.clone();
        promise(env, Some(operation), order, call, async move {
            // Settings of the call are refused outside of the core's operation.
            view(work(client).await.map_err(|error| error.in_operation(operation))).with_warnings(&warnings)
        })
    }
}

/// A client, or why there is none.
#[napi(object, object_from_js = false)]
pub struct Created {
    /// The client.
    pub client: Option<NativeClient>,
    /// The error.
    pub failed: Option<CallResult>,
}

/// Makes a client of the options, the process's environment and the version of Node.
#[napi(catch_unwind)]
pub fn create_client(
    env: &Env,
    #[napi(ts_arg_type = "readonly ClientOption[]")] options: Vec<ClientOption>,
    #[napi(ts_arg_type = "Readonly<Record<string, string>>")] environment: HashMap<String, String>,
    node_version: String,
) -> napi::Result<Created> {
    let switches = runtime::switches(env)?;
    let warnings = Warnings::default();
    let builder = options::builder(options, environment, node_version);
    Ok(match builder.and_then(|builder| warnings.observe(switches.observe(builder)).build()) {
        Ok(core) => {
            // The client works without it: the number is only a hint for the garbage collector.
            let _ = env.adjust_external_memory(CLIENT_BYTES);
            Created { client: Some(NativeClient { core, warnings }), failed: None }
        }
        Err(error) => Created { client: None, failed: Some(CallResult::failed(&error)) },
    })
}

#[napi]
impl NativeClient {
    /// Makes a tenant the active one.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn select_tenant<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        tenant_id: String,
        refresh_jwt: String,
    ) -> napi::Result<Object<'env>> {
        let order = Order::of(&refresh_jwt);
        self.start(
            env,
            (Operation::SelectTenant, order),
            (call, parts),
            CallResult::response,
            move |client| async move { client?.select_tenant(&tenant_id, &RefreshJwt::from(refresh_jwt)).await },
        )
    }

    /// Exchanges a refresh token for new tokens.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn refresh_session<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        refresh_jwt: String,
        refresh: Option<RefreshParts>,
    ) -> napi::Result<Object<'env>> {
        let refresh = options::refresh(refresh.unwrap_or_default());
        let order = Order::of(&refresh_jwt);
        self.start(
            env,
            (Operation::RefreshSession, order),
            (call, parts),
            CallResult::response,
            move |client| async move { client?.refresh_session(&RefreshJwt::from(refresh_jwt), refresh).await },
        )
    }

    /// The user's profile.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn me<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        refresh_jwt: String,
    ) -> napi::Result<Object<'env>> {
        self.start(env, (Operation::Me, Order::Any), (call, parts), CallResult::data, move |client| async move {
            client?.me(&RefreshJwt::from(refresh_jwt)).await
        })
    }

    /// The user's tenants.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn my_tenants<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        refresh_jwt: String,
        #[napi(ts_arg_type = "readonly string[] | undefined")] ids: Option<Vec<String>>,
        active_only: bool,
    ) -> napi::Result<Object<'env>> {
        self.start(env, (Operation::MyTenants, Order::Any), (call, parts), CallResult::data, move |client| async move {
            let filter = TenantFilter::from_parts(ids, active_only)?;
            client?.my_tenants(&RefreshJwt::from(refresh_jwt), &filter).await
        })
    }

    /// Where and when the user signed in.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn history<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        refresh_jwt: String,
    ) -> napi::Result<Object<'env>> {
        self.start(env, (Operation::History, Order::Any), (call, parts), CallResult::data, move |client| async move {
            client?.history(&RefreshJwt::from(refresh_jwt)).await
        })
    }

    /// Signs out of this session.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn logout<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        refresh_jwt: String,
    ) -> napi::Result<Object<'env>> {
        let order = Order::of(&refresh_jwt);
        self.start(env, (Operation::Logout, order), (call, parts), CallResult::response, move |client| async move {
            client?.logout(&RefreshJwt::from(refresh_jwt)).await
        })
    }

    /// Signs out of every session.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn logout_all<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        refresh_jwt: String,
    ) -> napi::Result<Object<'env>> {
        let order = Order::of(&refresh_jwt);
        self.start(env, (Operation::LogoutAll, order), (call, parts), CallResult::response, move |client| async move {
            client?.logout_all(&RefreshJwt::from(refresh_jwt)).await
        })
    }

    /// Verifies a session token with the cached keys: returns the text of the session, or how the verification failed; nothing
    /// when keys have to be fetched first.
    #[napi(catch_unwind, ts_return_type = "string | CallResult | null")]
    pub fn validate_session_cached(
        &self,
        session_jwt: String,
        audience: Option<String>,
    ) -> Option<Either<Text, CallResult>> {
        let verified = self.core.validate_session_cached(&SessionJwt::from(session_jwt), audience.as_deref())?;
        Some(CallResult::session(verified).into_either())
    }

    /// The number of a session token's entry in the core's cache, when a verification would succeed too: another one for each
    /// token and each time that it enters the cache. Exact as a number in JavaScript, because it counts entries.
    #[napi(catch_unwind)]
    pub fn session_in_cache(&self, session_jwt: String, audience: Option<String>) -> Option<i64> {
        let session_jwt = SessionJwt::from(session_jwt);
        let (_, number) = self.core.session_in_cache(session_jwt.expose(), audience.as_deref())?;
        i64::try_from(number).ok()
    }

    /// Verifies a session token, fetching keys when needed.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn validate_session<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        session_jwt: String,
        audience: Option<String>,
    ) -> napi::Result<Object<'env>> {
        self.start(env, (Operation::ValidateSession, Order::Any), (call, parts), CallResult::session, move |client| async move {
            client?.validate_session(&SessionJwt::from(session_jwt), audience.as_deref()).await
        })
    }

    /// Verifies a session token, and refreshes when it is missing, empty or expired.
    #[napi(catch_unwind, ts_return_type = "Promise<string | CallResult>")]
    pub fn validate_and_refresh<'env>(
        &self,
        env: &'env Env,
        call: Option<i64>,
        parts: Option<CallParts>,
        session_jwt: Option<String>,
        refresh_jwt: String,
        validate: Option<ValidateParts>,
    ) -> napi::Result<Object<'env>> {
        let order = Order::of(&refresh_jwt);
        self.start(
            env,
            (Operation::ValidateAndRefresh, order),
            (call, parts),
            CallResult::validation,
            move |client| async move {
                let session_jwt = session_jwt.map(SessionJwt::from);
                let validate = options::validate(validate.unwrap_or_default())?;
                client?.validate_and_refresh(session_jwt.as_ref(), &RefreshJwt::from(refresh_jwt), validate).await
            },
        )
    }

    /// The client's counters, as JSON.
    #[napi(catch_unwind)]
    pub fn diagnostics(&self) -> String {
        to_json(&self.core.diagnostics())
    }

    /// Takes the tokens out of an incoming request.
    #[napi(catch_unwind)]
    pub fn tokens_from_request(&self, cookie_header: Option<String>, authorization: Option<String>) -> RequestTokens {
        self.core.tokens_from_request(cookie_header.as_deref(), authorization.as_deref()).into()
    }

    /// How many tokens the core's cache of verified session tokens holds at most.
    #[napi(getter, catch_unwind)]
    pub fn session_cache(&self) -> u32 {
        u32::try_from(self.core.session_cache()).unwrap_or(u32::MAX)
    }

    /// The project.
    #[napi(getter, catch_unwind)]
    pub fn project_id(&self) -> &str {
        self.core.project_id()
    }

    /// Where the API is.
    #[napi(getter, catch_unwind)]
    pub fn base_url(&self) -> &str {
        self.core.base_url()
    }

    /// Closes the client.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.core.close();
    }

    /// Whether the client was closed.
    #[napi(getter, catch_unwind)]
    pub fn closed(&self) -> bool {
        self.core.is_closed()
    }
}
