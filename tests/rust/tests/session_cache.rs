//! The cache of verified session tokens in a client: what its calls return, and when it stops to know a token.
#![allow(clippy::unwrap_used)]

use tenant_select::{Client, ErrorKind, SessionJwt, ValidateOptions};
use tenant_select_emulator::User;
use tenant_select_tests::fixture::{Fixture, all_at_once};

const PATIENCE: usize = 100;

fn caching(fixture: &Fixture) -> Client {
    fixture.builder().session_cache(100).build().unwrap()
}

async fn validate(client: &Client, token: &SessionJwt) -> Result<String, ErrorKind> {
    client.validate_session(token, None).await.map(|session| session.user_id().to_owned()).map_err(|error| error.kind())
}

/// Entries, hits and misses.
fn counts(client: &Client) -> (u64, u64, u64) {
    let diagnostics = client.diagnostics();
    (diagnostics.cached_sessions, diagnostics.session_cache_hits, diagnostics.session_cache_misses)
}

#[tokio::test]
async fn a_token_is_verified_once() {
    let fixture = Fixture::start().await.unwrap();
    let client = caching(&fixture);
    let first = client.validate_session(&fixture.session_jwt, None).await.unwrap();
    assert_eq!(counts(&client), (1, 0, 1));
    assert_eq!(client.validate_session(&fixture.session_jwt, None).await.unwrap(), first);
    assert_eq!(client.validate_session_cached(&fixture.session_jwt, None).unwrap().unwrap(), first);
    let both = client.validate_and_refresh(Some(&fixture.session_jwt), &fixture.refresh_jwt, ValidateOptions::new());
    assert_eq!(both.await.unwrap().session, first);
    assert_eq!(counts(&client), (1, 3, 1));
}

#[tokio::test]
async fn no_token_is_kept_without_the_option() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    for _ in 0..3 {
        validate(&client, &fixture.session_jwt).await.unwrap();
    }
    assert_eq!(counts(&client), (0, 0, 0));
}

#[tokio::test]
async fn clients_share_no_token() {
    let fixture = Fixture::start().await.unwrap();
    let (client, other) = (caching(&fixture), caching(&fixture));
    validate(&client, &fixture.session_jwt).await.unwrap();
    validate(&other, &fixture.session_jwt).await.unwrap();
    assert_eq!((counts(&client), counts(&other)), ((1, 0, 1), (1, 0, 1)));
    // A clone and one with other settings for its calls are the same client; one for a forked child is not.
    validate(&client.with(tenant_select::CallOptions::new()), &fixture.session_jwt).await.unwrap();
    assert_eq!(counts(&client), (1, 1, 1));
    assert_eq!(counts(&client.renewed()), (0, 0, 0));
}

#[tokio::test]
async fn a_client_of_another_project_refuses_the_token() {
    let fixture = Fixture::start().await.unwrap();
    let client = caching(&fixture);
    validate(&client, &fixture.session_jwt).await.unwrap();
    let other = fixture.builder().project_id("P2otherProject00000000000001").session_cache(100).build().unwrap();
    assert!(validate(&other, &fixture.session_jwt).await.is_err());
    assert_eq!(counts(&other).0, 0);
}

#[tokio::test]
async fn a_removed_key_ends_its_tokens() {
    let fixture = Fixture::start().await.unwrap();
    let client = caching(&fixture);
    validate(&client, &fixture.session_jwt).await.unwrap();
    validate(&client, &fixture.session_jwt).await.unwrap();
    fixture.emulator.rotate_keys(true).unwrap();
    // The service returns a token that the new key has signed, so the client fetches the keys.
    let signed_in = fixture.emulator.sign_in("ada@example.com", Some("acme")).unwrap();
    client.select_tenant("globex", &signed_in.refresh_jwt.into()).await.unwrap();
    assert_eq!(validate(&client, &fixture.session_jwt).await, Err(ErrorKind::InvalidToken));
    assert_eq!(counts(&client).0, 0);
}

#[tokio::test]
async fn a_token_is_expired_at_its_end() {
    let fixture = Fixture::start().await.unwrap();
    fixture.emulator.update_settings(|settings| settings.session_lifetime_seconds = 2).unwrap();
    let client = fixture.builder().session_cache(100).leeway(std::time::Duration::ZERO).build().unwrap();
    let token = SessionJwt::new(fixture.emulator.sign_in("ada@example.com", None).unwrap().session_jwt);
    validate(&client, &token).await.unwrap();
    let mut result = Ok(String::new());
    for _ in 0..PATIENCE {
        result = validate(&client, &token).await;
        if result.is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(result, Err(ErrorKind::TokenExpired));
    assert_eq!(counts(&client).0, 0);
}

#[tokio::test]
async fn an_expired_token_is_refreshed() {
    let fixture = Fixture::start().await.unwrap();
    fixture.emulator.update_settings(|settings| settings.session_lifetime_seconds = 1).unwrap();
    let expired = SessionJwt::new(fixture.emulator.sign_in("ada@example.com", Some("acme")).unwrap().session_jwt);
    fixture.emulator.update_settings(|settings| settings.session_lifetime_seconds = 600).unwrap();
    let client = fixture.builder().session_cache(100).leeway(std::time::Duration::ZERO).build().unwrap();
    validate(&client, &expired).await.ok();
    for _ in 0..PATIENCE {
        let result = client.validate_and_refresh(Some(&expired), &fixture.refresh_jwt, ValidateOptions::new()).await;
        if result.unwrap().response.is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the session was never refreshed");
}

#[tokio::test]
async fn a_closed_client_refuses_and_forgets() {
    let fixture = Fixture::start().await.unwrap();
    let client = caching(&fixture);
    validate(&client, &fixture.session_jwt).await.unwrap();
    client.close();
    assert_eq!(validate(&client, &fixture.session_jwt).await, Err(ErrorKind::ClientClosed));
    let cached = client.validate_session_cached(&fixture.session_jwt, None).unwrap();
    assert_eq!(cached.unwrap_err().kind(), ErrorKind::ClientClosed);
    assert!(client.session_in_cache(fixture.session_jwt.expose(), None).is_none());
    assert_eq!(counts(&client), (0, 0, 0));
}

#[tokio::test]
async fn a_refused_token_is_verified_each_time_and_never_kept() {
    let fixture = Fixture::start().await.unwrap();
    let client = caching(&fixture);
    validate(&client, &fixture.session_jwt).await.unwrap();
    let (signed, signature) = fixture.session_jwt.expose().rsplit_once('.').unwrap();
    let last = if signature.starts_with('A') { "B" } else { "A" };
    for round in 2..5 {
        let forged = SessionJwt::new(format!("{signed}.{last}{}", signature.get(1..).unwrap()));
        assert_eq!(validate(&client, &forged).await, Err(ErrorKind::InvalidToken));
        assert_eq!(counts(&client), (1, 0, round));
    }
}

#[tokio::test]
async fn a_forged_copy_displaces_nothing() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.builder().session_cache(1).build().unwrap();
    validate(&client, &fixture.session_jwt).await.unwrap();
    for number in 0..200 {
        let forged = SessionJwt::new(format!("{}{number}", fixture.session_jwt.expose()));
        validate(&client, &forged).await.unwrap_err();
    }
    validate(&client, &fixture.session_jwt).await.unwrap();
    assert_eq!(counts(&client).1, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_at_once_get_their_own_sessions() {
    let fixture = Fixture::start().await.unwrap();
    let (client, without) = (fixture.builder().session_cache(20).build().unwrap(), fixture.client().unwrap());
    let mut users = Vec::new();
    for number in 0..30 {
        let login_id = format!("user{number}@example.com");
        let user = User::new(&login_id).tenant("acme", ["viewer"], ["read"]);
        fixture.emulator.add_user(user).unwrap();
        let token = SessionJwt::new(fixture.emulator.sign_in(&login_id, Some("acme")).unwrap().session_jwt);
        users.push((validate(&without, &token).await.unwrap(), token));
    }
    validate(&client, &fixture.session_jwt).await.unwrap();
    let calls = (0..3000).map(|number: usize| {
        let (client, (user_id, token)) = (client.clone(), users.get(number * 7 % users.len()).unwrap().clone());
        async move { (user_id, validate(&client, &token).await) }
    });
    for (user_id, validated) in all_at_once(calls).await {
        assert_eq!(validated, Ok(user_id));
    }
    let (entries, hits, misses) = counts(&client);
    assert!(entries <= 20 && hits + misses == 3001, "{entries} entries, {hits} hits, {misses} misses");
}

#[tokio::test]
async fn nothing_of_the_cache_is_printed() {
    let fixture = Fixture::start().await.unwrap();
    let client = caching(&fixture);
    validate(&client, &fixture.session_jwt).await.unwrap();
    let printed = format!("{client:?} {:?}", client.diagnostics());
    assert!(!printed.contains(fixture.session_jwt.expose()));
}
