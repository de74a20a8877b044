//! `POST /v1/auth/validate`: the claims of a session token that counts.

use super::bearer::Bearer;
use super::call::Call;
use super::presented::verified;
use super::refusal::Refused;
use crate::connection::answer::Answer;

pub(crate) fn answer(call: &Call<'_>) -> Result<Answer, Refused> {
    let token = Bearer::of(call)?.session_token(call)?;
    let (claims, _) = verified(call, token, &call.settings.session_cookie_name)?;
    call.body()?;
    Ok(Answer::ok(&claims))
}
