//! The spec of a custom token.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, IntoDeserializer as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::mutate::Mutation;
use super::sign::Sign;

/// The spec of a custom token. Every member has a default; `TokenSpec::default()` is a valid session token.
///
/// The fields are independent of each other: header and claims are made first (`profile`, `claims`, `header`, …), then signed
/// (`alg`, `key`, `sign`), then altered (`tamper`, `mutate`).
///
/// ```
/// use serde_json::json;
/// use tenant_select_emulator::TokenSpec;
///
/// let spec: TokenSpec = serde_json::from_value(json!({
///     "profile": "session", "claims": {"dct": "acme"}, "lifetimeSeconds": -1, "sign": "other_key",
/// }))?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TokenSpec {
    /// The default claims.
    pub profile: TokenProfile,
    /// `alg` of the header, and the algorithm that signs when it is one that the emulator knows. Default: the emulator's
    /// signing algorithm, `RS256` in cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// The built-in key that signs (`RS256`, `ES512.other`, …) instead of the one of `alg`. The header keeps `alg`; `kid`
    /// is the key's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `kid` of the header. Default: the id of the key that `alg` names, also when another key signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Merged into the default claims; null removes one.
    pub claims: Map<String, Value>,
    /// Merged into the default header; null removes a member.
    pub header: Map<String, Value>,
    /// Claims as raw JSON text by name, for values that JSON types cannot express: `{"exp": "1e999"}`, `{"exp": "NaN"}`.
    pub raw_claims: BTreeMap<String, String>,
    /// Header members as raw JSON text by name.
    pub raw_header: BTreeMap<String, String>,
    /// Claims written a second time at the end, after the first of the same name.
    pub duplicate_claims: Map<String, Value>,
    /// Header members written a second time at the end.
    pub duplicate_header: Map<String, Value>,
    /// The whole claims part as text, JSON or not, in place of all fields above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_text: Option<String>,
    /// The whole header as text, JSON or not, in place of all fields above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_text: Option<String>,
    /// Adds the public key of the actual signing key to the header as `jwk`.
    pub embed_jwk: bool,
    /// How long ago the token was issued: moves `iat` and, with it, `exp`. Default 0.
    pub issued_seconds_ago: i64,
    /// `exp` minus `iat`. Default 600 for sessions, 2,419,200 for refresh tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<i64>,
    /// Adds a claim `nested`: arrays nested to this depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesting: Option<usize>,
    /// Adds a claim `padding` so long that the compact token has at least that many characters, and at most two more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// How the token is signed.
    pub sign: Sign,
    /// Merged into the claims after signing; null removes one. The signature is that of the former claims.
    pub tamper: Map<String, Value>,
    /// Changes to the finished token: those of its parts first, then those of the whole.
    #[serde(deserialize_with = "one_or_many")]
    pub mutate: Vec<Mutation>,
    /// The complete token, in place of everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The default claims of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenProfile {
    /// `iss, sub, iat, exp, amr`, `drn` for a session, and `rexp`.
    #[default]
    Session,
    /// `iss, sub, iat, exp, amr`, and `drn` for a refresh token.
    Refresh,
    /// No claims at all.
    Empty,
}

/// One mutation, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Mutation>, D::Error> {
    struct OneOrMany;

    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<Mutation>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a mutation or a list of mutations")
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
            Mutation::deserialize(name.into_deserializer()).map(|mutation| vec![mutation])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }

    deserializer.deserialize_any(OneOrMany)
}
