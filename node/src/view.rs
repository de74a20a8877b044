//! The data that crosses to JavaScript as JSON, which the engine parses.

use serde::Serialize;
use tenant_select::{JwtResponse, ResponseMetadata, Session, TenantGrant};

use crate::error::ErrorJson;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResponseView<'a> {
    data: &'a JwtResponse,
    session: Option<SessionView<'a>>,
    http: &'a ResponseMetadata,
    next_refresh_at: Option<i64>,
    reused: bool,
    /// The data for `set_cookie_headers`.
    cookies: String,
}

impl<'a> ResponseView<'a> {
    pub(crate) fn of(response: &'a JwtResponse) -> Self {
        Self {
            data: response,
            session: response.session().map(SessionView::of),
            http: response.http(),
            next_refresh_at: response.next_refresh_at(),
            reused: response.reused(),
            cookies: response.cookie_state(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionView<'a> {
    #[serde(flatten)]
    session: &'a Session,
    roles: &'a [String],
    permissions: &'a [String],
    /// The complete grant; a serialised session contains only the id of the active tenant.
    active_grant: Option<&'a TenantGrant>,
    amr: &'a [String],
    stepped_up: bool,
    refresh_expires_at: Option<i64>,
    cache_scope: String,
}

impl<'a> SessionView<'a> {
    pub(crate) fn of(session: &'a Session) -> Self {
        Self {
            session,
            roles: session.roles(),
            permissions: session.permissions(),
            active_grant: session.active_tenant(),
            amr: session.amr(),
            stepped_up: session.stepped_up(),
            refresh_expires_at: session.refresh_expires_at(),
            cache_scope: session.cache_scope(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValidationResultView<'a> {
    pub(crate) session: Option<SessionView<'a>>,
    pub(crate) response: Option<ResponseView<'a>>,
    pub(crate) refresh_error: Option<ErrorJson<'a>>,
}

/// Views consist of strings, numbers and maps with string keys, so serialising them cannot fail.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
