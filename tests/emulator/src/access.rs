//! Decides which requests may make control calls: those of programs, but not those that a web page sends through a browser.
//!
//! A page can send requests to loopback, and to its own names that resolve to loopback (DNS rebinding). Three things identify
//! them: the host that a request names, the headers by which a browser says where a request comes from (`Origin`, RFC 6454,
//! and `Sec-Fetch-Site`, W3C Fetch Metadata), and `Content-Type: application/json`, which a browser sends to another origin
//! only after a CORS preflight, and the emulator grants none.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use crate::error::{ControlError, StartError};

/// The form of a host in `--allow-host`, for its error.
const HOST_FORM: &str =
    "a host is a name such as \"emulator\" or an IP address, without scheme, port, path, or wildcard";

/// The host of an address, comparable: names in lower case, IPv4-mapped IPv6 addresses as IPv4.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    /// The host as a `Host` header has it: IPv6 in brackets.
    fn parse(text: &str) -> Option<Self> {
        if let Some(text) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return text.parse::<Ipv6Addr>().ok().map(|address| Self::Address(address.to_canonical()));
        }
        if let Ok(address) = text.parse::<std::net::Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        (!text.is_empty() && text.chars().all(plain)).then(|| Self::Name(text.to_ascii_lowercase()))
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Address(address) => address.fmt(formatter),
        }
    }
}

/// Host and port of a request or an origin.
#[derive(Debug, PartialEq, Eq)]
struct Authority {
    host: Host,
    port: u16,
}

impl Authority {
    /// `host[:port]`; anything else, such as user information, is none.
    fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            // The last colon of an IPv6 address without a port is inside the brackets.
            Some((host, port)) if !port.ends_with(']') => (host, decimal(port)?),
            _ => (text, default_port),
        };
        Some(Self { host: Host::parse(host)?, port })
    }
}

fn decimal(text: &str) -> Option<u16> {
    // `parse` alone would take a sign.
    text.bytes().all(|letter| letter.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The rule of one emulator.
#[derive(Debug)]
pub(crate) struct Access {
    scheme: &'static str,
    default_port: u16,
    started_on: IpAddr,
    allowed: Vec<Host>,
}

impl Access {
    /// The rule of an emulator that was started on an address, with the hosts that it was told to allow.
    pub(crate) fn new(tls: bool, started_on: IpAddr, allowed: &[String]) -> Result<Self, StartError> {
        let (scheme, default_port) = if tls { ("https", 443) } else { ("http", 80) };
        let allowed = allowed.iter().map(|text| {
            // An IPv6 address without brackets is not ambiguous here, where no port can follow.
            let address = text.parse::<Ipv6Addr>().ok().map(|address| Host::Address(address.to_canonical()));
            let host = address.or_else(|| Host::parse(text));
            host.ok_or_else(|| StartError::new(format!("--allow-host {text:?}: {HOST_FORM}")))
        });
        let allowed = allowed.collect::<Result<_, _>>()?;
        Ok(Self { scheme, default_port, started_on: started_on.to_canonical(), allowed })
    }

    /// The hosts that the emulator was told to allow, as a certificate has them.
    pub(crate) fn allowed_names(&self) -> impl Iterator<Item = String> + '_ {
        self.allowed.iter().map(Host::to_string)
    }

    /// Refuses a control call that a web page may have sent. `local` is the address at which its connection arrived.
    pub(crate) fn check(&self, head: &Parts, local: IpAddr) -> Result<(), ControlError> {
        let own = self.authority(head)?;
        if !self.admits(&own.host, local) {
            return Err(ControlError::refused(
                StatusCode::MISDIRECTED_REQUEST,
                format!(
                    "control calls for the host \"{host}\" are refused, since a web page could have made that name up: \
                     start the emulator with \"--allow-host {host}\" (in Rust Options::allow_host, in the testing kits \
                     allow_hosts or allowHosts), or call it by an address of loopback",
                    host = own.host
                ),
            ));
        }
        if let Some(sign) = self.web_page(&head.headers, &own) {
            return Err(ControlError::refused(
                StatusCode::FORBIDDEN,
                format!(
                    "control calls from web pages are refused ({sign}): make them from the test program, \
                     which sends neither Origin nor Sec-Fetch-Site"
                ),
            ));
        }
        if changes_something(&head.method) && !is_json(&head.headers) {
            return Err(ControlError::refused(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "control calls other than GET need the header \"Content-Type: application/json\", \
                 even without a body",
            ));
        }
        Ok(())
    }

    /// The one host that the request names, in its target (absolute form, or `:authority` of HTTP/2), in `Host`, or alike in
    /// both.
    fn authority(&self, head: &Parts) -> Result<Authority, ControlError> {
        let malformed = || ControlError::invalid("a control call must name one host, in one valid Host header");
        let parse = |text: &str| Authority::parse(text, self.default_port).ok_or_else(malformed);
        let target = head.uri.authority().map(|authority| parse(authority.as_str())).transpose()?;
        let mut headers = head.headers.get_all(HOST).into_iter();
        let header = headers.next().map(|value| parse(value.to_str().map_err(|_| malformed())?)).transpose()?;
        if headers.next().is_some() {
            return Err(malformed());
        }
        match (target, header) {
            (Some(target), Some(header)) if target != header => Err(malformed()),
            (Some(authority), _) | (None, Some(authority)) => Ok(authority),
            (None, None) => Err(malformed()),
        }
    }

    fn admits(&self, host: &Host, local: IpAddr) -> bool {
        // An emulator on all addresses is reached by any address of the machine. No page can make up an address: only names
        // can be made to resolve elsewhere.
        let own = [self.started_on, local.to_canonical()].map(Host::Address);
        host.is_loopback() || own.contains(host) || self.allowed.contains(host)
    }

    /// The reason to refuse: a sign that a browser sent this request for a page of another origin.
    fn web_page(&self, headers: &HeaderMap, own: &Authority) -> Option<&'static str> {
        let is_own = |origin: &str| {
            origin
                .split_once("://")
                .filter(|(scheme, _)| *scheme == self.scheme)
                .and_then(|(_, authority)| Authority::parse(authority, self.default_port))
                .is_some_and(|authority| authority == *own)
        };
        if headers.get_all(ORIGIN).iter().any(|origin| !origin.to_str().is_ok_and(is_own)) {
            return Some("its Origin is not the emulator's");
        }
        // `none` is what a person sends by typing the address.
        let foreign = |site: &http::HeaderValue| site != "same-origin" && site != "none";
        headers.get_all("sec-fetch-site").iter().any(foreign).then_some("its Sec-Fetch-Site is that of another site")
    }
}

/// Whether the method is anything but one that only reads. `OPTIONS` is a preflight, and has no effect here.
fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether there is one `Content-Type`, and it is JSON, whatever its parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).into_iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read_strictly() {
        let name = |name: &str| Host::Name(name.to_owned());
        let address = |text: &str| Host::Address(text.parse().unwrap());
        for (text, host, port) in [
            ("localhost", name("localhost"), 80),
            ("LocalHost:1", name("localhost"), 1),
            ("127.0.0.1:65535", address("127.0.0.1"), 65535),
            ("[::1]", address("::1"), 80),
            ("[::1]:8080", address("::1"), 8080),
            ("[::ffff:127.0.0.1]:1", address("127.0.0.1"), 1),
            ("my_service.local:80", name("my_service.local"), 80),
        ] {
            assert_eq!(Authority::parse(text, 80), Some(Authority { host, port }), "{text}");
        }
        for text in
            ["", ":80", "a:", "a:+80", "a:65536", "a:80:80", "::1", "[::1", "[localhost]", "a@localhost", "a b", "a/b"]
        {
            assert_eq!(Authority::parse(text, 80), None, "{text}");
        }
    }

    #[test]
    fn only_the_address_of_the_connection_is_accepted() {
        let access = Access::new(false, std::net::Ipv4Addr::UNSPECIFIED.into(), &[]).unwrap();
        let local = "172.17.0.2".parse().unwrap();
        for (host, status) in [("172.17.0.2:8080", None), ("172.17.0.3:8080", Some(421)), ("emulator:8080", Some(421))]
        {
            let (head, ()) = http::Request::get("/emulator").header(HOST, host).body(()).unwrap().into_parts();
            assert_eq!(access.check(&head, local).err().map(|error| error.status), status, "{host}");
        }
    }

    #[test]
    fn allowed_hosts_have_neither_scheme_nor_port() {
        let access = |host: &str| Access::new(false, Ipv6Addr::LOCALHOST.into(), &[host.to_owned()]);
        for host in ["emulator", "Emulator.Internal", "10.0.0.7", "fd00::7", "[fd00::7]"] {
            assert!(access(host).is_ok(), "{host}");
        }
        for host in ["", "http://emulator", "emulator:8080", "*", "*.internal", "a/b", "a b", "10.0.0.7:80"] {
            assert!(access(host).unwrap_err().to_string().contains("without scheme, port"), "{host}");
        }
    }
}
