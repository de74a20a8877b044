//! `GET /v1/auth/me/history`: where and when the user signed in, and for which tenant.

use serde::{Deserialize, Serialize};

use super::lenient;
use super::value::UnknownFields;

/// One sign-in or tenant selection of the user.
///
/// Source: the API's session history page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct HistoryEntry {
    /// `userId`
    #[serde(rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// `loginTime`, in seconds since 1970.
    #[serde(rename = "loginTime", deserialize_with = "lenient::integer", skip_serializing_if = "Option::is_none")]
    pub login_time: Option<i64>,
    /// `city` that the address belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// `country` that the address belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `ip` address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// `selectedTenant`: the tenant that was active after this event.
    #[serde(rename = "selectedTenant", skip_serializing_if = "Option::is_none")]
    pub selected_tenant: Option<String>,
    /// Fields that this version does not know, as they came.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// The service sends the bare array; its API document shows the wrapper. Both are read.
#[derive(Deserialize)]
pub(crate) struct HistoryWrapper {
    #[serde(rename = "authHistory", default)]
    auth_history: Option<Vec<HistoryEntry>>,
}

pub(crate) enum HistoryBody {
    Array(Vec<HistoryEntry>),
    Wrapper(HistoryWrapper),
}

impl HistoryBody {
    pub(crate) fn into_entries(self) -> Vec<HistoryEntry> {
        match self {
            Self::Array(entries) => entries,
            Self::Wrapper(wrapper) => wrapper.auth_history.unwrap_or_default(),
        }
    }
}

impl<'de> Deserialize<'de> for HistoryBody {
    // Implemented by hand, because `untagged` would lose the path of a wrong field.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> serde::de::Visitor<'de> for Shape {
            type Value = HistoryBody;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array of history entries")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(HistoryBody::Array)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(HistoryBody::Wrapper)
            }
        }
        deserializer.deserialize_any(Shape)
    }
}
