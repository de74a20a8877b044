//! Responses that could not be verified when they arrived: the next call with their chain verifies them.

use std::sync::Arc;

use tokio::time::Instant;

use crate::client::inner::{Call, ClientInner};
use crate::client::verification::{self, Presented};
use crate::error::Result;
use crate::error::kind::ErrorKind;
use crate::rotation::{Succession, Turn, Unverified};

impl ClientInner {
    /// Verifies the response of an earlier exchange, whose keys were out of reach. Tokens that turn out to be bad are
    /// forgotten.
    pub(crate) async fn verify_kept(self: &Arc<Self>, call: &Call, turn: &Turn, kept: Unverified) -> Result<()> {
        let Self { config, keys, .. } = &**self;
        let source = self.key_source(call, call.deadline);
        let presented = Presented { user_id: kept.user_id.clone(), tenant: kept.tenant.clone() };
        let examined = verification::examine(&kept.response, config, keys, &source, &presented).await;
        let session = match examined {
            Ok(examined) => examined.session,
            Err(error) if error.kind() == ErrorKind::KeysUnavailable => return Err(error),
            Err(_) => {
                turn.discard_kept();
                return Ok(());
            }
        };
        let response = verification::passed(kept.response, session);
        match response.refresh_jwt.clone() {
            Some(token) => {
                let Unverified { used, tenant, user_id, context, bytes, .. } = kept;
                let until = Instant::now() + config.rotation_grace;
                turn.verified(Succession { used, tenant, token, response, user_id, context, bytes, until });
            }
            None => turn.discard_kept(),
        }
        Ok(())
    }
}
