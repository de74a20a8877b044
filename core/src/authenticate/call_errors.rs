//! Which refusal the failure of a call or of a verification means. None of them clears a cookie: the browser may hold newer
//! tokens than the request, which lost a race.

use crate::authenticate::refusal::{Refusal, RefusalCode};
use crate::error::Error;
use crate::error::kind::{ErrorKind, Outcome};
use crate::session::{Session, TenantGrant};

/// The refusal of a request whose session token failed; the error itself where it is a mistake of the application.
pub(crate) fn of_validation(error: &Error) -> Option<Refusal> {
    match error.kind() {
        ErrorKind::TokenExpired => Some(Refusal::new(RefusalCode::SessionExpired)),
        ErrorKind::InvalidToken => Some(Refusal::new(RefusalCode::SignedOut)),
        ErrorKind::InvalidInput if error.argument() == Some("session_jwt") => {
            Some(Refusal::new(RefusalCode::SignedOut))
        }
        ErrorKind::KeysUnavailable => Some(Refusal::unavailable(error)),
        _ => None,
    }
}

/// The refusal of a request whose refresh token failed its local verification.
pub(crate) fn of_refresh_token(error: &Error) -> Option<Refusal> {
    match error.kind() {
        ErrorKind::TokenExpired | ErrorKind::InvalidToken => Some(Refusal::new(RefusalCode::SignedOut)),
        ErrorKind::InvalidInput if error.argument() == Some("refresh_jwt") => {
            Some(Refusal::new(RefusalCode::SignedOut))
        }
        ErrorKind::KeysUnavailable => Some(Refusal::unavailable(error)),
        _ => None,
    }
}

/// The refusal of a request whose refresh failed.
pub(crate) fn of_refresh(error: &Error) -> Option<Refusal> {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::ClientClosed | ErrorKind::Internal => None,
        ErrorKind::TenantMismatch => Some(other_tenant_active(error)),
        _ if is_refused_by_service(error) || is_signed_out(error) => Some(Refusal::new(RefusalCode::SignedOut)),
        _ => Some(Refusal::unavailable(error)),
    }
}

/// The refusal of a request whose switch failed.
pub(crate) fn of_switch(error: &Error, not_member_status: u16) -> Option<Refusal> {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::ClientClosed | ErrorKind::Internal => None,
        ErrorKind::TenantMismatch => Some(other_tenant_active(error)),
        ErrorKind::Authentication if is_refused_by_service(error) || is_signed_out(error) => {
            Some(Refusal::new(RefusalCode::SignedOut))
        }
        _ if is_refused_by_service(error) => Some(Refusal::new(RefusalCode::NotAMember).with_status(not_member_status)),
        _ if error.outcome() == Outcome::Unknown => Some(Refusal::new(RefusalCode::SwitchUnknown)),
        _ => Some(Refusal::unavailable(error)),
    }
}

/// Whether the service itself refused the token, for good: with 401, or with another 4xx that has a code of its own. A 403
/// without one is from something in between, such as a firewall.
pub(crate) fn is_refused_by_service(error: &Error) -> bool {
    let refused = match error.status() {
        Some(401) => true,
        Some(400..=499) => error.error_code().is_some(),
        _ => false,
    };
    refused && error.outcome() == Outcome::Rejected
}

/// Whether the user signed out in this process while the call waited or was pending.
fn is_signed_out(error: &Error) -> bool {
    error.kind() == ErrorKind::Authentication && error.status().is_none()
}

fn other_tenant_active(error: &Error) -> Refusal {
    let session = error.response().and_then(|response| response.session());
    let active = session.and_then(Session::active_tenant).map(TenantGrant::tenant_id);
    Refusal::new(RefusalCode::TenantNotActive).with_active_tenant(active)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ServiceError;

    fn error(kind: ErrorKind, outcome: Outcome, status: Option<u16>, code: Option<&str>) -> Error {
        let service = ServiceError { code: code.map(str::to_owned), ..ServiceError::default() };
        let error = Error::new(kind, outcome, "it failed").with_service(service);
        match status {
            Some(status) => error.with_status(status),
            None => error,
        }
    }

    fn rejected(status: u16, code: Option<&str>) -> Error {
        error(ErrorKind::of_status(status), Outcome::Rejected, Some(status), code)
    }

    #[test]
    fn only_the_service_ends_a_session() {
        let code = |error: &Error| of_refresh(error).map(|refusal| refusal.code());
        assert_eq!(code(&rejected(401, None)), Some(RefusalCode::SignedOut));
        assert_eq!(code(&rejected(403, Some("E1"))), Some(RefusalCode::SignedOut));
        assert_eq!(code(&rejected(403, None)), Some(RefusalCode::Unavailable));
        assert_eq!(code(&rejected(302, Some("E1"))), Some(RefusalCode::Unavailable));
        let signed_out = error(ErrorKind::Authentication, Outcome::NotSent, None, None);
        assert_eq!(code(&signed_out), Some(RefusalCode::SignedOut));
        let unknown = error(ErrorKind::Authentication, Outcome::Unknown, Some(401), None);
        assert_eq!(code(&unknown), Some(RefusalCode::Unavailable));
        for kind in [ErrorKind::Connection, ErrorKind::Timeout, ErrorKind::Server, ErrorKind::UserMismatch] {
            assert_eq!(code(&error(kind, Outcome::Unknown, None, None)), Some(RefusalCode::Unavailable), "{kind:?}");
        }
    }

    #[test]
    fn a_switch_of_unknown_outcome_says_so() {
        let code = |error: &Error| of_switch(error, 403).map(|refusal| (refusal.code(), refusal.status()));
        assert_eq!(code(&rejected(401, None)), Some((RefusalCode::SignedOut, 401)));
        assert_eq!(code(&rejected(404, Some("E1"))), Some((RefusalCode::NotAMember, 403)));
        assert_eq!(code(&rejected(403, None)), Some((RefusalCode::Unavailable, 503)));
        for kind in [ErrorKind::Connection, ErrorKind::Timeout, ErrorKind::Server, ErrorKind::InvalidResponse] {
            let unknown = error(kind, Outcome::Unknown, None, None);
            assert_eq!(code(&unknown), Some((RefusalCode::SwitchUnknown, 503)), "{kind:?}");
            let not_sent = error(kind, Outcome::NotSent, None, None);
            assert_eq!(code(&not_sent), Some((RefusalCode::Unavailable, 503)), "{kind:?}");
        }
    }

    #[test]
    fn mistakes_of_the_application_are_errors() {
        for kind in [ErrorKind::InvalidInput, ErrorKind::ClientClosed, ErrorKind::Internal] {
            let mistake = error(kind, Outcome::NotSent, None, None);
            assert!(of_refresh(&mistake).is_none() && of_switch(&mistake, 404).is_none(), "{kind:?}");
            assert!(of_validation(&mistake).is_none() && of_refresh_token(&mistake).is_none(), "{kind:?}");
        }
    }
}
