//! Changing settings, and the bounds that they keep.

use serde_json::Value;

use super::Settings;
use crate::error::ControlError;

/// Settings whose members are the user's data: a patch replaces them as a whole, because it could not remove a member.
const REPLACED: [&str; 2] = ["customClaims", "tenantSettings"];

/// The longest delay of a response, and the longest jitter.
const LONGEST_DELAY_MS: u32 = 60_000;

impl Settings {
    /// These settings with the members of `patch` merged into them; objects are merged member by member (RFC 7396).
    pub(crate) fn patched(&self, patch: &Value) -> Result<Self, ControlError> {
        let mut merged = serde_json::to_value(self).map_err(|error| ControlError::internal(error.to_string()))?;
        merge(&mut merged, patch);
        let settings: Self = serde_path_to_error::deserialize(merged)
            .map_err(|error| ControlError::invalid(format!("settings: {error}")))?;
        settings.check()?;
        Ok(settings)
    }

    pub(crate) fn check(&self) -> Result<(), ControlError> {
        let refused = |what: &str| Err(ControlError::invalid(format!("settings: {what}")));
        let mut lifetimes = vec![
            ("sessionLifetimeSeconds", Some(self.session_lifetime_seconds)),
            ("refreshLifetimeSeconds", Some(self.refresh_lifetime_seconds)),
            ("inactivitySeconds", self.inactivity_seconds),
            ("stepUpLifetimeSeconds", Some(self.step_up_lifetime_seconds)),
        ];
        for tenant in self.tenant_settings.values() {
            lifetimes.extend([
                ("tenantSettings: sessionLifetimeSeconds", tenant.session_lifetime_seconds),
                ("tenantSettings: refreshLifetimeSeconds", tenant.refresh_lifetime_seconds),
                ("tenantSettings: inactivitySeconds", tenant.inactivity_seconds),
                ("tenantSettings: stepUpLifetimeSeconds", tenant.step_up_lifetime_seconds),
            ]);
        }
        if let Some((name, _)) = lifetimes.iter().find(|(_, seconds)| *seconds == Some(0)) {
            return refused(&format!("{name} must be at least 1"));
        }
        let others = [
            ("rotationGraceSeconds", Some(self.rotation_grace_seconds)),
            ("cookieMaxAgeSeconds", self.cookie_max_age_seconds),
            ("sessionCookieMaxAgeSeconds", self.session_cookie_max_age_seconds),
            ("nextRefreshSeconds", self.next_refresh_seconds),
        ];
        let too_long = |seconds: Option<u32>| seconds.is_some_and(|seconds| i32::try_from(seconds).is_err());
        if let Some((name, _)) = lifetimes.into_iter().chain(others).find(|&(_, seconds)| too_long(seconds)) {
            let most = i32::MAX;
            return refused(&format!("{name} must be at most {most}, since the API's integers have 32 bits"));
        }
        if self.delay_ms > LONGEST_DELAY_MS || self.delay_jitter_ms > LONGEST_DELAY_MS {
            return refused(&format!("delayMs and delayJitterMs must be at most {LONGEST_DELAY_MS}"));
        }
        if self.session_cookie_name.is_empty() || self.refresh_cookie_name.is_empty() {
            return refused("sessionCookieName and refreshCookieName must not be empty");
        }
        if self.session_cookie_name == self.refresh_cookie_name {
            return refused("sessionCookieName and refreshCookieName must differ");
        }
        if self.rate_limit.as_ref().is_some_and(|limit| limit.window_seconds == 0) {
            return refused("rateLimit.windowSeconds must be at least 1");
        }
        Ok(())
    }
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, change) in patch {
                match target.get_mut(name) {
                    Some(present @ Value::Object(_)) if change.is_object() && !REPLACED.contains(&name.as_str()) => {
                        merge(present, change);
                    }
                    _ => {
                        target.insert(name.clone(), change.clone());
                    }
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
