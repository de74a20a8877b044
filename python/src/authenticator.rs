//! The request authenticator: converts requests and requirements, and returns a [`Call`].

use std::sync::Arc;

use arc_swap::ArcSwap;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tenant_select::{CallOptions, Client, CookieOptions, RequestAuthenticator, Requirement, Value};

use crate::call::Call;
use crate::call_name::CallName;
use crate::client::NativeClient;
use crate::convert;
use crate::cookie_options::cookie_options;
use crate::error::{self, OrRaise, Refused};
use crate::request::{IncomingRequest, RequestParts};
use crate::runtime::{Order, ProcessId};

/// What a request needs: tenant, roles, permissions, any_role, any_permission, required and step_up.
#[derive(FromPyObject)]
struct Needed<'py>(
    Option<Bound<'py, PyAny>>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
);

/// The same with the types of the core, owned.
struct OwnedRequirement {
    tenant: Option<String>,
    names: [Vec<String>; 4],
    required: bool,
    step_up: bool,
}

impl Needed<'_> {
    fn convert(&self) -> Result<OwnedRequirement, Refused> {
        let Self(tenant, roles, permissions, any_role, any_permission, required, step_up) = self;
        Ok(OwnedRequirement {
            tenant: convert::optional_text("tenant", tenant.as_ref())?,
            names: [
                convert::texts("roles", roles)?,
                convert::texts("permissions", permissions)?,
                convert::texts("any_role", any_role)?,
                convert::texts("any_permission", any_permission)?,
            ],
            required: convert::flag("required", required)?,
            step_up: convert::flag("step_up", step_up)?,
        })
    }
}

/// What is done with a request.
enum Action {
    Authenticate(OwnedRequirement),
    Switch(String),
    SignOut,
}

type Decision = tenant_select::Result<tenant_select::AuthenticationResult>;

impl OwnedRequirement {
    fn borrowed<'a>(&'a self, names: &'a [Vec<&'a str>; 4]) -> Requirement<'a> {
        let [roles, permissions, any_role, any_permission] = names;
        let requirement = Requirement::new()
            .roles(roles)
            .permissions(permissions)
            .any_role(any_role)
            .any_permission(any_permission)
            .required(self.required)
            .step_up(self.step_up);
        match &self.tenant {
            Some(tenant) => requirement.tenant(tenant),
            None => requirement,
        }
    }

    fn names(&self) -> [Vec<&str>; 4] {
        self.names.each_ref().map(|names| names.iter().map(String::as_str).collect())
    }

    /// What comes of a request without a call; None when it takes one.
    fn at_hand(&self, authenticator: &RequestAuthenticator, request: &RequestParts) -> Option<Decision> {
        let (headers, names) = (request.headers(), self.names());
        authenticator.authenticate_cached(&request.request(&headers), &self.borrowed(&names))
    }
}

impl Action {
    async fn decide(self, authenticator: RequestAuthenticator, parts: Arc<RequestParts>) -> Decision {
        let headers = parts.headers();
        let request = parts.request(&headers);
        match self {
            Self::Authenticate(needed) => {
                let names = needed.names();
                authenticator.authenticate(&request, &needed.borrowed(&names)).await
            }
            Self::Switch(tenant) => authenticator.switch(&request, &tenant).await,
            Self::SignOut => authenticator.sign_out(&request).await,
        }
    }
}

/// A request authenticator of the core.
#[pyclass(frozen, module = "tenant_select._native", name = "Authenticator")]
pub(crate) struct NativeAuthenticator {
    client: Py<NativeClient>,
    options: Options,
    /// Of the process that made it: a child makes its own, because another thread may hold a lock of its parent's.
    current: ArcSwap<(ProcessId, RequestAuthenticator)>,
}

/// What an authenticator is made of.
struct Options {
    by_name: Vec<(String, Value)>,
    cookies: CookieOptions,
}

impl Options {
    fn build(&self, client: Client) -> tenant_select::Result<RequestAuthenticator> {
        let mut builder = RequestAuthenticator::builder(client).cookies(self.cookies.clone());
        for (name, value) in &self.by_name {
            builder = builder.set(name, value)?;
        }
        builder.build()
    }
}

impl NativeAuthenticator {
    fn current(&self, py: Python<'_>) -> PyResult<RequestAuthenticator> {
        let process = ProcessId::current();
        let found = self.current.load();
        if found.0 == process {
            return Ok(found.1.clone());
        }
        let made = self.options.build(self.client.get().client()).or_raise(py)?;
        self.current.store(Arc::new((process, made.clone())));
        Ok(made)
    }

    /// A call that decides about a request.
    fn call(&self, py: Python<'_>, name: &'static str, request: &IncomingRequest, action: Action) -> PyResult<Call> {
        let (authenticator, parts) = (self.current(py)?, Arc::clone(&request.0));
        let client = self.client.get();
        // Those that may replace a token begin in the order in which they are made.
        let token = client.client().tokens_from_request(parts.header("cookie"), None).refresh_jwt;
        let order = token.map_or(Order::Any, |token| Order::of(token.expose()));
        Ok(client.start(CallName::Other(name), order, CallOptions::new(), move |client| {
            action.decide(authenticator.with_client(client), parts)
        }))
    }
}

#[pymethods]
impl NativeAuthenticator {
    /// Creates an authenticator from `options` by their names in the core, and the options of cookies.
    #[new]
    fn new(
        py: Python<'_>,
        client: Py<NativeClient>,
        options: &Bound<'_, PyDict>,
        cookies: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let by_name = options.iter().map(|(name, value)| {
            let name: String = name.extract()?;
            let value = option(&name, &value)?;
            Ok((name, value))
        });
        let options = Options { by_name: by_name.collect::<PyResult<_>>()?, cookies: cookie_options(cookies)? };
        let made = error::catch_panic(|| options.build(client.get().client())).and_then(|built| built).or_raise(py)?;
        Ok(Self { client, options, current: ArcSwap::from_pointee((ProcessId::current(), made)) })
    }

    /// Tries what is at hand first, which needs neither network nor runtime.
    fn authenticate(&self, py: Python<'_>, request: &IncomingRequest, needed: Needed<'_>) -> PyResult<Call> {
        let needed = needed.convert()?;
        let authenticator = self.current(py)?;
        let at_hand = || py.detach(|| needed.at_hand(&authenticator, &request.0));
        match error::catch_panic(at_hand).unwrap_or_else(|panicked| Some(Err(panicked))) {
            Some(result) => Ok(self.client.get().done(CallName::Other("authenticate"), result)),
            None => self.call(py, "authenticate", request, Action::Authenticate(needed)),
        }
    }

    fn switch(&self, py: Python<'_>, request: &IncomingRequest, tenant: &Bound<'_, PyAny>) -> PyResult<Call> {
        let tenant = convert::text("tenant", tenant)?;
        self.call(py, "switch", request, Action::Switch(tenant))
    }

    fn sign_out(&self, py: Python<'_>, request: &IncomingRequest) -> PyResult<Call> {
        self.call(py, "sign_out", request, Action::SignOut)
    }
}

/// The value of an option, in the type that the core reads; the core knows which options there are.
fn option(name: &str, value: &Bound<'_, PyAny>) -> Result<Value, Refused> {
    Ok(match name {
        _ if value.is_none() => Value::Null,
        "trusted_origins" => Value::Array(convert::texts(name, value)?.into_iter().map(Value::String).collect()),
        "not_member_status" => Value::Integer(convert::count(name, value)?.into()),
        "refresh" => Value::Bool(convert::flag(name, value)?),
        "refresh_before" => Value::Float(convert::seconds(name, value)?),
        _ => Value::String(convert::text(name, value)?),
    })
}
