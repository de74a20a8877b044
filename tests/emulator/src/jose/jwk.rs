//! Public keys as JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037) and as PEM.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use serde_json::{Value, json};

use super::base64url;
use super::keys::{Algorithm, KeyPair, SigningKey};

impl SigningKey {
    /// The public half as a JWK: `{alg,e,kid,kty,n,use}` for RSA, `{alg,crv,kid,kty,use,x[,y]}` otherwise.
    pub(crate) fn jwk(&self) -> Value {
        let (alg, kid) = (self.algorithm.name(), self.kid.as_str());
        let bytes = self.pair.public_bytes();
        match self.pair.as_ref() {
            KeyPair::Rsa(_) => {
                let (n, e) = rsa_components(bytes).unwrap_or_default();
                json!({"alg": alg, "e": base64url(e), "kid": kid, "kty": "RSA", "n": base64url(n), "use": "sig"})
            }
            KeyPair::Ec(_) => {
                let crv = match self.algorithm {
                    Algorithm::ES384 => "P-384",
                    Algorithm::ES512 => "P-521",
                    _ => "P-256",
                };
                // An uncompressed point: one byte 0x04, then both coordinates at full length.
                let coordinates = bytes.get(1..).unwrap_or_default();
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                json!({
                    "alg": alg, "crv": crv, "kid": kid, "kty": "EC", "use": "sig", "x": base64url(x), "y": base64url(y),
                })
            }
            KeyPair::Ed25519(_) => {
                json!({"alg": alg, "crv": "Ed25519", "kid": kid, "kty": "OKP", "use": "sig", "x": base64url(bytes)})
            }
        }
    }

    /// The public key as text between PEM lines: what an attacker who only has the key set feeds to HMAC.
    pub(crate) fn public_pem(&self) -> String {
        let der = match self.pair.as_ref() {
            KeyPair::Rsa(pair) => subject_public_key_info(pair.public_key()),
            KeyPair::Ec(pair) => subject_public_key_info(pair.public_key()),
            KeyPair::Ed25519(pair) => subject_public_key_info(pair.public_key()),
        };
        let encoded = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n")
    }
}

fn subject_public_key_info<'k>(key: &impl AsDer<PublicKeyX509Der<'k>>) -> Vec<u8> {
    key.as_der().map(|der| der.as_ref().to_vec()).unwrap_or_default()
}

/// Modulus and exponent, without leading zeros, out of a PKCS#1 `RSAPublicKey`.
fn rsa_components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x30, sequence, _) = der_value(der)? else { return None };
    let (0x02, modulus, rest) = der_value(sequence)? else { return None };
    let (0x02, exponent, _) = der_value(rest)? else { return None };
    Some((without_leading_zero(modulus), without_leading_zero(exponent)))
}

/// The first DER element: its tag, its contents, and what follows it.
fn der_value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (digits.iter().fold(0, |length, &digit| (length << 8) | usize::from(digit)), rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

fn without_leading_zero(integer: &[u8]) -> &[u8] {
    match integer {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::from_base64url;
    use crate::jose::keys::KeyStore;

    #[test]
    fn a_jwk_has_the_members_that_verifiers_need() {
        let store = KeyStore::new(false).unwrap();
        let rsa = store.of(Algorithm::RS256).unwrap().jwk();
        assert_eq!(from_base64url(rsa["n"].as_str().unwrap()).unwrap().len(), 256);
        assert_eq!(rsa["e"], "AQAB");
        assert_eq!(
            rsa.as_object().unwrap().keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
            ["alg", "e", "kid", "kty", "n", "use"].into()
        );
        for (algorithm, length) in [(Algorithm::ES256, 32), (Algorithm::ES384, 48), (Algorithm::ES512, 66)] {
            let jwk = store.of(algorithm).unwrap().jwk();
            for coordinate in ["x", "y"] {
                assert_eq!(from_base64url(jwk[coordinate].as_str().unwrap()).unwrap().len(), length, "{algorithm:?}");
            }
        }
        let okp = store.of(Algorithm::EdDSA).unwrap().jwk();
        assert_eq!(from_base64url(okp["x"].as_str().unwrap()).unwrap().len(), 32);
    }
}
