//! What the copies of an authenticator share, and how the result of a request is put together.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::authenticate::builder::OnMismatch;
use crate::authenticate::credentials::Credentials;
use crate::authenticate::cross_site::Origins;
use crate::authenticate::refusal::{Refusal, RefusalCode};
use crate::authenticate::refused_tokens::RefusedTokens;
use crate::authenticate::request::{Headers, IncomingRequest};
use crate::authenticate::request_cookies;
use crate::authenticate::requirement::{Decision, Requirement};
use crate::authenticate::result::AuthenticationResult;
use crate::authenticate::session_of_request::{Found, FoundSession};
use crate::client::Client;
use crate::cookies::{CookieNames, CookieOptions};
use crate::error::kind::ErrorKind;
use crate::error::{Error, Result};
use crate::response::JwtResponse;
use crate::session::TenantGrant;

/// What the copies of an authenticator share.
#[derive(Clone)]
pub(super) struct Inner {
    pub(super) client: Client,
    /// The client's names of the cookies.
    pub(super) names: CookieNames,
    pub(super) on_mismatch: OnMismatch,
    pub(super) not_member_status: u16,
    pub(super) origins: Origins,
    pub(super) refresh: bool,
    pub(super) refresh_before: Duration,
    pub(super) cookies: CookieOptions,
    pub(super) refused_tokens: Arc<Mutex<RefusedTokens>>,
}

/// A request, and what was read out of it.
pub(super) struct Incoming<'a> {
    pub(super) request: IncomingRequest<'a>,
    pub(super) headers: Headers<'a>,
    pub(super) credentials: Credentials<'a>,
}

/// What a request comes to.
pub(super) enum Held {
    Result(AuthenticationResult),
    /// The page of another tenant is to be switched to.
    Switch(FoundSession),
}

impl Inner {
    /// Reads a request; None for a CORS preflight, which has no credentials.
    pub(super) fn read<'a>(&self, request: &IncomingRequest<'a>) -> Result<Option<Incoming<'a>>> {
        if self.client.is_closed() {
            return Err(Error::closed());
        }
        let headers = Headers::read(request);
        if headers.is_preflight(request.method) {
            return Ok(None);
        }
        let credentials = Credentials::read(request, &headers, &self.names);
        Ok(Some(Incoming { request: *request, headers, credentials }))
    }

    pub(super) fn is_cross_site(&self, incoming: &Incoming<'_>) -> bool {
        self.origins.is_cross_site(&incoming.headers, incoming.request.url)
    }

    /// What was found, held against what the request needs. Only the switch of a page needs a call.
    pub(super) fn held_against(
        &self,
        incoming: &Incoming<'_>,
        requirement: &Requirement<'_>,
        found: Found,
    ) -> Result<Held> {
        let found = match found {
            Found::Session(found) => found,
            Found::Refused { refusal, response, error } => {
                let anonymous = !requirement.required && refusal.code().means_no_session();
                let mut result = self.refused(refusal, error)?;
                if anonymous {
                    result.refusal = None;
                }
                return self.with_cookies(incoming, result, response).map(Held::Result);
            }
        };
        let code = match (requirement.decide(&found.session), requirement.tenant) {
            (Decision::Pass, _) => {
                let FoundSession { session, response, error, .. } = found;
                let for_tenant = requirement.tenant.is_some();
                let session = Some(session);
                // The tokens of another tenant are for the next request: this one runs in the tenant of its session.
                let of_another = error.as_ref().is_some_and(|error| error.kind() == ErrorKind::TenantMismatch);
                let result = AuthenticationResult { session, for_tenant, error, ..AuthenticationResult::anonymous() };
                let mut result = self.with_cookies(incoming, result, response)?;
                if of_another {
                    result.cookie_header = None;
                }
                return Ok(Held::Result(self.unmarked(incoming, requirement, result)));
            }
            (Decision::OtherTenantActive, Some(tenant)) if self.may_switch_page(incoming, tenant) => {
                return Ok(Held::Switch(found));
            }
            (Decision::OtherTenantActive, _) => RefusalCode::TenantNotActive,
            (Decision::Refuse(code), _) => code,
        };
        let refusal = match code {
            RefusalCode::TenantNotActive => tenant_not_active(&found),
            RefusalCode::NotAMember => Refusal::new(code).with_status(self.not_member_status),
            code => Refusal::new(code),
        };
        let result = AuthenticationResult { error: found.error, ..AuthenticationResult::refused(refusal) };
        self.with_cookies(incoming, result, found.response).map(Held::Result)
    }

    /// A refused request. Where cookies are ambiguous, those of old scopes are cleared, so that the next request is not.
    pub(super) fn refused(&self, refusal: Refusal, error: Option<Error>) -> Result<AuthenticationResult> {
        let mut result = AuthenticationResult { error, ..AuthenticationResult::refused(refusal) };
        if result.refusal.as_ref().is_some_and(|refusal| refusal.code() == RefusalCode::AmbiguousCookie) {
            let named = JwtResponse { cookie_names: self.names.clone(), ..JwtResponse::default() };
            result.set_cookies = named.cookies().clearing_headers(&self.cookies)?;
        }
        Ok(result)
    }

    /// The result with the cookies of a response, and with the `Cookie` header that later code has to see.
    pub(super) fn with_cookies(
        &self,
        incoming: &Incoming<'_>,
        mut result: AuthenticationResult,
        response: Option<JwtResponse>,
    ) -> Result<AuthenticationResult> {
        let Some(response) = response else { return Ok(result) };
        result.set_cookies = response.set_cookie_headers(&self.cookies)?;
        result.cookie_header =
            Some(request_cookies::with_new_cookies(&incoming.request, &result.set_cookies, response.signed_out));
        result.response = Some(response);
        Ok(result)
    }
}

pub(super) fn tenant_not_active(found: &FoundSession) -> Refusal {
    let active = found.session.active_tenant().map(TenantGrant::tenant_id);
    Refusal::new(RefusalCode::TenantNotActive).with_active_tenant(active)
}
