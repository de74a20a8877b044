//! Select a tenant for a signed-in Descope user as one typed, verified, observable step.
//!
//! A [`Client`] calls `POST /v1/auth/tenant/select` and the calls related to it, verifies that the returned tokens are valid
//! and are for the requested tenant and the same user, and reports with every error whether the service may have acted. It is
//! async, creates no runtime, and is cheap to clone and safe to share. A [`RequestAuthenticator`] decides about the requests
//! that an application receives.
//!
//! ```no_run
//! use tenant_select::{Client, RefreshJwt};
//!
//! # async fn run(refresh_jwt: RefreshJwt) -> Result<(), tenant_select::Error> {
//! let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
//! let switched = client.select_tenant("T1", &refresh_jwt).await?;
//! let session = switched.verified_session()?;
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

mod authenticate;
mod client;
mod config;
mod cookies;
mod error;
mod http;
mod jwt;
mod model;
mod response;
mod retry;
#[allow(clippy::arithmetic_side_effects, reason = "its times are constants and checked options")]
mod rotation;
mod secret;
mod session;
mod shared_state;

pub use authenticate::RequestAuthenticator;
pub use authenticate::builder::{OnMismatch, RequestAuthenticatorBuilder};
pub use authenticate::headers::{HeaderRule, ResponseHeader};
pub use authenticate::refusal::{Refusal, RefusalCode};
pub use authenticate::request::IncomingRequest;
pub use authenticate::requirement::Requirement;
pub use authenticate::result::AuthenticationResult;
pub use client::Client;
pub use client::arguments::{CallOptions, RefreshOptions, TenantFilter};
pub use client::builder::ClientBuilder;
pub use client::diagnostics::Diagnostics;
pub use client::switch_event::SwitchEvent;
pub use client::validate::{ValidateOptions, ValidationResult};
pub use config::client_option::{ClientOption, OptionType};
pub use cookies::{CookieAttributes, CookieOptions, CookieScope, RequestTokens, SameSite};
#[doc(hidden)]
pub use error::binding;
pub use error::kind::{ErrorKind, Outcome};
pub use error::operation::Operation;
pub use error::{Error, Result};
pub use http::events::{RetryEvent, Warning};
pub use model::{HistoryEntry, IdpResponse, JwtResponseBody, Object, Tenant, UnknownFields, User, UserTenant, Value};
pub use response::{JwtResponse, ResponseMetadata};
pub use secret::{RefreshJwt, Secret, SessionJwt};
pub use session::{Session, TenantGrant};

/// Compiles the examples of the crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
