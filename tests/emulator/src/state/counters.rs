//! The numbers of events, including those that the journal no longer lists.

use serde::Serialize;

/// The numbers of events since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Counters {
    /// Sign-ins by the control call.
    pub sign_ins: u64,
    /// Refreshes that issued tokens, `try-refresh` included.
    pub refreshes: u64,
    /// Selections that issued tokens.
    pub selections: u64,
    /// Calls with a superseded refresh token that was accepted within the rotation grace.
    pub grace_uses: u64,
    /// Calls with a superseded refresh token that was refused.
    pub reuses: u64,
    /// Sign-ins that ended because of such a call: users who were signed out against their will.
    pub revocations: u64,
    /// Calls of `logout` and `logoutall` that were carried out.
    pub logouts: u64,
    /// Requests and connections that a fault applied to.
    pub faults: u64,
}
