//! Parses JSON Web Keys (RFC 7517) into verification keys, and has the one function that calls the cryptography library.

use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, ParsedPublicKey, RsaParameters};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::{Object, Value};

/// The limit of keys in a set; a larger set is a mistake or an attack.
const MAX_KEYS: usize = 64;
/// Moduli of RSA in bits: shorter ones are not accepted (RFC 7518 §3.3), and longer ones only cost time.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// The longest public exponent in bits. The usual ones have 2 or 17 bits, and the time of a verification grows with it.
const MAX_EXPONENT_BITS: usize = 33;

/// How the keys of an algorithm are written, and what checks its signatures.
enum Scheme {
    Rsa(&'static RsaParameters),
    Ec { curve: &'static str, coordinate: usize, check: &'static EcdsaVerificationAlgorithm },
    Ed25519,
}

/// The asymmetric signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1) that a key may be bound to. `none` and the HMACs are
/// not in the list, so nothing can switch them on.
fn scheme(alg: &str) -> Option<Scheme> {
    let ec = |curve, coordinate, check| Scheme::Ec { curve, coordinate, check };
    Some(match alg {
        "RS256" => Scheme::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Scheme::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Scheme::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        "PS256" => Scheme::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
        "PS384" => Scheme::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
        "PS512" => Scheme::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
        "ES256" => ec("P-256", 32, &signature::ECDSA_P256_SHA256_FIXED),
        "ES384" => ec("P-384", 48, &signature::ECDSA_P384_SHA384_FIXED),
        "ES512" => ec("P-521", 66, &signature::ECDSA_P521_SHA512_FIXED),
        "EdDSA" => Scheme::Ed25519,
        _ => return None,
    })
}

/// Whether tokens with this algorithm are supported.
pub(crate) fn is_allowed(alg: &str) -> bool {
    scheme(alg).is_some()
}

/// One verification key, parsed once and bound to one algorithm.
#[derive(Clone)]
pub(crate) struct Key {
    kid: Arc<str>,
    alg: Arc<str>,
    public: ParsedPublicKey,
    /// The header of the first token that it verified, as text. The next tokens usually have the same one, which then need not be
    /// read again.
    header: OnceLock<Box<str>>,
}

impl Key {
    /// Reads a JWK, or says why it cannot be used here.
    fn from_jwk(jwk: &Object) -> Result<Self, &'static str> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| {
            text(name)
                .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
                .ok_or("a member of the key is missing or broken")
        };
        let alg = text("alg").ok_or("the key has no `alg`")?;
        let kid = text("kid").filter(|kid| !kid.is_empty()).ok_or("the key has no `kid`")?;
        if jwk.get("use").is_some_and(|purpose| purpose.as_str() != Some("sig")) {
            return Err("the key is not for signatures");
        }
        if jwk.get("key_ops").is_some_and(|operations| !allows_verification(operations)) {
            return Err("the key's `key_ops` does not include \"verify\"");
        }
        let public = match (scheme(alg).ok_or("the key's `alg` is not allowed")?, text("kty"), text("crv")) {
            (Scheme::Rsa(check), Some("RSA"), _) => {
                let (n, e) = (without_leading_zeros(&bytes("n")?), without_leading_zeros(&bytes("e")?));
                if !MODULUS_BITS.contains(&bits(&n)) {
                    return Err("the key has not between 2,048 and 8,192 bits");
                }
                if !is_odd(&n) {
                    return Err("the key's modulus is even");
                }
                if !is_exponent(&e) {
                    return Err("the key's exponent is even, less than 3, or of more than 33 bits");
                }
                PublicKeyComponents { n, e }.to_parsed_public_key(check).ok()
            }
            (Scheme::Ec { curve, coordinate, check }, Some("EC"), Some(crv)) if crv == curve => {
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != coordinate || y.len() != coordinate {
                    return Err("a coordinate of the key has the wrong length");
                }
                // The uncompressed point of SEC 1 §2.3.3.
                ParsedPublicKey::new(check, [&[4], x.as_slice(), y.as_slice()].concat()).ok()
            }
            (Scheme::Ed25519, Some("OKP"), Some("Ed25519")) => {
                let x = bytes("x")?;
                if has_small_order(&x) {
                    return Err("the key is a point of small order");
                }
                ParsedPublicKey::new(&signature::ED25519, x).ok()
            }
            _ => return Err("the key's `kty` and `alg` do not go together"),
        };
        let public = public.ok_or("the key's members make no key")?;
        Ok(Self { kid: kid.into(), alg: alg.into(), public, header: OnceLock::new() })
    }

    /// Whether the header's algorithm is the one that this key is bound to.
    pub(crate) fn is_for(&self, alg: &str) -> bool {
        *self.alg == *alg
    }

    pub(crate) fn kid(&self) -> &Arc<str> {
        &self.kid
    }

    pub(crate) fn alg(&self) -> &Arc<str> {
        &self.alg
    }

    /// This key has verified a token with this header.
    pub(crate) fn remember_header(&self, header: &str) {
        self.header.get_or_init(|| header.into());
    }

    /// Verifies one signature: the only place where cryptography is called.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }
}

/// Whether a key's operations (RFC 7517 §4.3) include the only one that it is used for here.
fn allows_verification(operations: &Value) -> bool {
    operations.as_array().is_some_and(|list| list.iter().any(|operation| operation.as_str() == Some("verify")))
}

fn without_leading_zeros(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

/// The length of a number without leading zeros.
fn bits(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |first| first.leading_zeros() as usize);
    number.len().saturating_mul(8).saturating_sub(unused)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last % 2 == 1)
}

/// Whether an exponent, without leading zeros, is odd and at least 3 (RFC 8017 §3.1), and not so long that it costs time. With
/// the exponent 1 every message is its own signature, and an even exponent is not valid for RSA.
fn is_exponent(e: &[u8]) -> bool {
    e != [1] && is_odd(e) && bits(e) <= MAX_EXPONENT_BITS
}

/// Whether an Ed25519 key is one of the eight points of small order, in any of their encodings. Under such a key, one and the
/// same signature is valid for every message, or for one in two, four or eight.
fn has_small_order(x: &[u8]) -> bool {
    let Ok(mut y) = <[u8; 32]>::try_from(x) else { return false };
    // The highest bit is the sign of the other coordinate.
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&y)
}

/// The y coordinates of the points of small order, little-endian: those of order 4, 1, 8, 8 and 2, and then those of order 4 and
/// 1 again, increased by the prime of the field.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    near_prime(1, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    near_prime(0xec, 0xff, 0x7f),
    near_prime(0xed, 0xff, 0x7f),
    near_prime(0xee, 0xff, 0x7f),
];

/// Three different bytes: the lowest, all in the middle, and the highest.
const fn near_prime(lowest: u8, middle: u8, highest: u8) -> [u8; 32] {
    let mut y = [middle; 32];
    let [first, .., last] = &mut y;
    *first = lowest;
    *last = highest;
    y
}

/// The keys of one project.
#[derive(Clone)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads the key endpoint's response: `{"keys": […]}`, or the bare array of the older endpoint.
    ///
    /// Keys that cannot be used here are skipped. A set without a usable key, or with two keys of the same id and
    /// algorithm, is refused as a whole, so that it cannot replace a valid one.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, String> {
        let value: Value =
            serde_json::from_slice(json).map_err(|_| "the key set is not JSON, or names a member twice")?;
        let list = match &value {
            Value::Object(set) => set.get("keys").and_then(Value::as_array),
            Value::Array(list) => Some(list.as_slice()),
            _ => None,
        };
        Self::from_list(list.ok_or("the key set has no list of keys")?)
    }

    /// Reads the key that a caller supplies: one JWK, or a set.
    pub(crate) fn from_public_key(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(jwk)) if jwk.contains_key("kty") => match Key::from_jwk(&jwk) {
                Ok(key) => Ok(Self { keys: vec![key] }),
                Err(what) => Err(format!("public_key cannot be used: {what}")),
            },
            _ => Self::from_json(text.as_bytes()).map_err(|what| format!("public_key cannot be used: {what}")),
        }
    }

    fn from_list(list: &[Value]) -> Result<Self, String> {
        if list.len() > MAX_KEYS {
            return Err(format!("the key set has more than {MAX_KEYS} keys"));
        }
        let mut keys: Vec<Key> = Vec::with_capacity(list.len());
        let mut passed_over = "the key set is empty";
        for jwk in list {
            match jwk.as_object().ok_or("a key is not an object").and_then(Key::from_jwk) {
                Ok(key) if keys.iter().any(|other| other.kid == key.kid && other.alg == key.alg) => {
                    return Err("the key set names a key twice".to_owned());
                }
                Ok(key) => keys.push(key),
                Err(what) => passed_over = what,
            }
        }
        if keys.is_empty() { Err(format!("no usable key: {passed_over}")) } else { Ok(Self { keys }) }
    }

    /// The key for a token's `kid` and `alg`; the result distinguishes a known id with another algorithm from an unknown id.
    pub(crate) fn find(&self, kid: &str, alg: &str) -> Option<&Key> {
        let named = || self.keys.iter().filter(|key| *key.kid == *kid);
        named().find(|key| key.is_for(alg)).or_else(|| named().next())
    }

    /// Whether any key has this id.
    pub(crate) fn knows(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| *key.kid == *kid)
    }

    /// The key that has verified a token with this header, which is the text before the first dot.
    pub(crate) fn with_header(&self, header: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.header.get().is_some_and(|known| **known == *header))
    }
}

#[cfg(test)]
mod tests;
