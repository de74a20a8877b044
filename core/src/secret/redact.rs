//! Redacts text from outside, so that it can be used in errors, logs and diagnostics.
//!
//! Three rules, applied to the whole text at once:
//!
//! 1. Control characters (C0, C1, DEL, line and paragraph separators) become a space. Characters without a width and those
//!    that change the direction of text are removed.
//! 2. The secrets of the call and of the client are replaced: as a whole, and every part of 12 bytes or more. A secret
//!    shorter than 12 bytes is replaced as a whole only, one shorter than 4 not at all.
//! 3. Anything with the shape of a token is replaced, also when this client does not know the token.
//!
//! The literal text is compared. URL-encoding changes no character of the tokens' alphabet. Other encodings
//! of a secret (base64 of base64, other case) are not recognised, except the form in which `Proxy-Authorization` carries the
//! credentials of a proxy.

use std::borrow::Cow;
use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderValue};
use url::Url;

use crate::secret::Secret;

/// The replacement for a secret.
const REDACTED: &str = "[redacted]";
/// The shortest part of a secret that is replaced.
const PART: usize = 12;
/// The shortest secret that is searched for: shorter ones occur in texts by chance.
const SHORTEST: usize = 4;
/// The limit in bytes; longer texts are cut. No error code, id or description needs more.
const MAX_TEXT: usize = 4096;

/// The secrets that a response to a call may contain: those of the call and those of its client.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    pub(crate) of_client: Arc<[Secret]>,
    pub(crate) of_call: Option<Arc<CallSecrets>>,
}

/// The secrets that one call sends. The bearer is kept as the header in which it is sent, so that only one copy
/// exists.
pub(crate) struct CallSecrets {
    pub(crate) authorization: HeaderValue,
    pub(crate) external_token: Option<Secret>,
    /// The headers of the call alone.
    pub(crate) headers: HeaderMap,
}

impl CallSecrets {
    /// The parts of the bearer after the project id, which is not a secret, the external token, and the values of headers.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let bearer = std::str::from_utf8(self.authorization.as_bytes()).unwrap_or_default();
        let headers = self.headers.values().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
        bearer.split(':').skip(1).chain(self.external_token.as_ref().map(Secret::expose)).chain(headers)
    }
}

impl Redactor {
    /// The text without secrets, token shapes and control characters; 4,096 bytes at most.
    pub(crate) fn redact(&self, text: &str) -> String {
        let text = printable(text);
        self.replace_in(&text, shapes(&text))
    }

    /// The same for text in which dots join names of fields or hosts, which are not tokens, whatever their length.
    pub(crate) fn redact_names(&self, text: &str) -> String {
        let text = printable(text);
        self.replace_in(&text, shapes(&text.replace('.', " ")))
    }

    fn replace_in(&self, text: &str, mut hidden: Vec<Range<usize>>) -> String {
        let of_call = self.of_call.iter().flat_map(|secrets| secrets.texts());
        for secret in self.of_client.iter().map(Secret::expose).chain(of_call) {
            find(text, secret, &mut hidden);
        }
        replace(text, hidden)
    }

    /// The chain of a library's error as text only, because the error values may contain data from outside.
    pub(crate) fn cause(&self, error: &(dyn StdError + 'static)) -> Cause {
        let source = error.source().map(|source| Box::new(self.cause(source)));
        Cause { text: self.redact_names(&error.to_string()), source }
    }
}

/// Replaces secrets that became known later than the text was read, such as the tokens in the body of the same response.
pub(crate) fn hide<'a>(text: String, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut hidden = Vec::new();
    for secret in secrets {
        find(&text, secret, &mut hidden);
    }
    if hidden.is_empty() { text } else { replace(&text, hidden) }
}

/// The same for text that does not belong to a call: only token shapes and control characters are redacted.
pub(crate) fn redact(text: &str) -> String {
    let text = printable(text);
    let hidden = shapes(&text);
    replace(&text, hidden)
}

/// The secrets of a client's options: headers that may be credentials, and the credentials in proxy URLs.
pub(crate) fn secrets_of_options<'a>(
    headers: &HeaderMap,
    proxies: impl IntoIterator<Item = &'a Secret>,
) -> Arc<[Secret]> {
    let headers = headers.values().filter(|value| value.is_sensitive());
    let mut secrets: Vec<Secret> = headers.filter_map(|value| value.to_str().ok()).map(Secret::from).collect();
    for proxy in proxies {
        let Ok(url) = Url::parse(proxy.expose()) else { continue };
        let (name, password) = (url.username(), url.password().unwrap_or_default());
        if name.is_empty() && password.is_empty() {
            continue;
        }
        let decoded = |text: &str| percent_decoded(text);
        let basic = STANDARD.encode(format!("{}:{}", decoded(name), decoded(password)));
        // A user name without a password is a credential itself.
        let credential = if password.is_empty() { name } else { password };
        secrets.extend([credential.to_owned(), decoded(credential), basic].map(Secret::from));
    }
    secrets.into()
}

fn percent_decoded(text: &str) -> String {
    // The query form has the same escapes; only `+` has another meaning there.
    let query = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The messages of a library's error and of its causes.
pub(crate) struct Cause {
    text: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    /// The text of the innermost error, which is the most specific one.
    pub(crate) fn root(&self) -> &str {
        self.source.as_ref().map_or(&self.text, |source| source.root())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source:?}"))
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// The text as it may be printed, cut to its limit.
fn printable(text: &str) -> Cow<'_, str> {
    let end = boundary_before(text, MAX_TEXT.min(text.len()));
    printable_whole(text.get(..end).unwrap_or(text))
}

fn printable_whole(text: &str) -> Cow<'_, str> {
    // The first check is fast and excludes almost every text.
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain || !text.chars().any(|c| is_control(c) || is_invisible(c)) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !is_invisible(*c));
    Cow::Owned(kept.map(|c| if is_control(c) { ' ' } else { c }).collect())
}

/// C0, DEL, C1, and the two separators that end a line.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks and controls of direction (Unicode bidirectional algorithm §2), and characters without a width, among which a
/// secret could stand in pieces.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Where the text has the shape of a token: a run of base64url characters and dots with a part of 48 characters, or of 16
/// when it also has a dot or begins like a JSON object in base64url.
fn shapes(text: &str) -> Vec<Range<usize>> {
    let is_token_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut found = Vec::new();
    let mut start = 0;
    for run in text.as_bytes().split(|byte| !is_token_byte(byte)) {
        let end = run.len().saturating_add(start);
        if text.get(start..end).is_some_and(looks_like_token) {
            found.push(start..end);
        }
        // The separator is one byte; the bytes of a longer character give empty runs.
        start = end.saturating_add(1);
    }
    found
}

fn looks_like_token(run: &str) -> bool {
    let longest = run.split('.').map(str::len).max().unwrap_or(0);
    longest >= 48 || (longest >= 16 && (run.contains('.') || run.starts_with("eyJ")))
}

/// Adds the ranges of the text that contain the secret, or a part of it that is long enough.
fn find(text: &str, secret: &str, found: &mut Vec<Range<usize>>) {
    let secret = printable_whole(secret);
    let (text, secret) = (text.as_bytes(), secret.as_bytes());
    if secret.len() < SHORTEST || !may_hold(text, secret) {
        return;
    }
    let part = PART.min(secret.len());
    let parts: HashSet<&[u8]> = secret.windows(part).collect();
    for (at, window) in text.windows(part).enumerate() {
        if parts.contains(window) {
            found.push(at..at.saturating_add(part));
        }
    }
}

/// Whether a part of the secret may be in the text. This fast check is false for every usual response.
///
/// Every part of 12 bytes contains the four bytes at one of every nine positions of the text. For a shorter secret, its
/// beginning is searched for.
fn may_hold(text: &[u8], secret: &[u8]) -> bool {
    const SAMPLE: usize = 4;
    let holds = |within: &[u8], sample: &[u8]| memchr::memmem::find(within, sample).is_some();
    if secret.len() < PART {
        return holds(text, secret);
    }
    // 12 - 4 + 1
    text.windows(SAMPLE).step_by(9).any(|sample| holds(secret, sample))
}

/// The text with one mark in place of each group of adjacent hidden ranges.
fn replace(text: &str, mut hidden: Vec<Range<usize>>) -> String {
    if hidden.is_empty() {
        return text.to_owned();
    }
    hidden.sort_unstable_by_key(|range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    let mut open = false;
    for range in hidden {
        // A range of bytes may begin or end within a character, which is then removed as a whole.
        let (start, end) = (boundary_before(text, range.start), boundary_after(text, range.end));
        if start > shown || !open {
            out.push_str(text.get(shown..start).unwrap_or_default());
            out.push_str(REDACTED);
            open = true;
        }
        shown = shown.max(end);
    }
    out.push_str(text.get(shown..).unwrap_or_default());
    out
}

fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn boundary_after(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
