//! Issuing tokens.

use serde_json::{Map, Value, json};

use super::grants::grants;
use crate::clock::rfc3339;
use crate::ids::random_id;
use crate::jose::compact;
use crate::jose::forge::issuer;
use crate::jose::keys::SigningKey;
use crate::state::State;
use crate::state::journal::{IssuedEntry, fingerprint};
use crate::state::project::Project;
use crate::state::settings::Settings;
use crate::state::users::Account;

/// Claims that are ready to be signed.
pub(crate) struct Draft {
    key: Option<SigningKey>,
    /// Whose sign-in the refresh token belongs to.
    session: u64,
    session_claims: Map<String, Value>,
    /// None when the presented refresh token stays.
    refresh_claims: Option<Map<String, Value>>,
    pub(crate) session_expires: i64,
    pub(crate) refresh_expires: i64,
    next_refresh_seconds: u32,
}

/// Signed tokens.
pub(crate) struct SignedTokens {
    pub(crate) session_jwt: String,
    pub(crate) session_claims: Map<String, Value>,
    pub(crate) session_expires: i64,
    /// Empty when the call issues none.
    pub(crate) refresh_jwt: String,
    pub(crate) refresh_expires: i64,
    pub(crate) next_refresh_seconds: u32,
    /// The number of a newly issued refresh token among those of its sign-in.
    refresh_number: Option<u64>,
}

impl SignedTokens {
    /// What the journal says of an exchange that issued these tokens.
    pub(crate) fn issued_entry(&self) -> IssuedEntry {
        IssuedEntry {
            tenant: self.session_claims.get("dct").and_then(Value::as_str).map(str::to_owned),
            number: self.refresh_number,
            fingerprint: self.refresh_number.map(|_| fingerprint(self.refresh_jwt.as_bytes())),
        }
    }
}

impl Draft {
    /// The claims of a user's tokens with the active tenant `tenant`.
    pub(crate) fn new(
        project: &Project,
        state: &State,
        account: &Account,
        session: u64,
        tenant: Option<&str>,
        refresh_expires: i64,
    ) -> Self {
        let settings = &state.settings;
        let now = state.now();
        let step_up_ends = state.sessions.step_up_ends(session, now);
        let session_expires = step_up_ends.unwrap_or(now + i64::from(settings.session_lifetime(tenant)));
        let mut common = Map::new();
        common.insert("iss".to_owned(), json!(issuer(&settings.issuer, &project.url, &project.project_id)));
        match &settings.override_subject_claim {
            None => drop(common.insert("sub".to_owned(), json!(account.user_id))),
            Some(template) => {
                let subject =
                    template.replace("{loginId}", &account.user.login_id).replace("{userId}", &account.user_id);
                common.insert("sub".to_owned(), json!(subject));
                common.insert("dsub".to_owned(), json!(account.user_id));
            }
        }
        common.insert("iat".to_owned(), json!(now));
        common.insert("amr".to_owned(), json!(["email"]));
        if let Some(tenant) = tenant {
            common.insert("dct".to_owned(), json!(tenant));
        }
        if let Some(audience) = &settings.audience {
            common.insert("aud".to_owned(), audience.clone());
        }

        let mut session_claims = common.clone();
        session_claims.insert("drn".to_owned(), json!(settings.session_cookie_name));
        session_claims.insert("exp".to_owned(), json!(session_expires));
        session_claims.insert("rexp".to_owned(), json!(rfc3339(refresh_expires)));
        if step_up_ends.is_some() {
            session_claims.insert("su".to_owned(), json!(true));
        }
        session_claims.extend(grants(settings, account, tenant));
        if settings.include_jti {
            session_claims.insert("jti".to_owned(), json!(random_id()));
        }
        session_claims.extend(settings.custom_claims.clone());

        let mut refresh_claims = common;
        refresh_claims.insert("drn".to_owned(), json!(settings.refresh_cookie_name));
        refresh_claims.insert("exp".to_owned(), json!(refresh_expires));
        // Two refresh tokens of the same second would otherwise be equal, and superseding one would end both.
        refresh_claims.insert("jti".to_owned(), json!(random_id()));
        if !settings.omit_custom_claims_from_dsr {
            // The emulator reads its own refresh tokens, so that what it needs stays as it is, an absent tenant included.
            for (name, value) in settings.custom_claims.iter().filter(|(name, _)| *name != "dct") {
                refresh_claims.entry(name).or_insert_with(|| value.clone());
            }
        }

        Self {
            key: state.key_ring.current(&project.keys, settings.signing_algorithm).cloned(),
            session,
            session_claims,
            refresh_claims: Some(refresh_claims),
            session_expires,
            refresh_expires,
            next_refresh_seconds: settings.next_refresh(tenant),
        }
    }

    /// The same, without a new refresh token.
    pub(crate) fn session_only(self) -> Self {
        Self { refresh_claims: None, ..self }
    }

    /// Signs, and notes the refresh token as issued. Slow: the state must not be locked.
    pub(crate) fn sign(self, project: &Project) -> SignedTokens {
        let sign = |claims: &Map<String, Value>| {
            self.key.as_ref().and_then(|key| compact::sign(key, claims).ok()).unwrap_or_default()
        };
        let session_jwt = sign(&self.session_claims);
        let refresh_jwt = self.refresh_claims.as_ref().map(sign).unwrap_or_default();
        let refresh_number = (!refresh_jwt.is_empty())
            .then(|| project.with_state(|state| state.sessions.issue(self.session, &refresh_jwt)));
        SignedTokens {
            session_jwt,
            session_claims: self.session_claims,
            session_expires: self.session_expires,
            refresh_jwt,
            refresh_expires: self.refresh_expires,
            next_refresh_seconds: self.next_refresh_seconds,
            refresh_number,
        }
    }
}

impl Account {
    /// The tenant of a fresh token: the wanted one while the user is a member, else the only one if so set.
    pub(crate) fn effective_tenant(&self, wanted: Option<&str>, settings: &Settings) -> Option<String> {
        let member = wanted.filter(|tenant| self.user.tenants.contains_key(*tenant)).map(str::to_owned);
        member.or_else(|| if settings.automatic_dct { self.only_tenant().cloned() } else { None })
    }
}
