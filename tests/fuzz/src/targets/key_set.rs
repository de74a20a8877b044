//! A key or a key set, under which no token may be valid that anyone can make.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tenant_select::{Client, ErrorKind, SessionJwt};

use crate::{secrecy, signer};

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Client::builder().project_id(signer::PROJECT).public_key(text).build() {
        Ok(client) => {
            for token in &*FORGED {
                let verified = client.validate_session_cached(token, None).expect("the key needs no fetch");
                assert!(verified.is_err(), "a forged token was accepted");
            }
        }
        Err(error) => {
            assert_eq!((error.kind(), error.argument()), (ErrorKind::InvalidInput, Some("public_key")));
            secrecy::check_error(&error, &[]);
        }
    }
}

/// Tokens whose signatures need no key: those that hold under weak keys.
static FORGED: LazyLock<Vec<SessionJwt>> = LazyLock::new(|| {
    let mut neutral_element = [0; 64];
    neutral_element[0] = 1;
    let mut ones = [0; 64];
    ones[31] = 1;
    ones[63] = 1;
    vec![
        forged("EdDSA", |_| vec![0; 64]),
        forged("EdDSA", |_| neutral_element.to_vec()),
        forged("ES256", |_| vec![0; 64]),
        forged("ES256", |_| ones.to_vec()),
        // Under the exponent 1 the padded digest is its own signature.
        forged("RS256", padded_digest),
        forged("RS256", |_| vec![0; 256]),
    ]
});

fn forged(alg: &str, signature: impl Fn(&[u8]) -> Vec<u8>) -> SessionJwt {
    let header = format!(r#"{{"alg":"{alg}","kid":"k"}}"#);
    let claims = format!(r#"{{"iss":"{}","sub":"U1","drn":"DS","exp":4102444800}}"#, signer::PROJECT);
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(signature(signed.as_bytes()));
    SessionJwt::from(format!("{signed}.{signature}"))
}

/// EMSA-PKCS1-v1_5 with SHA-256 for a modulus of 2,048 bits (RFC 8017 §9.2).
fn padded_digest(message: &[u8]) -> Vec<u8> {
    const ALGORITHM: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
        0x20,
    ];
    let digest = digest::digest(&digest::SHA256, message);
    [&[0, 1][..], &[0xff; 202], &[0], &ALGORITHM, digest.as_ref()].concat()
}
