//! Select a tenant for a signed-in Descope user as one typed, verified, observable step.
//!
//! A [`Client`] calls `POST /v1/auth/tenant/select` and its neighbours, verifies the tokens that come back, proves that
//! they are for the tenant and the user that were asked for, and says of every failure whether the service may have acted.
//! It is async, creates no runtime, and is cheap to clone and safe to share.
//!
//! ```no_run
//! use tenant_select::{Client, RefreshJwt};
//!
//! # async fn run(refresh_jwt: RefreshJwt) -> Result<(), tenant_select::Error> {
//! let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
//! let switched = client.select_tenant("T1", &refresh_jwt).await?;
//! let session = switched.session().expect("verification is on by default");
//! println!("{} now acts in {:?}", session.user_id(), session.active_tenant());
//! for cookie in switched.set_cookie_headers(&Default::default())? {
//!     println!("Set-Cookie: {cookie}");
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
// Times and counts come from the wire: they are clamped where they are read, and added with checked arithmetic.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod answer;
mod arguments;
mod builder;
mod call;
mod client;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod coalesce;
mod config;
mod cookie_state;
mod cookies;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod deadline;
mod error;
mod jwk;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod keys;
mod kind;
mod members;
mod model;
mod options;
mod peer;
mod pending;
mod proof;
mod redact;
mod resolver;
mod retry;
mod secret;
mod session;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod shared;
mod tls;
mod transport;
mod trust;
mod verify;

pub use arguments::{CallOptions, RefreshOptions, Retry, TenantFilter};
pub use builder::ClientBuilder;
pub use client::{Client, Validated};
pub use cookies::{CookieOptions, SameSite, Tokens};
pub use error::{Error, Result};
pub use kind::{ErrorKind, Outcome};
pub use model::{
    HistoryEntry, HttpFacts, IdpResponse, JwtResponse, Object, Tenant, UnknownFields, User, UserTenant, Value,
};
pub use retry::Replay;
pub use secret::{RefreshJwt, Secret, SessionJwt};
pub use session::{Session, TenantGrant};

/// The examples of the crate's page compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
