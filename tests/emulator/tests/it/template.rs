//! Which claims tokens carry.

use serde_json::{Value, json};
use tenant_select_emulator::{Emulator, JwtTemplate, Options, Settings, User};

use crate::support::{Client, ada, claims, with_ada};

#[tokio::test]
async fn the_current_tenant_template_moves_grants_to_the_root() {
    let mut user = ada();
    user.roles = vec!["staff".to_owned()];
    let mut settings = Settings::default();
    settings.jwt_template = JwtTemplate::CurrentTenant;
    let emulator = Emulator::start(Options::default().user(user).settings(settings)).await.unwrap();
    let session = claims(&emulator.sign_in("ada@example.com", Some("acme")).unwrap().session_jwt);
    assert!(!session.contains_key("tenants"));
    assert_eq!((&session["dct"], &session["roles"]), (&json!("acme"), &json!(["admin"])));
    assert_eq!(session["permissions"], json!(["read", "write"]));
    let session = claims(&emulator.sign_in("ada@example.com", None).unwrap().session_jwt);
    assert_eq!(session["roles"], json!(["staff"]));
}

#[tokio::test]
async fn claims_can_be_added_and_replaced() {
    let (emulator, client, _) = with_ada().await;
    client
        .done(
            "PATCH",
            "/settings",
            json!({
                "issuer": "https://auth.example.com/{projectId}", "audience": ["a", "b"], "includeJti": true,
                "customClaims": {"dsub": "someone", "sub": "else"}, "responseClaims": "session",
                "sessionLifetimeSeconds": 5, "nextRefreshSeconds": 4,
            }),
        )
        .await;
    let session = emulator.sign_in("ada@example.com", None).unwrap();
    let token = claims(&session.session_jwt);
    assert_eq!(token["iss"], format!("https://auth.example.com/{}", emulator.project_id()));
    assert_eq!(token["aud"], json!(["a", "b"]));
    assert_eq!((&token["dsub"], &token["sub"]), (&json!("someone"), &json!("else")));
    assert_eq!(token["jti"].as_str().unwrap().len(), 27);
    assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 5);
    assert_eq!(session.body["claims"], Value::Object(token));
    assert_eq!(session.body["nextRefreshSeconds"], 4);
}

#[tokio::test]
async fn a_template_without_grants_keeps_only_the_tenant() {
    let (emulator, client, token) = with_ada().await;
    emulator.update_settings(|settings| settings.jwt_template = JwtTemplate::None).unwrap();
    let session = claims(&client.select(&token, "acme").await.string("sessionJwt"));
    assert_eq!(session["dct"], "acme");
    for name in ["tenants", "roles", "permissions"] {
        assert!(!session.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn the_setting_decides_whether_tokens_have_empty_claims() {
    let emulator = Emulator::start(Options::default().user(User::new("bob"))).await.unwrap();
    emulator.add_user(User::new("eve").tenant("acme", ["admin"], [])).unwrap();
    let client = Client::new(&emulator);
    for (policy, nothing, empty, grant) in [
        ("delete", json!([false, false, false]), Value::Null, json!({"roles": ["admin"]})),
        ("nil", json!([null, null, null]), Value::Null, json!({"roles": ["admin"], "permissions": null})),
        ("none", json!([{}, [], []]), json!([]), json!({"roles": ["admin"], "permissions": []})),
    ] {
        client.done("PATCH", "/settings", json!({"emptyClaimPolicy": policy})).await;
        let bob = claims(&emulator.sign_in("bob", None).unwrap().session_jwt);
        let seen = ["tenants", "roles", "permissions"].map(|name| bob.get(name).cloned().unwrap_or(json!(false)));
        assert_eq!(json!(seen), nothing, "{policy}");
        let eve = claims(&emulator.sign_in("eve", None).unwrap().session_jwt);
        assert_eq!(eve["tenants"]["acme"], grant, "{policy}");
        assert_eq!(eve.get("roles").cloned().unwrap_or_default(), empty, "{policy}");
    }
}

#[tokio::test]
async fn permissions_can_be_omitted_everywhere() {
    let (emulator, client, token) = with_ada().await;
    emulator.update_settings(|settings| settings.exclude_permission_claim = true).unwrap();
    for template in [JwtTemplate::Default, JwtTemplate::CurrentTenant] {
        emulator.update_settings(|settings| settings.jwt_template = template).unwrap();
        let session = client.select(&token, "acme").await.string("sessionJwt");
        assert!(!json!(claims(&session)).to_string().contains("permissions"), "{template:?}");
    }
}

#[tokio::test]
async fn the_subject_can_differ_from_the_users_id() {
    let (emulator, client, before) = with_ada().await;
    emulator.update_settings(|settings| settings.override_subject_claim = Some("app|{loginId}".to_owned())).unwrap();
    let user_id = claims(&before)["sub"].clone();
    let signed_in = emulator.sign_in("ada@example.com", None).unwrap();
    let selected = client.select(&signed_in.refresh_jwt, "acme").await;
    for token in [&signed_in.refresh_jwt, &selected.string("sessionJwt"), &selected.string("refreshJwt")] {
        let claims = claims(token);
        assert_eq!((&claims["sub"], &claims["dsub"]), (&json!("app|ada@example.com"), &user_id));
    }
    assert_eq!(client.me(&selected.string("refreshJwt")).await.json()["userId"], user_id);
    let minted =
        serde_json::from_value(json!({"profile": "refresh", "claims": {"sub": "x", "dsub": user_id}})).unwrap();
    assert_eq!(client.me(&emulator.mint(&minted).unwrap().token).await.json()["userId"], user_id);
}

#[tokio::test]
async fn custom_claims_are_in_refresh_tokens_unless_omitted() {
    let (emulator, client, token) = with_ada().await;
    let custom = json!({"plan": "gold", "sub": "someone", "exp": 1, "dct": "elsewhere", "drn": "other"});
    client.done("PATCH", "/settings", json!({"customClaims": custom})).await;
    let refresh = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    let seen = claims(&refresh);
    assert_eq!((&seen["plan"], &seen["sub"], &seen["drn"]), (&json!("gold"), &claims(&token)["sub"], &json!("DSR")));
    assert!(!seen.contains_key("dct"));
    assert_eq!(client.me(&refresh).await.status, 200);
    client.done("PATCH", "/settings", json!({"omitCustomClaimsFromDSR": true})).await;
    assert!(!claims(&emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt).contains_key("plan"));
}

#[tokio::test]
async fn tokens_of_another_issuer_are_refused_when_set() {
    let (_emulator, client, token) = with_ada().await;
    client.done("PATCH", "/settings", json!({"issuer": "https://auth.example.com/{projectId}"})).await;
    assert_eq!(client.me(&token).await.status, 200);
    client.done("PATCH", "/settings", json!({"enforceIssuer": true})).await;
    let refused = client.me(&token).await;
    assert_eq!((refused.status, refused.string("errorCode").as_str()), (401, "E011003"));
    client.done("PATCH", "/settings", json!({"issuer": "{url}/v1/apps/{projectId}"})).await;
    assert_eq!(client.me(&token).await.status, 200);
}
