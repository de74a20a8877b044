//! One refresh token, many calls: exchanges in order, and what succeeded a token that the service replaced.
//!
//! A service that rotates refresh tokens gives a new one with every exchange and takes the use of the old one for theft. The
//! requests of one page, or of two tabs, present the same token nevertheless. So the exchanges of a token run one after the
//! other, and for the rotation grace the newest token is sent in place of one that was replaced.
//!
//! `decision`, `lane` and `table` are pure: the time is an argument. `memory` has the data of the table, `turn` waits, and
//! `registry` shares one table between the clients of a process.

mod decision;
mod lane;
mod memory;
mod registry;
mod table;
mod turn;

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use tokio::time::Instant;

pub(crate) use decision::Requested;
pub(crate) use memory::{Current, Decision, Succession, Unverified};
pub(crate) use registry::{Scope, shared};
pub(crate) use turn::{Kind, Place, Turn};

use table::Table;

/// SHA-256 of a token or another text: the tables find a token by it, and show none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fingerprint([u8; 32]);

impl Hash for Fingerprint {
    /// Half of it: a hash is as good as the whole one, and the table compares the whole one.
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(half) = self.0.first_chunk() {
            state.write_u128(u128::from_ne_bytes(*half));
        }
    }
}

impl Fingerprint {
    pub(crate) fn of(token: &str) -> Self {
        let digest = digest::digest(&digest::SHA256, token.as_bytes());
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest.as_ref());
        Self(fingerprint)
    }

    /// The digest itself, to be sealed.
    pub(crate) fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The fingerprint of which the digest was sealed.
    pub(crate) fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The fingerprint of two texts together, in this order.
    pub(crate) fn and(self, other: Self) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&self.0);
        context.update(&other.0);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(context.finish().as_ref());
        Self(fingerprint)
    }
}

/// The chains of refresh tokens that the clients of one scope know.
#[derive(Default)]
pub(crate) struct Rotation {
    table: Mutex<Table>,
}

impl Rotation {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place among the calls that present this token. Places are in the order of these calls.
    pub(crate) fn enter(self: &Arc<Self>, token: Fingerprint, kind: Kind) -> Turn {
        let entered = self.table().enter(token, kind, Instant::now());
        Turn::new(Arc::clone(self), token, kind, entered)
    }

    /// Whether the service was seen to rotate refresh tokens, as far as that is known.
    pub(crate) fn rotates(&self) -> Option<bool> {
        self.table().rotates()
    }

    /// A refresh brought another refresh token, or brought none.
    pub(crate) fn observed(&self, rotates: bool) {
        self.table().observed(rotates);
    }

    /// Ends every chain of this user: all sessions of the user were signed out.
    pub(crate) fn sign_out_user(&self, user_id: &str) {
        self.table().sign_out_user(user_id);
    }

    /// How many tokens are remembered as superseded, and how many were forgotten within their grace because of the limit.
    pub(crate) fn counts(&self) -> (usize, u64) {
        self.table().counts(Instant::now())
    }
}
