//! A request that an application receives: method and URL in the first line, then a header a line. `{session}`, `{expired}`
//! and `{refresh}` are replaced by tokens, because an input cannot hold one that is valid at any time.

use std::sync::LazyLock;
use std::time::Duration;

use tenant_select::{Client, IncomingRequest, Refusal, RequestAuthenticator, Requirement};

use crate::{exchange, secrecy, signer};

static AUTHENTICATOR: LazyLock<RequestAuthenticator> = LazyLock::new(|| {
    // Nothing listens there, so that a refresh fails at once.
    let client = Client::builder()
        .project_id(signer::PROJECT)
        .public_key(signer::public_key())
        .base_url("http://127.0.0.1:1")
        .retries(0)
        .timeout(Duration::from_secs(5))
        .build();
    RequestAuthenticator::new(client.expect("the options are good")).expect("the options are good")
});

pub(super) fn run(data: &[u8]) {
    let tokens = [("{session}", "DS", 600), ("{expired}", "DS", -600), ("{refresh}", "DSR", 600)]
        .map(|(place, drn, lifetime)| (place, signer::token(drn, lifetime)));
    let mut text = String::from_utf8_lossy(data).into_owned();
    for (place, token) in &tokens {
        text = text.replace(place, token);
    }
    let mut lines = text.lines();
    let (method, url) = lines.next().unwrap_or_default().split_once(' ').unwrap_or_default();
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let request = IncomingRequest::new(method, url, &headers).websocket(text.contains("websocket"));
    let requirement = match text.len() % 3 {
        0 => Requirement::new(),
        1 => Requirement::new().tenant("T1").roles(&["admin"]),
        _ => Requirement::new().tenant("T2").required(false),
    };
    let result = exchange::run(AUTHENTICATOR.authenticate(&request, &requirement));
    let secrets: Vec<&str> = tokens.iter().filter_map(|(_, token)| token.rsplit('.').next()).collect();
    match &result {
        Ok(result) => {
            secrecy::check(result, &secrets);
            if result.session().is_some() {
                assert!(text.contains(&tokens[0].1), "a session without a valid token");
                assert!(result.refusal().is_none(), "a session in spite of a refusal");
            }
            for header in result.headers() {
                let printed = format!("{}{}", header.name, header.value);
                assert!(printed.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "not a header: {printed:?}");
            }
        }
        Err(error) => secrecy::check_error(error, &secrets),
    }
    if let Some(Ok(cached)) = AUTHENTICATOR.authenticate_cached(&request, &requirement) {
        let result = result.expect("the result without a call is the result");
        assert_eq!(cached.refusal().map(Refusal::status), result.refusal().map(Refusal::status));
        assert_eq!(cached.session().is_some(), result.session().is_some());
    }
}
