//! The RS256 verification of a token's signature and nothing else, with the cryptography library of the core and a parsed key.

use std::hint::black_box;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::Failure;

/// A parsed key.
pub(super) struct Key(ParsedPublicKey);

impl Key {
    /// The key of the set that signed the token.
    pub(super) fn of(keys: &Value, token: &str) -> Result<Self, Failure> {
        let (header, _) = token.split_once('.').ok_or("the token has no header")?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
        let keys = keys.get("keys").and_then(Value::as_array).ok_or("the key set has no keys")?;
        let jwk = keys.iter().find(|jwk| jwk.get("kid") == header.get("kid")).ok_or("the key is not in the set")?;
        let member = |name| -> Result<Vec<u8>, Failure> {
            let text = jwk.get(name).and_then(Value::as_str).ok_or("the key is not an RSA key")?;
            Ok(URL_SAFE_NO_PAD.decode(text)?)
        };
        let key = PublicKeyComponents { n: member("n")?, e: member("e")? }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| "the key cannot be parsed")?;
        Ok(Self(key))
    }

    /// Verifies a token: the signature is decoded, and checked once.
    pub(super) fn verify(&self, token: &str) -> Result<(), Failure> {
        let (signed, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
        self.check(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature)?)
    }

    fn check(&self, signed: &[u8], signature: &[u8]) -> Result<(), Failure> {
        Ok(self.0.verify_sig(black_box(signed), signature).map_err(|_| "the signature is wrong")?)
    }
}

/// A key with a message and its decoded signature.
pub(super) struct Bare {
    key: Key,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Bare {
    pub(super) fn new(keys: &Value, token: &str) -> Result<Self, Failure> {
        let (signed, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
        let signature = URL_SAFE_NO_PAD.decode(signature)?;
        Ok(Self { key: Key::of(keys, token)?, signed: signed.as_bytes().to_owned(), signature })
    }

    pub(super) fn verify(&self) -> Result<(), Failure> {
        self.key.check(&self.signed, &self.signature)
    }
}
