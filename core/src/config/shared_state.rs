//! The options about what several processes share: where the Redis is, and the secret that goes into its keys.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::config::options::Options;
use crate::config::table;
use crate::error::{Error, Result};
use crate::secret::Secret;

const DEFAULT_PORT: u16 = 6379;

/// The shortest secret that is taken: a shorter one can be guessed.
const LEAST_KEY: usize = 16;

/// The largest number of a database that Redis can be configured for.
const MOST_DATABASE: i64 = i32::MAX as i64;

/// The parts of a `redis://` or `rediss://` URL. `Debug` shows no user name and no password.
#[derive(PartialEq)]
pub(crate) struct RedisUrl {
    pub(crate) tls: bool,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: Option<Secret>,
    pub(crate) password: Option<Secret>,
    pub(crate) database: i64,
}

/// Where the Redis is; none when each process is alone.
pub(crate) fn redis(options: &Options) -> Result<Option<RedisUrl>> {
    let Some(url) = options.text(&table::SHARED_STATE)?.map(Secret::from) else { return Ok(None) };
    let url = RedisUrl::parse(url.expose().trim())?;
    if cfg!(not(feature = "shared-state")) {
        return Err(wrong("needs the feature `shared-state` of the crate tenant-select"));
    }
    Ok(Some(url))
}

/// The secret that goes into the keys.
pub(crate) fn key(options: &Options) -> Result<Option<Secret>> {
    let Some(key) = options.text(&table::SHARED_STATE_KEY)?.map(Secret::from) else { return Ok(None) };
    if key.expose().chars().count() < LEAST_KEY {
        let what = format!("shared_state_key must have {LEAST_KEY} characters or more");
        return Err(Error::invalid_input("shared_state_key", what));
    }
    Ok(Some(key))
}

/// The URL may hold a password, so no error shows a part of it.
fn wrong(what: &str) -> Error {
    Error::invalid_input("shared_state", format!("shared_state {what}"))
}

impl RedisUrl {
    /// Which Redis it is, as which user.
    pub(crate) fn identity(&self) -> String {
        let user = self.user.as_ref().map(Secret::expose).unwrap_or_default();
        format!("{} {} {} {} {user}", self.tls, self.host, self.port, self.database)
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|_| wrong("is not a URL; write redis://host:6379 or rediss://host:6379"))?;
        let tls = tls(url.scheme())?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must not hold a query or a fragment: there are no options in the URL"));
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => decoded(name)?,
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        };
        if host.is_empty() {
            return Err(wrong("names no host"));
        }
        if host.contains(',') {
            return Err(wrong("names several hosts; Redis Cluster and Sentinel are not supported"));
        }
        // Without this, `redis://[fe80::1]` and other spellings of an address are not seen as one.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let user = Some(decoded(url.username())?).filter(|user| !user.is_empty()).map(Secret::from);
        let password = url.password().map(decoded).transpose()?.filter(|text| !text.is_empty()).map(Secret::from);
        if user.is_some() && password.is_none() {
            return Err(wrong(
                "has a user name without a password; a password alone is written redis://:password@host",
            ));
        }
        let port = url.port().unwrap_or(DEFAULT_PORT);
        Ok(Self { tls, host, port, user, password, database: database(url.path())? })
    }
}

fn tls(scheme: &str) -> Result<bool> {
    match scheme {
        "redis" => Ok(false),
        "rediss" => Ok(true),
        "unix" | "redis+unix" | "redis-unix" | "redis-socket" => {
            Err(wrong("is the URL of a Unix socket, which is not supported; use redis:// or rediss://"))
        }
        _ if scheme.contains("cluster") => Err(wrong("is the URL of a Redis Cluster, which is not supported")),
        _ if scheme.contains("sentinel") => Err(wrong("is the URL of a Redis Sentinel, which is not supported")),
        "valkey" => Err(wrong("must begin with redis://, for Valkey too")),
        "valkeys" => Err(wrong("must begin with rediss://, for Valkey too")),
        _ => Err(wrong("must be a redis:// or rediss:// URL")),
    }
}

fn database(path: &str) -> Result<i64> {
    let text = path.trim_matches('/');
    if text.is_empty() {
        return Ok(0);
    }
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let number = number.filter(|number| *number <= MOST_DATABASE);
    number.ok_or_else(|| wrong("must have the number of a database, or nothing, as its path"))
}

fn decoded(text: &str) -> Result<String> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| wrong("has a part that is not UTF-8"))?;
    if text.contains(['\r', '\n', '\0']) {
        return Err(wrong("has a part with a line break or a zero byte"));
    }
    Ok(text.into_owned())
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisUrl")
            .field("tls", &self.tls)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(tls: bool, host: &str, port: u16, user: Option<&str>, password: Option<&str>, database: i64) -> RedisUrl {
        let secret = |text: Option<&str>| text.map(Secret::from);
        RedisUrl { tls, host: host.to_owned(), port, user: secret(user), password: secret(password), database }
    }

    #[test]
    fn every_part_of_a_url_is_read() {
        for (text, expected) in [
            ("redis://localhost", url(false, "localhost", 6379, None, None, 0)),
            ("rediss://cache.internal:6380/", url(true, "cache.internal", 6380, None, None, 0)),
            ("redis://:p%40ss@10.0.0.1/3", url(false, "10.0.0.1", 6379, None, Some("p@ss"), 3)),
            ("redis://app:p%2Fs%3As@[::1]:7000", url(false, "::1", 7000, Some("app"), Some("p/s:s"), 0)),
        ] {
            assert_eq!(RedisUrl::parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name_and_without_its_credentials() {
        for (text, reason) in [
            ("", "is not a URL"),
            ("localhost:6379", "must be a redis:// or rediss:// URL"),
            ("http://u:secret@localhost", "must be a redis:// or rediss:// URL"),
            ("unix:///run/redis.sock", "Unix socket"),
            ("redis+unix:///run/redis.sock", "Unix socket"),
            ("redis-cluster://u:secret@one", "Redis Cluster"),
            ("rediss+cluster://one", "Redis Cluster"),
            ("redis+sentinel://u:secret@one/name", "Redis Sentinel"),
            ("redis://u:secret@one:1,two:2", "is not a URL"),
            ("redis://u:secret@one,two", "several hosts"),
            ("valkey://localhost", "redis://, for Valkey too"),
            ("valkeys://localhost", "rediss://, for Valkey too"),
            ("redis://", "names no host"),
            ("redis:///0", "names no host"),
            ("redis://secret@localhost", "user name without a password"),
            ("redis://u:secret@localhost/name", "number of a database"),
            ("redis://u:secret@localhost/-1", "number of a database"),
            ("redis://u:secret@localhost/99999999999999999999", "number of a database"),
            ("redis://u:secret@localhost/0?protocol=resp3", "query or a fragment"),
            ("rediss://u:secret@localhost/0#insecure", "query or a fragment"),
            ("redis://u:secret%0d%0aQUIT@localhost", "line break"),
            ("redis://u:secret%ff@localhost", "not UTF-8"),
        ] {
            let error = RedisUrl::parse(text).unwrap_err();
            assert_eq!(error.argument(), Some("shared_state"));
            assert!(error.to_string().contains(reason), "{text}: {error}");
            assert!(!format!("{error:?} {error}").contains("secret"), "{error}");
        }
        let parsed = RedisUrl::parse("redis://user:secret@localhost").unwrap();
        assert!(!format!("{parsed:?}").contains("secret") && !format!("{parsed:?}").contains("user"));
    }
}
