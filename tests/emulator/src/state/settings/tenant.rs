//! The settings of one tenant for sessions in it.

use serde::{Deserialize, Serialize};

use super::Settings;

/// Session settings of one tenant. They replace the project's for tokens that name the tenant as `dct`; a member that is null
/// has the project's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TenantSettings {
    /// Lifetime of a session token in seconds, 1 to 2,147,483,647.
    pub session_lifetime_seconds: Option<u32>,
    /// Lifetime of the refresh token that a selection or a sign-in in the tenant issues, in seconds, 1 to 2,147,483,647.
    pub refresh_lifetime_seconds: Option<u32>,
    /// How long a sign-in may be without activity, in seconds, 1 to 2,147,483,647.
    pub inactivity_seconds: Option<u32>,
    /// How long a step-up lasts in seconds, 1 to 2,147,483,647.
    pub step_up_lifetime_seconds: Option<u32>,
    /// Whether only a sign-in that began in the tenant may select it. Default `false`.
    #[serde(rename = "enforceSSO")]
    pub enforce_sso: bool,
}

impl Settings {
    /// The settings of the tenant.
    pub(crate) fn of_tenant(&self, tenant: Option<&str>) -> Option<&TenantSettings> {
        self.tenant_settings.get(tenant?)
    }

    /// Lifetime of a session token for the tenant in seconds.
    pub(crate) fn session_lifetime(&self, tenant: Option<&str>) -> u32 {
        let own = self.of_tenant(tenant).and_then(|tenant| tenant.session_lifetime_seconds);
        own.unwrap_or(self.session_lifetime_seconds)
    }

    /// Lifetime of the refresh token of a selection, when the tenant sets one.
    pub(crate) fn refresh_lifetime_of_tenant(&self, tenant: Option<&str>) -> Option<u32> {
        self.of_tenant(tenant).and_then(|tenant| tenant.refresh_lifetime_seconds)
    }

    /// How long a sign-in that acts in the tenant may be without activity.
    pub(crate) fn inactivity(&self, tenant: Option<&str>) -> Option<u32> {
        self.of_tenant(tenant).and_then(|tenant| tenant.inactivity_seconds).or(self.inactivity_seconds)
    }

    /// How long a step-up in the tenant lasts in seconds.
    pub(crate) fn step_up_lifetime(&self, tenant: Option<&str>) -> u32 {
        let own = self.of_tenant(tenant).and_then(|tenant| tenant.step_up_lifetime_seconds);
        own.unwrap_or(self.step_up_lifetime_seconds)
    }

    /// `nextRefreshSeconds` of a response with tokens for the tenant.
    pub(crate) fn next_refresh(&self, tenant: Option<&str>) -> u32 {
        self.next_refresh_seconds.unwrap_or_else(|| {
            self.inactivity(tenant).map_or(0, |seconds| seconds.min(self.session_lifetime(tenant)).div_ceil(2))
        })
    }
}
