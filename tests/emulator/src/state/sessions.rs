//! Sign-ins and the refresh tokens that belong to them.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};

use super::journal::RefreshTokenStatus;

/// The fingerprint that identifies a refresh token without storing it.
type Fingerprint = [u8; 16];

/// The rules for presented refresh tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Whether a superseded token ends its sign-in.
    pub(crate) reuse_detection: bool,
    /// How long a superseded token is still accepted.
    pub(crate) grace_seconds: u32,
    /// How long a sign-in may be without activity.
    pub(crate) inactivity_seconds: Option<u32>,
    /// Milliseconds since the epoch by the emulator's clock.
    pub(crate) now_ms: i64,
}

/// What became of a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Presented {
    pub(crate) status: RefreshTokenStatus,
    /// Its sign-in, and its number among the tokens of that; none for an unknown token.
    pub(crate) token: Option<(u64, u64)>,
    /// Whether the sign-in ended because this token was used again.
    pub(crate) revoked: bool,
}

#[derive(Debug)]
struct Session {
    user_id: String,
    /// The tenant that the sign-in named.
    tenant: Option<String>,
    ended: bool,
    /// The last activity in milliseconds since the epoch.
    active_ms: i64,
    /// When the step-up ends, in seconds since the epoch.
    step_up_ends: Option<i64>,
    /// How many refresh tokens were issued.
    issued: u64,
}

#[derive(Debug)]
struct Issued {
    session: u64,
    number: u64,
    /// When a newer token replaced it, in milliseconds since the epoch.
    superseded_ms: Option<i64>,
}

/// All sign-ins since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    last: u64,
    sessions: HashMap<u64, Session>,
    tokens: HashMap<Fingerprint, Issued>,
}

impl Sessions {
    /// A new sign-in of a user, in a tenant if one was named.
    pub(crate) fn begin(&mut self, user_id: &str, tenant: Option<&str>, now_ms: i64) -> u64 {
        self.last += 1;
        let (user_id, tenant) = (user_id.to_owned(), tenant.map(str::to_owned));
        let session = Session { user_id, tenant, ended: false, active_ms: now_ms, step_up_ends: None, issued: 0 };
        self.sessions.insert(self.last, session);
        self.last
    }

    /// Records activity in a sign-in.
    pub(crate) fn touch(&mut self, session: u64, now_ms: i64) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.active_ms = now_ms;
        }
    }

    /// Steps a sign-in up until a time in seconds since the epoch, or ends its step-up.
    pub(crate) fn step_up(&mut self, session: u64, ends: Option<i64>) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.step_up_ends = ends;
        }
    }

    /// When the step-up of a sign-in ends, unless it has ended.
    pub(crate) fn step_up_ends(&self, session: u64, now: i64) -> Option<i64> {
        self.sessions.get(&session)?.step_up_ends.filter(|&ends| ends > now)
    }

    /// Whether a sign-in was begun in that tenant.
    pub(crate) fn began_in(&self, session: u64, tenant: &str) -> bool {
        self.sessions.get(&session).is_some_and(|session| session.tenant.as_deref() == Some(tenant))
    }

    /// Records a refresh token issued for a sign-in; returns its number among the tokens of the sign-in, from 1.
    pub(crate) fn issue(&mut self, session: u64, token: &str) -> u64 {
        let number = self.sessions.get_mut(&session).map_or(1, |session| {
            session.issued += 1;
            session.issued
        });
        self.tokens.insert(fingerprint(token), Issued { session, number, superseded_ms: None });
        number
    }

    /// The user of a sign-in.
    pub(crate) fn user_id(&self, session: u64) -> Option<&str> {
        self.sessions.get(&session).map(|session| session.user_id.as_str())
    }

    /// Checks a refresh token. With reuse detection, a token that was superseded too long ago ends its sign-in.
    pub(crate) fn present(&mut self, token: &str, rules: Rules) -> Presented {
        let unknown = Presented { status: RefreshTokenStatus::Unknown, token: None, revoked: false };
        let Some(issued) = self.tokens.get(&fingerprint(token)) else { return unknown };
        let Some(session) = self.sessions.get_mut(&issued.session) else { return unknown };
        let grace_ms = i64::from(rules.grace_seconds) * 1_000;
        let inactive = rules
            .inactivity_seconds
            .is_some_and(|seconds| rules.now_ms - session.active_ms >= i64::from(seconds) * 1_000);
        let (status, revoked) = match issued.superseded_ms {
            Some(since) if rules.now_ms - since >= grace_ms => {
                let revoked = rules.reuse_detection && !session.ended;
                session.ended |= revoked;
                (RefreshTokenStatus::Superseded, revoked)
            }
            _ if session.ended => (RefreshTokenStatus::LoggedOut, false),
            _ if inactive => (RefreshTokenStatus::Inactive, false),
            Some(_) => (RefreshTokenStatus::Grace, false),
            None => (RefreshTokenStatus::Current, false),
        };
        Presented { status, token: Some((issued.session, issued.number)), revoked }
    }

    /// Marks a refresh token as replaced by a newer one, unless it is already.
    pub(crate) fn supersede(&mut self, token: &str, now_ms: i64) {
        if let Some(issued) = self.tokens.get_mut(&fingerprint(token)) {
            issued.superseded_ms.get_or_insert(now_ms);
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
    use RefreshTokenStatus as Status;

    fn rules(reuse_detection: bool, grace_seconds: u32, now_ms: i64) -> Rules {
        Rules { reuse_detection, grace_seconds, inactivity_seconds: None, now_ms }
    }

    fn status(sessions: &mut Sessions, token: &str, rules: Rules) -> Status {
        sessions.present(token, rules).status
    }

    #[test]
    fn a_superseded_token_ends_its_sign_in_only_with_reuse_detection() {
        for (reuse_detection, newer) in [(false, Status::Current), (true, Status::LoggedOut)] {
            let mut sessions = Sessions::default();
            let session = sessions.begin("U1", None, 0);
            assert_eq!(sessions.issue(session, "old"), 1);
            sessions.supersede("old", 0);
            assert_eq!(sessions.issue(session, "new"), 2);
            let rules = rules(reuse_detection, 0, 0);
            let presented = sessions.present("old", rules);
            let expected = Presented { status: Status::Superseded, token: Some((1, 1)), revoked: reuse_detection };
            assert_eq!(presented, expected);
            assert_eq!(sessions.present("new", rules).status, newer);
            assert!(!sessions.present("old", rules).revoked, "a sign-in ends once");
        }
    }

    #[test]
    fn a_superseded_token_is_accepted_within_the_grace() {
        let mut sessions = Sessions::default();
        let session = sessions.begin("U1", None, 0);
        sessions.issue(session, "old");
        sessions.supersede("old", 10_000);
        sessions.supersede("old", 14_000);
        assert_eq!(status(&mut sessions, "old", rules(true, 5, 14_999)), Status::Grace);
        assert_eq!(status(&mut sessions, "old", rules(true, 5, 15_000)), Status::Superseded);
        assert_eq!(status(&mut sessions, "old", rules(true, 5, 14_999)), Status::LoggedOut);
    }

    #[test]
    fn ending_all_sign_ins_of_one_user_leaves_the_others() {
        let mut sessions = Sessions::default();
        for (user, token) in [("U1", "a"), ("U1", "b"), ("U2", "c")] {
            let session = sessions.begin(user, None, 0);
            sessions.issue(session, token);
        }
        sessions.end_all("U1");
        for (token, expected) in
            [("a", Status::LoggedOut), ("b", Status::LoggedOut), ("c", Status::Current), ("d", Status::Unknown)]
        {
            assert_eq!(status(&mut sessions, token, rules(false, 0, 0)), expected, "{token}");
        }
    }
}
