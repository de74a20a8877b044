//! Settings that are one of several names.

use serde::{Deserialize, Serialize};

/// Where tokens travel to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenDelivery {
    /// In `sessionJwt` and `refreshJwt` of the body.
    Body,
    /// In two `Set-Cookie` headers; both members of the body are empty.
    Cookies,
    /// The refresh token in `Set-Cookie`, the session token in the body.
    RefreshCookie,
    /// The session token in `Set-Cookie`, the refresh token in the body.
    SessionCookie,
}

impl TokenDelivery {
    /// Whether the session token travels in a cookie.
    pub(crate) fn session_in_cookie(self) -> bool {
        matches!(self, Self::Cookies | Self::SessionCookie)
    }

    /// Whether the refresh token travels in a cookie.
    pub(crate) fn refresh_in_cookie(self) -> bool {
        matches!(self, Self::Cookies | Self::RefreshCookie)
    }
}

/// The `SameSite` attribute of cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SameSite {
    /// Never sent from another site.
    Strict,
    /// Sent from another site when it navigates here.
    Lax,
    /// Always sent.
    None,
}

impl SameSite {
    /// The value of the attribute.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// Which claims tokens carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JwtTemplate {
    /// `tenants` with roles and permissions of each, project-level roles and permissions at the root.
    Default,
    /// No `tenants`; `dct` stays, and the root carries roles and permissions of that tenant.
    CurrentTenant,
    /// No `tenants`, no roles, no permissions; `dct` stays.
    None,
}

/// What becomes of roles, permissions and tenants that are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmptyClaimPolicy {
    /// Tokens leave the claim out.
    Delete,
    /// The claim is null.
    Nil,
    /// The claim is there and empty.
    None,
}

/// What `claims` of a response holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseClaims {
    /// An empty object.
    Empty,
    /// The claims of the session token.
    Session,
}

/// What an empty or missing tenant does in a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmptyTenant {
    /// It is refused with [`Refusals::missing_tenant`](crate::Refusals::missing_tenant).
    Refuse,
    /// It takes `dct` out of the tokens.
    Clear,
}

/// Which refresh token counts when the bearer and the cookie both carry one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenPrecedence {
    /// The one in the `Authorization` header.
    Bearer,
    /// The one in the cookie.
    Cookie,
}

/// The order of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HistoryOrder {
    /// The latest entry first.
    NewestFirst,
    /// The earliest entry first.
    OldestFirst,
}
