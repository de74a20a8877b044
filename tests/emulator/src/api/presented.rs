//! Tokens that clients present, and whether they are still accepted.

use serde_json::{Map, Value};

use super::bearer::Bearer;
use super::call::Call;
use super::refusal::Refused;
use crate::jose::compact;
use crate::jose::forge::issuer;
use crate::state::State;
use crate::state::journal::{RefreshTokenEntry, RefreshTokenStatus, fingerprint};
use crate::state::sessions::Rules;

/// A refresh token whose signature, kind, and expiry are right.
pub(crate) struct RefreshToken<'a> {
    pub(crate) text: &'a str,
    claims: Map<String, Value>,
    key_is_published: bool,
}

impl<'a> RefreshToken<'a> {
    /// The refresh token of the call.
    pub(crate) fn of(call: &Call<'a>) -> Result<Self, Refused> {
        let text = Bearer::of(call)?.refresh_token(call)?;
        let (claims, key_is_published) = verified(call, text, &call.settings.refresh_cookie_name)?;
        Ok(Self { text, claims, key_is_published })
    }

    /// The tenant that the token is for, if any.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.claims.get("dct").and_then(Value::as_str).filter(|tenant| !tenant.is_empty())
    }

    /// Whether clients can still verify the token; if not, a response must not repeat it.
    pub(crate) fn key_is_published(&self) -> bool {
        self.key_is_published
    }

    pub(crate) fn expires(&self) -> i64 {
        seconds(&self.claims, "exp").unwrap_or(0)
    }

    /// The sign-in that the token belongs to, unless that is over, the token was superseded, or its user is gone. What was found is
    /// counted, and kept for the journal.
    pub(crate) fn sign_in(&self, call: &Call<'_>, state: &mut State) -> Result<SignIn, Refused> {
        let rules = Rules {
            reuse_detection: call.settings.reuse_detection,
            grace_seconds: call.settings.rotation_grace_seconds,
            inactivity_seconds: call.settings.inactivity(self.tenant()),
            now_ms: state.now_ms(),
        };
        let presented = state.sessions.present(self.text, rules);
        state.counters.grace_uses += u64::from(presented.status == RefreshTokenStatus::Grace);
        state.counters.reuses += u64::from(presented.status == RefreshTokenStatus::Superseded);
        state.counters.revocations += u64::from(presented.revoked);
        call.refresh_token.replace(Some(RefreshTokenEntry {
            fingerprint: fingerprint(self.text.as_bytes()),
            sign_in: presented.token.map(|(session, _)| session),
            number: presented.token.map(|(_, number)| number),
            status: presented.status,
            revoked: presented.revoked,
            issued: None,
        }));
        let errors = &call.settings.errors;
        let (refusal, description, message) = match presented.status {
            RefreshTokenStatus::Current | RefreshTokenStatus::Grace => {
                let session = presented.token.map(|(session, _)| session).unwrap_or_default();
                let user_id = state.sessions.user_id(session).unwrap_or_default().to_owned();
                if state.users.by_id(&user_id).is_none() {
                    return Err(unknown_user(call));
                }
                return Ok(SignIn { session, user_id });
            }
            RefreshTokenStatus::Unknown => {
                (&errors.invalid_token, "Invalid refresh token", "the token was not issued since the last reset")
            }
            RefreshTokenStatus::LoggedOut => {
                (&errors.logged_out, "Refresh token revoked", "the token was ended by a logout")
            }
            RefreshTokenStatus::Inactive => {
                (&errors.inactive_session, "Session expired", "the sign-in was without activity for too long")
            }
            RefreshTokenStatus::Superseded => {
                (&errors.superseded_token, "Refresh token reused", "a newer refresh token took this one's place")
            }
        };
        Err(Refused::new(refusal, description, message))
    }
}

/// The sign-in of an accepted refresh token.
pub(crate) struct SignIn {
    pub(crate) session: u64,
    pub(crate) user_id: String,
}

/// The refusal of a token whose user was removed.
pub(crate) fn unknown_user(call: &Call<'_>) -> Refused {
    Refused::new(&call.settings.errors.unknown_user, "User not found", "the token's user does not exist any more")
}

/// The claims of a token that one of the emulator's keys signed, of the wanted kind, and not expired; and whether that key
/// is in the key set.
pub(crate) fn verified(call: &Call<'_>, token: &str, kind: &str) -> Result<(Map<String, Value>, bool), Refused> {
    let errors = &call.settings.errors;
    let invalid = |message: &str| Refused::new(&errors.invalid_token, "Invalid token", message);
    let ring = call.project.with_state(|state| state.key_ring.clone());
    let (claims, key) = compact::verify(token, ring.known(&call.project.keys))
        .ok_or_else(|| invalid("the token was not signed by this project"))?;
    if claims.get("drn").and_then(Value::as_str) != Some(kind) {
        return Err(invalid(&format!("the token's \"drn\" is not \"{kind}\"")));
    }
    let expires = seconds(&claims, "exp").ok_or_else(|| invalid("the token has no \"exp\""))?;
    if expires <= call.now {
        return Err(Refused::new(&errors.expired_token, "Token expired", "the token has expired"));
    }
    let expected = issuer(&call.settings.issuer, &call.project.url, &call.project.project_id);
    if call.settings.enforce_issuer && claims.get("iss").and_then(Value::as_str) != Some(&expected) {
        return Err(invalid("the token has another \"iss\" than the project"));
    }
    if seconds(&claims, "nbf").is_some_and(|not_before| not_before > call.now) {
        return Err(invalid("the token is not valid yet"));
    }
    let settings = &call.settings;
    let published = ring.published(&call.project.keys, settings.signing_algorithm, &settings.published_algorithms);
    Ok((claims, published.iter().any(|published| published.kid == key.kid)))
}

fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    claims.get(name).and_then(Value::as_i64)
}
