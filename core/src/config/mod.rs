//! The configuration of a client: the table of options, how they are read, and the rules for those that are not just a number.

pub(crate) mod client_option;
pub(crate) mod options;
pub(crate) mod row;
pub(crate) mod shared_state;
pub(crate) mod table;
pub(crate) mod trust;

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use crate::config::options::Options;
use crate::config::row::{Row, Text};
use crate::config::shared_state::RedisUrl;
use crate::config::trust::Trust;
use crate::cookies::{self, CookieNames};
use crate::error::message::Message;
use crate::error::{Error, Result};
use crate::jwt::jwk::KeySet;
use crate::model::Value;
use crate::secret::Secret;

/// The checked options of a client.
pub(crate) struct Config {
    pub(crate) project_id: String,
    pub(crate) base_url: Url,
    pub(crate) auth_management_key: Option<Secret>,
    pub(crate) public_key: Option<KeySet>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) retry_unknown: bool,
    /// How long a superseded refresh token stands for its successor; zero for not at all.
    pub(crate) rotation_grace: Duration,
    /// Whether the project may rotate refresh tokens.
    pub(crate) rotation: bool,
    /// The Redis that the processes of a service share; none when each is alone.
    pub(crate) shared_state: Option<RedisUrl>,
    /// The secret that goes into the keys of it.
    pub(crate) shared_state_key: Option<Secret>,
    pub(crate) leeway: Duration,
    pub(crate) audience: Option<String>,
    pub(crate) verify: bool,
    pub(crate) max_token_bytes: usize,
    /// How many verified session tokens are kept; 0 for none.
    pub(crate) session_cache: usize,
    pub(crate) session_cookie_name: Option<String>,
    pub(crate) refresh_cookie_name: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) proxy: Proxies,
    pub(crate) trust: Trust,
}

/// Where requests go out.
#[derive(Clone, Default)]
pub(crate) struct Proxies {
    /// The option: applies to everything.
    pub(crate) explicit: Option<Secret>,
    /// The usual variables: never for loopback.
    pub(crate) https: Option<Secret>,
    pub(crate) http: Option<Secret>,
    pub(crate) no_proxy: Option<String>,
}

impl Proxies {
    pub(crate) fn is_empty(&self) -> bool {
        self.explicit.is_none() && self.https.is_none() && self.http.is_none()
    }
}

impl Config {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let project_id = project_id(options.text(&table::PROJECT_ID)?)?;
        let base_url = base_url(
            options.text(&table::BASE_URL)?.unwrap_or_else(|| region_url(&project_id)),
            options.flag(&table::ALLOW_HTTP)?,
        )?;
        let auth_management_key = options.text(&table::AUTH_MANAGEMENT_KEY)?.map(auth_management_key).transpose()?;
        let public_key = options
            .text(&table::PUBLIC_KEY)?
            .map(|jwk| KeySet::from_public_key(&jwk).map_err(|what| Error::invalid_input("public_key", what)))
            .transpose()?;
        let leeway = options.whole_seconds(&table::LEEWAY)?;
        let retries = options.count(&table::RETRIES)?;
        let max_token_bytes = options.count(&table::MAX_TOKEN_BYTES)?;
        let session_cache = options.count(&table::SESSION_CACHE)?;
        let (session_cookie_name, refresh_cookie_name) = cookie_names(options)?;
        Ok(Self {
            headers: headers(options, &project_id)?,
            auth_management_key,
            public_key,
            timeout: options.seconds(&table::TIMEOUT)?,
            connect_timeout: options.seconds(&table::CONNECT_TIMEOUT)?,
            retries: u32::try_from(retries).unwrap_or(u32::MAX),
            retry_unknown: options.flag(&table::RETRY_UNKNOWN)?,
            rotation_grace: options.whole_seconds(&table::ROTATION_GRACE)?,
            rotation: options.flag(&table::ROTATION)?,
            shared_state: shared_state::redis(options)?,
            shared_state_key: shared_state::key(options)?,
            leeway,
            audience: options.text(&table::AUDIENCE)?.map(|text| not_blank("audience", text)).transpose()?,
            verify: options.flag(&table::VERIFY)?,
            max_token_bytes: usize::try_from(max_token_bytes).unwrap_or(usize::MAX),
            session_cache: usize::try_from(session_cache).unwrap_or(usize::MAX),
            session_cookie_name,
            refresh_cookie_name,
            proxy: proxies(options, &base_url)?,
            trust: Trust::read(options)?,
            project_id,
            base_url,
        })
    }

    /// Whether what succeeded a refresh token is remembered.
    pub(crate) fn remembers(&self) -> bool {
        self.verify && self.rotation && !self.rotation_grace.is_zero()
    }

    /// Whether requests stay on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.base_url)
    }

    /// The address of an API path below the base URL, whose own path is kept.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}{path}", self.base_url.path().trim_end_matches('/')));
        url
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("project_id", &self.project_id)
            .field("base_url", &self.base_url.as_str())
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .field("retry_unknown", &self.retry_unknown)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}

/// The project id enters headers, the colon-joined bearer and the key URL, so its alphabet is strict.
fn project_id(given: Option<String>) -> Result<String> {
    let wrong = |what| Err(Error::invalid_input("project_id", what));
    let Some(id) = given else { return wrong("project_id is missing: pass it or set DESCOPE_PROJECT_ID") };
    if id.trim().is_empty() {
        return wrong("project_id is empty");
    }
    if id.len() > 128 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return wrong("project_id may hold only letters, digits, `-` and `_`, 128 at most");
    }
    Ok(id)
}

/// Ids of 32 characters or more name their region in characters 2 to 5, as all but two of the vendor's SDKs read them.
fn region_url(project_id: &str) -> String {
    match project_id.get(1..5) {
        Some(region) if project_id.len() >= 32 => format!("https://api.{}.descope.com", region.to_ascii_lowercase()),
        _ => "https://api.descope.com".to_owned(),
    }
}

fn base_url(text: String, allow_http: bool) -> Result<Url> {
    let wrong = |what: &str| Error::invalid_input("base_url", what);
    let url = Url::parse(text.trim()).map_err(|_| wrong("base_url is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("base_url must be an https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("base_url must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("base_url must not hold a query or a fragment"));
    }
    if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        let what = " is http to a host that is not loopback (localhost, 127.0.0.1, [::1]); use https, or ";
        let what = Message::of("base_url").text(what).name("allow_http").text(" if you must");
        return Err(Error::invalid_input("base_url", what));
    }
    Ok(url)
}

/// Names below `localhost` are not loopback: RFC 6761 §6.3 wants them to be, but resolvers send them to name servers.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Some(Host::Domain(name)) => name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The key is the last part of the bearer, so a colon in it would move the parts.
fn auth_management_key(key: String) -> Result<Secret> {
    if key.is_empty() || key.len() > 1024 || !key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
        return Err(Error::invalid_input(
            "auth_management_key",
            "auth_management_key must be printable ASCII without spaces and colons, 1,024 characters at most",
        ));
    }
    Ok(Secret::from(key))
}

fn not_blank(name: &'static str, text: String) -> Result<String> {
    if text.trim().is_empty() { Err(Error::invalid_input(name, format!("{name} is empty"))) } else { Ok(text) }
}

fn cookie_name(options: &Options, row: &Row<Text>) -> Result<Option<String>> {
    let name = row.name;
    match options.text(row)? {
        Some(text) if !cookies::is_name(&text) => {
            Err(Error::invalid_input(name, format!("{name} is not a cookie name (RFC 6265 §4.1.1)")))
        }
        other => Ok(other),
    }
}

fn cookie_names(options: &Options) -> Result<(Option<String>, Option<String>)> {
    let session = cookie_name(options, &table::SESSION_COOKIE_NAME)?;
    let refresh = cookie_name(options, &table::REFRESH_COOKIE_NAME)?;
    if CookieNames::new(session.clone(), refresh.clone()).are_mixed() {
        let argument = if refresh.is_some() { "refresh_cookie_name" } else { "session_cookie_name" };
        let what = "is the name of the other cookie too (DS for the session and DSR for the refresh token by default)";
        return Err(Error::invalid_input(argument, format!("{argument} {what}")));
    }
    Ok((session, refresh))
}

/// Headers that the client or HTTP itself owns.
const RESERVED_HEADERS: &[&str] =
    &["authorization", "host", "cookie", "content-length", "transfer-encoding", "connection", "content-type"];

fn headers(options: &Options, project_id: &str) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let name_of = |runtime: &str| format!("tenant-select-{runtime}");
    let sdk_name = options.text(&table::SDK_NAME)?.unwrap_or_else(|| match &options.runtime {
        Some((name, _)) => name_of(name),
        None => name_of("rust"),
    });
    let version = env!("CARGO_PKG_VERSION");
    put_header(&mut headers, "sdk_name", "x-descope-sdk-name", &sdk_name)?;
    put_header(&mut headers, "sdk_name", "x-descope-sdk-version", version)?;
    put_header(&mut headers, "project_id", "x-descope-project-id", project_id)?;
    put_header(&mut headers, "sdk_name", "user-agent", &format!("{sdk_name}/{version}"))?;
    put_header(&mut headers, "headers", "accept", "application/json")?;
    if let Some((name, runtime_version)) = &options.runtime {
        put_header(&mut headers, "sdk_name", &format!("x-descope-sdk-{name}-version"), runtime_version)?;
    }
    if let Some(name) = cookie_name(options, &table::REFRESH_COOKIE_NAME)? {
        put_header(&mut headers, "refresh_cookie_name", "x-descope-refresh-cookie-name", &name)?;
    }
    for (name, value) in options.texts(&table::HEADERS)?.unwrap_or_default() {
        checked_header_name(&name)?;
        let Value::String(value) = value else {
            return Err(Error::invalid_input("headers", format!("the value of header {name:?} must be a string")));
        };
        put_header(&mut headers, "headers", &name, &value)?;
    }
    Ok(headers)
}

/// The name of a header that a caller adds.
pub(crate) fn checked_header_name(name: &str) -> Result<HeaderName> {
    if RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(Error::invalid_input("headers", format!("the header {name} belongs to the client")));
    }
    let wrong = |_| Error::invalid_input("headers", format!("{name:?} is not a header name"));
    HeaderName::try_from(name).map_err(wrong)
}

fn put_header(headers: &mut HeaderMap, argument: &'static str, name: &str, value: &str) -> Result<()> {
    let wrong = |what: String| Error::invalid_input(argument, what);
    let header = HeaderName::try_from(name).map_err(|_| wrong(format!("{name:?} is not a header name")))?;
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| wrong(format!("the value for header {name:?} is not a header value")))?;
    // A header of the caller's may well be a credential.
    value.set_sensitive(argument == "headers");
    headers.insert(header, value);
    Ok(())
}

/// The proxy of the option or of the usual variables. Those that do not apply to the base URL are not looked at, so that they
/// cannot be wrong either.
fn proxies(options: &Options, base_url: &Url) -> Result<Proxies> {
    if let Some(url) = options.text(&table::PROXY)? {
        return Ok(Proxies { explicit: Some(proxy("proxy", url)?), ..Proxies::default() });
    }
    if is_loopback(base_url) {
        return Ok(Proxies::default());
    }
    let variable = |names: &[&'static str]| {
        let set = names.iter().find_map(|name| Some((*name, options.variable(name)?)));
        // The usual variables may leave the scheme out.
        set.map(|(name, text)| {
            proxy(name, if text.contains("://") { text.to_owned() } else { format!("http://{text}") })
        })
        .transpose()
    };
    let no_proxy = options.variable("no_proxy").or_else(|| options.variable("NO_PROXY")).map(str::to_owned);
    Ok(match (base_url.scheme(), options.variable("REQUEST_METHOD")) {
        ("https", _) => {
            let https = variable(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
            Proxies { https, no_proxy, ..Proxies::default() }
        }
        // In a CGI process a request can set HTTP_PROXY by sending a `Proxy` header (CVE-2016-5385).
        (_, Some(_)) => {
            Proxies { http: variable(&["http_proxy", "all_proxy", "ALL_PROXY"])?, no_proxy, ..Proxies::default() }
        }
        (_, None) => {
            let http = variable(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])?;
            Proxies { http, no_proxy, ..Proxies::default() }
        }
    })
}

/// A proxy that the HTTP library can use; `source` is the option or the variable, for the error. The URL may hold a password
/// and is not printed.
fn proxy(source: &'static str, text: String) -> Result<Secret> {
    const SCHEMES: &[&str] = &["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    let wrong = |what: &str| Error::invalid_input("proxy", format!("{source} {what}"));
    match Url::parse(&text) {
        Ok(url) if url.scheme() == "socks" => Err(wrong(
            "is a socks:// URL, which leaves the version open; write socks5h://, socks5://, socks4a:// or socks4://",
        )),
        Ok(url) if SCHEMES.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty()) => {
            Ok(Secret::from(text))
        }
        _ => Err(wrong("must be an http, https, socks4, socks4a, socks5 or socks5h URL with a host")),
    }
}

#[cfg(test)]
mod tests;
