//! What the request authenticator found, as it crosses to JavaScript: a line with the small members, and the lines of the
//! response, or of the session where there is no response.

use serde::Serialize;
use tenant_select::{AuthenticationResult, Refusal, Secret};

use crate::error::ErrorJson;
use crate::view::{response_text, session_text, to_json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticationView<'a> {
    /// Whether there is a session, in the lines of the response or in those that follow.
    session: bool,
    /// The session, where it is another than that of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    former_session: Option<String>,
    /// Whether the request is for the tenant of the session.
    for_tenant: bool,
    response: bool,
    headers: Vec<(&'a str, &'a str, &'a str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<RefusalView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie_header: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
}

#[derive(Serialize)]
struct RefusalView<'a> {
    status: u16,
    code: &'a str,
    detail: &'a str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl<'a> RefusalView<'a> {
    fn of(refusal: &'a Refusal) -> Self {
        Self {
            status: refusal.status(),
            code: refusal.code().as_str(),
            detail: refusal.detail(),
            headers: refusal.headers(),
            body: refusal.problem().unwrap_or_default(),
        }
    }
}

pub(crate) fn authentication_text(result: &AuthenticationResult) -> String {
    let in_response = result.response().and_then(|response| response.session());
    let former = result.session().filter(|session| result.response().is_some() && in_response != Some(*session));
    let view = AuthenticationView {
        session: result.session().is_some(),
        former_session: former.map(session_text),
        for_tenant: result.grant().is_some(),
        response: result.response().is_some(),
        headers: result.headers().map(|header| (header.name, header.value, header.rule.as_str())).collect(),
        refusal: result.refusal().map(RefusalView::of),
        cookie_header: result.cookie_header().map(Secret::expose),
        error: result.error().map(ErrorJson::of),
    };
    let mut text = to_json(&view);
    // A response holds the session that it brought.
    let lines = match result.response() {
        Some(response) => Some(response_text(response.clone())),
        None => result.session().map(session_text),
    };
    if let Some(lines) = lines {
        text.push('\n');
        text.push_str(&lines);
    }
    text
}
