//! The bearer: project id, then token, then auth management key, joined by colons.

use http::header::{AUTHORIZATION, COOKIE};

use super::call::Call;
use super::refusal::Refused;
use crate::state::settings::TokenPrecedence;

/// What a call presents.
pub(crate) struct Bearer<'a> {
    /// The token in the `Authorization` header.
    pub(crate) token: Option<&'a str>,
}

impl<'a> Bearer<'a> {
    /// Reads the header and compares project id and auth management key with the emulator's.
    pub(crate) fn of(call: &Call<'a>) -> Result<Self, Refused> {
        let errors = &call.settings.errors;
        let malformed = |message: &str| Refused::new(&errors.malformed_bearer, "Missing or malformed bearer", message);
        let header = call
            .request
            .header(AUTHORIZATION)
            .ok_or_else(|| malformed("exactly one Authorization header is needed"))?;
        let credential = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, credential)| credential.trim())
            .ok_or_else(|| malformed("the Authorization header must be a bearer"))?;
        let parts: Vec<&str> = credential.split(':').collect();
        let (project_id, token, key) = match *parts.as_slice() {
            [project_id] => (project_id, None, None),
            // Tokens contain dots, management keys do not.
            [project_id, second] if second.contains('.') || second.is_empty() => (project_id, Some(second), None),
            [project_id, second] => match call.settings.auth_management_key.as_deref() {
                Some(_) => (project_id, None, Some(second)),
                None => (project_id, Some(second), None),
            },
            [project_id, token, key] => (project_id, Some(token), Some(key)),
            _ => return Err(malformed("a bearer has one to three parts")),
        };
        if project_id != call.project.project_id {
            return Err(Refused::new(&errors.wrong_project, "Invalid project", "the bearer names another project"));
        }
        if let Some(expected) = call.settings.auth_management_key.as_deref()
            && key != Some(expected)
        {
            let message = "the bearer's last part must be the auth management key of the project";
            return Err(Refused::new(&errors.management_key, "Invalid auth management key", message));
        }
        Ok(Self { token: token.filter(|token| !token.is_empty()) })
    }

    /// The refresh token: from the bearer, or from the cookie that the client names, or from the cookie of the settings.
    pub(crate) fn refresh_token(&self, call: &Call<'a>) -> Result<&'a str, Refused> {
        let name = call
            .request
            .header(http::HeaderName::from_static("x-descope-refresh-cookie-name"))
            .filter(|name| !name.is_empty());
        let name = name.unwrap_or(&call.settings.refresh_cookie_name);
        let cookie = cookie(call, name);
        let token = match call.settings.token_precedence {
            TokenPrecedence::Bearer => self.token.or(cookie),
            TokenPrecedence::Cookie => cookie.or(self.token),
        };
        token.ok_or_else(|| missing_token(call, "the call needs a refresh token in the bearer or in a cookie"))
    }

    /// The session token: from the bearer, or from the cookie.
    pub(crate) fn session_token(&self, call: &Call<'a>) -> Result<&'a str, Refused> {
        let token = self.token.or_else(|| cookie(call, &call.settings.session_cookie_name));
        token.ok_or_else(|| missing_token(call, "the call needs a session token in the bearer or in a cookie"))
    }
}

fn missing_token(call: &Call<'_>, message: &str) -> Refused {
    Refused::new(&call.settings.errors.missing_token, "Missing token", message)
}

/// The value of the first cookie of exactly that name.
fn cookie<'a>(call: &Call<'a>, name: &str) -> Option<&'a str> {
    let headers = call.request.headers().get_all(COOKIE).into_iter().filter_map(|header| header.to_str().ok());
    let mut pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}
