//! The project's signing keys over time: which one signs, which ones are published.

use crate::jose::keys::{Algorithm, KeyStore, SigningKey};

/// Rotation of the project's keys.
#[derive(Clone, Default)]
pub(crate) struct KeyRing {
    /// Keys made by rotations, oldest first.
    rotated: Vec<SigningKey>,
    /// Ids of keys that were removed from the key set. The emulator still verifies its own refresh tokens with them.
    retired: Vec<String>,
}

impl KeyRing {
    /// The current signing key.
    pub(crate) fn current<'a>(&'a self, store: &'a KeyStore, algorithm: Algorithm) -> Option<&'a SigningKey> {
        let newest = self.rotated.iter().rev().find(|key| key.algorithm == algorithm);
        newest.or_else(|| store.of(algorithm))
    }

    /// The keys of the key set, the signing one first.
    pub(crate) fn published<'a>(
        &'a self,
        store: &'a KeyStore,
        signing: Algorithm,
        others: &[Algorithm],
    ) -> Vec<&'a SigningKey> {
        let mut published: Vec<&SigningKey> = Vec::new();
        let current = self.current(store, signing);
        let candidates = current
            .into_iter()
            .chain(self.rotated.iter().rev())
            .chain(store.of(signing))
            .chain(others.iter().filter_map(|&algorithm| store.of(algorithm)));
        for key in candidates {
            let retired = self.retired.contains(&key.kid) && current.is_none_or(|current| current.kid != key.kid);
            if !retired && published.iter().all(|known| known.kid != key.kid) {
                published.push(key);
            }
        }
        published
    }

    /// Every key that may have signed a token of this emulator.
    pub(crate) fn known<'a>(&'a self, store: &'a KeyStore) -> impl Iterator<Item = &'a SigningKey> {
        self.rotated.iter().chain(store.published())
    }

    /// The id of the next key.
    pub(crate) fn next_kid(&self, algorithm: Algorithm) -> String {
        format!("rotated-{}-{}", algorithm.name().to_ascii_lowercase(), self.rotated.len() + 1)
    }

    /// Sets a new signing key.
    pub(crate) fn rotate(&mut self, key: SigningKey) {
        self.rotated.push(key);
    }

    /// Removes all keys except the signing one from the key set.
    pub(crate) fn retire(&mut self, store: &KeyStore, signing: Algorithm) {
        let current = self.current(store, signing).map(|key| key.kid.clone());
        let retired: Vec<String> =
            self.known(store).map(|key| key.kid.clone()).filter(|kid| Some(kid) != current.as_ref()).collect();
        self.retired = retired;
    }
}
