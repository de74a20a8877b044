//! What the request authenticator needs of a client besides its public methods.

use std::time::SystemTime;

use crate::client::Client;
use crate::client::arguments::check_refresh_jwt;
use crate::client::verification;
use crate::cookies::CookieNames;
use crate::error::Result;
use crate::jwt::jwks_cache::Origin;
use crate::jwt::verify;
use crate::retry::policy::CallKind;
use crate::secret::RefreshJwt;

impl Client {
    /// Whether the tokens that an exchange returns are verified.
    pub(crate) fn verifies(&self) -> bool {
        self.inner.config.verify
    }

    pub(crate) fn cookie_names(&self) -> CookieNames {
        self.inner.cookie_names()
    }

    /// Verifies a refresh token locally, before it is sent anywhere: its key, signature, issuer, purpose and time. Keys are
    /// fetched as for a session token: a made-up key id causes no request each time.
    pub(crate) async fn verify_refresh_token(&self, refresh_jwt: &RefreshJwt) -> Result<()> {
        check_refresh_jwt(refresh_jwt)?;
        let call = self.inner.begin(CallKind::Read, &self.options)?;
        let token = verify::parse(refresh_jwt.expose(), self.inner.keys.cached().as_deref())?;
        let source = self.inner.key_source(&call, call.deadline);
        let keys = self.inner.keys.for_token(token.key_id(), Origin::Presented, &source).await?;
        let expected = verification::presented_refresh(&self.inner.config);
        verify::check(&token, &keys, &expected, SystemTime::now()).map(drop)
    }
}
