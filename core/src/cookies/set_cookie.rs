//! Writes the tokens of a response as `Set-Cookie` headers (RFC 6265 §4.1).

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use super::options::{CookieAttributes, CookieOptions, CookieScope, SameSite};
use super::{CookieNames, is_name, received};
use crate::error::kind::{ErrorKind, Outcome};
use crate::error::{Error, Result};
use crate::model::JwtResponseBody;
use crate::secret::redact;
use crate::secret::{RefreshJwt, SessionJwt};

/// The limit for name and value together, in bytes; browsers drop longer cookies.
const MAX_COOKIE: usize = 4096;

/// A cookie that a browser deletes.
const ENDED: &str = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";

/// The parts of a response that its cookies are made of.
pub(crate) struct Cookies<'a> {
    pub(crate) body: &'a JwtResponseBody,
    pub(crate) names: &'a CookieNames,
    /// The cookies of a sign-out clear the browser.
    pub(crate) signed_out: bool,
}

impl Cookies<'_> {
    /// Complete `Set-Cookie` values: first those that clear old scopes, then the cookies. An error that is about the response
    /// names its field in the path; one that is about an option names it as the argument.
    pub(crate) fn headers(&self, options: &CookieOptions) -> Result<Vec<String>> {
        let [session, refresh] = self.cookies(options)?;
        let mut headers = Vec::new();
        for cookie in [&session, &refresh] {
            self.clear_scopes(cookie, options, &mut headers)?;
        }
        for cookie in [session, refresh].into_iter().filter(|cookie| !cookie.omitted) {
            let Some(mut header) = self.name_and_value(&cookie)? else { continue };
            check_prefix(&cookie, options)?;
            push_scope(&mut header, cookie.domain.value, cookie.path.value);
            self.push_ages(&mut header);
            push_flags(&mut header, &cookie, options);
            headers.push(header);
        }
        Ok(headers)
    }

    /// Only the values that clear old scopes, where no new cookie is set.
    pub(crate) fn clearing_headers(&self, options: &CookieOptions) -> Result<Vec<String>> {
        let mut headers = Vec::new();
        for cookie in &self.cookies(options)? {
            self.clear_scopes(cookie, options, &mut headers)?;
        }
        Ok(headers)
    }

    /// The length of the header in which a browser sends both cookies, when both are set.
    pub(crate) fn header_bytes(&self, options: &CookieOptions) -> Option<usize> {
        let [session, refresh] = self.cookies(options).ok()?;
        let bytes = |cookie: &Cookie<'_>| {
            let value = cookie.value.filter(|_| !cookie.omitted && !self.signed_out)?;
            Some(cookie.name.len().saturating_add(value.len()).saturating_add(1))
        };
        // `Cookie: ` is before them, `; ` between them, and the end of the line after them.
        Some(bytes(&session)?.saturating_add(bytes(&refresh)?).saturating_add(12))
    }

    /// The session cookie and the refresh cookie.
    fn cookies<'a>(&'a self, options: &'a CookieOptions) -> Result<[Cookie<'a>; 2]> {
        let cookie = |own: &'a CookieAttributes, name, domain, value, field| {
            let partitioned = own.partitioned.unwrap_or(options.partitioned);
            let same_site = own.same_site.unwrap_or(options.same_site);
            if same_site == SameSite::None && !options.secure {
                let what = "SameSite=None needs Secure, or browsers drop the cookie";
                return Err(Error::invalid_input("same_site", what));
            }
            if partitioned && !options.secure {
                let what = "partitioned needs Secure, or browsers drop the cookie";
                return Err(Error::invalid_input("partitioned", what));
            }
            Ok(Cookie {
                name: self.cookie_name_of(name)?,
                value,
                field,
                domain: self.domain(domain, own.domain.as_ref().or(options.domain.as_ref()))?,
                path: self.path(own.path.as_ref().or(options.path.as_ref()))?,
                same_site,
                partitioned,
                omitted: own.omit,
            })
        };
        let value = self.body.session_jwt.as_ref().map(SessionJwt::expose);
        let session = cookie(&options.session, "sessionCookieName", "sessionCookieDomain", value, "sessionJwt")?;
        let value = self.body.refresh_jwt.as_ref().map(RefreshJwt::expose);
        let refresh = cookie(&options.refresh, "cookieName", "cookieDomain", value, "refreshJwt")?;
        if session.name == refresh.name {
            let field = received::field_of_shared_name(self.body);
            return Err(wrong_field(field, "one name for the session cookie and the refresh cookie"));
        }
        Ok([session, refresh])
    }

    /// Clears a cookie at other domains and paths. A name that begins with `__Host-` has no other.
    fn clear_scopes(&self, cookie: &Cookie<'_>, options: &CookieOptions, headers: &mut Vec<String>) -> Result<()> {
        for CookieScope { domain, path } in &options.clear_scopes {
            if !is_domain(domain) || !is_path(path) {
                let what = "clear_scopes holds a domain that is not a host name, or a path that is no cookie path";
                return Err(Error::invalid_input("clear_scopes", what));
            }
            let is_own = plain(domain).eq_ignore_ascii_case(plain(cookie.domain.value)) && path == cookie.path.value;
            if is_own || has_prefix(cookie.name, "__Host-") {
                continue;
            }
            let mut header = format!("{}=", cookie.name);
            push_scope(&mut header, domain, path);
            header.push_str(ENDED);
            push_flags(&mut header, cookie, options);
            headers.push(header);
        }
        Ok(())
    }

    /// `name=value`, or `None` for a token that the response does not have.
    fn name_and_value(&self, cookie: &Cookie<'_>) -> Result<Option<String>> {
        let value = match cookie.value {
            _ if self.signed_out => "",
            Some(token) if is_token(token) => token,
            Some(_) => return Err(wrong_field(cookie.field, "the token cannot stand in a cookie")),
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
            header.push_str(ENDED);
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
            Some(_) => Err(wrong_field(field, "not a cookie name")),
            None => Ok(of_client),
        }
    }

    fn domain<'a>(&'a self, field: &'static str, option: Option<&'a String>) -> Result<Attribute<'a>> {
        if let Some(domain) = option {
            let wrong = || Error::invalid_input("domain", "domain is not a host name");
            return if is_domain(domain) { Ok(Attribute { value: domain, field: None }) } else { Err(wrong()) };
        }
        let own = self.body.session_cookie_domain.as_deref().filter(|domain| !domain.is_empty());
        let (field, domain) = match own {
            Some(domain) if field == "sessionCookieDomain" => (field, domain),
            _ => ("cookieDomain", self.body.cookie_domain.as_deref().unwrap_or_default()),
        };
        let attribute = Attribute { value: domain, field: Some(field) };
        if is_domain(domain) { Ok(attribute) } else { Err(wrong_field(field, "not a host name")) }
    }

    fn path<'a>(&'a self, option: Option<&'a String>) -> Result<Attribute<'a>> {
        if let Some(path) = option {
            let wrong = || Error::invalid_input("path", "path is not a cookie path beginning with `/`");
            return if is_path(path) { Ok(Attribute { value: path, field: None }) } else { Err(wrong()) };
        }
        let field = Some("cookiePath");
        match self.body.cookie_path.as_deref().filter(|path| !path.is_empty()) {
            None => Ok(Attribute { value: "/", field }),
            Some(path) if is_path(path) => Ok(Attribute { value: path, field }),
            Some(_) => Err(wrong_field("cookiePath", "not a cookie path")),
        }
    }
}

/// What browsers require of a cookie whose name begins with `__Secure-` or `__Host-` (RFC 6265bis §4.1.3).
fn check_prefix(cookie: &Cookie<'_>, options: &CookieOptions) -> Result<()> {
    let host = has_prefix(cookie.name, "__Host-");
    let wrong = |option: &'static str, attribute: Attribute<'_>, rule: &str| {
        let what = format!("the cookie {} {rule}, or browsers drop it", cookie.name);
        match attribute.field {
            Some(field) => wrong_field(field, &what),
            None => Error::invalid_input(option, what),
        }
    };
    if (host || has_prefix(cookie.name, "__Secure-")) && !options.secure {
        return Err(wrong("secure", Attribute { value: "", field: None }, "must be Secure"));
    }
    if host && !cookie.domain.value.is_empty() {
        return Err(wrong("domain", cookie.domain, "must have no Domain (pass an empty domain)"));
    }
    if host && cookie.path.value != "/" {
        return Err(wrong("path", cookie.path, "must have the Path / (pass it as path)"));
    }
    Ok(())
}

/// Browsers compare the prefix of a name without regard to case (RFC 6265bis §5.7).
fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix))
}

fn wrong_field(field: &'static str, what: &str) -> Error {
    let what = format!("no cookie can be made of the response: {what}");
    Error::new(ErrorKind::InvalidResponse, Outcome::Unknown, what).with_path(field)
}

struct Cookie<'a> {
    name: &'a str,
    value: Option<&'a str>,
    field: &'static str,
    domain: Attribute<'a>,
    path: Attribute<'a>,
    same_site: SameSite,
    partitioned: bool,
    omitted: bool,
}

/// The value of an attribute, and its field in the response; `None` when the value is from an option.
#[derive(Clone, Copy)]
struct Attribute<'a> {
    value: &'a str,
    field: Option<&'static str>,
}

fn push_scope(header: &mut String, domain: &str, path: &str) {
    if !domain.is_empty() {
        push(header, "Domain", domain);
    }
    push(header, "Path", path);
}

fn push_flags(header: &mut String, cookie: &Cookie<'_>, options: &CookieOptions) {
    if options.secure {
        header.push_str("; Secure");
    }
    if options.http_only {
        header.push_str("; HttpOnly");
    }
    push(header, "SameSite", cookie.same_site.as_str());
    if cookie.partitioned {
        header.push_str("; Partitioned");
    }
}

fn push(header: &mut String, attribute: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(header, "; {attribute}={value}");
}

/// The characters of a compact JWT, all of which are allowed in a cookie value.
fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Browsers take no notice of the leading dot (RFC 6265 §5.2.3).
fn plain(domain: &str) -> &str {
    domain.strip_prefix('.').unwrap_or(domain)
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
