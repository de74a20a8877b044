//! What a table knows of tokens and chains, and what it tells a call about its token: data only.

use tokio::time::Instant;

use super::Fingerprint;
use super::lane::Lane;
use crate::response::JwtResponse;
use crate::secret::RefreshJwt;

/// The number of a chain: a token with those that succeeded it.
pub(super) type ChainId = u64;

/// What is known of one token.
pub(super) struct Token {
    pub(super) chain: ChainId,
    /// Calls that present it now.
    pub(super) calls: usize,
    pub(super) superseded: Option<Superseded>,
    /// Whether the chain has it as its newest one, verified or not.
    pub(super) is_newest: bool,
}

/// Another token took the place of this one.
pub(super) struct Superseded {
    pub(super) until: Instant,
    /// The grace has passed. A call that presented the token before still counts on its successor.
    pub(super) overdue: bool,
    pub(super) tenant: Option<String>,
}

/// A token with those that succeeded it.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) lane: Lane,
    pub(super) calls: usize,
    /// How many of its tokens are superseded.
    pub(super) superseded: usize,
    /// The user of its tokens, as soon as an exchange names one.
    pub(super) user_id: Option<String>,
    pub(super) newest: Option<Newest>,
    pub(super) kept: Option<Kept>,
    /// How often the chain was signed out.
    pub(super) sign_outs: u64,
}

/// The newest token of a chain.
pub(super) struct Newest {
    pub(super) fingerprint: Fingerprint,
    pub(super) token: RefreshJwt,
    /// What brought it; nothing after a sign-out.
    pub(super) response: Option<JwtResponse>,
    pub(super) context: Option<Fingerprint>,
    pub(super) bytes: usize,
}

/// A response that is kept until it can be verified.
pub(super) struct Kept {
    /// Of the token that it brought.
    pub(super) fingerprint: Fingerprint,
    pub(super) unverified: Unverified,
}

/// One token took the place of another, and both are verified to be of the same user.
pub(crate) struct Succession {
    pub(crate) used: Fingerprint,
    /// The tenant of the token that was replaced.
    pub(crate) tenant: Option<String>,
    pub(crate) token: RefreshJwt,
    pub(crate) response: JwtResponse,
    pub(crate) user_id: String,
    pub(crate) context: Option<Fingerprint>,
    /// The memory that the response takes, estimated.
    pub(crate) bytes: usize,
    /// How long the replaced token stands for the new one.
    pub(crate) until: Instant,
}

/// A response whose tokens could not be verified yet, because the project's keys were out of reach.
#[derive(Clone)]
pub(crate) struct Unverified {
    pub(crate) used: Fingerprint,
    pub(crate) tenant: Option<String>,
    pub(crate) response: JwtResponse,
    pub(crate) user_id: String,
    pub(crate) context: Option<Fingerprint>,
    /// The memory that the response takes, estimated.
    pub(crate) bytes: usize,
    pub(crate) until: Instant,
}

/// What becomes of an exchange whose turn has come.
pub(crate) enum Decision {
    /// It is sent: with this token where the one presented is superseded.
    Send(Option<RefreshJwt>),
    /// This remembered response is what was requested.
    Reuse(JwtResponse),
    /// The tenant was switched since the token presented was the newest; this response brought the newest one.
    Switched(JwtResponse),
    /// First the tokens that an earlier exchange brought have to be verified.
    Verify(Box<Unverified>),
}

/// Which token a read or a sign-out sends.
pub(crate) enum Current {
    /// The one presented.
    Presented,
    /// The one that succeeded it.
    Newest(RefreshJwt),
    /// The tokens of an earlier exchange have to be verified first.
    Unverified(Box<Unverified>),
}

impl Chain {
    /// Ends the chain: its response is given to no call any more.
    pub(super) fn sign_out(&mut self) -> Option<Kept> {
        self.sign_outs = self.sign_outs.wrapping_add(1);
        if let Some(newest) = &mut self.newest {
            newest.response = None;
        }
        self.kept.take()
    }
}
