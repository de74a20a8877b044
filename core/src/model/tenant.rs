//! `POST /v1/auth/me/tenants`: the tenants that the user belongs to.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::lenient;
use super::value::{Object, UnknownFields, optional_object};

/// A tenant of the user.
///
/// The vendor's SDKs declare `id`, `name` and `customAttributes`. The API document lists more fields, which are here too; all
/// others are in [`extra`](Self::extra).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Tenant {
    /// `id`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `name`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `selfProvisioningDomains`
    #[serde(rename = "selfProvisioningDomains", skip_serializing_if = "Option::is_none")]
    pub self_provisioning_domains: Option<Vec<String>>,
    /// `customAttributes`: keys and values that the project defines.
    #[serde(
        rename = "customAttributes",
        deserialize_with = "optional_object",
        skip_serializing_if = "Option::is_none"
    )]
    pub custom_attributes: Option<Object>,
    /// `authType`
    #[serde(rename = "authType", skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<String>,
    /// `domains`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    /// `createdTime`, in seconds since 1970.
    #[serde(rename = "createdTime", deserialize_with = "lenient::integer", skip_serializing_if = "Option::is_none")]
    pub created_time: Option<i64>,
    /// `disabled`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// `enforceSSO`
    #[serde(rename = "enforceSSO", skip_serializing_if = "Option::is_none")]
    pub enforce_sso: Option<bool>,
    /// Fields that this version does not know, as they came.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

#[derive(Deserialize)]
pub(crate) struct TenantsBody {
    #[serde(default)]
    tenants: Option<Vec<Tenant>>,
    /// Forces the type to be read as an object: without a flattened field, serde would also read an array of fields in order.
    #[serde(flatten)]
    _rest: IgnoredAny,
}

impl TenantsBody {
    pub(crate) fn into_tenants(self) -> Vec<Tenant> {
        self.tenants.unwrap_or_default()
    }
}
