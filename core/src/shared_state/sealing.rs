//! Keys that follow from a refresh token, and records sealed with them. Who does not know the token can neither find nor read
//! its record.
//!
//! `docs/shared-state.md` has the format, and `core/src/shared_state/sealing/vectors.json` test vectors.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hkdf};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::secret::{RefreshJwt, Secret, Wiped};

/// The version of everything here: of the names of keys, of the derivation and of the sealed form.
const VERSION: u8 = 1;

/// What the names of all keys in Redis begin with.
const PREFIX: &str = "tenant-select:1:";

const ID_LEN: usize = 16;

/// A version, an expiry and a nonce come before the ciphertext.
const HEADER_LEN: usize = 1 + 8 + NONCE_LEN;

const LOOKUP: &[u8] = b"tenant-select lookup id";
const LOCK: &[u8] = b"tenant-select lock id";
const SEAL: &[u8] = b"tenant-select seal key";

/// What belongs to a service: tokens of another project, base URL or `shared_state_key` have other keys.
pub(super) struct Realm {
    salt: hkdf::Salt,
}

impl Realm {
    pub(super) fn new(project_id: &str, base_url: &str, key: Option<&Secret>) -> Self {
        Self { salt: hkdf::Salt::new(hkdf::HKDF_SHA256, salt(project_id, base_url, key).as_ref()) }
    }

    /// The keys of a token; nothing when the cryptography fails, which it does not.
    pub(super) fn keys(&self, token: &RefreshJwt) -> Option<TokenKeys> {
        let prk = self.salt.extract(token.expose().as_bytes());
        let (lookup_id, lock_id) = (expand::<ID_LEN>(&prk, LOOKUP)?, expand::<ID_LEN>(&prk, LOCK)?);
        let key = Zeroizing::new(expand::<32>(&prk, SEAL)?);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).ok()?);
        Some(TokenKeys { lookup_id, lock_id, key })
    }
}

/// The texts come with their lengths, so that different ones never give the same bytes.
fn salt(project_id: &str, base_url: &str, key: Option<&Secret>) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&[VERSION]);
    for text in [project_id, base_url, key.map(Secret::expose).unwrap_or_default()] {
        context.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(text.as_bytes());
    }
    context.finish()
}

fn expand<const LENGTH: usize>(prk: &hkdf::Prk, label: &[u8]) -> Option<[u8; LENGTH]> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut bytes = [0; LENGTH];
    prk.expand(&[label], Length(LENGTH)).ok()?.fill(&mut bytes).ok()?;
    Some(bytes)
}

/// What follows from one refresh token.
pub(super) struct TokenKeys {
    lookup_id: [u8; ID_LEN],
    lock_id: [u8; ID_LEN],
    key: LessSafeKey,
}

impl TokenKeys {
    /// The name of the record. The part in braces, which the name of the lock has too, keeps both in one slot.
    pub(super) fn record_name(&self) -> String {
        format!("{PREFIX}{{{}}}", URL_SAFE_NO_PAD.encode(self.lookup_id))
    }

    pub(super) fn lock_name(&self) -> String {
        format!("{}:{}", self.record_name(), URL_SAFE_NO_PAD.encode(self.lock_id))
    }

    pub(super) fn reads_name(&self) -> String {
        format!("{}:reads", self.lock_name())
    }

    /// Seals a record that expires then, in milliseconds since 1970.
    pub(super) fn seal(&self, plaintext: &Wiped, expires_at: u64) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).ok()?;
        self.seal_with(plaintext, expires_at, nonce)
    }

    fn seal_with(&self, plaintext: &Wiped, expires_at: u64, nonce: [u8; NONCE_LEN]) -> Option<Vec<u8>> {
        let mut sealed =
            Vec::with_capacity(HEADER_LEN.checked_add(plaintext.len())?.checked_add(AES_256_GCM.tag_len())?);
        sealed.push(VERSION);
        sealed.extend_from_slice(&expires_at.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let ciphertext = sealed.get_mut(HEADER_LEN..)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(self.data(expires_at)), ciphertext).ok()?;
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    /// The record, and when it expires. Nothing when it is expired at `now`, of another version, of another token, or changed.
    pub(super) fn open(&self, sealed: &[u8], now: u64) -> Option<(Wiped, u64)> {
        let (header, ciphertext) = sealed.split_at_checked(HEADER_LEN)?;
        let (version, rest) = header.split_first()?;
        let (expires_at, nonce) = rest.split_first_chunk::<8>()?;
        let expires_at = u64::from_be_bytes(*expires_at);
        if *version != VERSION || expires_at <= now {
            return None;
        }
        let mut plaintext = Wiped::with_capacity(ciphertext.len());
        plaintext.extend_from_slice(ciphertext);
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.key.open_in_place(nonce, Aad::from(self.data(expires_at)), &mut plaintext).ok()?.len();
        plaintext.truncate(length);
        Some((plaintext, expires_at))
    }

    /// What is authenticated besides the record.
    fn data(&self, expires_at: u64) -> [u8; 1 + ID_LEN + 8] {
        let mut data = [VERSION; 1 + ID_LEN + 8];
        let parts = self.lookup_id.iter().chain(&expires_at.to_be_bytes()).copied().collect::<Vec<_>>();
        data.iter_mut().skip(1).zip(parts).for_each(|(byte, part)| *byte = part);
        data
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        project_id: String,
        base_url: String,
        shared_state_key: Option<String>,
        token: String,
        plaintext: String,
        expires_at: u64,
        nonce: String,
        salt: String,
        record_name: String,
        lock_name: String,
        sealed: String,
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn unhex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn wiped(text: &str) -> Wiped {
        let mut bytes = Wiped::with_capacity(text.len());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    fn keys(token: &str) -> TokenKeys {
        Realm::new("P1", "https://api.example/", None).keys(&RefreshJwt::from(token)).unwrap()
    }

    #[test]
    fn the_test_vectors_hold() {
        let text = include_str!("sealing/vectors.json");
        let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
        assert!(vectors.len() >= 3);
        for vector in vectors {
            let key = vector.shared_state_key.as_deref().map(Secret::from);
            assert_eq!(hex(salt(&vector.project_id, &vector.base_url, key.as_ref()).as_ref()), vector.salt);
            let realm = Realm::new(&vector.project_id, &vector.base_url, key.as_ref());
            let keys = realm.keys(&RefreshJwt::from(vector.token)).unwrap();
            assert_eq!((keys.record_name(), keys.lock_name()), (vector.record_name, vector.lock_name));
            let nonce = unhex(&vector.nonce).try_into().unwrap();
            let sealed = keys.seal_with(&wiped(&vector.plaintext), vector.expires_at, nonce).unwrap();
            assert_eq!(hex(&sealed), vector.sealed);
            let (opened, expires_at) = keys.open(&sealed, vector.expires_at - 1).unwrap();
            assert_eq!((opened.as_slice(), expires_at), (vector.plaintext.as_bytes(), vector.expires_at));
        }
    }

    #[test]
    fn every_changed_byte_is_found() {
        let keys = keys("a.b.c");
        let sealed = keys.seal(&wiped("record"), 2000).unwrap();
        assert!(keys.open(&sealed, 1000).is_some());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open(&changed, 1000).is_none(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(keys.open(&sealed[..length], 1000).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn the_reader_enforces_the_expiry() {
        let keys = keys("a.b.c");
        let sealed = keys.seal(&wiped("record"), 2000).unwrap();
        assert!(keys.open(&sealed, 1999).is_some() && keys.open(&sealed, 2000).is_none());
        let mut later = sealed;
        later[1..9].copy_from_slice(&9000_u64.to_be_bytes());
        assert!(keys.open(&later, 3000).is_none(), "the expiry is authenticated");
    }

    #[test]
    fn a_record_is_good_for_its_token_alone() {
        let (one, other) = (keys("a.b.c"), keys("a.b.d"));
        assert_ne!(one.record_name(), other.record_name());
        assert!(other.open(&one.seal(&wiped("record"), 2000).unwrap(), 1000).is_none());
    }

    #[test]
    fn two_seals_of_one_record_differ() {
        let keys = keys("a.b.c");
        assert_ne!(keys.seal(&wiped("record"), 2000), keys.seal(&wiped("record"), 2000));
    }

    #[test]
    fn texts_that_join_to_the_same_have_different_salts() {
        let of = |project: &str, url: &str, key: Option<&str>| {
            hex(salt(project, url, key.map(Secret::from).as_ref()).as_ref())
        };
        let salts = [of("ab", "c", None), of("a", "bc", None), of("ab", "", Some("c")), of("abc", "", None)];
        for (at, salt) in salts.iter().enumerate() {
            assert!(salts.iter().skip(at + 1).all(|other| other != salt), "{at}");
        }
    }
}
