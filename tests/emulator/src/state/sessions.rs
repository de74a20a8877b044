//! Sign-ins and the refresh tokens that belong to them.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};

/// What identifies a refresh token without keeping it.
type Fingerprint = [u8; 16];

/// Why a refresh token whose signature is right is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Never issued, or issued before a reset.
    Unknown,
    /// Its sign-in was ended by a logout.
    LoggedOut,
    /// A newer token took its place.
    Superseded,
}

#[derive(Debug)]
struct Session {
    user_id: String,
    ended: bool,
}

#[derive(Debug)]
struct Issued {
    session: u64,
    superseded: bool,
}

/// All sign-ins since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    next: u64,
    sessions: HashMap<u64, Session>,
    tokens: HashMap<Fingerprint, Issued>,
}

impl Sessions {
    /// A new sign-in of a user.
    pub(crate) fn begin(&mut self, user_id: &str) -> u64 {
        self.next += 1;
        self.sessions.insert(self.next, Session { user_id: user_id.to_owned(), ended: false });
        self.next
    }

    /// Notes a refresh token issued for a sign-in.
    pub(crate) fn issue(&mut self, session: u64, token: &str) {
        self.tokens.insert(fingerprint(token), Issued { session, superseded: false });
    }

    /// The sign-in that a refresh token belongs to. With `reuse_detection` a superseded token ends its sign-in.
    pub(crate) fn present(&mut self, token: &str, reuse_detection: bool) -> Result<u64, Refused> {
        let issued = self.tokens.get(&fingerprint(token)).ok_or(Refused::Unknown)?;
        let session = self.sessions.get_mut(&issued.session).ok_or(Refused::Unknown)?;
        if issued.superseded {
            session.ended |= reuse_detection;
            return Err(Refused::Superseded);
        }
        if session.ended { Err(Refused::LoggedOut) } else { Ok(issued.session) }
    }

    /// Marks a refresh token as replaced by a newer one; false when somebody else was faster.
    pub(crate) fn supersede(&mut self, token: &str) -> bool {
        match self.tokens.get_mut(&fingerprint(token)) {
            Some(issued) if !issued.superseded => {
                issued.superseded = true;
                true
            }
            _ => false,
        }
    }

    /// Ends one sign-in.
    pub(crate) fn end(&mut self, session: u64) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.ended = true;
        }
    }

    /// Ends every sign-in of a user.
    pub(crate) fn end_all(&mut self, user_id: &str) {
        for session in self.sessions.values_mut().filter(|session| session.user_id == user_id) {
            session.ended = true;
        }
    }
}

fn fingerprint(token: &str) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    for (target, byte) in fingerprint.iter_mut().zip(digest(&SHA256, token.as_bytes()).as_ref()) {
        *target = *byte;
    }
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_superseded_token_ends_its_sign_in_only_with_reuse_detection() {
        for (reuse_detection, newer) in [(false, Ok(1)), (true, Err(Refused::LoggedOut))] {
            let mut sessions = Sessions::default();
            let session = sessions.begin("U1");
            sessions.issue(session, "old");
            assert!(sessions.supersede("old"));
            assert!(!sessions.supersede("old"));
            sessions.issue(session, "new");
            assert_eq!(sessions.present("old", reuse_detection), Err(Refused::Superseded));
            assert_eq!(sessions.present("new", reuse_detection), newer);
        }
    }

    #[test]
    fn ending_all_sign_ins_of_one_user_leaves_the_others() {
        let mut sessions = Sessions::default();
        for (user, token) in [("U1", "a"), ("U1", "b"), ("U2", "c")] {
            let session = sessions.begin(user);
            sessions.issue(session, token);
        }
        sessions.end_all("U1");
        assert_eq!(sessions.present("a", false), Err(Refused::LoggedOut));
        assert_eq!(sessions.present("b", false), Err(Refused::LoggedOut));
        assert_eq!(sessions.present("c", false), Ok(3));
        assert_eq!(sessions.present("d", false), Err(Refused::Unknown));
    }
}
