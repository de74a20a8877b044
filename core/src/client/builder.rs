//! The options of a client, one setter each, and the data they become.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::client::Client;
use crate::client::observers::Observers;
use crate::client::switch_event::SwitchEvent;
use crate::config::Config;
use crate::config::client_option::ClientOption;
use crate::config::options::Options;
use crate::config::row::Row;
use crate::config::table;
use crate::error::{Error, Result};
use crate::http::events::{Warning, contained};
use crate::model::{Object, Value};

/// Collects the options of a [`Client`] and checks them all in [`build`](Self::build).
///
/// Every option not set falls back to its environment variable, which all but [`allow_http`](Self::allow_http) have, when an
/// [`environment`](Self::environment) was given, and then to its default.
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
    options: Options,
    observers: Observers,
}

impl ClientBuilder {
    fn put<K>(mut self, row: &Row<K>, value: impl Into<Value>) -> Self {
        self.options.given.insert(row.name, value.into());
        self
    }

    /// The project, such as `P2abcdefghijklmnopqrstuvwxyz`. Required. Variable: `DESCOPE_PROJECT_ID`.
    pub fn project_id(self, project_id: impl Into<String>) -> Self {
        self.put(&table::PROJECT_ID, project_id.into())
    }

    /// Where the API is; a path prefix is kept. Default: the region that the project id names, else `https://api.descope.com`.
    /// Variables: `DESCOPE_BASE_URI` or `DESCOPE_BASE_URL`.
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        self.put(&table::BASE_URL, base_url.into())
    }

    /// The key that a project without public access to its authentication methods requires, appended to every bearer. Default:
    /// none. Variable: `DESCOPE_AUTH_MANAGEMENT_KEY`.
    pub fn auth_management_key(self, key: impl Into<String>) -> Self {
        self.put(&table::AUTH_MANAGEMENT_KEY, key.into())
    }

    /// A JWK or a JWK set, as JSON, to verify with instead of fetching keys: works offline. Default: keys are fetched.
    /// Variable: `DESCOPE_PUBLIC_KEY`.
    pub fn public_key(self, jwk: impl Into<String>) -> Self {
        self.put(&table::PUBLIC_KEY, jwk.into())
    }

    /// One deadline over everything a call does: DNS, connect, TLS, all attempts and bodies. Above 0, 3,600 s at most; default
    /// 10 s. A call can have its own. Variable: `TENANT_SELECT_TIMEOUT` (seconds).
    pub fn timeout(self, timeout: Duration) -> Self {
        self.put(&table::TIMEOUT, timeout.as_secs_f64())
    }

    /// How long one attempt may take to connect, TLS included. Above 0, 3,600 s at most; default 3 s. Variable:
    /// `TENANT_SELECT_CONNECT_TIMEOUT` (seconds).
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        self.put(&table::CONNECT_TIMEOUT, timeout.as_secs_f64())
    }

    /// How often a call may be sent again after its first attempt. 0 to 10; default 2. A call can have its own. Variable:
    /// `TENANT_SELECT_RETRIES`.
    pub fn retries(self, retries: u32) -> Self {
        self.put(&table::RETRIES, i64::from(retries))
    }

    /// Whether an exchange whose outcome is unknown may be sent again: for projects that do not rotate refresh tokens. Default
    /// false. A call can have its own. Variable: `TENANT_SELECT_RETRY_UNKNOWN`.
    pub fn retry_unknown(self, retry: bool) -> Self {
        self.put(&table::RETRY_UNKNOWN, retry)
    }

    /// Whether the project may rotate refresh tokens. With false, no successor of a refresh token is remembered, and calls present
    /// the tokens that they are given. Default true. Variable: `TENANT_SELECT_ROTATION`.
    pub fn rotation(self, rotation: bool) -> Self {
        self.put(&table::ROTATION, rotation)
    }

    /// How long a call that presents a refresh token which was just replaced gets the response or the token that replaced it. 0
    /// switches this off; exchanges of one token still run in order. 0 to 60 s; default 10 s. Variable:
    /// `TENANT_SELECT_ROTATION_GRACE` (whole seconds).
    pub fn rotation_grace(self, grace: Duration) -> Self {
        self.put(&table::ROTATION_GRACE, i64::try_from(grace.as_secs()).unwrap_or(i64::MAX))
    }

    /// A Redis through which the processes and hosts of a service share the order of exchanges and what replaced a refresh token:
    /// `redis://` or, with TLS, `rediss://`. No token can be read there. When it is out of reach, calls go on without it. Default:
    /// none, and each process knows of its own exchanges alone. Variable: `TENANT_SELECT_SHARED_STATE`.
    pub fn shared_state(self, url: impl Into<String>) -> Self {
        self.put(&table::SHARED_STATE, url.into())
    }

    /// A secret of the service, 16 characters or more, that goes into the keys of `shared_state`. All processes need the same one.
    /// Default: none. Variable: `TENANT_SELECT_SHARED_STATE_KEY`.
    pub fn shared_state_key(self, key: impl Into<String>) -> Self {
        self.put(&table::SHARED_STATE_KEY, key.into())
    }

    /// How far clocks may disagree when `exp` and `nbf` are checked. 0 to 300 s; default 5 s. Variable: `TENANT_SELECT_LEEWAY`
    /// (whole seconds).
    pub fn leeway(self, leeway: Duration) -> Self {
        self.put(&table::LEEWAY, i64::try_from(leeway.as_secs()).unwrap_or(i64::MAX))
    }

    /// The audience that `validate_session` requires when the call names none. Default: none, and `aud` is absent or contains the
    /// project. Variable: `TENANT_SELECT_AUDIENCE`.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.put(&table::AUDIENCE, audience.into())
    }

    /// Whether the tokens that an exchange returns are verified, and are for the user and the tenant of the call. Default true.
    /// Variable: `TENANT_SELECT_VERIFY`.
    pub fn verify(self, verify: bool) -> Self {
        self.put(&table::VERIFY, verify)
    }

    /// The longest session token that `validate_session` looks at, in bytes. Raise it for users with hundreds of tenants. 1,024
    /// to 65,536; default 16,384. Variable: `TENANT_SELECT_MAX_TOKEN_BYTES`.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        self.put(&table::MAX_TOKEN_BYTES, i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// How many verified session tokens are kept at most, so that `validate_session` does not check their signatures again. Expiry,
    /// audience and keys are checked each time. A token takes about ten times its length in memory; 0 keeps none. 0 to 100,000;
    /// default 0. Variable: `TENANT_SELECT_SESSION_CACHE`.
    pub fn session_cache(self, tokens: usize) -> Self {
        self.put(&table::SESSION_CACHE, i64::try_from(tokens).unwrap_or(i64::MAX))
    }

    /// The project's name for the session cookie. Default: `DS`. Variable: `TENANT_SELECT_SESSION_COOKIE_NAME`.
    pub fn session_cookie_name(self, name: impl Into<String>) -> Self {
        self.put(&table::SESSION_COOKIE_NAME, name.into())
    }

    /// The project's name for the refresh cookie, another than that of the session cookie. Default: `DSR`. Variable:
    /// `TENANT_SELECT_REFRESH_COOKIE_NAME`.
    pub fn refresh_cookie_name(self, name: impl Into<String>) -> Self {
        self.put(&table::REFRESH_COOKIE_NAME, name.into())
    }

    /// Headers to send with every request; the client's own, such as `Authorization`, `Host` and `Cookie`, are refused.
    /// Default: none. Variable: `TENANT_SELECT_HEADERS` (a JSON object).
    pub fn headers<K: Into<String>, V: Into<String>>(self, headers: impl IntoIterator<Item = (K, V)>) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), Value::String(value.into())));
        self.put(&table::HEADERS, headers.collect::<Object>())
    }

    /// A proxy for every request: `http://`, `https://`, `socks5h://`, `socks5://`, `socks4a://` or `socks4://`. Default: the
    /// usual variables (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), which never apply to loopback. Variable:
    /// `TENANT_SELECT_PROXY`.
    pub fn proxy(self, url: impl Into<String>) -> Self {
        self.put(&table::PROXY, url.into())
    }

    /// A PEM file of certificates to trust besides the platform's, read and checked when the client is made. `SSL_CERT_FILE`
    /// and `SSL_CERT_DIR` replace the platform's certificates, as in OpenSSL; on Windows and macOS they add to them.
    /// Default: `REQUESTS_CA_BUNDLE` (a file or a directory) and `NODE_EXTRA_CA_CERTS`, where they are set. Variable:
    /// `TENANT_SELECT_CA_FILE`.
    pub fn ca_file(self, path: impl Into<PathBuf>) -> Self {
        self.put(&table::CA_FILE, path.into().to_string_lossy().into_owned())
    }

    /// Whether `http://` to a host that is not loopback (`localhost`, `127.0.0.0/8`, `[::1]`, no name below `localhost`) is
    /// allowed. Tokens are then sent unencrypted. Default false. Has no variable.
    pub fn allow_http(self, allow: bool) -> Self {
        self.put(&table::ALLOW_HTTP, allow)
    }

    /// What the client calls itself in `x-descope-sdk-name`. Default: `tenant-select-` with the name of the language. Variable:
    /// `TENANT_SELECT_SDK_NAME`.
    pub fn sdk_name(self, name: impl Into<String>) -> Self {
        self.put(&table::SDK_NAME, name.into())
    }

    /// The environment to fall back to, such as `std::env::vars()`. The client never reads that of the process on its own, for
    /// proxies and certificates neither.
    pub fn environment<K: Into<String>, V: Into<String>>(mut self, vars: impl IntoIterator<Item = (K, V)>) -> Self {
        self.options.environment = vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// The language runtime that hosts the client, such as `("python", "3.11.7")`, for the identification headers.
    pub fn runtime(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.options.runtime = Some((name.into(), version.into()));
        self
    }

    /// Receives what is wrong around the client without failing its calls, such as a clock that is off: each [`Warning`] once
    /// for each client; for logs. It runs on the thread that drives the call and must not block it. When it panics, the call goes
    /// on.
    ///
    /// ```
    /// use tenant_select::Client;
    ///
    /// let client = Client::builder()
    ///     .project_id("P2abcdefghijklmnopqrstuvwxyz")
    ///     .on_warning(|warning| eprintln!("{}: {warning}", warning.code()))
    ///     .build()?;
    /// # Ok::<(), tenant_select::Error>(())
    /// ```
    pub fn on_warning(mut self, observer: impl Fn(&Warning) + Send + Sync + 'static) -> Self {
        self.observers.on_warning = Some(contained(observer));
        self
    }

    /// Every option, in the order of the documentation: for the bindings and for configuration of one's own.
    ///
    /// ```
    /// let options: Vec<_> = tenant_select::ClientBuilder::options().map(|option| option.name()).collect();
    /// assert!(options.contains(&"retries"));
    /// ```
    pub fn options() -> impl Iterator<Item = ClientOption> {
        table::OPTIONS.iter().map(ClientOption)
    }

    /// Sets any option by its name, as configuration files and bindings do; durations are numbers of seconds.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when there is no option of this name. The value is checked by
    /// [`build`](Self::build).
    pub fn set(mut self, name: &str, value: Value) -> Result<Self> {
        let Some(row) = table::row(name) else {
            return Err(Error::invalid_input("options", format!("there is no option named {name:?}")));
        };
        if value != Value::Null {
            self.options.given.insert(row.name, value);
        }
        Ok(self)
    }

    /// Receives every switch of a tenant when it has ended; for audit logs. It runs on the thread that drives the exchange and
    /// must not block it. When it panics, the exchange goes on.
    ///
    /// ```
    /// use tenant_select::Client;
    ///
    /// let client = Client::builder()
    ///     .project_id("P2abcdefghijklmnopqrstuvwxyz")
    ///     .on_switch(|switch| println!("{:?} -> {:?}: {}", switch.from_tenant, switch.to_tenant, switch.outcome))
    ///     .build()?;
    /// # Ok::<(), tenant_select::Error>(())
    /// ```
    pub fn on_switch(mut self, observer: impl Fn(&SwitchEvent) + Send + Sync + 'static) -> Self {
        self.observers.on_switch = Some(contained(observer));
        self
    }

    /// Checks every option and makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), naming the option in [`Error::argument`].
    pub fn build(&self) -> Result<Client> {
        self.config().map(|config| Client::from_config(config, self.observers.clone()))
    }

    pub(crate) fn config(&self) -> Result<Config> {
        Config::new(&self.options).map_err(|error| self.options.with_variable(error))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: the values include keys, and so does an environment.
        f.debug_struct("ClientBuilder")
            .field("given", &self.options.given.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
