//! What a client is made of: the base URL rule, limits and defaults. The only place where a default lives.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use crate::client::Client;
use crate::cookies;
use crate::error::{Error, Result};
use crate::jwk::KeySet;
use crate::model::Value;
use crate::options::{self, Options};
use crate::secret::Secret;

const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const RETRIES: u32 = 2;
const LEEWAY: Duration = Duration::from_secs(5);
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// An hour: anything longer is a mistake in the unit.
pub(crate) const TIMEOUT_BOUNDS: (f64, f64) = (0.0, 3600.0);
pub(crate) const MAX_RETRIES: u64 = 10;
const MAX_LEEWAY: u64 = 300;

/// When a request whose outcome is unknown may be sent again.
///
/// Token exchanges (`select_tenant`, `refresh_session`) are the calls it matters for; reads are always safe to repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replay {
    /// Only what provably was not acted upon.
    #[default]
    WhenSafe,
    /// Also after a timeout, a reset or a 5xx: for projects that do not rotate refresh tokens.
    Always,
    /// Never; what fails, fails.
    Never,
}

impl Replay {
    pub(crate) fn from_name(name: &str) -> Result<Self> {
        match name {
            "when_safe" => Ok(Self::WhenSafe),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(Error::invalid_input("replay", "replay must be one of when_safe, always, never")),
        }
    }

    /// The name used in options and the environment.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhenSafe => "when_safe",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// Collects the options of a [`Client`] and checks them all in [`build`](Self::build).
///
/// Every option not set falls back to its environment variable when an [`environment`](Self::environment) was given, and
/// then to its default.
///
/// ```
/// use std::time::Duration;
/// use tenant_select::Client;
///
/// let client = Client::builder()
///     .project_id("P2abcdefghijklmnopqrstuvwxyz")
///     .timeout(Duration::from_secs(5))
///     .build()?;
/// # Ok::<(), tenant_select::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ClientBuilder {
    given: BTreeMap<&'static str, Value>,
    environment: BTreeMap<String, String>,
    runtime: Option<(String, String)>,
}

impl ClientBuilder {
    fn put(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.given.insert(name, value.into());
        self
    }

    /// The project, such as `P2abcdefghijklmnopqrstuvwxyz`. Required. `DESCOPE_PROJECT_ID`.
    pub fn project_id(self, project_id: impl Into<String>) -> Self {
        self.put("project_id", project_id.into())
    }

    /// Where the API is; a path prefix is kept. Default: the region that the project id names, else
    /// `https://api.descope.com`. `DESCOPE_BASE_URI` or `DESCOPE_BASE_URL`.
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        self.put("base_url", base_url.into())
    }

    /// The key that a project without public access to its authentication methods asks for; appended to every bearer.
    /// `DESCOPE_AUTH_MANAGEMENT_KEY`.
    pub fn auth_management_key(self, key: impl Into<String>) -> Self {
        self.put("auth_management_key", key.into())
    }

    /// A JWK or a JWK set, as JSON, to verify with instead of fetching keys: works offline. `DESCOPE_PUBLIC_KEY`.
    pub fn public_key(self, jwk: impl Into<String>) -> Self {
        self.put("public_key", jwk.into())
    }

    /// One deadline over everything a call does: DNS, connect, TLS, all attempts and bodies. Above 0, an hour at most;
    /// default 10 s. `TENANT_SELECT_TIMEOUT` (seconds).
    pub fn timeout(self, timeout: Duration) -> Self {
        self.put("timeout", timeout.as_secs_f64())
    }

    /// How long one attempt may take to connect, TLS included. Above 0, an hour at most; default 3 s.
    /// `TENANT_SELECT_CONNECT_TIMEOUT` (seconds).
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        self.put("connect_timeout", timeout.as_secs_f64())
    }

    /// How often a call may be sent again after its first attempt. 0 to 10; default 2. `TENANT_SELECT_RETRIES`.
    pub fn retries(self, retries: u32) -> Self {
        self.put("retries", i64::from(retries))
    }

    /// When a request may be sent again. Default [`Replay::WhenSafe`]. `TENANT_SELECT_REPLAY`.
    pub fn replay(self, replay: Replay) -> Self {
        self.put("replay", replay.as_str())
    }

    /// How far clocks may disagree when `exp` and `nbf` are checked. 300 s at most; default 5 s. `TENANT_SELECT_LEEWAY`
    /// (whole seconds).
    pub fn leeway(self, leeway: Duration) -> Self {
        self.put("leeway", i64::try_from(leeway.as_secs()).unwrap_or(i64::MAX))
    }

    /// The audience that `validate_session` asks for when the call names none. `TENANT_SELECT_AUDIENCE`.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.put("audience", audience.into())
    }

    /// Whether the tokens that an exchange returns are verified and proven. Default true. `TENANT_SELECT_VERIFY`.
    pub fn verify(self, verify: bool) -> Self {
        self.put("verify", verify)
    }

    /// The longest session token that `validate_session` looks at, in bytes. 1,024 to 65,536; default 16,384: raise it for
    /// users with hundreds of tenants. `TENANT_SELECT_MAX_TOKEN_BYTES`.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        self.put("max_token_bytes", i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// The project's name for the session cookie. Default `DS`. `TENANT_SELECT_SESSION_COOKIE_NAME`.
    pub fn session_cookie_name(self, name: impl Into<String>) -> Self {
        self.put("session_cookie_name", name.into())
    }

    /// The project's name for the refresh cookie. Default `DSR`. `TENANT_SELECT_REFRESH_COOKIE_NAME`.
    pub fn refresh_cookie_name(self, name: impl Into<String>) -> Self {
        self.put("refresh_cookie_name", name.into())
    }

    /// Headers to send with every request; `Authorization`, `Host` and `Cookie` are refused. `TENANT_SELECT_HEADERS` (a
    /// JSON object).
    pub fn headers<K: Into<String>, V: Into<String>>(self, headers: impl IntoIterator<Item = (K, V)>) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), Value::String(value.into())));
        self.put("headers", headers.collect::<crate::model::Object>())
    }

    /// A proxy for every request, `http://`, `https://`, `socks5://` or `socks5h://`. Default: the usual variables
    /// (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), which never apply to loopback. `TENANT_SELECT_PROXY`.
    pub fn proxy(self, url: impl Into<String>) -> Self {
        self.put("proxy", url.into())
    }

    /// A PEM file of certificates to trust besides the platform's. Default: `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE` or
    /// `NODE_EXTRA_CA_CERTS` when set. `TENANT_SELECT_CA_FILE`.
    pub fn ca_file(self, path: impl Into<PathBuf>) -> Self {
        self.put("ca_file", path.into().to_string_lossy().into_owned())
    }

    /// Whether `http://` to a host that is not loopback is allowed. Default false. Tokens then travel unprotected.
    pub fn allow_http(self, allow: bool) -> Self {
        self.put("allow_http", allow)
    }

    /// What the client calls itself in `x-descope-sdk-name`. `TENANT_SELECT_SDK_NAME`.
    pub fn sdk_name(self, name: impl Into<String>) -> Self {
        self.put("sdk_name", name.into())
    }

    /// The environment to fall back to, such as `std::env::vars()`; the builder never reads the process on its own.
    pub fn environment<K: Into<String>, V: Into<String>>(mut self, vars: impl IntoIterator<Item = (K, V)>) -> Self {
        self.environment = vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// The language runtime that hosts the client, such as `("python", "3.11.7")`, for the identification headers.
    pub fn runtime(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.runtime = Some((name.into(), version.into()));
        self
    }

    /// Every option by its name, with the environment variables that stand in for it: for the bindings' tables and their
    /// tests.
    ///
    /// ```
    /// let options: Vec<_> = tenant_select::ClientBuilder::options().collect();
    /// assert!(options.contains(&("retries", &["TENANT_SELECT_RETRIES"])));
    /// ```
    pub fn options() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        options::all()
    }

    /// Sets any option by its name, as configuration files and bindings do; durations are numbers of seconds.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when there is no option of this name. The value is checked by
    /// [`build`](Self::build).
    pub fn set(mut self, name: &str, value: Value) -> Result<Self> {
        let Some(name) = options::known(name) else {
            return Err(Error::invalid_input("options", format!("there is no option named {name:?}")));
        };
        if value != Value::Null {
            self.given.insert(name, value);
        }
        Ok(self)
    }

    /// Checks every option and makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), naming the option in [`Error::argument`].
    pub fn build(&self) -> Result<Client> {
        Config::new(self).map(Client::from_config)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: the values include keys, and so does an environment.
        f.debug_struct("ClientBuilder").field("given", &self.given.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// The checked options of a client.
pub(crate) struct Config {
    pub(crate) project_id: String,
    pub(crate) base_url: Url,
    pub(crate) auth_management_key: Option<Secret>,
    pub(crate) public_key: Option<KeySet>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) replay: Replay,
    pub(crate) leeway: Duration,
    pub(crate) audience: Option<String>,
    pub(crate) verify: bool,
    pub(crate) max_token_bytes: usize,
    pub(crate) session_cookie_name: Option<String>,
    pub(crate) refresh_cookie_name: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) proxy: Proxies,
    pub(crate) ca: CaSource,
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

/// Which certificates are trusted besides the platform's.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaSource {
    pub(crate) file: Option<PathBuf>,
}

impl Config {
    fn new(builder: &ClientBuilder) -> Result<Self> {
        let options = Options { given: &builder.given, environment: &builder.environment };
        let project_id = project_id(options.text("project_id")?)?;
        let base_url = base_url(
            options.text("base_url")?.unwrap_or_else(|| region_url(&project_id)),
            options.flag("allow_http")?.unwrap_or(false),
        )?;
        let auth_management_key = options.text("auth_management_key")?.map(auth_management_key).transpose()?;
        let public_key = options
            .text("public_key")?
            .map(|jwk| KeySet::from_public_key(&jwk).map_err(|what| Error::invalid_input("public_key", what)))
            .transpose()?;
        let leeway = options.count("leeway", 0..=MAX_LEEWAY)?.map_or(LEEWAY, Duration::from_secs);
        let replay = options.text("replay")?.map(|name| Replay::from_name(&name)).transpose()?.unwrap_or_default();
        let retries = options.count("retries", 0..=MAX_RETRIES)?.and_then(|count| u32::try_from(count).ok());
        let max_token_bytes = options.count("max_token_bytes", 1024..=65_536)?.and_then(|n| usize::try_from(n).ok());
        Ok(Self {
            headers: headers(&options, &project_id, builder.runtime.as_ref())?,
            auth_management_key,
            public_key,
            timeout: options.seconds("timeout", TIMEOUT_BOUNDS)?.unwrap_or(TIMEOUT),
            connect_timeout: options.seconds("connect_timeout", TIMEOUT_BOUNDS)?.unwrap_or(CONNECT_TIMEOUT),
            retries: retries.unwrap_or(RETRIES),
            replay,
            leeway,
            audience: options.text("audience")?.map(|text| not_blank("audience", text)).transpose()?,
            verify: options.flag("verify")?.unwrap_or(true),
            max_token_bytes: max_token_bytes.unwrap_or(MAX_TOKEN_BYTES),
            session_cookie_name: cookie_name(&options, "session_cookie_name")?,
            refresh_cookie_name: cookie_name(&options, "refresh_cookie_name")?,
            proxy: proxies(&options)?,
            ca: ca_source(&options)?,
            project_id,
            base_url,
        })
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
            .field("replay", &self.replay)
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
        return Err(wrong("base_url is http to a host that is not loopback; use https, or allow_http if you must"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
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

fn cookie_name(options: &Options<'_>, name: &'static str) -> Result<Option<String>> {
    match options.text(name)? {
        Some(text) if !cookies::is_name(&text) => {
            Err(Error::invalid_input(name, format!("{name} is not a cookie name (RFC 6265 §4.1.1)")))
        }
        other => Ok(other),
    }
}

/// Headers that the client or HTTP itself owns.
const RESERVED_HEADERS: &[&str] =
    &["authorization", "host", "cookie", "content-length", "transfer-encoding", "connection", "content-type"];

fn headers(options: &Options<'_>, project_id: &str, runtime: Option<&(String, String)>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let name_of = |runtime: &str| format!("tenant-select-{runtime}");
    let sdk_name = options.text("sdk_name")?.unwrap_or_else(|| match runtime {
        Some((name, _)) => name_of(name),
        None => name_of("rust"),
    });
    let version = env!("CARGO_PKG_VERSION");
    put_header(&mut headers, "sdk_name", "x-descope-sdk-name", &sdk_name)?;
    put_header(&mut headers, "sdk_name", "x-descope-sdk-version", version)?;
    put_header(&mut headers, "project_id", "x-descope-project-id", project_id)?;
    put_header(&mut headers, "sdk_name", "user-agent", &format!("{sdk_name}/{version}"))?;
    put_header(&mut headers, "headers", "accept", "application/json")?;
    if let Some((name, runtime_version)) = runtime {
        put_header(&mut headers, "sdk_name", &format!("x-descope-sdk-{name}-version"), runtime_version)?;
    }
    if let Some(name) = cookie_name(options, "refresh_cookie_name")? {
        put_header(&mut headers, "refresh_cookie_name", "x-descope-refresh-cookie-name", &name)?;
    }
    for (name, value) in options.map("headers")?.unwrap_or_default() {
        if RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Error::invalid_input("headers", format!("the header {name} belongs to the client")));
        }
        let Value::String(value) = value else {
            return Err(Error::invalid_input("headers", format!("the value of header {name:?} must be a string")));
        };
        put_header(&mut headers, "headers", &name, &value)?;
    }
    Ok(headers)
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

fn proxies(options: &Options<'_>) -> Result<Proxies> {
    let check = |text: String| match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.host().is_some() => {
            Ok(Secret::from(text))
        }
        _ => Err(Error::invalid_input("proxy", "proxy must be an http, https, socks5 or socks5h URL")),
    };
    let variable = |names: &[&str]| match names.iter().find_map(|name| options.variable(name)) {
        // The usual variables may leave the scheme out.
        Some(text) if !text.contains("://") => check(format!("http://{text}")).map(Some),
        Some(text) => check(text.to_owned()).map(Some),
        None => Ok(None),
    };
    // In a CGI process a request can set HTTP_PROXY by sending a `Proxy` header (CVE-2016-5385).
    let http_proxy: &[&str] = match options.variable("REQUEST_METHOD") {
        Some(_) => &["http_proxy", "all_proxy", "ALL_PROXY"],
        None => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    Ok(Proxies {
        https: variable(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
        http: variable(http_proxy)?,
        no_proxy: options.variable("no_proxy").or_else(|| options.variable("NO_PROXY")).map(str::to_owned),
        explicit: options.text("proxy")?.map(check).transpose()?,
    })
}

fn ca_source(options: &Options<'_>) -> Result<CaSource> {
    let usual =
        || ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].into_iter().find_map(|n| options.variable(n));
    let file = options.text("ca_file")?.or_else(|| usual().map(str::to_owned)).map(PathBuf::from);
    Ok(CaSource { file })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const ID: &str = "P2aAc4T2V93bddihGEx2Ryhc8e5Z";

    fn base(builder: ClientBuilder) -> String {
        Config::new(&builder).unwrap().base_url.to_string()
    }

    fn refused(builder: ClientBuilder) -> &'static str {
        let error = Config::new(&builder).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.argument().unwrap()
    }

    fn builder() -> ClientBuilder {
        ClientBuilder::default().project_id(ID)
    }

    #[test]
    fn region_is_read_from_long_project_ids() {
        for (id, expected) in [
            ("Puse1ar", "https://api.descope.com/"),
            (ID, "https://api.descope.com/"),
            ("Puse12aAc4T2V93bddihGEx2Ryhc8e5Z", "https://api.use1.descope.com/"),
            ("Puse12aAc4T2V93bddihGEx2Ryhc8e5Zfoobar", "https://api.use1.descope.com/"),
            ("Peuc12gotLL7ZROo6LTAOK1XGv0cqsqX", "https://api.euc1.descope.com/"),
        ] {
            assert_eq!(base(ClientBuilder::default().project_id(id)), expected);
        }
    }

    #[test]
    fn base_url_comes_from_the_option_then_either_variable() {
        let with = |vars: &[(&str, &str)]| builder().environment(vars.iter().copied());
        assert_eq!(base(with(&[("DESCOPE_BASE_URI", "https://a.test")])), "https://a.test/");
        assert_eq!(base(with(&[("DESCOPE_BASE_URL", "https://b.test/x/")])), "https://b.test/x/");
        assert_eq!(
            base(with(&[("DESCOPE_BASE_URI", "https://a.test"), ("DESCOPE_BASE_URL", "https://a.test")])),
            "https://a.test/"
        );
        let differ = [("DESCOPE_BASE_URI", "https://a.test"), ("DESCOPE_BASE_URL", "https://b.test")];
        assert_eq!(refused(with(&differ)), "base_url");
        assert_eq!(base(with(&differ).base_url("https://c.test")), "https://c.test/");
    }

    #[test]
    fn a_path_prefix_is_kept() {
        let config = Config::new(&builder().base_url("https://a.test/proxy/")).unwrap();
        assert_eq!(config.endpoint("/v1/auth/me").as_str(), "https://a.test/proxy/v1/auth/me");
    }

    #[test]
    fn bad_base_urls_are_refused() {
        for bad in [
            "",
            "api.descope.com",
            "ftp://a.test",
            "https://",
            "https://user:pw@a.test",
            "https://a.test/?q=1",
            "https://a.test/#f",
            "http://a.test",
            "http://127.0.0.1.a.test",
        ] {
            assert_eq!(refused(builder().base_url(bad)), "base_url", "{bad}");
        }
        for good in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "http://api.localhost"] {
            base(builder().base_url(good));
        }
        base(builder().base_url("http://a.test").allow_http(true));
    }

    #[test]
    fn options_are_bounded() {
        let set = |name, value| builder().set(name, value).unwrap();
        for (name, value) in [
            ("timeout", Value::Float(0.0)),
            ("timeout", Value::Float(-1.0)),
            ("timeout", Value::Float(f64::NAN)),
            ("timeout", Value::Float(f64::INFINITY)),
            ("connect_timeout", Value::Integer(0)),
            ("retries", Value::Integer(-1)),
            ("retries", Value::Integer(11)),
            ("retries", Value::Float(1.5)),
            ("leeway", Value::Integer(301)),
            ("replay", "sometimes".into()),
            ("verify", "yes".into()),
            ("max_token_bytes", Value::Integer(1)),
            ("session_cookie_name", "a b".into()),
            ("auth_management_key", "a:b".into()),
            ("headers", Value::Object([("Cookie".to_owned(), "a".into())].into())),
            ("headers", Value::Object([("x\n".to_owned(), "a".into())].into())),
            ("headers", Value::Object([("x".to_owned(), "a\r\nb".into())].into())),
            ("proxy", "nonsense".into()),
            ("audience", " ".into()),
        ] {
            assert_eq!(refused(set(name, value)), name);
        }
        assert_eq!(builder().set("tiemout", Value::Integer(1)).unwrap_err().argument(), Some("options"));
    }

    #[test]
    fn the_environment_stands_in_for_every_option_that_has_a_variable() {
        let config = Config::new(&ClientBuilder::default().environment([
            ("DESCOPE_PROJECT_ID", ID),
            ("TENANT_SELECT_TIMEOUT", "2.5"),
            ("TENANT_SELECT_CONNECT_TIMEOUT", "1"),
            ("TENANT_SELECT_RETRIES", "0"),
            ("TENANT_SELECT_REPLAY", "never"),
            ("TENANT_SELECT_LEEWAY", "30"),
            ("TENANT_SELECT_VERIFY", "false"),
            ("TENANT_SELECT_HEADERS", r#"{"x-team":"a"}"#),
            ("TENANT_SELECT_AUDIENCE", ""),
        ]))
        .unwrap();
        assert_eq!(config.timeout, Duration::from_millis(2500));
        assert_eq!(config.connect_timeout, Duration::from_secs(1));
        assert_eq!((config.retries, config.replay, config.verify), (0, Replay::Never, false));
        assert_eq!(config.leeway, Duration::from_secs(30));
        assert_eq!(config.headers["x-team"], "a");
        assert_eq!(config.audience, None);
        let bad = ClientBuilder::default().environment([("DESCOPE_PROJECT_ID", ID), ("TENANT_SELECT_RETRIES", "many")]);
        assert_eq!(refused(bad.clone()), "retries");
        Config::new(&bad.retries(1)).unwrap();
    }

    #[test]
    fn debug_shows_no_key() {
        let builder = builder().auth_management_key("K2topsecret").environment([("A", "K2topsecret")]);
        let client = builder.build().unwrap();
        assert!(!format!("{builder:?} {client:?}").contains("topsecret"));
    }
}
