//! The signing keys: built-in test keys, or fresh ones: one per algorithm, and a second, "other" key that no key set contains.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair, UnparsedPublicKey,
    VerificationAlgorithm,
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};

use crate::error::StartError;

/// A JWS signature algorithm that the emulator signs with (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// The name as it stands in the `alg` header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    fn material(self) -> Material {
        match self {
            Self::ES256 => Material::P256,
            Self::ES384 => Material::P384,
            Self::ES512 => Material::P521,
            Self::EdDSA => Material::Ed25519,
            _ => Material::Rsa,
        }
    }
}

/// The material of a private key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Material {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Material {
    const ALL: [Self; 5] = [Self::Rsa, Self::P256, Self::P384, Self::P521, Self::Ed25519];

    fn built_in_pem(self, other: bool) -> &'static [u8] {
        macro_rules! pem {
            ($name:literal) => {
                include_bytes!(concat!("../../keys/test-key-public-knowledge-", $name, ".pem"))
            };
        }
        match (self, other) {
            (Self::Rsa, false) => pem!("rsa"),
            (Self::Rsa, true) => pem!("rsa-other"),
            (Self::P256, false) => pem!("p256"),
            (Self::P256, true) => pem!("p256-other"),
            (Self::P384, false) => pem!("p384"),
            (Self::P384, true) => pem!("p384-other"),
            (Self::P521, false) => pem!("p521"),
            (Self::P521, true) => pem!("p521-other"),
            (Self::Ed25519, false) => pem!("ed25519"),
            (Self::Ed25519, true) => pem!("ed25519-other"),
        }
    }

    fn curve(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            Self::P521 => &ECDSA_P521_SHA512_FIXED_SIGNING,
            _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
        }
    }

    fn built_in(self, other: bool) -> Result<KeyPair, KeyError> {
        let pem = PrivatePkcs8KeyDer::from_pem_slice(self.built_in_pem(other)).map_err(|_| KeyError)?;
        let der = pem.secret_pkcs8_der();
        Ok(match self {
            Self::Rsa => KeyPair::Rsa(RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError)?),
            Self::Ed25519 => KeyPair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError)?),
            _ => KeyPair::Ec(EcdsaKeyPair::from_pkcs8(self.curve(), der).map_err(|_| KeyError)?),
        })
    }

    fn generate(self) -> Result<KeyPair, KeyError> {
        Ok(match self {
            Self::Rsa => KeyPair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError)?),
            Self::Ed25519 => KeyPair::Ed25519(Ed25519KeyPair::generate().map_err(|_| KeyError)?),
            _ => KeyPair::Ec(EcdsaKeyPair::generate(self.curve()).map_err(|_| KeyError)?),
        })
    }
}

/// A key could not be read, made or used.
#[derive(Debug)]
pub(crate) struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a signing key could not be used")
    }
}

pub(crate) enum KeyPair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    /// PKCS#1 DER for RSA, the uncompressed point for the curves, 32 bytes for Ed25519.
    pub(crate) fn public_bytes(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Ec(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }
}

/// A private key with its id and the one algorithm that it is published for.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) pair: Arc<KeyPair>,
}

impl SigningKey {
    /// A new key made now, for key rotation.
    pub(crate) fn generate(kid: String, algorithm: Algorithm) -> Result<Self, KeyError> {
        Ok(Self { kid, algorithm, pair: Arc::new(algorithm.material().generate()?) })
    }

    /// The signature over `message`, in the form that JWS wants (fixed-length for ECDSA).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match self.pair.as_ref() {
            KeyPair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match self.algorithm {
                    Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
                    Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
                    Algorithm::PS256 => &signature::RSA_PSS_SHA256,
                    Algorithm::PS384 => &signature::RSA_PSS_SHA384,
                    Algorithm::PS512 => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signed).map_err(|_| KeyError)?;
                Ok(signed)
            }
            KeyPair::Ec(pair) => Ok(pair.sign(&random, message).map_err(|_| KeyError)?.as_ref().to_vec()),
            KeyPair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    /// Whether `signed` is this key's signature over `message`.
    pub(crate) fn verifies(&self, message: &[u8], signed: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.algorithm {
            Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
            Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED,
            Algorithm::EdDSA => &signature::ED25519,
        };
        UnparsedPublicKey::new(algorithm, self.pair.public_bytes()).verify(message, signed).is_ok()
    }
}

/// The keys that an emulator starts with, by name: `RS256`, `ES512`, …, and `RS256.other`, … for signatures by a key that
/// is not in the key set.
pub(crate) struct KeyStore {
    keys: BTreeMap<String, SigningKey>,
}

impl KeyStore {
    /// Built-in test keys, or fresh ones when `generate` is set.
    pub(crate) fn new(generate: bool) -> Result<Self, StartError> {
        let failed = |_| StartError::keys();
        let mut keys = BTreeMap::new();
        for other in [false, true] {
            for material in Material::ALL {
                let made = if generate { material.generate() } else { material.built_in(other) };
                let pair = Arc::new(made.map_err(failed)?);
                for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| algorithm.material() == material) {
                    let name = algorithm.name();
                    let suffix = if other { ".other" } else { "" };
                    let kid = format!("test-{}{}", name.to_ascii_lowercase(), if other { "-other" } else { "" });
                    keys.insert(format!("{name}{suffix}"), SigningKey { kid, algorithm, pair: Arc::clone(&pair) });
                }
            }
        }
        Ok(Self { keys })
    }

    /// The key of that name.
    pub(crate) fn named(&self, name: &str) -> Option<&SigningKey> {
        self.keys.get(name)
    }

    /// The key for an algorithm.
    pub(crate) fn of(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        self.named(algorithm.name())
    }

    /// The key for an algorithm that is not in the key set.
    pub(crate) fn other(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        self.named(&format!("{}.other", algorithm.name()))
    }

    /// The ten keys whose public halves a case serves when it says nothing else.
    pub(crate) fn published(&self) -> impl Iterator<Item = &SigningKey> {
        Algorithm::ALL.into_iter().filter_map(|algorithm| self.of(algorithm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_verifies_its_own_signature_and_no_other() {
        let store = KeyStore::new(false).unwrap();
        for algorithm in Algorithm::ALL {
            let own = store.of(algorithm).unwrap();
            let other = store.other(algorithm).unwrap();
            let signed = own.sign(b"message").unwrap();
            assert!(own.verifies(b"message", &signed), "{algorithm:?}");
            assert!(!own.verifies(b"another message", &signed), "{algorithm:?}");
            assert!(!other.verifies(b"message", &signed), "{algorithm:?}");
        }
    }

    #[test]
    fn fresh_keys_are_not_the_built_in_ones() {
        let built_in = KeyStore::new(false).unwrap();
        let fresh = KeyStore::new(true).unwrap();
        for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            let signed = fresh.of(algorithm).unwrap().sign(b"message").unwrap();
            assert!(!built_in.of(algorithm).unwrap().verifies(b"message", &signed), "{algorithm:?}");
        }
    }
}
