//! The options of a request authenticator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::authenticate::RequestAuthenticator;
use crate::authenticate::cross_site::{Origins, checked_origin};
use crate::authenticate::inner::Inner;
use crate::client::Client;
use crate::cookies::CookieOptions;
use crate::error::{Error, Result};
use crate::model::{JwtResponseBody, Value};
use crate::response::JwtResponse;

/// The longest time before its end that a session is refreshed.
const MAX_REFRESH_BEFORE: Duration = Duration::from_secs(3600);

/// What happens when the user is in the tenant of the request, and another tenant is active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnMismatch {
    /// The request is refused with 409.
    #[default]
    Refuse,
    /// A page that the user opens is switched to and loaded again, once (303). Any other request is refused with 409.
    Switch,
}

/// Collects the options of a [`RequestAuthenticator`] and checks them all in [`build`](Self::build).
///
/// ```
/// use std::time::Duration;
/// use tenant_select::{Client, OnMismatch, RequestAuthenticator};
///
/// let client = Client::new("P2abcdefghijklmnopqrstuvwxyz")?;
/// let authenticator = RequestAuthenticator::builder(client)
///     .on_mismatch(OnMismatch::Switch)
///     .refresh_before(Duration::from_secs(60))
///     .public_origin("https://app.example")
///     .build()?;
/// # Ok::<(), tenant_select::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct RequestAuthenticatorBuilder {
    client: Client,
    on_mismatch: OnMismatch,
    not_member_status: u16,
    trusted_origins: Vec<String>,
    public_origin: Option<String>,
    refresh: bool,
    refresh_before: Duration,
    cookies: CookieOptions,
}

impl RequestAuthenticatorBuilder {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            on_mismatch: OnMismatch::default(),
            not_member_status: 404,
            trusted_origins: Vec::new(),
            public_origin: None,
            refresh: true,
            refresh_before: Duration::ZERO,
            cookies: CookieOptions::new(),
        }
    }

    /// What happens when the user is in the tenant of the request, and another tenant is active. Default
    /// [`OnMismatch::Refuse`].
    pub fn on_mismatch(mut self, on_mismatch: OnMismatch) -> Self {
        self.on_mismatch = on_mismatch;
        self
    }

    /// The status for a tenant that is not one of the user's: 404 or 403. Default 404. Neither tells whether the tenant exists.
    pub fn not_member_status(mut self, status: u16) -> Self {
        self.not_member_status = status;
        self
    }

    /// Other origins that may cause requests that change something, such as `https://partner.example`. Default: none.
    pub fn trusted_origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.trusted_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// The origin of the application in the browser, such as `https://app.example`: for servers behind a proxy that changes
    /// `Host`. Default: none, and `Origin` is compared with `Host`.
    pub fn public_origin(mut self, origin: impl Into<String>) -> Self {
        self.public_origin = Some(origin.into());
        self
    }

    /// Whether sessions are refreshed, and pages switched to, in [`authenticate`](RequestAuthenticator::authenticate). With
    /// false it sends no token anywhere and sets no cookie. Default true.
    pub fn refresh(mut self, refresh: bool) -> Self {
        self.refresh = refresh;
        self
    }

    /// How long before its end a session is refreshed, an hour at most. When that fails, the session is used to its end. Default
    /// 0: not before it is expired.
    pub fn refresh_before(mut self, time: Duration) -> Self {
        self.refresh_before = time;
        self
    }

    /// How cookies are made; see [`JwtResponse::set_cookie_headers`]. Default: [`CookieOptions::new`].
    pub fn cookies(mut self, cookies: CookieOptions) -> Self {
        self.cookies = cookies;
        self
    }

    /// Sets any option but `cookies` by its name, as configuration files and bindings do: `on_mismatch` (`"refuse"` or
    /// `"switch"`), `not_member_status`, `trusted_origins` (a list), `public_origin`, `refresh`, `refresh_before` (a number of
    /// seconds). Null means the default.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when there is no option of this name, or the value is not of its type.
    /// [`build`](Self::build) checks the rest.
    pub fn set(self, name: &str, value: &Value) -> Result<Self> {
        let texts = |values: &[Value]| {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        };
        Ok(match (name, value) {
            (name, Value::Null) if NAMES.contains(&name) => self,
            ("on_mismatch", Value::String(text)) if text == "refuse" => self.on_mismatch(OnMismatch::Refuse),
            ("on_mismatch", Value::String(text)) if text == "switch" => self.on_mismatch(OnMismatch::Switch),
            ("on_mismatch", _) => return Err(wrong("on_mismatch", "must be \"refuse\" or \"switch\"")),
            ("not_member_status", number) => {
                let status = number.as_i64().and_then(|number| u16::try_from(number).ok());
                self.not_member_status(status.ok_or_else(wrong_status)?)
            }
            ("trusted_origins", Value::Array(values)) => {
                self.trusted_origins(texts(values).ok_or_else(|| wrong("trusted_origins", "must be a list of texts"))?)
            }
            ("trusted_origins", _) => return Err(wrong("trusted_origins", "must be a list of texts")),
            ("public_origin", Value::String(origin)) => self.public_origin(origin.clone()),
            ("public_origin", _) => return Err(wrong("public_origin", "must be a text")),
            ("refresh", Value::Bool(refresh)) => self.refresh(*refresh),
            ("refresh", _) => return Err(wrong("refresh", "must be true or false")),
            ("refresh_before", number) => {
                let time = number.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                self.refresh_before(time.ok_or_else(wrong_refresh_before)?)
            }
            _ => return Err(Error::invalid_input("options", format!("there is no option named {name:?}"))),
        })
    }

    /// Checks every option and makes the authenticator. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), naming the option in [`Error::argument`]: a status other than 404 and
    /// 403, an origin with a path or without a scheme, a time over an hour, cookies that a browser would drop, and a client
    /// whose [verification](crate::ClientBuilder::verify) is off (`verify`), because a switch would then not be verified.
    pub fn build(&self) -> Result<RequestAuthenticator> {
        if !self.client.verifies() {
            let what = "verify is off for this client, and a switch of the tenant would not be verified";
            return Err(Error::invalid_input("verify", what));
        }
        if !matches!(self.not_member_status, 403 | 404) {
            return Err(wrong_status());
        }
        if self.refresh_before > MAX_REFRESH_BEFORE {
            return Err(wrong_refresh_before());
        }
        let names = self.client.cookie_names();
        self.check_cookies()?;
        let origins = Origins {
            trusted: self
                .trusted_origins
                .iter()
                .map(|origin| checked_origin("trusted_origins", origin))
                .collect::<Result<_>>()?,
            public: self.public_origin.as_deref().map(|origin| checked_origin("public_origin", origin)).transpose()?,
        };
        let inner = Inner {
            client: self.client.clone(),
            names,
            on_mismatch: self.on_mismatch,
            not_member_status: self.not_member_status,
            origins,
            refresh: self.refresh,
            refresh_before: self.refresh_before,
            cookies: self.cookies.clone(),
            refused_tokens: Arc::default(),
        };
        Ok(RequestAuthenticator { inner: Arc::new(inner) })
    }

    /// Makes cookies once, so that a mistake in their options is found here and not with the first refresh.
    fn check_cookies(&self) -> Result<()> {
        let body = JwtResponseBody {
            session_jwt: Some("a.b.c".into()),
            refresh_jwt: Some("d.e.f".into()),
            ..JwtResponseBody::default()
        };
        let sample = JwtResponse { cookie_names: self.client.cookie_names(), ..JwtResponse::from(body) };
        match sample.set_cookie_headers(&self.cookies) {
            Err(error) if error.argument().is_some() => Err(error),
            // A response may have another domain and path.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

const NAMES: &[&str] =
    &["on_mismatch", "not_member_status", "trusted_origins", "public_origin", "refresh", "refresh_before"];

fn wrong(option: &'static str, what: &str) -> Error {
    Error::invalid_input(option, format!("{option} {what}"))
}

fn wrong_status() -> Error {
    wrong("not_member_status", "must be 404 or 403")
}

fn wrong_refresh_before() -> Error {
    // Without a unit: languages have their own.
    wrong("refresh_before", "must not be below 0 or longer than an hour")
}

impl fmt::Debug for RequestAuthenticatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestAuthenticatorBuilder").field("client", &self.client).finish_non_exhaustive()
    }
}
