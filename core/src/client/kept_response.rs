//! Responses that could not be verified when they arrived: the next call with their chain verifies them.

use std::sync::Arc;

use tokio::time::Instant;

use crate::client::exchange::OVERHEAD;
use crate::client::inner::{Call, ClientInner};
use crate::client::verification::{self, Presented};
use crate::error::Result;
use crate::error::kind::ErrorKind;
use crate::response::JwtResponse;
use crate::rotation::{Fingerprint, Succession, Turn, Unverified};
use crate::secret::RefreshJwt;
use crate::shared_state::{Shared, Succeeded};

impl ClientInner {
    /// The exchange of another process, which used up this token. Its tokens are verified here as if the response had just come:
    /// who can write to Redis must not be trusted.
    pub(crate) fn unverified(&self, used: &RefreshJwt, shared: Shared, user_id: &str) -> Unverified {
        let Shared { succeeded: Succeeded { tenant, response, context }, until, bytes } = shared;
        let (cookie_names, on_long_cookies) = (self.cookie_names(), self.on_long_cookies.clone());
        Unverified {
            used: Fingerprint::of(used.expose()),
            tenant,
            response: JwtResponse { cookie_names, on_long_cookies, ..response },
            user_id: user_id.to_owned(),
            context,
            bytes: bytes.saturating_add(OVERHEAD),
            until,
        }
    }

    /// Verifies the response of an earlier exchange, whose keys were out of reach. Tokens that turn out to be bad are
    /// forgotten.
    pub(crate) async fn verify_kept(self: &Arc<Self>, call: &Call, turn: &Turn, kept: Unverified) -> Result<()> {
        let Self { config, keys, .. } = &**self;
        let source = self.key_source(call, call.deadline);
        let presented = Presented { user_id: kept.user_id.clone(), tenant: kept.tenant.clone() };
        let examined = verification::examine(&kept.response, config, keys, &source, &presented).await;
        let response = match examined {
            Ok(examined) => verification::passed(kept.response, examined.session),
            Err(error) if error.kind() == ErrorKind::KeysUnavailable => return Err(error),
            // The session may have ended since, and its refresh token may be good still: it is followed to, and the response is
            // returned to no call, because it has no session.
            Err(error)
                if error.kind() == ErrorKind::TokenExpired
                    && verification::examine_refresh(&kept.response, config, keys, &source, &presented)
                        .await
                        .is_ok() =>
            {
                kept.response
            }
            Err(_) => {
                turn.discard_kept();
                return Ok(());
            }
        };
        match response.refresh_jwt.clone() {
            Some(token) => {
                let Unverified { used, tenant, user_id, context, bytes, until, .. } = kept;
                let until = until.min(Instant::now() + config.rotation_grace);
                turn.verified(Succession { used, tenant, token, response, user_id, context, bytes, until });
            }
            None => turn.discard_kept(),
        }
        Ok(())
    }
}
