//! Settings whose value is one of several names.

use serde::{Deserialize, Serialize};

/// How tokens are delivered to the client.
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
    /// Whether the session token is delivered in a cookie.
    pub(crate) fn session_in_cookie(self) -> bool {
        matches!(self, Self::Cookies | Self::SessionCookie)
    }

    /// Whether the refresh token is delivered in a cookie.
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

/// The claims of tokens.
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

/// How tokens show empty roles, permissions and tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmptyClaimPolicy {
    /// Tokens omit the claim.
    Delete,
    /// The claim is null.
    Nil,
    /// The claim is present and empty.
    None,
}

/// The member `claims` of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseClaims {
    /// An empty object.
    Empty,
    /// The claims of the session token.
    Session,
}

/// The effect of an empty or missing tenant in a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmptyTenant {
    /// It is refused with [`Refusals::missing_tenant`](crate::Refusals::missing_tenant).
    Refuse,
    /// It removes `dct` from the tokens.
    Clear,
}

/// Which refresh token is used when both the bearer and the cookie have one.
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
