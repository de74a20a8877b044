//! A request that the application received, and what it needs, as they come from JavaScript.

use napi_derive::napi;
use tenant_select::{IncomingRequest, Requirement, Secret};

/// A request.
pub(crate) struct IncomingParts {
    method: String,
    url: String,
    /// Names and values in turn, a line each: one text is cheaper to pass than each of them. They hold the tokens.
    lines: Secret,
    websocket: bool,
}

impl IncomingParts {
    pub(crate) fn new(method: String, url: String, lines: String, websocket: bool) -> Self {
        Self { method, url, lines: Secret::from(lines), websocket }
    }

    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        let mut lines = self.lines.expose().split('\n');
        let mut headers = Vec::with_capacity(24);
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            headers.push((name, value));
        }
        headers
    }

    pub(crate) fn request<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> IncomingRequest<'a> {
        IncomingRequest::new(&self.method, &self.url, headers).websocket(self.websocket)
    }

    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers().into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// What a request needs of the user.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct RequirementParts {
    /// The tenant that must be active.
    pub tenant: Option<String>,
    /// Roles, all of them.
    pub roles: Option<Vec<String>>,
    /// Permissions, all of them.
    pub permissions: Option<Vec<String>>,
    /// Roles, at least one of them.
    pub any_role: Option<Vec<String>>,
    /// Permissions, at least one of them.
    pub any_permission: Option<Vec<String>>,
    /// Whether there must be a session.
    pub required: Option<bool>,
    /// Whether the user must have stepped up.
    pub step_up: Option<bool>,
}

/// The lists of names of a requirement, as the core borrows them.
pub(crate) type Names<'a> = [Vec<&'a str>; 4];

impl RequirementParts {
    pub(crate) fn names(&self) -> Names<'_> {
        [&self.roles, &self.permissions, &self.any_role, &self.any_permission]
            .map(|names| names.iter().flatten().map(String::as_str).collect())
    }

    pub(crate) fn requirement<'a>(&'a self, names: &'a Names<'a>) -> Requirement<'a> {
        let [roles, permissions, any_role, any_permission] = names;
        let mut requirement = Requirement::new()
            .roles(roles)
            .permissions(permissions)
            .any_role(any_role)
            .any_permission(any_permission)
            .step_up(self.step_up.unwrap_or_default());
        if let Some(required) = self.required {
            requirement = requirement.required(required);
        }
        match &self.tenant {
            Some(tenant) => requirement.tenant(tenant),
            None => requirement,
        }
    }
}
