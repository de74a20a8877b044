//! Signs tokens, correctly or not.

use serde::{Deserialize, Serialize};

use crate::jose::keys::{KeyPair, SigningKey};

/// How a token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sign {
    /// The key that the header names.
    #[default]
    Own,
    /// Another key of the same kind, which is not in the key set; the header names the right key.
    OtherKey,
    /// Without a key: the signature is empty, and `alg` is `none` unless given.
    None,
    /// HMAC-SHA-256 keyed with the public key's PEM text; `alg` is `HS256` unless given.
    HmacPublicKey,
    /// HMAC-SHA-256 keyed with the public key's JWK text; `alg` is `HS256` unless given.
    HmacJwk,
    /// Random bytes of the right length.
    Random,
    /// Zero bytes of the right length: which a verifier without the range check takes for a valid ECDSA signature.
    Zeros,
    /// The right key, but an ECDSA signature in ASN.1 form instead of fixed length.
    Asn1,
}

/// The signature over `message`.
pub(super) fn sign(by: Sign, signing: &SigningKey, published: &SigningKey, message: &[u8]) -> Result<Vec<u8>, String> {
    let own = || signing.sign(message).map_err(|error| error.to_string());
    let hmac = |secret: &str| {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec()
    };
    Ok(match by {
        Sign::Own | Sign::OtherKey => own()?,
        Sign::None => Vec::new(),
        Sign::HmacPublicKey => hmac(&published.public_pem()),
        Sign::HmacJwk => hmac(&published.jwk().to_string()),
        Sign::Random => {
            let mut bytes = own()?;
            aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "no randomness")?;
            bytes
        }
        Sign::Zeros => vec![0; own()?.len()],
        Sign::Asn1 => match signing.pair.as_ref() {
            KeyPair::Ec(_) => asn1_signature(&own()?),
            _ => return Err("\"sign\": \"asn1\" needs an ECDSA algorithm".to_owned()),
        },
    })
}

/// `SEQUENCE { INTEGER r, INTEGER s }` out of the two halves of a fixed-length signature.
fn asn1_signature(fixed: &[u8]) -> Vec<u8> {
    fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
        // At most 2 * (66 + 3) bytes: one length byte, after 0x81 when it does not fit seven bits.
        let length = u8::try_from(contents.len()).unwrap_or(u8::MAX);
        let mut element = vec![tag];
        if length >= 0x80 {
            element.push(0x81);
        }
        element.push(length);
        element.extend(contents);
        element
    }
    let integer = |half: &[u8]| {
        let significant: Vec<u8> = half.iter().copied().skip_while(|&byte| byte == 0).collect();
        let sign = significant.first().is_none_or(|&first| first >= 0x80).then_some(0);
        element(0x02, &sign.into_iter().chain(significant).collect::<Vec<u8>>())
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    element(0x30, &[integer(r), integer(s)].concat())
}
