//! The core's models as frozen Python classes. Each field is defined in one line, from which everything else is derived.

mod authentication;
mod class;
mod cookies;
mod datetime;
mod diagnostics;
mod field;
mod granting;
mod pydantic;
mod retry;
mod session;
mod switch;
mod wire;

pub(crate) use authentication::{AuthenticationResult, Refusal, ResponseHeader};
pub(crate) use diagnostics::Diagnostics;
pub(crate) use retry::{Retry, RetryEvent};
pub(crate) use session::{RequestTokens, Session, TenantGrant, ValidationResult, session_for_tests};
pub(crate) use switch::{Switch, SwitchEvent};
pub(crate) use wire::{HistoryEntry, IdpResponse, JwtResponse, ResponseMetadata, Tenant, User, UserTenant};
