//! The server that a client connects to: its name, the proxy if there is one, and what a failure to reach it means.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;

use crate::config::{Config, Proxies};
use crate::http::resolver::ThreadRefused;
use crate::http::transport::Broken;
use crate::retry::policy::Failure;
use crate::secret::Secret;
use crate::secret::redact::{self, Cause, Redactor};

/// The destination of a client's requests, which is always the host of the base URL.
pub(crate) struct Peer {
    /// `the server api.descope.com:443 (through the proxy proxy.corp:3128)`
    pub(crate) name: Arc<str>,
    /// The secrets of the client's options, which a response may repeat.
    pub(crate) secrets: Arc<[Secret]>,
}

impl Peer {
    pub(crate) fn new(config: &Config) -> Self {
        let url = &config.base_url;
        let mut name = format!("the server {}", url.host_str().unwrap_or_default());
        if let Some(port) = url.port_or_known_default() {
            name += &format!(":{port}");
        }
        if let Some(proxy) = proxy(config) {
            name += &format!(" (through the proxy {proxy})");
        }
        let Proxies { explicit, https, http, .. } = &config.proxy;
        let proxies = [explicit, https, http].into_iter().flatten();
        Self { name: name.into(), secrets: redact::secrets_of_options(&config.headers, proxies) }
    }

    /// An attempt whose deadline passed, before or after the request was sent.
    pub(crate) fn late(&self, sent: bool) -> Broken {
        Broken { failure: Failure::Deadline { sent }, what: late(&self.name, sent), source: None }
    }

    /// Classifies an attempt without a response by the types in the chain of causes, never by their text.
    pub(crate) fn no_head(&self, error: reqwest::Error, redactor: &Redactor) -> Broken {
        let error = error.without_url();
        let name = &self.name;
        let (failure, what) = if let Some(failure) = h2_failure(&error) {
            (failure, format!("{name} refused the HTTP/2 stream"))
        } else if error.is_connect() {
            let (failure, why) = match rustls_error(&error) {
                _ if causes(&error).any(<dyn StdError>::is::<ThreadRefused>) => {
                    (Failure::Dns, ": the system granted no thread to resolve the host name")
                }
                _ if error.is_dns() => (Failure::Dns, ": the host name was not resolved"),
                Some(rustls::Error::InvalidCertificate(_)) => {
                    (Failure::Certificate, ": the server's certificate was not accepted; for a private CA set ca_file")
                }
                Some(_) => (Failure::TlsHandshake, ": the TLS handshake failed"),
                None if error.is_timeout() => (Failure::Connect, " within the connect timeout"),
                None => (Failure::Connect, ""),
            };
            (failure, format!("no connection to {name}{why}"))
        } else {
            (Failure::Broken, format!("the connection to {name} broke before a response arrived"))
        };
        broken(failure, what, redactor.cause(&error))
    }

    /// A response that was cut off after its head. Whether the service acted does not depend on the error: a refusal of the
    /// HTTP/2 stream at this point comes after the request was processed.
    pub(crate) fn half_a_body(&self, error: &reqwest::Error, redactor: &Redactor) -> Broken {
        let what = format!("the connection to {} broke before the response was complete", self.name);
        broken(Failure::Broken, what, redactor.cause(error))
    }
}

/// What is said of an attempt whose deadline passed, before or after the request may have left.
pub(crate) fn late(peer: &str, sent: bool) -> String {
    let what = if sent { "responded" } else { "was reached" };
    format!("the deadline of the call passed before {peer} {what}")
}

fn broken(failure: Failure, what: String, cause: Cause) -> Broken {
    let what = format!("{what}: {}", cause.root());
    Broken { failure, what, source: Some(cause) }
}

/// Host and port of the proxy that requests go through, without its credentials. The HTTP library's own code applies its
/// rules.
fn proxy(config: &Config) -> Option<String> {
    let Proxies { explicit, https, http, no_proxy } = &config.proxy;
    let text = |url: &Option<Secret>| url.as_ref().map(|url| url.expose().to_owned()).unwrap_or_default();
    let rules = match explicit {
        Some(_) => Matcher::builder().all(text(explicit)),
        None if config.is_loopback() => return None,
        None => Matcher::builder().https(text(https)).http(text(http)).no(no_proxy.clone().unwrap_or_default()),
    };
    let proxy = rules.build().intercept(&config.base_url.as_str().parse().ok()?)?;
    let uri = proxy.uri();
    let port = uri.port_u16().or_else(|| match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        Some(socks) if socks.starts_with("socks") => Some(1080),
        _ => None,
    });
    let host = uri.host().unwrap_or_default();
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn h2_failure(error: &reqwest::Error) -> Option<Failure> {
    let error = causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>())?;
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    // A stream at or below the last stream of a GOAWAY does not get it as an error: it ends normally or is cut off.
    (error.is_remote() && (refused || error.is_go_away())).then_some(Failure::Refused)
}

fn rustls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The chain of causes. `source` of an I/O error skips the error that it wraps, so the wrapped error is taken here.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    fn next<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        match cause.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => cause.source(),
        }
    }
    std::iter::successors(Some(error as &(dyn StdError + 'static)), |cause| next(*cause))
}
