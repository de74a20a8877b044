//! How a request is refused: status, code, headers, and a problem document (RFC 9457).

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::error::Error;

/// Why a request is refused.
///
/// The list grows only with a minor release; match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalCode {
    /// 401: there is no valid session, and none can be had without signing in.
    SignedOut,
    /// 401: the session is over; a request that sends the refresh token can renew it.
    SessionExpired,
    /// 401: two cookies of one name have different values. The response clears the
    /// [old scopes](crate::CookieOptions::clear_scopes), and no others.
    AmbiguousCookie,
    /// 401: the user must step up first (RFC 9470).
    StepUpRequired,
    /// 403: another site caused the request.
    CrossSite,
    /// 403: a role or a permission is missing.
    Forbidden,
    /// 404, or 403 by [option](crate::RequestAuthenticatorBuilder::not_member_status): the tenant is not one of the user's,
    /// whether it exists or not.
    NotAMember,
    /// 409: the tenant is one of the user's, and not the active one.
    TenantNotActive,
    /// 303: the tenant was switched, and the page is to be loaded again.
    TenantSwitched,
    /// 503: the project's keys or the service are out of reach.
    Unavailable,
    /// 503: it is unknown whether the tenant was switched.
    SwitchUnknown,
}

impl RefusalCode {
    /// Every code, for the bindings' tables and their tests.
    pub const ALL: &'static [Self] = &[
        Self::SignedOut,
        Self::SessionExpired,
        Self::AmbiguousCookie,
        Self::StepUpRequired,
        Self::CrossSite,
        Self::Forbidden,
        Self::NotAMember,
        Self::TenantNotActive,
        Self::TenantSwitched,
        Self::Unavailable,
        Self::SwitchUnknown,
    ];

    /// The stable upper-case code, the same in every language.
    ///
    /// ```
    /// assert_eq!(tenant_select::RefusalCode::SignedOut.as_str(), "SIGNED_OUT");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "SIGNED_OUT",
            Self::SessionExpired => "SESSION_EXPIRED",
            Self::AmbiguousCookie => "AMBIGUOUS_COOKIE",
            Self::StepUpRequired => "STEP_UP_REQUIRED",
            Self::CrossSite => "CROSS_SITE",
            Self::Forbidden => "FORBIDDEN",
            Self::NotAMember => "NOT_A_MEMBER",
            Self::TenantNotActive => "TENANT_NOT_ACTIVE",
            Self::TenantSwitched => "TENANT_SWITCHED",
            Self::Unavailable => "UNAVAILABLE",
            Self::SwitchUnknown => "SWITCH_UNKNOWN",
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::SignedOut | Self::SessionExpired | Self::AmbiguousCookie | Self::StepUpRequired => 401,
            Self::CrossSite | Self::Forbidden => 403,
            Self::NotAMember => 404,
            Self::TenantNotActive => 409,
            Self::TenantSwitched => 303,
            Self::Unavailable | Self::SwitchUnknown => 503,
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::SignedOut => "Sign in to continue.",
            Self::SessionExpired => "The session is over. Refresh it or sign in again.",
            Self::AmbiguousCookie => "The request has several cookies of one name. Delete the cookies of this site.",
            Self::StepUpRequired => "Sign in once more to continue.",
            Self::CrossSite => "The request was caused by another site.",
            Self::Forbidden => "You are not allowed to do this.",
            Self::NotAMember => "There is nothing here, or nothing for you.",
            Self::TenantNotActive => "Another tenant is active. Switch to this one first.",
            Self::TenantSwitched => "The tenant was switched. Load the page again.",
            Self::Unavailable => "The sign-in service cannot be reached. Try again shortly.",
            Self::SwitchUnknown => "Whether the tenant was switched is unknown. Load the page again.",
        }
    }

    /// Whether a request that needs no session goes on without one instead.
    pub(crate) fn means_no_session(self) -> bool {
        matches!(self, Self::SignedOut | Self::SessionExpired | Self::AmbiguousCookie | Self::Unavailable)
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The seconds of `Retry-After` where the service named none.
const RETRY_AFTER: u64 = 5;

/// A request that must not reach its handler, and the response in the handler's place: [`status`](Self::status),
/// [`headers`](Self::headers) besides those of the [result](crate::AuthenticationResult::headers), and
/// [`problem`](Self::problem) as the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: RefusalCode,
    status: u16,
    /// Whether a token was presented; a challenge names an error only then (RFC 6750 §3.1).
    token_presented: bool,
    retry_after: Option<u64>,
    location: Option<String>,
    active_tenant: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode) -> Self {
        Self {
            code,
            status: code.status(),
            token_presented: true,
            retry_after: None,
            location: None,
            active_tenant: None,
        }
    }

    /// There was nothing to verify.
    pub(crate) fn nothing_presented() -> Self {
        Self { token_presented: false, ..Self::new(RefusalCode::SignedOut) }
    }

    /// The service or its keys are out of reach.
    pub(crate) fn unavailable(error: &Error) -> Self {
        let whole_seconds = |wait: Duration| wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
        let retry_after = error.retry_after().map_or(RETRY_AFTER, whole_seconds);
        Self { retry_after: Some(retry_after), ..Self::new(RefusalCode::Unavailable) }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn with_location(self, location: &str) -> Self {
        Self { location: Some(location.to_owned()), ..self }
    }

    pub(crate) fn with_active_tenant(self, tenant: Option<&str>) -> Self {
        Self { active_tenant: tenant.map(str::to_owned), ..self }
    }

    /// The HTTP status of the response.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Why the request is refused.
    pub fn code(&self) -> RefusalCode {
        self.code
    }

    /// What to tell a person, in one or two English sentences. It names no tenant.
    pub fn detail(&self) -> &'static str {
        self.code.detail()
    }

    /// The headers of the refusing response alone, with names in lower case: `www-authenticate` with 401 (RFC 6750 §3, RFC 9470
    /// §3), `retry-after` with `UNAVAILABLE`, `location` with 303, and `content-type` where there is a
    /// [`problem`](Self::problem). Those of the [result](crate::AuthenticationResult::headers) come on top.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        headers.extend(self.challenge().map(|challenge| ("www-authenticate", challenge.to_owned())));
        headers.extend(self.retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        match &self.location {
            Some(location) => headers.push(("location", location.clone())),
            None => headers.push(("content-type", "application/problem+json".to_owned())),
        }
        headers
    }

    fn challenge(&self) -> Option<&'static str> {
        Some(match self.code {
            RefusalCode::SignedOut if self.token_presented => r#"Bearer error="invalid_token""#,
            RefusalCode::SignedOut => "Bearer",
            RefusalCode::SessionExpired => r#"Bearer error="invalid_token", error_description="The session is over""#,
            RefusalCode::AmbiguousCookie => r#"Bearer error="invalid_request""#,
            RefusalCode::StepUpRequired => {
                r#"Bearer error="insufficient_user_authentication", error_description="A more recent or stronger sign-in is required""#
            }
            _ => return None,
        })
    }

    /// The body of the response: a problem document (RFC 9457) as JSON, with the members `type`, `title`, `status`, `detail`,
    /// `code`, and for `TENANT_NOT_ACTIVE` `activeTenant`, the id of the tenant that is active. None for 303.
    ///
    /// ```no_run
    /// # fn send(_: u16, _: String) {}
    /// # fn run(refusal: &tenant_select::Refusal) {
    /// send(refusal.status(), refusal.problem().unwrap_or_default());
    /// # }
    /// ```
    pub fn problem(&self) -> Option<String> {
        let problem = Problem {
            r#type: "about:blank",
            title: title(self.status),
            status: self.status,
            detail: self.detail(),
            code: self.code.as_str(),
            active_tenant: self.active_tenant.as_deref(),
        };
        // Serialising texts and a number cannot fail.
        self.location.is_none().then(|| serde_json::to_string(&problem).unwrap_or_default())
    }
}

/// The members of RFC 9457 §3.1, and two of ours (§3.2).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_tenant: Option<&'a str>,
}

/// With the type `about:blank`, the title is the phrase of the status (RFC 9457 §4.2.1).
fn title(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        _ => "Service Unavailable",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::error::kind::{ErrorKind, Outcome};

    #[test]
    fn codes_are_distinct() {
        let codes: HashSet<_> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), RefusalCode::ALL.len());
    }

    #[test]
    fn every_401_has_a_challenge_and_nothing_else_has_one() {
        for code in RefusalCode::ALL {
            let refusal = Refusal::new(*code);
            let challenged = refusal.headers().iter().any(|(name, _)| *name == "www-authenticate");
            assert_eq!(challenged, refusal.status() == 401, "{code}");
        }
        assert_eq!(Refusal::nothing_presented().challenge(), Some("Bearer"));
    }

    #[test]
    fn the_wait_is_that_of_the_service_in_whole_seconds() {
        let retry_after = |wait| {
            let error = Error::new(ErrorKind::RateLimited, Outcome::NotProcessed, "x").with_retry_after(wait);
            Refusal::unavailable(&error).retry_after
        };
        assert_eq!(retry_after(None), Some(5));
        assert_eq!(retry_after(Some(Duration::ZERO)), Some(1));
        assert_eq!(retry_after(Some(Duration::from_millis(1200))), Some(2));
    }

    #[test]
    fn a_redirect_has_no_body() {
        let refusal = Refusal::new(RefusalCode::TenantSwitched).with_location("/acme");
        assert_eq!(refusal.headers(), [("location", "/acme".to_owned())]);
        assert_eq!(refusal.problem(), None);
    }
}
