//! The core's models as frozen Python classes. A field is one line here, and everything else about it follows.

mod class;
mod field;
mod session;
mod wire;

pub(crate) use session::{RequestTokens, Session, TenantGrant, ValidationResult};
pub(crate) use wire::{HistoryEntry, IdpResponse, JwtResponse, ResponseMetadata, Tenant, User, UserTenant};
