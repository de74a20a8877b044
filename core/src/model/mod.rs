//! Types for the data of the service. Every documented field is optional; undocumented fields are kept in `extra`.
//!
//! The rules for reading the wire format are applied only here:
//! * a missing field and a `null` are the same and are left out when the model is serialised again;
//! * integers are 64-bit and also accepted as integral floats and numeric strings;
//! * an empty token counts as absent; any other empty string is kept;
//! * keys inside user data (custom attributes, claims, provider maps) are never changed.

#[allow(clippy::arithmetic_side_effects, reason = "its numbers have two to four digits")]
pub(crate) mod date;
mod history;
mod idp;
mod jwt_response;
pub(crate) mod lenient;
mod tenant;
mod user;
mod value;
mod wanted;

pub(crate) use history::HistoryBody;
pub use history::HistoryEntry;
pub use idp::IdpResponse;
pub use jwt_response::JwtResponseBody;
pub use tenant::Tenant;
pub(crate) use tenant::TenantsBody;
pub use user::{User, UserTenant};
pub use value::{Object, UnknownFields, Value};
pub(crate) use wanted::members;
