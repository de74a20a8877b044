//! How long tokens and sign-ins last, for the project and for single tenants.

use serde_json::{Value, json};
use tenant_select_emulator::Emulator;

use crate::support::{Client, claims, with_ada};

/// An emulator whose sign-ins end after an hour without activity.
async fn with_inactivity() -> (Emulator, Client, String) {
    let (emulator, client, token) = with_ada().await;
    emulator.update_settings(|settings| settings.inactivity_seconds = Some(3_600)).unwrap();
    (emulator, client, token)
}

fn lifetime(token: &str) -> i64 {
    let claims = claims(token);
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}

#[tokio::test]
async fn a_sign_in_ends_without_activity() {
    let (emulator, client, token) = with_inactivity().await;
    emulator.advance_clock(3_540);
    assert_eq!(client.me(&token).await.status, 200, "still counts, and is no activity");
    emulator.advance_clock(60);
    for (method, path) in [
        ("POST", "/v1/auth/refresh"),
        ("POST", "/v1/auth/tenant/select"),
        ("GET", "/v1/auth/me"),
        ("POST", "/v1/auth/me/tenants"),
        ("GET", "/v1/auth/me/history"),
        ("POST", "/v1/auth/logout"),
    ] {
        let body = if method == "POST" { json!({"tenant": "acme"}) } else { Value::Null };
        let refused = client.api(method, path, &token, body).await;
        assert_eq!((refused.status, refused.string("errorCode").as_str()), (401, "E011003"), "{path}");
    }
    let journal = client.done("GET", "/requests", Value::Null).await.json();
    assert_eq!(journal[1]["refreshToken"]["status"], "inactive");
    assert_eq!(emulator.counters().revocations, 0);
    client.done("PATCH", "/settings", json!({"errors": {"inactiveSession": {"status": 403}}})).await;
    assert_eq!(client.me(&token).await.status, 403);
}

#[tokio::test]
async fn refreshes_are_activity_and_selections_when_set() {
    for (select_counts, status) in [(true, 200), (false, 401)] {
        let (emulator, client, token) = with_inactivity().await;
        emulator.update_settings(|settings| settings.select_counts_as_activity = select_counts).unwrap();
        emulator.advance_clock(3_000);
        assert_eq!(client.refresh(&token).await.status, 200);
        emulator.advance_clock(3_000);
        assert_eq!(client.select(&token, "acme").await.status, 200);
        emulator.advance_clock(3_000);
        assert_eq!(client.refresh(&token).await.status, status, "{select_counts}");
    }
}

#[tokio::test]
async fn the_hint_when_to_refresh_follows_inactivity() {
    let (_emulator, client, token) = with_ada().await;
    for (settings, hint) in [
        (json!({}), 0),
        (json!({"inactivitySeconds": 3_600}), 300),
        (json!({"inactivitySeconds": 61}), 31),
        (json!({"nextRefreshSeconds": 4}), 4),
        (json!({"nextRefreshSeconds": null, "inactivitySeconds": null}), 0),
    ] {
        client.done("PATCH", "/settings", settings.clone()).await;
        assert_eq!(client.refresh(&token).await.json()["nextRefreshSeconds"], hint, "{settings}");
    }
}

#[tokio::test]
async fn a_tenant_may_set_lifetimes_of_its_own() {
    let (emulator, client, token) = with_ada().await;
    let acme = json!({"sessionLifetimeSeconds": 60, "refreshLifetimeSeconds": 600, "inactivitySeconds": 90});
    client.done("PATCH", "/settings", json!({"tenantSettings": {"acme": acme}})).await;
    let selected = client.select(&token, "acme").await;
    assert_eq!(selected.json()["nextRefreshSeconds"], 30);
    let (session, refresh) = (selected.string("sessionJwt"), selected.string("refreshJwt"));
    assert_eq!((lifetime(&session), lifetime(&refresh)), (60, 600));
    assert_eq!(lifetime(&client.refresh(&refresh).await.string("sessionJwt")), 60);
    let umbrella = client.select(&token, "umbrella").await;
    assert_eq!(lifetime(&umbrella.string("sessionJwt")), 600);
    assert_eq!(claims(&umbrella.string("refreshJwt"))["exp"], claims(&token)["exp"]);
    let signed_in = emulator.sign_in("ada@example.com", Some("acme")).unwrap();
    assert_eq!((lifetime(&signed_in.session_jwt), lifetime(&signed_in.refresh_jwt)), (60, 600));

    emulator.advance_clock(90);
    assert_eq!(client.me(&refresh).await.status, 401, "without activity for too long in this tenant");
    assert_eq!(client.me(&token).await.status, 200);
    client.done("PATCH", "/settings", json!({"tenantSettings": {}})).await;
    assert_eq!(client.me(&refresh).await.status, 200, "a patch replaces the settings of tenants");
}

#[tokio::test]
async fn a_tenant_with_enforced_sso_accepts_only_its_own_sign_ins() {
    let (emulator, client, token) = with_ada().await;
    client.done("PATCH", "/settings", json!({"tenantSettings": {"acme": {"enforceSSO": true}}})).await;
    let refused = client.select(&token, "acme").await;
    assert_eq!((refused.status, refused.string("errorCode").as_str()), (403, "E011003"));
    let tenants = client.api("POST", "/v1/auth/me/tenants", &token, Value::Null).await.json();
    assert_eq!(
        (&tenants["tenants"][0]["enforceSSO"], &tenants["tenants"][1]["enforceSSO"]),
        (&json!(true), &json!(false))
    );
    let own = emulator.sign_in("ada@example.com", Some("acme")).unwrap().refresh_jwt;
    let elsewhere = client.select(&own, "umbrella").await.string("refreshJwt");
    assert_eq!(client.select(&elsewhere, "acme").await.status, 200);
}

#[tokio::test]
async fn a_step_up_lasts_for_its_lifetime() {
    let (emulator, client, _) = with_ada().await;
    emulator.update_settings(|settings| settings.step_up_lifetime_seconds = 900).unwrap();
    let signed_in = emulator.sign_in_stepped_up("ada@example.com", None).unwrap();
    let first = claims(&signed_in.session_jwt);
    assert_eq!((&first["su"], lifetime(&signed_in.session_jwt)), (&json!(true), 900));
    assert!(!claims(&signed_in.refresh_jwt).contains_key("su"));
    emulator.advance_clock(300);
    let second = claims(&client.refresh(&signed_in.refresh_jwt).await.string("sessionJwt"));
    assert_eq!((&second["su"], &second["exp"]), (&json!(true), &first["exp"]));
    emulator.advance_clock(600);
    let third = client.refresh(&signed_in.refresh_jwt).await.string("sessionJwt");
    assert!(!claims(&third).contains_key("su"));
    assert_eq!(lifetime(&third), 600);

    client.done("PATCH", "/settings", json!({"tenantSettings": {"acme": {"stepUpLifetimeSeconds": 60}}})).await;
    let order = json!({"loginId": "ada@example.com", "tenant": "acme", "stepUp": true});
    let in_acme = client.done("POST", "/sign-in", order).await.string("sessionJwt");
    assert_eq!((&claims(&in_acme)["su"], lifetime(&in_acme)), (&json!(true), 60));
}

#[tokio::test]
async fn refresh_and_selection_keep_a_step_up_when_set() {
    for (refresh_keeps, select_keeps) in [(true, false), (false, true), (true, true), (false, false)] {
        let (emulator, client, _) = with_ada().await;
        let settings = json!({"refreshKeepsStepUp": refresh_keeps, "selectKeepsStepUp": select_keeps});
        client.done("PATCH", "/settings", settings).await;
        let token = emulator.sign_in_stepped_up("ada@example.com", None).unwrap().refresh_jwt;
        let refreshed = claims(&client.refresh(&token).await.string("sessionJwt"));
        assert_eq!(refreshed.contains_key("su"), refresh_keeps);
        let token = emulator.sign_in_stepped_up("ada@example.com", None).unwrap().refresh_jwt;
        let selected = claims(&client.select(&token, "acme").await.string("sessionJwt"));
        assert_eq!(selected.contains_key("su"), select_keeps);
        let again = claims(&client.refresh(&token).await.string("sessionJwt"));
        assert_eq!(again.contains_key("su"), select_keeps && refresh_keeps, "what is gone stays gone");
    }
}
