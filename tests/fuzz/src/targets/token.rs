//! A session token: any text, or, when the input begins with a brace, a header and claims in two lines that are then signed.

use std::sync::LazyLock;

use tenant_select::{Client, ErrorKind, SessionJwt};

use crate::{secrecy, signer};

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    Client::builder()
        .project_id(signer::PROJECT)
        .public_key(signer::public_key())
        .build()
        .expect("the options are good")
});

pub(super) fn run(data: &[u8]) {
    let signed = data.starts_with(b"{");
    let text = if signed {
        let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
        signer::sign(&data[..end], data.get(end + 1..).unwrap_or_default())
    } else {
        String::from_utf8_lossy(data).into_owned()
    };
    let token = SessionJwt::from(text.clone());
    let verified = CLIENT.validate_session_cached(&token, None).expect("the key needs no fetch");
    // The signature is random, while a claim may be printed: as the user of a session, for example.
    let signature = text.rsplit('.').next().filter(|part| signed && part.len() > 40);
    let secrets: Vec<&str> = signature.into_iter().collect();
    match verified {
        Ok(session) => {
            assert!(signed, "a token without a signature of the key was accepted");
            assert!(!session.user_id().is_empty());
            assert_eq!(session.project_id(), signer::PROJECT);
            let _ = (session.active_tenant(), session.has_roles(&["admin"]), session.cache_scope());
            secrecy::check(&session, &secrets);
        }
        Err(error) => {
            let kinds = [ErrorKind::InvalidToken, ErrorKind::TokenExpired, ErrorKind::InvalidInput];
            assert!(kinds.contains(&error.kind()), "{error}");
            secrecy::check_error(&error, &secrets);
        }
    }
}
