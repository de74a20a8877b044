//! What settings, clock, and keys change.

use serde_json::{Value, json};
use tenant_select_emulator::{Algorithm, Emulator, Options, Settings, TokenDelivery, User};

use crate::support::{Client, ada, claims, header, with_ada};

#[tokio::test]
async fn the_clock_moves_and_tokens_expire_by_it() {
    let (emulator, client, token) = with_ada().await;
    let before = client.done("GET", "/clock", Value::Null).await.json()["now"].as_i64().unwrap();
    let moved = client.done("POST", "/clock", json!({"advanceSeconds": 3600})).await.json();
    assert_eq!(moved["offsetSeconds"], 3600);
    assert!(moved["now"].as_i64().unwrap() >= before + 3600);
    let session = claims(&client.refresh(&token).await.string("sessionJwt"));
    assert!(session["iat"].as_i64().unwrap() >= before + 3600);

    emulator.advance_clock(4 * 7 * 24 * 60 * 60);
    assert_eq!(client.refresh(&token).await.status, 401, "the refresh token's time is over");
    emulator.advance_clock(-4 * 7 * 24 * 60 * 60);
    assert_eq!(client.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn the_clock_stops_in_1970_and_9797() {
    let (emulator, client, _) = with_ada().await;
    emulator
        .update_settings(|settings| {
            settings.token_delivery = TokenDelivery::Cookies;
            settings.refresh_lifetime_seconds = i32::MAX.unsigned_abs();
        })
        .unwrap();
    for seconds in [i64::MAX, i64::MAX, i64::MIN, i64::MIN] {
        emulator.advance_clock(seconds);
        let signed_in = client.done("POST", "/sign-in", json!({"loginId": "ada@example.com"})).await;
        let session = claims(&signed_in.string("sessionJwt"));
        assert!(session["exp"].as_i64().unwrap() > 0 && !session["rexp"].as_str().unwrap().is_empty());
        assert_eq!(signed_in.cookies().len(), 2);
    }
}

#[tokio::test]
async fn an_empty_tenant_may_clear_the_active_one() {
    let (_emulator, client, token) = with_ada().await;
    let acme = client.select(&token, "acme").await.string("refreshJwt");
    client.done("PATCH", "/settings", json!({"emptyTenant": "clear"})).await;
    let cleared = client.select(&acme, "").await;
    assert_eq!(cleared.status, 200);
    assert!(!claims(&cleared.string("refreshJwt")).contains_key("dct"));
}

#[tokio::test]
async fn every_refusal_can_be_changed() {
    let (_emulator, client, token) = with_ada().await;
    client
        .done("PATCH", "/settings", json!({"errors": {"refusedTenant": {"status": 400, "errorCode": "E062108"}}}))
        .await;
    client.done("POST", "/users", json!({"loginId": "bob", "tenants": {"globex": {}}})).await;
    let refused = client.select(&token, "globex").await;
    assert_eq!((refused.status, refused.string("errorCode").as_str()), (400, "E062108"));
    assert_eq!(client.select(&token, "nowhere").await.status, 403, "other refusals stay");
}

#[tokio::test]
async fn the_auth_management_key_can_be_required() {
    let (_emulator, client, token) = with_ada().await;
    client.done("PATCH", "/settings", json!({"authManagementKey": "K2secret"})).await;
    assert_eq!(client.me(&token).await.status, 401);
    assert_eq!(client.me(&format!("{token}:K2other")).await.status, 401);
    assert_eq!(client.me(&format!("{token}:K2secret")).await.status, 200);
    assert_eq!(client.api("POST", "/v1/auth/try-refresh", "K2secret", Value::Null).await.status, 200);
}

#[tokio::test]
async fn the_setting_decides_between_bearer_and_cookie() {
    let (emulator, client, ada_token) = with_ada().await;
    emulator.add_user(User::new("bob")).unwrap();
    let bob_token = emulator.sign_in("bob", None).unwrap().refresh_jwt;
    for (precedence, winner) in [("bearer", "ada@example.com"), ("cookie", "bob")] {
        client.done("PATCH", "/settings", json!({"tokenPrecedence": precedence})).await;
        let request = client.api_request("GET", "/v1/auth/me", &ada_token, &Value::Null);
        let me = client.send(request.header("cookie", format!("DSR={bob_token}"))).await.unwrap();
        assert_eq!(me.json()["loginIds"], json!([winner]));
    }
}

#[tokio::test]
async fn the_rate_limit_counts_in_windows_of_the_clock() {
    let (emulator, client, token) = with_ada().await;
    let limit = |form: &str| json!({"rateLimit": {"limit": 2, "windowSeconds": 3600, "retryAfter": form}});
    client.done("PATCH", "/settings", limit("seconds")).await;
    for _ in 0..2 {
        assert_eq!(client.me(&token).await.status, 200);
    }
    let refused = client.me(&token).await;
    assert_eq!((refused.status, refused.string("errorCode").as_str()), (429, "E130429"));
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    let keys = client.request("GET", &format!("/v2/keys/{}", client.project_id));
    assert_eq!(client.send(keys).await.unwrap().status, 200, "key sets are not counted");

    client.done("PATCH", "/settings", limit("date")).await;
    let date = client.me(&token).await.headers["retry-after"].to_str().unwrap().to_owned();
    assert!(httpdate::parse_http_date(&date).unwrap() > std::time::SystemTime::now(), "{date}");
    client.done("PATCH", "/settings", limit("none")).await;
    assert!(!client.me(&token).await.headers.contains_key("retry-after"));

    emulator.advance_clock(3600);
    assert_eq!(client.me(&token).await.status, 200);
    client.done("PATCH", "/settings", json!({"rateLimit": null})).await;
    assert_eq!(client.me(&token).await.status, 200);
}

/// The ids of the key set.
async fn key_ids(client: &Client) -> Vec<String> {
    let reply = client.send(client.request("GET", &format!("/v1/keys/{}", client.project_id))).await.unwrap().json();
    reply.as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn keys_rotate_and_retire() {
    let (emulator, client, token) = with_ada().await;
    assert_eq!(key_ids(&client).await, ["test-rs256"]);
    let kid = client.done("POST", "/keys/rotate", json!({})).await.string("kid");
    assert_eq!(key_ids(&client).await, [kid.as_str(), "test-rs256"]);
    let refreshed = client.refresh(&token).await;
    assert_eq!(header(&refreshed.string("sessionJwt"))["kid"], kid);
    assert_eq!(refreshed.string("refreshJwt"), token, "its key is still published");

    client.done("POST", "/keys/retire", Value::Null).await;
    assert_eq!(key_ids(&client).await, [kid.as_str()]);
    let refreshed = client.refresh(&token).await;
    assert_eq!(refreshed.status, 200, "the emulator still knows its own token");
    assert_eq!(header(&refreshed.string("refreshJwt"))["kid"], kid, "clients could not verify the old one");

    let next = emulator.rotate_keys(true).unwrap();
    assert_eq!(key_ids(&client).await, [next]);
    emulator.reset();
    assert_eq!(key_ids(&client).await, ["test-rs256"]);
}

#[tokio::test]
async fn any_algorithm_can_sign() {
    let (emulator, client, _) = with_ada().await;
    for algorithm in ["RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"] {
        client.done("PATCH", "/settings", json!({"signingAlgorithm": algorithm})).await;
        let session = emulator.sign_in("ada@example.com", None).unwrap();
        assert_eq!(header(&session.session_jwt)["alg"], algorithm);
        assert_eq!(client.me(&session.refresh_jwt).await.status, 200, "{algorithm}");
        assert_eq!(key_ids(&client).await, [format!("test-{}", algorithm.to_lowercase())]);
    }
    emulator.update_settings(|settings| settings.published_algorithms = vec![Algorithm::RS256]).unwrap();
    assert_eq!(key_ids(&client).await, ["test-eddsa", "test-rs256"]);
}

#[tokio::test]
async fn invalid_settings_are_refused_and_change_nothing() {
    let (emulator, client, _) = with_ada().await;
    let before = emulator.settings();
    for (patch, complaint) in [
        (json!({"tokenDelivry": "body"}), "unknown field `tokenDelivry`"),
        (json!({"tokenDelivery": "pigeon"}), "tokenDelivery: unknown variant `pigeon`"),
        (json!({"sessionLifetimeSeconds": 0}), "must be at least 1"),
        (json!({"sessionLifetimeSeconds": 2_147_483_648_u32}), "at most 2147483647"),
        (json!({"refreshLifetimeSeconds": u32::MAX}), "at most 2147483647"),
        (json!({"nextRefreshSeconds": 2_147_483_648_u32}), "at most 2147483647"),
        (json!({"inactivitySeconds": 0}), "inactivitySeconds must be at least 1"),
        (json!({"rotationGraceSeconds": u32::MAX}), "rotationGraceSeconds must be at most"),
        (json!({"tenantSettings": {"a": {"sessionLifetimeSeconds": 0}}}), "must be at least 1"),
        (json!({"tenantSettings": {"a": {"enforceSso": true}}}), "tenantSettings.a.enforceSso: unknown field"),
        (json!({"delayMs": 60_001}), "delayMs and delayJitterMs must be at most 60000"),
        (json!({"delayJitterMs": 60_001}), "delayMs and delayJitterMs must be at most 60000"),
        (json!({"refreshCookieName": "DS"}), "must differ"),
        (json!({"rateLimit": {"limit": 1, "windowSeconds": 0}}), "rateLimit.windowSeconds"),
        (json!({"errors": {"refusedTenant": {"status": "x"}}}), "errors.refusedTenant.status"),
        (json!([]), "a JSON object is needed"),
    ] {
        let reply = client.control("PATCH", "/settings", patch.clone()).await;
        assert_eq!(reply.status, 400, "{patch}");
        assert!(reply.string("error").contains(complaint), "{patch}: {}", reply.text);
    }
    assert_eq!(emulator.settings(), before);
    let read: Settings = serde_json::from_value(client.done("GET", "/settings", Value::Null).await.json()).unwrap();
    assert_eq!(read, before);
}

#[tokio::test]
async fn fresh_keys_are_served_under_the_same_names() {
    let emulator = Emulator::start(Options::default().generate_keys().user(ada())).await.unwrap();
    let client = Client::new(&emulator);
    let token = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    assert_eq!(client.me(&token).await.status, 200);
    let (_built_in, other_client, _) = with_ada().await;
    assert_eq!(other_client.me(&token).await.status, 401);
}
