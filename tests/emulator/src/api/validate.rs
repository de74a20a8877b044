//! `POST /v1/auth/validate`: the claims of a valid session token.

use super::bearer::Bearer;
use super::call::Call;
use super::presented::verified;
use super::refusal::Refused;
use crate::connection::response::HttpResponse;

pub(crate) fn respond(call: &Call<'_>) -> Result<HttpResponse, Refused> {
    let token = Bearer::of(call)?.session_token(call)?;
    let (claims, _) = verified(call, token, &call.settings.session_cookie_name)?;
    call.body()?;
    Ok(HttpResponse::ok(&claims))
}
