//! Alters finished tokens.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::jose::base64url;

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

/// The three parts of a token before they are joined.
pub(super) struct Parts {
    pub(super) header: String,
    pub(super) claims: String,
    pub(super) signature: Vec<u8>,
}

/// The token out of its parts, mutations applied.
pub(super) fn mutated(parts: &mut Parts, mutations: &[Mutation]) -> String {
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
