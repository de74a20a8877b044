//! The data that crosses to JavaScript: text with one JSON document per line. The first line has the small members; each large
//! member has a line of its own, which the engine parses when the member is read, and which is empty when there is none.
//!
//! One text is cheaper to pass than its members one by one, and most programs read a few of them.

use serde::Serialize;
use tenant_select::{JwtResponse, JwtResponseBody, ResponseMetadata, Session};

use crate::error::ErrorJson;

/// The length of most texts of a response: a text that grows is copied.
const USUAL_LENGTH: usize = 8 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseView<'a> {
    data: &'a JwtResponseBody,
    http: &'a ResponseMetadata,
    next_refresh_at: Option<i64>,
    reused: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView<'a> {
    user_id: &'a str,
    project_id: &'a str,
    issued_at: Option<i64>,
    expires_at: i64,
    roles: &'a [String],
    permissions: &'a [String],
    amr: &'a [String],
    stepped_up: bool,
    refresh_expires_at: Option<i64>,
    cache_scope: String,
}

/// Texts in a document of their own, because one of a validation's results is an error.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValidationResultView<'a> {
    pub(crate) session: Option<String>,
    pub(crate) response: Option<String>,
    pub(crate) refresh_error: Option<ErrorJson<'a>>,
}

/// The text of a response: the small members, the user, the data of the identity provider, the claims, what
/// `set_cookie_headers` needs, and the lines of the session if there is one.
pub(crate) fn response_text(response: JwtResponse) -> String {
    let cookies = response.cookie_state();
    let session = response.session().map(session_text);
    let (http, next_refresh_at, reused) = (response.http().clone(), response.next_refresh_at(), response.reused());
    let mut body = response.into_body();
    let (user, idp_response, claims) = (body.user.take(), body.idp_response.take(), body.claims.take());
    let mut text = Vec::with_capacity(USUAL_LENGTH);
    write(&mut text, &ResponseView { data: &body, http: &http, next_refresh_at, reused });
    write_line(&mut text, user.as_ref());
    write_line(&mut text, idp_response.as_ref());
    write_line(&mut text, claims.as_ref());
    for line in [Some(cookies), session].into_iter().flatten() {
        text.push(b'\n');
        text.extend_from_slice(line.as_bytes());
    }
    utf8(text)
}

/// The text of a session: the small members, the grant of the active tenant, and the claims, from which `session_tenants` makes the
/// other grants.
pub(crate) fn session_text(session: &Session) -> String {
    let mut text = Vec::with_capacity(USUAL_LENGTH / 4);
    let view = SessionView {
        user_id: session.user_id(),
        project_id: session.project_id(),
        issued_at: session.issued_at(),
        expires_at: session.expires_at(),
        roles: session.roles(),
        permissions: session.permissions(),
        amr: session.amr(),
        stepped_up: session.stepped_up(),
        refresh_expires_at: session.refresh_expires_at(),
        cache_scope: session.cache_scope(),
    };
    write(&mut text, &view);
    write_line(&mut text, session.active_tenant());
    write_line(&mut text, Some(session.claims()));
    utf8(text)
}

/// The text of what is one document.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    let mut text = Vec::new();
    write(&mut text, value);
    utf8(text)
}

/// Appends a line, which is empty when there is nothing to write.
fn write_line<T: Serialize>(text: &mut Vec<u8>, value: Option<&T>) {
    text.push(b'\n');
    if let Some(value) = value {
        write(text, value);
    }
}

/// Views consist of strings, numbers and maps with string keys, so serialising them cannot fail. JSON has no line ends outside
/// of strings, and writes them in strings as escapes.
fn write<T: Serialize>(text: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(text, value);
}

/// JSON is UTF-8.
fn utf8(text: Vec<u8>) -> String {
    String::from_utf8(text).unwrap_or_default()
}
