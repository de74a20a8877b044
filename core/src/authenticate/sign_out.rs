//! Sign-out: the only thing that clears cookies.

use crate::authenticate::call_errors;
use crate::authenticate::inner::{Incoming, Inner};
use crate::authenticate::refusal::{Refusal, RefusalCode};
use crate::authenticate::request_cookies;
use crate::authenticate::result::AuthenticationResult;
use crate::error::kind::ErrorKind;
use crate::error::{Error, Result};
use crate::response::JwtResponse;
use crate::secret::RefreshJwt;

impl Inner {
    pub(super) async fn sign_out(&self, incoming: &Incoming<'_>) -> Result<AuthenticationResult> {
        let tokens = match self.tokens_to_change(incoming) {
            Ok(tokens) => tokens,
            Err(refusal) => return self.refused(refusal, None),
        };
        let Some(token) = tokens.and_then(|tokens| tokens.refresh).map(RefreshJwt::from) else {
            return self.cleared(incoming, None);
        };
        match self.check_refresh_token(&token).await? {
            // A token that cannot be sent has no session to end.
            Some((refusal, error)) if refusal.code() == RefusalCode::SignedOut => return self.cleared(incoming, error),
            Some((refusal, error)) => {
                return Ok(AuthenticationResult { error, ..AuthenticationResult::refused(refusal) });
            }
            None => {}
        }
        match self.client.logout(&token).await {
            Ok(response) => self.with_cookies(incoming, AuthenticationResult::anonymous(), Some(response)),
            Err(error) if call_errors::is_refused_by_service(&error) => self.cleared(incoming, Some(error)),
            Err(error) => match error.kind() {
                ErrorKind::InvalidInput | ErrorKind::ClientClosed | ErrorKind::Internal => Err(error),
                _ => Ok(AuthenticationResult::refused(Refusal::unavailable(&error)).with_error(error)),
            },
        }
    }

    /// Clears both cookies without a response of the service, under the client's names.
    fn cleared(&self, incoming: &Incoming<'_>, error: Option<Error>) -> Result<AuthenticationResult> {
        let signed_out = JwtResponse { signed_out: true, cookie_names: self.names.clone(), ..JwtResponse::default() };
        let set_cookies = signed_out.set_cookie_headers(&self.cookies)?;
        let cookie_header = Some(request_cookies::with_new_cookies(&incoming.request, &set_cookies, true));
        Ok(AuthenticationResult { set_cookies, cookie_header, error, ..AuthenticationResult::anonymous() })
    }
}
