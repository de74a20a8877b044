//! The bytes of a response, from the status line on. The first byte chooses the operation.

use tenant_select::{RefreshJwt, RefreshOptions, SessionJwt, TenantFilter};

use crate::{exchange, secrecy, signer};

pub(super) fn run(data: &[u8]) {
    let Some((operation, response)) = data.split_first() else { return };
    let client = exchange::builder().build().expect("the options are good");
    let text = signer::token("DSR", 600);
    let token = RefreshJwt::from(text.clone());
    let call = async {
        // The result in words, so that all calls have one type.
        match operation % 8 {
            0 => client.me(&token).await.map(|result| format!("{result:?}")),
            1 => client.history(&token).await.map(|result| format!("{result:?}")),
            2 => client.my_tenants(&token, &TenantFilter::All).await.map(|result| format!("{result:?}")),
            3 => client.select_tenant("T1", &token).await.map(|result| format!("{result:?}")),
            4 => client.refresh_session(&token, RefreshOptions::new()).await.map(|result| format!("{result:?}")),
            5 => client.logout(&token).await.map(|result| format!("{result:?}")),
            6 => client.logout_all(&token).await.map(|result| format!("{result:?}")),
            _ => {
                let session = SessionJwt::from(signer::token("DS", 600));
                client.validate_session(&session, None).await.map(|result| format!("{result:?}"))
            }
        }
    };
    let signature = text.rsplit('.').next().unwrap_or_default();
    match exchange::with_response(response.to_vec(), call) {
        Ok(_) => {}
        Err(error) => secrecy::check_error(&error, &[signature]),
    }
}
