//! How cookies are made: what is common to both, and what one of them has of its own.

use crate::error::{Error, Result};

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

    fn from_text(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "strict" => Ok(Self::Strict),
            "lax" => Ok(Self::Lax),
            "none" => Ok(Self::None),
            _ => Err(Error::invalid_input("same_site", "same_site must be one of Strict, Lax, None")),
        }
    }
}

/// The options of [`JwtResponse::set_cookie_headers`](crate::JwtResponse::set_cookie_headers). The defaults are `Secure`,
/// `HttpOnly`, `SameSite=Strict`, and the domain and path of the response.
///
/// Each cookie can have [options of its own](CookieAttributes). A refresh cookie with a narrow path is sent with few requests
/// and makes the others half as long.
///
/// ```
/// use tenant_select::{CookieAttributes, CookieOptions, SameSite};
///
/// let for_local_development = CookieOptions::new().secure(false).same_site(SameSite::Lax);
/// let refreshed_by_one_route = CookieOptions::new()
///     .session(CookieAttributes::new().same_site(SameSite::Lax))
///     .refresh(CookieAttributes::new().path("/auth"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct CookieOptions {
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) partitioned: bool,
    pub(super) same_site: SameSite,
    pub(super) domain: Option<String>,
    pub(super) path: Option<String>,
    pub(super) session: CookieAttributes,
    pub(super) refresh: CookieAttributes,
    pub(super) clear_scopes: Vec<CookieScope>,
}

impl Default for CookieOptions {
    fn default() -> Self {
        Self {
            secure: true,
            http_only: true,
            partitioned: false,
            same_site: SameSite::Strict,
            domain: None,
            path: None,
            session: CookieAttributes::default(),
            refresh: CookieAttributes::default(),
            clear_scopes: Vec::new(),
        }
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

    /// Whether the cookies are `Partitioned`: for an application within pages of other sites, a cookie for each of them.
    /// Browsers require `Secure` with it. Default false.
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
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

    /// What the session cookie has of its own. Default: nothing.
    pub fn session(mut self, attributes: CookieAttributes) -> Self {
        self.session = attributes;
        self
    }

    /// What the refresh cookie has of its own. Default: nothing.
    pub fn refresh(mut self, attributes: CookieAttributes) -> Self {
        self.refresh = attributes;
        self
    }

    /// Where older versions of the application have set cookies of these names. They are cleared with each response, because a
    /// browser sends them besides the new ones. Where a new cookie is set, nothing is cleared. A request that has both the old
    /// and the new one is [refused](crate::RefusalCode::AmbiguousCookie), and its response clears these scopes, too; so list none
    /// that is in use. Default: nowhere.
    ///
    /// ```
    /// use tenant_select::{CookieOptions, CookieScope, JwtResponse};
    ///
    /// let options = CookieOptions::new().clear_scopes([CookieScope::new().domain("old.example").path("/app")]);
    /// let response: JwtResponse = serde_json::from_str(r#"{"sessionJwt": "a.b.c"}"#)?;
    /// assert!(response.set_cookie_headers(&options)?[0].starts_with("DS=; Domain=old.example; Path=/app; Max-Age=0;"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_scopes(mut self, scopes: impl IntoIterator<Item = CookieScope>) -> Self {
        self.clear_scopes = scopes.into_iter().collect();
        self
    }

    /// Creates options from untyped parts, as the bindings receive them; `None` means the default.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `same_site` is not one of `Strict`, `Lax`, `None` in any case.
    pub fn from_parts(
        secure: Option<bool>,
        http_only: Option<bool>,
        same_site: Option<&str>,
        domain: Option<String>,
        path: Option<String>,
    ) -> Result<Self> {
        let default = Self::default();
        Ok(Self {
            secure: secure.unwrap_or(default.secure),
            http_only: http_only.unwrap_or(default.http_only),
            same_site: same_site.map_or(Ok(default.same_site), SameSite::from_text)?,
            domain,
            path,
            ..default
        })
    }
}

/// What one of the two cookies has of its own, in place of what [`CookieOptions`] says for both.
///
/// ```
/// use tenant_select::{CookieAttributes, CookieOptions};
///
/// let kept_on_the_server = CookieOptions::new().refresh(CookieAttributes::new().omit(true));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct CookieAttributes {
    pub(super) same_site: Option<SameSite>,
    pub(super) partitioned: Option<bool>,
    pub(super) domain: Option<String>,
    pub(super) path: Option<String>,
    pub(super) omit: bool,
}

impl CookieAttributes {
    /// Nothing of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// `SameSite` of this cookie.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// Whether this cookie is `Partitioned`.
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = Some(partitioned);
        self
    }

    /// `Domain` of this cookie. Empty means no `Domain`.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// `Path` of this cookie.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Whether there is no such cookie, because the application keeps the token itself. Default false. A sign-out clears none
    /// either.
    pub fn omit(mut self, omit: bool) -> Self {
        self.omit = omit;
        self
    }

    /// The same from untyped parts, as the bindings receive them; `None` means what is common to both cookies.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `same_site` is not one of `Strict`, `Lax`, `None` in any case.
    pub fn from_parts(
        same_site: Option<&str>,
        partitioned: Option<bool>,
        domain: Option<String>,
        path: Option<String>,
        omit: bool,
    ) -> Result<Self> {
        Ok(Self { same_site: same_site.map(SameSite::from_text).transpose()?, partitioned, domain, path, omit })
    }
}

/// Where a cookie was set: a browser has cookies of one name apart by domain and path (RFC 6265 §5.3). The default is this host
/// and the path `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct CookieScope {
    pub(super) domain: String,
    pub(super) path: String,
}

impl Default for CookieScope {
    fn default() -> Self {
        Self { domain: String::new(), path: "/".to_owned() }
    }
}

impl CookieScope {
    /// This host and the path `/`.
    pub fn new() -> Self {
        Self::default()
    }

    /// `Domain` of the cookie. Empty means none.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = domain.into();
        self
    }

    /// `Path` of the cookie.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }
}
