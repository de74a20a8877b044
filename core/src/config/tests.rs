//! The base URL rule, the bounds of options and the environment.

use super::*;
use crate::client::builder::ClientBuilder;
use crate::error::kind::ErrorKind;
use crate::model::Value;

const ID: &str = "P2aAc4T2V93bddihGEx2Ryhc8e5Z";

fn base(builder: ClientBuilder) -> String {
    builder.config().unwrap().base_url.to_string()
}

fn refused(builder: ClientBuilder) -> String {
    let error = builder.config().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.argument().unwrap().to_owned()
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
    let config = builder().base_url("https://a.test/proxy/").config().unwrap();
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
        "http://api.localhost",
        "http://localhost.a.test",
    ] {
        assert_eq!(refused(builder().base_url(bad)), "base_url", "{bad}");
    }
    for good in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "http://LOCALHOST.:1"] {
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
        ("retry_unknown", "sometimes".into()),
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
    let config = ClientBuilder::default()
        .environment([
            ("DESCOPE_PROJECT_ID", ID),
            ("TENANT_SELECT_TIMEOUT", "2.5"),
            ("TENANT_SELECT_CONNECT_TIMEOUT", "1"),
            ("TENANT_SELECT_RETRIES", "0"),
            ("TENANT_SELECT_RETRY_UNKNOWN", "true"),
            ("TENANT_SELECT_LEEWAY", "30"),
            ("TENANT_SELECT_VERIFY", "false"),
            ("TENANT_SELECT_HEADERS", r#"{"x-team":"a"}"#),
            ("TENANT_SELECT_AUDIENCE", ""),
        ])
        .config()
        .unwrap();
    assert_eq!(config.timeout, Duration::from_millis(2500));
    assert_eq!(config.connect_timeout, Duration::from_secs(1));
    assert_eq!((config.retries, config.retry_unknown, config.verify), (0, true, false));
    assert_eq!(config.leeway, Duration::from_secs(30));
    assert_eq!(config.headers["x-team"], "a");
    assert_eq!(config.audience, None);
    let bad = ClientBuilder::default().environment([("DESCOPE_PROJECT_ID", ID), ("TENANT_SELECT_RETRIES", "many")]);
    assert_eq!(refused(bad.clone()), "retries");
    bad.retries(1).config().unwrap();
}

#[test]
fn an_error_about_a_variable_names_it() {
    for (variable, value, argument) in [
        ("TENANT_SELECT_RETRIES", "many", "retries"),
        ("DESCOPE_BASE_URI", "http://a.test", "base_url"),
        ("TENANT_SELECT_CA_FILE", "/nonexistent/ca.pem", "ca_file"),
        ("TENANT_SELECT_REFRESH_COOKIE_NAME", "DS", "refresh_cookie_name"),
        ("DESCOPE_PUBLIC_KEY", "{}", "public_key"),
        ("ALL_PROXY", "socks://127.0.0.1:1080", "proxy"),
        ("https_proxy", "ftp://a.test", "proxy"),
        ("SSL_CERT_FILE", "/nonexistent/ca.pem", "ca_file"),
    ] {
        let error = builder().environment([(variable, value)]).config().unwrap_err();
        assert_eq!(error.argument(), Some(argument), "{variable}");
        assert!(error.to_string().starts_with(variable), "{error}");
    }
    let error = builder().retries(11).environment([("TENANT_SELECT_RETRIES", "1")]).config().unwrap_err();
    assert!(!error.to_string().contains("TENANT_SELECT_RETRIES"), "{error}");
}

#[test]
fn the_two_cookies_have_two_names() {
    assert_eq!(refused(builder().session_cookie_name("a").refresh_cookie_name("a")), "refresh_cookie_name");
    assert_eq!(refused(builder().refresh_cookie_name("DS")), "refresh_cookie_name");
    assert_eq!(refused(builder().session_cookie_name("DSR")), "session_cookie_name");
    assert_eq!(refused(builder().session_cookie_name("DSR").refresh_cookie_name("DS")), "refresh_cookie_name");
    builder().session_cookie_name("a").refresh_cookie_name("A").config().unwrap();
}

#[test]
fn proxies_that_do_not_apply_are_not_looked_at() {
    let with = |base_url: &str, vars: &[(&str, &str)]| {
        builder()
            .base_url(base_url)
            .allow_http(true)
            .environment(vars.iter().copied())
            .config()
            .map(|config| config.proxy)
    };
    let wrong = [("ALL_PROXY", "socks://a.test:1080")];
    assert!(with("https://a.test", &wrong).is_err());
    assert!(with("http://a.test", &wrong).is_err());
    assert!(with("http://127.0.0.1:1", &wrong).unwrap().is_empty());
    assert!(with("https://localhost", &wrong).unwrap().is_empty());
    assert!(with("https://a.test", &[("HTTP_PROXY", "nonsense:x")]).unwrap().is_empty());
    let explicit = builder().proxy("http://a.test:1").environment(wrong).config().unwrap().proxy;
    assert!(explicit.explicit.is_some());
    for scheme in ["http", "https", "socks4", "socks4a", "socks5", "socks5h"] {
        let url = format!("{scheme}://user:password@a.test:1");
        assert!(with("https://a.test", &[("ALL_PROXY", &url)]).unwrap().https.is_some(), "{scheme}");
        reqwest::Proxy::all(&url).unwrap();
    }
    let error = with("https://a.test", &[("ALL_PROXY", "socks://user:password@a.test")]).err().unwrap();
    assert!(!error.to_string().contains("password"), "{error}");
}

#[test]
fn debug_shows_no_key() {
    let builder = builder().auth_management_key("K2topsecret").environment([("A", "K2topsecret")]);
    let client = builder.build().unwrap();
    assert!(!format!("{builder:?} {client:?}").contains("topsecret"));
}
