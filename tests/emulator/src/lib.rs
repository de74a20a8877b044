//! A local server of Descope's session API for tests: select tenant, refresh, me, my tenants, history, logout, validate, keys.
//!
//! It signs and verifies tokens and checks memberships, and can produce faults down to the level of the socket. The vendor's
//! own SDKs work with it without change.
//!
//! ```
//! use tenant_select_emulator::{Emulator, Fault, JournalFilter, Options, User};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ada = User::new("ada@example.com").tenant("acme", ["admin"], []).tenant("umbrella", [], []);
//! let emulator = Emulator::start(Options::default().user(ada)).await?;
//!
//! // Point a client at it …
//! let (base_url, project_id) = (emulator.url(), emulator.project_id());
//! // … give it a signed-in user …
//! let refresh_jwt = emulator.sign_in("ada@example.com", None)?.refresh_jwt;
//! // … and service failures.
//! emulator.add_fault(Fault::status("/v1/auth/tenant/select", 503).header("Retry-After", "1"))?;
//!
//! // Afterwards, see what arrived.
//! let arrived = emulator.requests();
//! # assert!(arrived.is_empty() && !refresh_jwt.is_empty() && !base_url.is_empty() && !project_id.is_empty());
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The same server is the binary `tenant-select-emulator`, controlled over HTTP. The README has every control call, setting,
//! fault, and token field.
#![forbid(unsafe_code)]

mod access;
mod api;
mod cases;
mod chance;
mod clock;
mod connection;
mod control;
mod emulator;
mod error;
mod ids;
mod jose;
mod options;
mod query;
mod router;
mod server;
mod state;
mod tls;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use emulator::{Emulator, SignIn};
pub use error::{ControlError, StartError};
pub use jose::forge::{MintedToken, Mutation, Sign, TokenProfile, TokenSpec};
pub use jose::keys::Algorithm;
pub use options::{DEFAULT_PROJECT_ID, Options};
pub use state::counters::Counters;
pub use state::faults::{Fault, FaultKind};
pub use state::journal::{
    AuthorizationEntry, DisconnectEntry, IssuedEntry, JournalEntry, JournalFilter, RefreshTokenEntry,
    RefreshTokenStatus, RequestEntry,
};
pub use state::refusals::{Refusal, Refusals};
pub use state::settings::{
    EmptyClaimPolicy, EmptyTenant, HistoryOrder, JwtTemplate, RateLimit, ResponseClaims, RetryAfter, SameSite,
    Settings, TenantSettings, TokenDelivery, TokenPrecedence,
};
pub use state::users::{Membership, User};
