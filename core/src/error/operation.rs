//! The operations of a client, which errors name.

use std::fmt;

/// The method of the client that was called.
///
/// The list grows only with a minor release; match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// [`Client::select_tenant`](crate::Client::select_tenant).
    SelectTenant,
    /// [`Client::refresh_session`](crate::Client::refresh_session).
    RefreshSession,
    /// [`Client::my_tenants`](crate::Client::my_tenants).
    MyTenants,
    /// [`Client::history`](crate::Client::history).
    History,
    /// [`Client::me`](crate::Client::me).
    Me,
    /// [`Client::logout`](crate::Client::logout).
    Logout,
    /// [`Client::logout_all`](crate::Client::logout_all).
    LogoutAll,
    /// [`Client::validate_session`](crate::Client::validate_session), with cached keys too.
    ValidateSession,
    /// [`Client::validate_and_refresh`](crate::Client::validate_and_refresh), including its refresh.
    ValidateAndRefresh,
    /// [`Client::tokens_from_request`](crate::Client::tokens_from_request), which fails only in languages where an argument
    /// can have a wrong type.
    TokensFromRequest,
}

impl Operation {
    /// Every operation, for the bindings' tables and their tests.
    pub const ALL: &'static [Self] = &[
        Self::SelectTenant,
        Self::RefreshSession,
        Self::MyTenants,
        Self::History,
        Self::Me,
        Self::Logout,
        Self::LogoutAll,
        Self::ValidateSession,
        Self::ValidateAndRefresh,
        Self::TokensFromRequest,
    ];

    /// The name of the method.
    ///
    /// ```
    /// assert_eq!(tenant_select::Operation::SelectTenant.as_str(), "select_tenant");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelectTenant => "select_tenant",
            Self::RefreshSession => "refresh_session",
            Self::MyTenants => "my_tenants",
            Self::History => "history",
            Self::Me => "me",
            Self::Logout => "logout",
            Self::LogoutAll => "logout_all",
            Self::ValidateSession => "validate_session",
            Self::ValidateAndRefresh => "validate_and_refresh",
            Self::TokensFromRequest => "tokens_from_request",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
