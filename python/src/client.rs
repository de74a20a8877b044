//! The operations: each converts its arguments and returns a [`Call`].

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};
use tenant_select::{CallOptions, Client, Operation, RefreshOptions, SessionJwt, TenantFilter, ValidateOptions};

use crate::call::{Call, Metadata, Reply, Retries};
use crate::call_name::CallName;
use crate::convert;
use crate::error::{self, OrRaise, Refused};
use crate::model;
use crate::redacted::Redacted;
use crate::runtime::{ForkSafeClient, Order};
use crate::switches::Observer;
use crate::warnings::Warnings;

/// The options that every call takes.
#[derive(FromPyObject)]
struct PerCall<'py>(
    Option<Bound<'py, PyAny>>,
    Option<Bound<'py, PyAny>>,
    Option<Bound<'py, PyAny>>,
    Option<Bound<'py, Redacted>>,
);

impl PerCall<'_> {
    fn check(&self) -> Result<CallOptions, Refused> {
        let Self(timeout, retries, retry_unknown, headers) = self;
        let timeout = timeout.as_ref().map(|value| convert::seconds("timeout", value)).transpose()?;
        let retries = retries.as_ref().map(|value| convert::count("retries", value)).transpose()?;
        let retry_unknown = retry_unknown.as_ref().map(|value| convert::flag("retry_unknown", value)).transpose()?;
        let headers =
            headers.as_ref().map(|headers| headers.get().texts_by_text(headers.py(), "headers")).transpose()?;
        let options = CallOptions::from_parts(timeout, retries, retry_unknown)?;
        Ok(headers.flatten().into_iter().fold(options, CallOptions::headers))
    }
}

/// What `validate_and_refresh` takes besides the tokens.
#[derive(FromPyObject)]
struct Validate<'py>(Bound<'py, PyAny>, Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);

impl Validate<'_> {
    fn check(&self) -> Result<ValidateOptions, Refused> {
        let Self(keep_tenant, refresh_before, audience) = self;
        let keep_tenant = convert::flag("keep_tenant", keep_tenant)?;
        let refresh_before = convert::seconds("refresh_before", refresh_before)?;
        let audience = convert::optional_text("audience", audience.as_ref())?;
        Ok(ValidateOptions::from_parts(Some(keep_tenant), Some(refresh_before), audience)?)
    }
}

/// A client of the core.
#[pyclass(frozen, module = "tenant_select._native", name = "Client")]
pub(crate) struct NativeClient {
    client: Arc<ForkSafeClient>,
    warnings: Warnings,
    observer: Arc<Observer>,
}

impl NativeClient {
    /// The call of an operation: `convert` makes the core's arguments from Python's and returns the work to do with them. Calls
    /// that may replace or end the token `exchanged` begin in the order in which they are made.
    fn call<S, F, T>(
        &self,
        py: Python<'_>,
        operation: Operation,
        exchanged: Option<&Redacted>,
        options: &PerCall<'_>,
        convert: impl FnOnce() -> Result<S, Refused>,
    ) -> PyResult<Call>
    where
        S: FnOnce(Client) -> F + Send + 'static,
        F: Future<Output = tenant_select::Result<T>> + Send + 'static,
        T: Into<Reply>,
    {
        let converted = || Ok((convert()?, options.check()?));
        let (start, options) = converted().map_err(|refused: Refused| refused.raise(py, operation))?;
        let token = exchanged.and_then(|token| token.refresh_jwt(py, "refresh_jwt").ok());
        let order = token.map_or(Order::Any, |token| Order::of(token.expose()));
        Ok(self.start(operation.into(), order, options, start))
    }

    /// A call whose metadata, retries, warnings and switches the facade takes.
    pub(crate) fn start<S, F, T>(&self, name: CallName, order: Order, options: CallOptions, start: S) -> Call
    where
        S: FnOnce(Client) -> F + Send + 'static,
        F: Future<Output = tenant_select::Result<T>> + Send + 'static,
        T: Into<Reply>,
    {
        let metadata = Metadata::default();
        let received = Arc::clone(&metadata);
        let retries = Retries::default();
        let observer = Arc::clone(&retries);
        let options = options
            .on_response(move |metadata| {
                // A call succeeds once.
                let _ = received.set(metadata.clone());
            })
            .on_retry(move |event| {
                if let Some(receive) = observer.get() {
                    receive(event);
                }
            });
        let call = Call::new(name, &self.client, move |client| start(client.with(options))).in_order(order);
        call.with_metadata(metadata).with_retries(retries).with_warnings(&self.warnings).with_switches(&self.observer)
    }

    /// A call whose result is known already.
    pub(crate) fn done(&self, name: CallName, result: tenant_select::Result<impl Into<Reply>>) -> Call {
        Call::done(name, &self.client, result).with_warnings(&self.warnings)
    }

    /// The client of this process.
    pub(crate) fn client(&self) -> Client {
        self.client.get()
    }
}

impl NativeClient {
    /// A call with a given behaviour, for the test suite.
    pub(crate) fn broken<F>(&self, start: impl FnOnce(Client) -> F + Send + 'static) -> Call
    where
        F: Future<Output = tenant_select::Result<Reply>> + Send + 'static,
    {
        Call::new(Operation::Me, &self.client, start)
    }
}

#[pymethods]
impl NativeClient {
    /// Creates a client from `options`, by their names in the core, and the `environment`.
    #[new]
    fn new(
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        environment: &Redacted,
        on_switch: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let version = py.version_info();
        let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
        let mut builder = Client::builder().environment(variables(&environment.value(py))?).runtime("python", version);
        for (name, value) in options {
            let name: String = name.extract()?;
            let value = match value.cast::<Redacted>() {
                Ok(redacted) => redacted.get().value(py),
                Err(_) => value,
            };
            builder = builder.set(&name, convert::option(&name, &value)?).or_raise(py)?;
        }
        let warnings = Warnings::default();
        let observer = Observer::new(on_switch);
        let builder = observer.observe(warnings.observe(builder));
        let client = error::catch_panic(|| builder.build()).and_then(|built| built).or_raise(py)?;
        Ok(Self { client: Arc::new(ForkSafeClient::new(client)), warnings, observer })
    }

    fn select_tenant(
        &self,
        py: Python<'_>,
        tenant_id: &Bound<'_, PyAny>,
        refresh_jwt: &Redacted,
        options: PerCall<'_>,
    ) -> PyResult<Call> {
        self.call(py, Operation::SelectTenant, Some(refresh_jwt), &options, || {
            let tenant_id = convert::text("tenant_id", tenant_id)?;
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            Ok(|client: Client| async move { client.select_tenant(&tenant_id, &refresh_jwt).await })
        })
    }

    fn refresh_session(
        &self,
        py: Python<'_>,
        refresh_jwt: &Redacted,
        external_token: &Redacted,
        expect_tenant: Option<&Bound<'_, PyAny>>,
        follow_switch: &Bound<'_, PyAny>,
        options: PerCall<'_>,
    ) -> PyResult<Call> {
        self.call(py, Operation::RefreshSession, Some(refresh_jwt), &options, || {
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            let follow_switch = convert::flag("follow_switch", follow_switch)?;
            let mut refresh = RefreshOptions::new().follow_switch(follow_switch);
            if let Some(token) = external_token.optional(py, "external_token")? {
                refresh = refresh.external_token(token);
            }
            if let Some(tenant_id) = convert::optional_text("expect_tenant", expect_tenant)? {
                refresh = refresh.expect_tenant(tenant_id);
            }
            Ok(|client: Client| async move { client.refresh_session(&refresh_jwt, refresh).await })
        })
    }

    fn my_tenants(
        &self,
        py: Python<'_>,
        refresh_jwt: &Redacted,
        ids: Option<&Bound<'_, PyAny>>,
        active_only: &Bound<'_, PyAny>,
        options: PerCall<'_>,
    ) -> PyResult<Call> {
        self.call(py, Operation::MyTenants, None, &options, || {
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            let ids = ids.map(|ids| convert::texts("ids", ids)).transpose()?;
            let filter = TenantFilter::from_parts(ids, convert::flag("active_only", active_only)?)?;
            Ok(|client: Client| async move { client.my_tenants(&refresh_jwt, &filter).await })
        })
    }

    fn history(&self, py: Python<'_>, refresh_jwt: &Redacted, options: PerCall<'_>) -> PyResult<Call> {
        self.call(py, Operation::History, None, &options, || {
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            Ok(|client: Client| async move { client.history(&refresh_jwt).await })
        })
    }

    fn me(&self, py: Python<'_>, refresh_jwt: &Redacted, options: PerCall<'_>) -> PyResult<Call> {
        self.call(py, Operation::Me, None, &options, || {
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            Ok(|client: Client| async move { client.me(&refresh_jwt).await })
        })
    }

    fn logout(&self, py: Python<'_>, refresh_jwt: &Redacted, options: PerCall<'_>) -> PyResult<Call> {
        self.call(py, Operation::Logout, Some(refresh_jwt), &options, || {
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            Ok(|client: Client| async move { client.logout(&refresh_jwt).await })
        })
    }

    fn logout_all(&self, py: Python<'_>, refresh_jwt: &Redacted, options: PerCall<'_>) -> PyResult<Call> {
        self.call(py, Operation::LogoutAll, Some(refresh_jwt), &options, || {
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            Ok(|client: Client| async move { client.logout_all(&refresh_jwt).await })
        })
    }

    /// Tries the cached keys first, which needs neither network nor runtime.
    fn validate_session(
        &self,
        py: Python<'_>,
        session_jwt: &Redacted,
        audience: Option<&Bound<'_, PyAny>>,
        options: PerCall<'_>,
    ) -> PyResult<Call> {
        const OPERATION: Operation = Operation::ValidateSession;
        let with_headers = options.3.as_ref().is_some_and(|headers| !headers.get().value(py).is_none());
        let converted = || {
            let session_jwt = session_jwt.session_jwt(py, "session_jwt")?;
            Ok((session_jwt, convert::optional_text("audience", audience)?, options.check()?))
        };
        let (session_jwt, audience, options) = converted().map_err(|refused: Refused| refused.raise(py, OPERATION))?;
        let client = self.client.get();
        // Headers are checked by the call itself.
        let cached = || {
            if with_headers {
                return None;
            }
            py.detach(|| client.validate_session_cached(&session_jwt, audience.as_deref()))
        };
        let call = match error::catch_panic(cached).unwrap_or_else(|panicked| Some(Err(panicked))) {
            Some(result) => Call::done(OPERATION, &self.client, result),
            None => Call::new(OPERATION, &self.client, |client| async move {
                client.with(options).validate_session(&session_jwt, audience.as_deref()).await
            }),
        };
        Ok(call.with_warnings(&self.warnings))
    }

    /// The session of a token that was verified before, without a `Call` and without a copy of the token. None for every other
    /// token and for a call with settings of its own, which `validate_session` checks.
    fn session_in_cache(
        &self,
        py: Python<'_>,
        session_jwt: &Redacted,
        audience: Option<&Bound<'_, PyAny>>,
        options: PerCall<'_>,
    ) -> Option<model::Session> {
        let PerCall(timeout, retries, retry_unknown, headers) = options;
        let has_headers = headers.is_some_and(|headers| !headers.get().value(py).is_none());
        if timeout.is_some() || retries.is_some() || retry_unknown.is_some() || has_headers {
            return None;
        }
        let audience = match audience {
            Some(audience) => Some(audience.cast::<PyString>().ok()?.to_str().ok()?),
            None => None,
        };
        let value = session_jwt.value(py);
        let text = value.cast::<PyString>().ok()?.to_str().ok()?;
        let client = self.client.get();
        let found = error::catch_panic(|| client.session_in_cache(text, audience)).ok()?;
        found.map(|(session, _)| model::Session(session))
    }

    fn validate_and_refresh(
        &self,
        py: Python<'_>,
        session_jwt: &Redacted,
        refresh_jwt: &Redacted,
        validate: Validate<'_>,
        options: PerCall<'_>,
    ) -> PyResult<Call> {
        self.call(py, Operation::ValidateAndRefresh, Some(refresh_jwt), &options, || {
            let session_jwt = session_jwt.optional(py, "session_jwt")?.map(SessionJwt::from);
            let refresh_jwt = refresh_jwt.refresh_jwt(py, "refresh_jwt")?;
            let validate = validate.check()?;
            Ok(|client: Client| async move {
                client.validate_and_refresh(session_jwt.as_ref(), &refresh_jwt, validate).await
            })
        })
    }

    fn tokens_from_request(
        &self,
        py: Python<'_>,
        cookie_header: &Redacted,
        authorization: &Redacted,
    ) -> PyResult<model::RequestTokens> {
        let tokens = || {
            let cookie_header = cookie_header.header(py, "cookie_header")?;
            let authorization = authorization.header(py, "authorization")?;
            let client = self.client.get();
            let tokens = || client.tokens_from_request(cookie_header.as_deref(), authorization.as_deref());
            Ok(model::RequestTokens(error::catch_panic(tokens)?))
        };
        tokens().map_err(|refused: Refused| refused.raise(py, Operation::TokensFromRequest))
    }

    fn close(&self) {
        self.client.get().close();
    }

    fn diagnostics(&self) -> model::Diagnostics {
        model::Diagnostics(self.client.get().diagnostics().into())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.observer.traverse(&visit)
    }

    fn __clear__(&self) {
        self.observer.clear();
    }

    #[getter]
    fn project_id(&self) -> String {
        self.client.get().project_id().to_owned()
    }

    #[getter]
    fn base_url(&self) -> String {
        self.client.get().base_url().to_owned()
    }

    #[getter]
    fn closed(&self) -> bool {
        self.client.get().is_closed()
    }
}

/// The variables of an environment. Bytes that are not UTF-8 are replaced, so that the core refuses the value if it uses it.
fn variables(environment: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for item in environment.cast::<PyMapping>()?.items()?.iter() {
        let (name, value): (Bound<'_, PyString>, Bound<'_, PyString>) = item.extract()?;
        variables.push((name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
    }
    Ok(variables)
}
