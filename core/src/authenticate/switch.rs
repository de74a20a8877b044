//! Switches of the tenant: one that the application requests, and that of a page that the user opens.

use crate::authenticate::builder::OnMismatch;
use crate::authenticate::call_errors;
use crate::authenticate::credentials::{CookieTokens, Credentials, cookies_of};
use crate::authenticate::inner::{Incoming, Inner, tenant_not_active};
use crate::authenticate::navigation;
use crate::authenticate::refusal::{Refusal, RefusalCode};
use crate::authenticate::requirement::Requirement;
use crate::authenticate::result::AuthenticationResult;
use crate::authenticate::session_of_request::{FoundSession, response_for_browser};
use crate::error::Result;
use crate::secret::RefreshJwt;

impl Inner {
    pub(super) async fn switch(&self, incoming: &Incoming<'_>, tenant: &str) -> Result<AuthenticationResult> {
        let tokens = match self.tokens_to_change(incoming) {
            Ok(tokens) => tokens,
            Err(refusal) => return self.refused(refusal, None),
        };
        if incoming.headers.websocket {
            return Ok(AuthenticationResult::refused(Refusal::new(RefusalCode::TenantNotActive)));
        }
        let Some(token) = tokens.and_then(|tokens| tokens.refresh).map(RefreshJwt::from) else {
            return Ok(AuthenticationResult::refused(Refusal::nothing_presented()));
        };
        if let Some((refusal, error)) = self.check_refresh_token(&token).await? {
            return Ok(AuthenticationResult { error, ..AuthenticationResult::refused(refusal) });
        }
        match self.client.select_tenant(tenant, &token).await {
            Ok(response) => {
                let session = response.session().cloned();
                let result = AuthenticationResult { session, for_tenant: true, ..AuthenticationResult::anonymous() };
                self.with_cookies(incoming, result, Some(response))
            }
            Err(error) => {
                let Some(refusal) = call_errors::of_switch(&error, self.not_member_status) else { return Err(error) };
                let response = response_for_browser(&error);
                self.with_cookies(incoming, AuthenticationResult::refused(refusal).with_error(error), response)
            }
        }
    }

    /// The cookies of a request that changes something, whatever its method; none where it has none.
    pub(super) fn tokens_to_change<'a>(
        &self,
        incoming: &'a Incoming<'_>,
    ) -> Result<Option<&'a CookieTokens<'a>>, Refusal> {
        match &incoming.credentials {
            // A browser may leave the cookies of a cross-site request out, and yet keep those that the response sets or clears.
            Credentials::None if self.is_cross_site(incoming) => Err(Refusal::new(RefusalCode::CrossSite)),
            Credentials::None => Ok(None),
            Credentials::Bearer(_) => Err(Refusal::nothing_presented()),
            Credentials::Unacceptable => Err(Refusal::new(RefusalCode::SignedOut)),
            Credentials::Cookies(_) if self.is_cross_site(incoming) => Err(Refusal::new(RefusalCode::CrossSite)),
            Credentials::Cookies(tokens) if tokens.ambiguous => Err(Refusal::new(RefusalCode::AmbiguousCookie)),
            Credentials::Cookies(tokens) => Ok(Some(tokens)),
        }
    }

    /// Whether a page may be switched to: the user opens it, it can be loaded again, and it is not loaded again already.
    pub(super) fn may_switch_page(&self, incoming: &Incoming<'_>, tenant: &str) -> bool {
        self.on_mismatch == OnMismatch::Switch
            && self.refresh
            && matches!(&incoming.credentials, Credentials::Cookies(tokens) if tokens.refresh.is_some())
            && navigation::is_navigation(incoming.request.method, &incoming.headers)
            && navigation::location(incoming.request.url).is_some()
            && !is_marked(incoming, tenant)
    }

    /// Switches to the tenant of a page, and has the browser load it again with the new cookies.
    pub(super) async fn switch_page(
        &self,
        incoming: &Incoming<'_>,
        tenant: &str,
        found: FoundSession,
    ) -> Result<AuthenticationResult> {
        let refused = |refusal| AuthenticationResult::refused(refusal);
        let presented = match &incoming.credentials {
            Credentials::Cookies(tokens) => tokens.refresh.map(RefreshJwt::from),
            _ => None,
        };
        let newest = found.response.as_ref().and_then(|response| response.refresh_jwt.clone());
        let (Some(token), Some(location)) = (newest.clone().or(presented), navigation::location(incoming.request.url))
        else {
            return self.with_cookies(incoming, refused(tenant_not_active(&found)), found.response);
        };
        if newest.is_none()
            && let Some((refusal, error)) = self.check_refresh_token(&token).await?
        {
            // The session itself is good, so the user is not signed out.
            let refusal = match refusal.code() {
                RefusalCode::SignedOut => tenant_not_active(&found),
                _ => refusal,
            };
            let result = AuthenticationResult { error, ..refused(refusal) };
            return self.with_cookies(incoming, result, found.response);
        }
        match self.client.select_tenant(tenant, &token).await {
            Ok(response) => {
                let refusal = Refusal::new(RefusalCode::TenantSwitched).with_location(location);
                let mut result = self.with_cookies(incoming, refused(refusal), Some(response))?;
                result.set_cookies.push(navigation::marker_cookie(tenant));
                Ok(result)
            }
            Err(error) => {
                let Some(refusal) = call_errors::of_switch(&error, self.not_member_status) else { return Err(error) };
                let response = response_for_browser(&error).or(found.response);
                self.with_cookies(incoming, refused(refusal).with_error(error), response)
            }
        }
    }

    /// The result of a request that passed, with the mark of a switch removed: the page is in its tenant now.
    pub(super) fn unmarked(
        &self,
        incoming: &Incoming<'_>,
        requirement: &Requirement<'_>,
        mut result: AuthenticationResult,
    ) -> AuthenticationResult {
        if self.on_mismatch == OnMismatch::Switch
            && let Some(tenant) = requirement.tenant
            && matches!(incoming.credentials, Credentials::Cookies(_))
            && is_marked(incoming, tenant)
        {
            result.set_cookies.push(navigation::clearing_marker_cookie());
        }
        result
    }
}

/// Whether the page was just loaded again for this tenant.
fn is_marked(incoming: &Incoming<'_>, tenant: &str) -> bool {
    let mut marks = cookies_of(&incoming.request).filter(|(name, _)| *name == navigation::MARKER);
    marks.next().is_some_and(|(_, value)| value == navigation::marker_value(tenant))
}
