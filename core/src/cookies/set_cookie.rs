//! Writes the tokens of a response as `Set-Cookie` headers (RFC 6265 §4.1).

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use super::{CookieNames, is_name, received};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::model::JwtResponseBody;
use crate::secret::redact;
use crate::secret::{RefreshJwt, SessionJwt};

/// The limit for name and value together, in bytes; browsers drop longer cookies.
const MAX_COOKIE: usize = 4096;

/// Whether a browser sends the cookies with requests from other sites: the `SameSite` attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// Never.
    #[default]
    Strict,
    /// With top-level navigation.
    Lax,
    /// Always; browsers require `Secure` with it.
    None,
}

impl SameSite {
    /// The attribute's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// The options of [`JwtResponse::set_cookie_headers`](crate::JwtResponse::set_cookie_headers). The defaults are `Secure`,
/// `HttpOnly`, `SameSite=Strict`, and the domain and path of the response.
///
/// ```
/// use tenant_select::{CookieOptions, SameSite};
///
/// let for_local_development = CookieOptions::new().secure(false).same_site(SameSite::Lax);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct CookieOptions {
    secure: bool,
    http_only: bool,
    same_site: SameSite,
    domain: Option<String>,
    path: Option<String>,
}

impl Default for CookieOptions {
    fn default() -> Self {
        Self { secure: true, http_only: true, same_site: SameSite::Strict, domain: None, path: None }
    }
}

impl CookieOptions {
    /// Creates the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the cookies are `Secure`, so that browsers send them over TLS only. Default true.
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// Whether the cookies are `HttpOnly`, so that scripts of the page cannot read them. Default true.
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// Whether browsers send the cookies with requests from other sites. Default [`SameSite::Strict`].
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// `Domain` of both cookies, in place of the response's. Empty means no `Domain`: the cookie is for this host only.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// `Path` of both cookies, in place of the response's.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Creates options from untyped parts, as the bindings receive them; `None` means the default.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when `same_site` is not one of `Strict`, `Lax`, `None` in any case.
    pub fn from_parts(
        secure: Option<bool>,
        http_only: Option<bool>,
        same_site: Option<&str>,
        domain: Option<String>,
        path: Option<String>,
    ) -> Result<Self> {
        let default = Self::default();
        let same_site = match same_site.map(str::to_ascii_lowercase).as_deref() {
            None => default.same_site,
            Some("strict") => SameSite::Strict,
            Some("lax") => SameSite::Lax,
            Some("none") => SameSite::None,
            Some(_) => return Err(Error::invalid_input("same_site", "same_site must be one of Strict, Lax, None")),
        };
        Ok(Self {
            secure: secure.unwrap_or(default.secure),
            http_only: http_only.unwrap_or(default.http_only),
            same_site,
            domain,
            path,
        })
    }
}

/// The parts of a response that its cookies are made of.
pub(crate) struct Cookies<'a> {
    pub(crate) body: &'a JwtResponseBody,
    pub(crate) names: &'a CookieNames,
    /// The cookies of a sign-out clear the browser.
    pub(crate) signed_out: bool,
}

impl Cookies<'_> {
    /// Complete `Set-Cookie` values. An error that is about the response names its field in the path; one that is about an
    /// option names it as the argument.
    pub(crate) fn headers(&self, options: &CookieOptions) -> Result<Vec<String>> {
        if options.same_site == SameSite::None && !options.secure {
            return Err(Error::invalid_input("same_site", "SameSite=None needs Secure, or browsers drop the cookie"));
        }
        let session = Cookie {
            name: self.cookie_name_of("sessionCookieName")?,
            value: self.body.session_jwt.as_ref().map(SessionJwt::expose),
            field: "sessionJwt",
            domain: self.domain("sessionCookieDomain", options)?,
        };
        let refresh = Cookie {
            name: self.cookie_name_of("cookieName")?,
            value: self.body.refresh_jwt.as_ref().map(RefreshJwt::expose),
            field: "refreshJwt",
            domain: self.domain("cookieDomain", options)?,
        };
        if session.name == refresh.name {
            let field = received::field_of_shared_name(self.body);
            return Err(self.wrong_field(field, "one name for the session cookie and the refresh cookie"));
        }
        let path = self.path(options)?;
        let mut headers = Vec::with_capacity(2);
        for cookie in [session, refresh] {
            let Some(mut header) = self.name_and_value(&cookie)? else { continue };
            self.check_prefix(&cookie, path, options)?;
            if !cookie.domain.value.is_empty() {
                push(&mut header, "Domain", cookie.domain.value);
            }
            push(&mut header, "Path", path.value);
            self.push_ages(&mut header);
            if options.secure {
                header.push_str("; Secure");
            }
            if options.http_only {
                header.push_str("; HttpOnly");
            }
            push(&mut header, "SameSite", options.same_site.as_str());
            headers.push(header);
        }
        Ok(headers)
    }

    /// `name=value`, or `None` for a token that the response does not have.
    fn name_and_value(&self, cookie: &Cookie<'_>) -> Result<Option<String>> {
        let value = match cookie.value {
            _ if self.signed_out => "",
            Some(token) if is_token(token) => token,
            Some(_) => return Err(self.wrong_field(cookie.field, "the token cannot stand in a cookie")),
            None => return Ok(None),
        };
        let size = cookie.name.len().saturating_add(value.len());
        if size > MAX_COOKIE {
            let name = redact::redact(cookie.name);
            let what = format!("the cookie {name} would have {size} bytes, {MAX_COOKIE} at most are kept");
            return Err(Error::new(ErrorKind::CookieTooLarge, Outcome::Unknown, what));
        }
        Ok(Some(format!("{}={value}", cookie.name)))
    }

    fn push_ages(&self, header: &mut String) {
        if self.signed_out {
            header.push_str("; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
            return;
        }
        if let Some(age) = self.body.cookie_max_age.filter(|age| *age > 0) {
            push(header, "Max-Age", age);
        }
        // HTTP dates end with the year 9999; a later expiry is left out.
        const YEAR_10000: u64 = 253_402_300_800;
        let expires = self.body.cookie_expiration.and_then(|at| u64::try_from(at).ok());
        let expires = expires.filter(|at| (1..YEAR_10000).contains(at));
        if let Some(at) = expires.and_then(|at| UNIX_EPOCH.checked_add(Duration::from_secs(at))) {
            push(header, "Expires", httpdate::fmt_http_date(at));
        }
    }

    fn cookie_name_of(&self, field: &'static str) -> Result<&str> {
        let (of_response, of_client) = match field {
            "sessionCookieName" => (&self.body.session_cookie_name, self.names.session()),
            _ => (&self.body.cookie_name, self.names.refresh()),
        };
        match of_response.as_deref().filter(|name| !name.is_empty()) {
            Some(name) if is_name(name) => Ok(name),
            Some(_) => Err(self.wrong_field(field, "not a cookie name")),
            None => Ok(of_client),
        }
    }

    fn domain<'a>(&'a self, field: &'static str, options: &'a CookieOptions) -> Result<Attribute<'a>> {
        if let Some(domain) = &options.domain {
            let wrong = || Error::invalid_input("domain", "domain is not a host name");
            return if is_domain(domain) { Ok(Attribute { value: domain, field: None }) } else { Err(wrong()) };
        }
        let own = self.body.session_cookie_domain.as_deref().filter(|domain| !domain.is_empty());
        let (field, domain) = match own {
            Some(domain) if field == "sessionCookieDomain" => (field, domain),
            _ => ("cookieDomain", self.body.cookie_domain.as_deref().unwrap_or_default()),
        };
        let attribute = Attribute { value: domain, field: Some(field) };
        if is_domain(domain) { Ok(attribute) } else { Err(self.wrong_field(field, "not a host name")) }
    }

    fn path<'a>(&'a self, options: &'a CookieOptions) -> Result<Attribute<'a>> {
        if let Some(path) = &options.path {
            let wrong = || Error::invalid_input("path", "path is not a cookie path beginning with `/`");
            return if is_path(path) { Ok(Attribute { value: path, field: None }) } else { Err(wrong()) };
        }
        let field = Some("cookiePath");
        match self.body.cookie_path.as_deref().filter(|path| !path.is_empty()) {
            None => Ok(Attribute { value: "/", field }),
            Some(path) if is_path(path) => Ok(Attribute { value: path, field }),
            Some(_) => Err(self.wrong_field("cookiePath", "not a cookie path")),
        }
    }

    /// What browsers require of a cookie whose name begins with `__Secure-` or `__Host-` (RFC 6265bis §4.1.3). They compare the
    /// prefix without regard to case (§5.7).
    fn check_prefix(&self, cookie: &Cookie<'_>, path: Attribute<'_>, options: &CookieOptions) -> Result<()> {
        let begins_with = |prefix: &str| {
            cookie.name.get(..prefix.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix))
        };
        let host = begins_with("__Host-");
        let wrong = |option: &'static str, attribute: Attribute<'_>, rule: &str| {
            let what = format!("the cookie {} {rule}, or browsers drop it", cookie.name);
            match attribute.field {
                Some(field) => self.wrong_field(field, &what),
                None => Error::invalid_input(option, what),
            }
        };
        if (host || begins_with("__Secure-")) && !options.secure {
            return Err(wrong("secure", Attribute { value: "", field: None }, "must be Secure"));
        }
        if host && !cookie.domain.value.is_empty() {
            return Err(wrong("domain", cookie.domain, "must have no Domain (pass an empty domain)"));
        }
        if host && path.value != "/" {
            return Err(wrong("path", path, "must have the Path / (pass it as path)"));
        }
        Ok(())
    }

    fn wrong_field(&self, field: &'static str, what: &str) -> Error {
        let what = format!("no cookie can be made of the response: {what}");
        Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, what).with_path(field)
    }
}

struct Cookie<'a> {
    name: &'a str,
    value: Option<&'a str>,
    field: &'static str,
    domain: Attribute<'a>,
}

/// The value of an attribute, and its field in the response; `None` when the value is from an option.
#[derive(Clone, Copy)]
struct Attribute<'a> {
    value: &'a str,
    field: Option<&'static str>,
}

fn push(header: &mut String, attribute: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(header, "; {attribute}={value}");
}

/// The characters of a compact JWT, all of which are allowed in a cookie value.
fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A host name, optionally with the leading dot of RFC 2109; empty means none.
fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.is_empty() || (name.len() <= 253 && name.split('.').all(label))
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.len() <= 1024 && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b';')
}
