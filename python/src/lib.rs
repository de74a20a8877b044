//! The native module of the Python package `tenant_select`: conversions and a runtime, but no decisions.
//!
//! The crate `tenant-select` implements the calls; the public Python API is in `tenant_select/`.

#![forbid(unsafe_code)]
// Private to the wheel; the documentation for users is that of the Python package.
#![allow(missing_docs)]

mod authenticator;
mod call;
mod call_name;
mod client;
mod convert;
mod cookie_options;
mod error;
mod model;
mod panic;
mod pending_call;
mod redacted;
mod redacting;
mod request;
mod runtime;
mod switches;
mod warnings;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::authenticator::NativeAuthenticator;
    #[pymodule_export]
    use crate::call::Call;
    #[pymodule_export]
    use crate::client::NativeClient;
    #[pymodule_export]
    use crate::error::NativeError;
    #[pymodule_export]
    use crate::model::session_for_tests;
    #[pymodule_export]
    use crate::model::{
        AuthenticationResult, Diagnostics, HistoryEntry, IdpResponse, JwtResponse, Refusal, RequestTokens,
        ResponseHeader, ResponseMetadata, RetryEvent, Session, SwitchEvent, Tenant, TenantGrant, User, UserTenant,
        ValidationResult,
    };
    #[pymodule_export]
    use crate::pending_call::Completions;
    #[pymodule_export]
    use crate::redacted::{Redacted, redact};
    #[pymodule_export]
    use crate::redacting::redact_arguments;
    #[pymodule_export]
    use crate::request::IncomingRequest;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let codes: Vec<_> = tenant_select::ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        module.add("ERROR_CODES", codes)?;
        let outcomes: Vec<_> = tenant_select::Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        module.add("OUTCOMES", outcomes)?;
        let refusals: Vec<_> = tenant_select::RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        module.add("REFUSAL_CODES", refusals)?;
        let attributes: Vec<_> = tenant_select::binding::attribute_names().collect();
        module.add("ERROR_ATTRIBUTES", attributes)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        if cfg!(debug_assertions) {
            module.setattr("_panicking_call", wrap_pyfunction!(crate::panic::_panicking_call, module)?)?;
            module.setattr("_panicking_function", wrap_pyfunction!(crate::panic::_panicking_function, module)?)?;
        }
        crate::runtime::register_hooks(module.py())
    }
}
