//! Nothing that is printed shows a token: not a model, not an error, not their causes.
#![allow(clippy::unwrap_used)]

use std::error::Error as StdError;

use tenant_select::{ErrorKind, JwtResponse, RefreshJwt, RefreshOptions, SessionJwt};
use tenant_select_emulator::{Fault, FaultKind};
use tenant_select_tests::fixture::{Fixture, SELECT};

/// Every way to print a value and the chain of its causes.
fn printed(error: &tenant_select::Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        text += &format!(" {source} {source:?}");
        cause = source.source();
    }
    text
}

/// Fails when any twelve characters of a token are in the text.
fn assert_hidden(text: &str, tokens: &[&str]) {
    for token in tokens {
        for window in token.as_bytes().windows(12) {
            let window = std::str::from_utf8(window).unwrap();
            // The header is the same for every token and identifies none.
            let header = token.split('.').next().unwrap();
            assert!(header.contains(window) || !text.contains(window), "{window:?} is in {text}");
        }
        assert!(!text.contains(token), "{text}");
    }
}

#[tokio::test]
async fn models_and_errors_print_no_token() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().retries(0).build().unwrap();
    let presented = fixture.refresh_jwt.expose().to_owned();

    let response = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap();
    let session_jwt = response.session_jwt.clone().unwrap();
    let refresh_jwt = response.refresh_jwt.clone().unwrap();
    let tokens = [presented.as_str(), session_jwt.expose(), refresh_jwt.expose()];
    assert_hidden(&format!("{response:?} {response:#?} {:?} {client:?}", response.session()), &tokens);
    assert!(serde_json::to_string(&response).unwrap().contains(session_jwt.expose()), "serialising is the way out");

    let echo = serde_json::json!({"errorCode": "E011003", "errorMessage": format!("no tenant for {presented}")});
    for fault in [
        Fault::new(SELECT, FaultKind::Reset),
        Fault::status(SELECT, 400).body(echo),
        Fault::status(SELECT, 200)
            .body(serde_json::json!({"sessionJwt": session_jwt.expose(), "firstSeen": presented})),
        Fault::status(SELECT, 200).body(serde_json::json!({"sessionJwt": session_jwt.expose(), "newJwt": presented})),
        Fault::new(format!("/v2/keys/{}", fixture.emulator.project_id()), FaultKind::Reset),
    ] {
        fixture.fault(fault.clone()).unwrap();
        let fresh = client.renewed();
        let result = fresh.select_tenant("acme", &fixture.refresh_jwt).await;
        assert_hidden(&printed(&result.unwrap_err()), &tokens);
        fixture.emulator.clear_faults();
    }
}

#[tokio::test]
async fn errors_do_not_contain_the_refused_input() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    let secret = "this.is-a-very-secret-token\nwith.a.line-break";
    let error = client.select_tenant("acme", &RefreshJwt::from(secret)).await.unwrap_err();
    assert_hidden(&printed(&error), &[secret]);
    let error = client.validate_session(&SessionJwt::from(secret), None).await.unwrap_err();
    assert_hidden(&printed(&error), &[secret]);
    let options = RefreshOptions::new().external_token("an-external-token-of-somebody");
    assert_hidden(&format!("{options:?}"), &["an-external-token-of-somebody"]);
    assert!(fixture.emulator.requests().is_empty());
}

#[test]
fn unknown_fields_may_be_tokens_and_are_not_printed() {
    let text = r#"{"newKindOfJwt": "abcdefghijklmnop.qrstuvwxyz", "user": {"secretToken": "zyxwvutsrqponmlk"}}"#;
    let response: JwtResponse = serde_json::from_str(text).unwrap();
    assert_hidden(&format!("{response:?}"), &["abcdefghijklmnop.qrstuvwxyz", "zyxwvutsrqponmlk"]);
}

#[tokio::test]
async fn messages_have_three_parts() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().retries(0).build().unwrap();
    for status in [400, 401, 403, 404, 429, 500, 503] {
        fixture.fault(Fault::status("/v1/auth/me", status)).unwrap();
        let error = client.renewed().me(&fixture.refresh_jwt).await.unwrap_err();
        assert!(error.to_string().split("; ").count() >= 3, "{error}");
        assert_ne!(error.kind(), ErrorKind::Internal);
    }
}
