//! Tokens to order: valid ones, and every kind of invalid one that a verifier must refuse.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, IntoDeserializer as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::base64url;
use super::keys::{Algorithm, KeyPair, KeyStore, SigningKey};

/// Default life of a minted session token in seconds.
const SESSION_LIFETIME: i64 = 600;
/// Default life of a minted refresh token in seconds.
const REFRESH_LIFETIME: i64 = 4 * 7 * 24 * 60 * 60;
/// `sub` of minted tokens unless told otherwise.
pub(crate) const DEFAULT_USER_ID: &str = "U2emulatorTestUser0000000001";

/// A token to order. Every member has a default; `TokenSpec::default()` is a valid session token.
///
/// The fields are orthogonal: header and claims are made first (`profile`, `claims`, `header`, …), then signed (`alg`, `key`, `sign`),
/// then spoilt (`tamper`, `mutate`).
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
    /// Which claims to begin with.
    pub profile: TokenProfile,
    /// `alg` of the header, and the algorithm that signs when it is one that the emulator knows. Default: the emulator's
    /// signing algorithm, `RS256` in cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// The built-in key that signs (`RS256`, `ES512.other`, …) instead of the one of `alg`. The header keeps `alg`; `kid` is the key's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `kid` of the header. Default: the id of the key that `alg` names, also where a stranger signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Laid over the default claims; null removes one.
    pub claims: Map<String, Value>,
    /// Laid over the default header; null removes a member.
    pub header: Map<String, Value>,
    /// Claims as raw JSON text by name, for what JSON values cannot say: `{"exp": "1e999"}`, `{"exp": "NaN"}`.
    pub raw_claims: BTreeMap<String, String>,
    /// Header members as raw JSON text by name.
    pub raw_header: BTreeMap<String, String>,
    /// Claims written a second time at the end, after the first of the same name.
    pub duplicate_claims: Map<String, Value>,
    /// Header members written a second time at the end.
    pub duplicate_header: Map<String, Value>,
    /// The whole claims part as text, JSON or not, in place of all the above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_text: Option<String>,
    /// The whole header as text, JSON or not, in place of all the above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_text: Option<String>,
    /// Puts the public key that really signs into the header as `jwk`.
    pub embed_jwk: bool,
    /// How long ago the token was issued: moves `iat` and, with it, `exp`. Default 0.
    pub issued_seconds_ago: i64,
    /// `exp` minus `iat`. Default 600 for sessions, 2,419,200 for refresh tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<i64>,
    /// Adds a claim `nested` of arrays within arrays, that many deep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesting: Option<usize>,
    /// Adds a claim `padding` so long that the compact token has at least that many characters, and at most two more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Who signs.
    pub sign: Sign,
    /// Laid over the claims after signing; null removes one. The signature stays that of the claims before.
    pub tamper: Map<String, Value>,
    /// Changes to the finished token: those of its parts first, then those of the whole.
    #[serde(deserialize_with = "one_or_many")]
    pub mutate: Vec<Mutation>,
    /// The whole token as it is, in place of everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Which claims a token begins with.
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

/// Who signs a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sign {
    /// The key that the header names.
    #[default]
    Own,
    /// A stranger's key of the same kind; the header names the right one.
    OtherKey,
    /// Nobody: the signature is empty, and `alg` is `none` unless given.
    None,
    /// HMAC-SHA-256 keyed with the public key's PEM text; `alg` is `HS256` unless given.
    HmacPublicKey,
    /// HMAC-SHA-256 keyed with the public key's JWK text; `alg` is `HS256` unless given.
    HmacJwk,
    /// Random bytes of the right length.
    Random,
    /// Zero bytes of the right length: a valid ECDSA signature of everything where nobody looks.
    Zeros,
    /// The right key, but an ECDSA signature in ASN.1 form instead of fixed length.
    Asn1,
}

/// One change to a finished token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mutation {
    /// Flips the first bit of the signature.
    FlipSignature,
    /// Cuts the signature's last four characters.
    TruncateSignature,
    /// Four more characters of signature.
    ExtendSignature,
    /// Nothing after the second dot.
    EmptySignature,
    /// No second dot.
    DropSignature,
    /// Nothing before the first dot.
    EmptyHeader,
    /// Nothing between the dots.
    EmptyClaims,
    /// `=` padding on every part that has a place for it, else on the signature.
    PadBase64,
    /// The `+/` alphabet in place of `-_`.
    StandardBase64,
    /// The unused low bits of the signature's last character set: other text, same bytes.
    NonCanonicalBase64,
    /// A dot at the end.
    TrailingDot,
    /// A dot at the beginning.
    LeadingDot,
    /// A fourth part.
    ExtraPart,
    /// Five parts, as an encrypted token has.
    FiveParts,
    /// Claims before header.
    SwapParts,
    /// A space at the beginning.
    LeadingSpace,
    /// A space at the end.
    TrailingSpace,
    /// A line break at the end.
    TrailingNewline,
    /// A line break in the middle of the claims.
    InnerNewline,
    /// A space in the middle of the claims.
    InnerSpace,
    /// A letter outside ASCII in the middle of the claims.
    NonAscii,
    /// A NUL at the end.
    TrailingNul,
    /// The flattened JSON serialisation (RFC 7515 section 7.2.2).
    JsonSerialization,
    /// `Bearer ` in front.
    BearerPrefix,
    /// Double quotes around it.
    Quoted,
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

/// A token made to order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MintedToken {
    /// The token itself.
    pub token: String,
    /// Its claims as a reader sees them; null when they cannot be read as a JSON object.
    pub claims: Option<Map<String, Value>>,
}

/// Where minted tokens come from.
pub(crate) struct Mint<'a> {
    pub(crate) keys: &'a KeyStore,
    /// The key that signs when the spec names neither `alg` nor `key`.
    pub(crate) default_key: Option<SigningKey>,
    pub(crate) issuer: String,
    pub(crate) session_name: &'a str,
    pub(crate) refresh_name: &'a str,
    pub(crate) now: i64,
}

/// `iss` out of its template.
pub(crate) fn issuer(template: &str, url: &str, project_id: &str) -> String {
    template.replace("{url}", url).replace("{projectId}", project_id)
}

impl Mint<'_> {
    /// Makes a token, or says which field of the spec cannot be.
    pub(crate) fn make(&self, spec: &TokenSpec) -> Result<MintedToken, String> {
        if let Some(text) = &spec.text {
            let claims = text.split('.').nth(1).and_then(read_claims);
            return Ok(MintedToken { token: text.clone(), claims });
        }
        let (published, signing) = self.keys_for(spec)?;
        let header = self.header(spec, &published, &signing)?;
        let mut claims = self.claims(spec);
        if let Some(size) = spec.size {
            self.pad(spec, &mut claims, &header, &published, size)?;
        }
        let claims_text = claims_text(spec, &claims)?;
        let message = format!("{}.{}", base64url(&header), base64url(&claims_text));
        let signature = sign(spec.sign, &signing, &published, message.as_bytes())?;

        let mut final_text = claims_text;
        if !spec.tamper.is_empty() {
            lay_over(&mut claims, &spec.tamper);
            final_text = self::claims_text(spec, &claims)?;
        }
        let visible = serde_json::from_str(&final_text).ok();
        let mut parts = Parts { header, claims: final_text, signature };
        let token = mutated(&mut parts, &spec.mutate);
        Ok(MintedToken { token, claims: visible })
    }

    /// The key that the header names, and the key that signs.
    fn keys_for(&self, spec: &TokenSpec) -> Result<(SigningKey, SigningKey), String> {
        let named =
            |name: &str| self.keys.named(name).cloned().ok_or_else(|| format!("\"key\": there is no key \"{name}\""));
        let by_alg = spec.alg.as_deref().and_then(Algorithm::from_name);
        let published = match (&spec.key, by_alg) {
            (Some(name), _) => named(name)?,
            (None, Some(algorithm)) if self.default_key.as_ref().is_none_or(|key| key.algorithm != algorithm) => {
                named(algorithm.name())?
            }
            _ => match &self.default_key {
                Some(key) => key.clone(),
                None => named("RS256")?,
            },
        };
        let signing = match spec.sign {
            Sign::OtherKey => self.keys.other(published.algorithm).cloned().ok_or("there is no other key")?,
            _ => published.clone(),
        };
        Ok((published, signing))
    }

    fn header(&self, spec: &TokenSpec, published: &SigningKey, signing: &SigningKey) -> Result<String, String> {
        if let Some(text) = &spec.header_text {
            return Ok(text.clone());
        }
        let usual = match spec.sign {
            Sign::None => "none",
            Sign::HmacPublicKey | Sign::HmacJwk => "HS256",
            _ => published.algorithm.name(),
        };
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!(spec.alg.as_deref().unwrap_or(usual)));
        header.insert("kid".to_owned(), json!(spec.kid.as_deref().unwrap_or(&published.kid)));
        header.insert("typ".to_owned(), json!("JWT"));
        if spec.embed_jwk {
            header.insert("jwk".to_owned(), signing.jwk());
        }
        lay_over(&mut header, &spec.header);
        object_text(&header, &spec.raw_header, &spec.duplicate_header)
    }

    fn claims(&self, spec: &TokenSpec) -> Map<String, Value> {
        let (kind, lifetime) = match spec.profile {
            TokenProfile::Refresh => (self.refresh_name, REFRESH_LIFETIME),
            TokenProfile::Session | TokenProfile::Empty => (self.session_name, SESSION_LIFETIME),
        };
        let issued = self.now - spec.issued_seconds_ago;
        let mut claims = Map::new();
        if spec.profile != TokenProfile::Empty {
            let defaults = [
                ("amr", json!(["email"])),
                ("drn", json!(kind)),
                ("exp", json!(issued + spec.lifetime_seconds.unwrap_or(lifetime))),
                ("iat", json!(issued)),
                ("iss", json!(self.issuer)),
                ("sub", json!(DEFAULT_USER_ID)),
            ];
            claims.extend(defaults.map(|(name, value)| (name.to_owned(), value)));
        }
        if spec.profile == TokenProfile::Session {
            let expires = OffsetDateTime::from_unix_timestamp(issued + REFRESH_LIFETIME).ok();
            let text = expires.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default();
            claims.insert("rexp".to_owned(), json!(text));
        }
        lay_over(&mut claims, &spec.claims);
        claims
    }

    fn pad(
        &self,
        spec: &TokenSpec,
        claims: &mut Map<String, Value>,
        header: &str,
        published: &SigningKey,
        size: usize,
    ) -> Result<(), String> {
        claims.insert("padding".to_owned(), json!(""));
        let signature = sign(spec.sign, published, published, b"")?.len();
        let encoded = |bytes: usize| (bytes * 4).div_ceil(3);
        let others = encoded(header.len()) + encoded(signature) + 2;
        let unpadded = claims_text(spec, claims)?.len();
        let mut length = 0;
        if let Some(missing) = size.checked_sub(others + encoded(unpadded)) {
            length = missing * 3 / 4;
            while others + encoded(unpadded + length) < size {
                length += 1;
            }
        }
        claims.insert("padding".to_owned(), json!("x".repeat(length)));
        Ok(())
    }
}

/// Lays members over others; null removes one.
fn lay_over(target: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, value) in changes {
        if value.is_null() {
            target.remove(name);
        } else {
            target.insert(name.clone(), value.clone());
        }
    }
}

fn claims_text(spec: &TokenSpec, claims: &Map<String, Value>) -> Result<String, String> {
    if let Some(text) = &spec.claims_text {
        return Ok(text.clone());
    }
    let mut raw = spec.raw_claims.clone();
    if let Some(depth) = spec.nesting {
        raw.insert("nested".to_owned(), format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    }
    object_text(claims, &raw, &spec.duplicate_claims)
}

/// A JSON object as text: members, those of `raw` in place of members of the same name, then duplicates.
fn object_text(
    members: &Map<String, Value>,
    raw: &BTreeMap<String, String>,
    duplicates: &Map<String, Value>,
) -> Result<String, String> {
    let text = |value: &Value| serde_json::to_string(value).map_err(|error| error.to_string());
    let mut written = Vec::new();
    for (name, value) in members {
        if !raw.contains_key(name) {
            written.push((name, text(value)?));
        }
    }
    written.extend(raw.iter().map(|(name, value)| (name, value.clone())));
    for (name, value) in duplicates {
        written.push((name, text(value)?));
    }
    let members: Vec<String> =
        written.into_iter().map(|(name, value)| format!("{}:{value}", Value::String(name.clone()))).collect();
    Ok(format!("{{{}}}", members.join(",")))
}

fn sign(by: Sign, signing: &SigningKey, published: &SigningKey, message: &[u8]) -> Result<Vec<u8>, String> {
    let own = || signing.sign(message).map_err(|error| error.to_string());
    let hmac = |secret: &str| {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec()
    };
    Ok(match by {
        Sign::Own | Sign::OtherKey => own()?,
        Sign::None => Vec::new(),
        Sign::HmacPublicKey => hmac(&published.public_pem()),
        Sign::HmacJwk => hmac(&published.jwk().to_string()),
        Sign::Random => {
            let mut bytes = own()?;
            aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "no randomness")?;
            bytes
        }
        Sign::Zeros => vec![0; own()?.len()],
        Sign::Asn1 => match signing.pair.as_ref() {
            KeyPair::Ec(_) => asn1_signature(&own()?),
            _ => return Err("\"sign\": \"asn1\" needs an ECDSA algorithm".to_owned()),
        },
    })
}

/// `SEQUENCE { INTEGER r, INTEGER s }` out of the two halves of a fixed-length signature.
fn asn1_signature(fixed: &[u8]) -> Vec<u8> {
    fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
        // At most 2 * (66 + 3) bytes: one length byte, after 0x81 when it does not fit seven bits.
        let length = u8::try_from(contents.len()).unwrap_or(u8::MAX);
        let mut element = vec![tag];
        if length >= 0x80 {
            element.push(0x81);
        }
        element.push(length);
        element.extend(contents);
        element
    }
    let integer = |half: &[u8]| {
        let significant: Vec<u8> = half.iter().copied().skip_while(|&byte| byte == 0).collect();
        let sign = significant.first().is_none_or(|&first| first >= 0x80).then_some(0);
        element(0x02, &sign.into_iter().chain(significant).collect::<Vec<u8>>())
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    element(0x30, &[integer(r), integer(s)].concat())
}

/// The three parts of a token before they are joined.
struct Parts {
    header: String,
    claims: String,
    signature: Vec<u8>,
}

fn mutated(parts: &mut Parts, mutations: &[Mutation]) -> String {
    if mutations.contains(&Mutation::FlipSignature)
        && let Some(first) = parts.signature.first_mut()
    {
        *first ^= 0x80;
    }
    let mut segments = [base64url(&parts.header), base64url(&parts.claims), base64url(&parts.signature)];
    let [header, claims, signature] = &mut segments;
    for mutation in mutations {
        match mutation {
            Mutation::TruncateSignature => signature.truncate(signature.len().saturating_sub(4)),
            Mutation::ExtendSignature => signature.push_str("AAAA"),
            Mutation::EmptySignature => signature.clear(),
            Mutation::EmptyHeader => header.clear(),
            Mutation::EmptyClaims => claims.clear(),
            Mutation::PadBase64 => {
                let mut padded = false;
                for segment in [&mut *header, &mut *claims, &mut *signature] {
                    while !segment.len().is_multiple_of(4) {
                        segment.push('=');
                        padded = true;
                    }
                }
                if !padded {
                    signature.push('=');
                }
            }
            Mutation::StandardBase64 => {
                for segment in [&mut *header, &mut *claims, &mut *signature] {
                    *segment = segment.replace('-', "+").replace('_', "/");
                }
            }
            Mutation::NonCanonicalBase64 => set_unused_bits(signature),
            Mutation::InnerNewline => claims.insert(claims.len() / 2, '\n'),
            Mutation::InnerSpace => claims.insert(claims.len() / 2, ' '),
            Mutation::NonAscii => claims.insert(claims.len() / 2, 'é'),
            Mutation::SwapParts => std::mem::swap(header, claims),
            _ => {}
        }
    }
    let mut token = format!("{header}.{claims}.{signature}");
    for mutation in mutations {
        match mutation {
            Mutation::DropSignature => token = format!("{header}.{claims}"),
            Mutation::TrailingDot => token.push('.'),
            Mutation::LeadingDot => token.insert(0, '.'),
            Mutation::ExtraPart => token.push_str(".AAAA"),
            Mutation::FiveParts => token.push_str(".AAAA.AAAA"),
            Mutation::LeadingSpace => token.insert(0, ' '),
            Mutation::TrailingSpace => token.push(' '),
            Mutation::TrailingNewline => token.push('\n'),
            Mutation::TrailingNul => token.push('\0'),
            Mutation::JsonSerialization => {
                token = json!({"protected": header, "payload": claims, "signature": signature}).to_string();
            }
            Mutation::BearerPrefix => token.insert_str(0, "Bearer "),
            Mutation::Quoted => token = format!("\"{token}\""),
            _ => {}
        }
    }
    token
}

/// Sets the lowest of the bits that the last character of a base64 text has to spare.
fn set_unused_bits(segment: &mut String) {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if segment.len().is_multiple_of(4) {
        return;
    }
    let last = segment.pop().and_then(|last| ALPHABET.find(last));
    if let Some(changed) = last.and_then(|position| ALPHABET.chars().nth(position | 1)) {
        segment.push(changed);
    }
}

fn read_claims(segment: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&super::from_base64url(segment)?).ok()
}
