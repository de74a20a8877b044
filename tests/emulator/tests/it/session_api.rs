//! The operations of the session API.

use serde_json::{Value, json};
use tenant_select_emulator::{Emulator, Options, User};

use crate::support::{ada, claims, header, with_ada};

#[tokio::test]
async fn select_puts_the_tenant_into_both_tokens_and_refresh_keeps_it() {
    let (_emulator, client, token) = with_ada().await;
    assert!(!claims(&token).contains_key("dct"), "two tenants: none is active by itself");

    let selected = client.select(&token, "umbrella").await;
    assert_eq!(selected.status, 200);
    let (session, refresh) = (selected.string("sessionJwt"), selected.string("refreshJwt"));
    assert_eq!(claims(&session)["dct"], "umbrella");
    assert_eq!(claims(&refresh)["dct"], "umbrella");

    let refreshed = client.refresh(&refresh).await;
    assert_eq!(claims(&refreshed.string("sessionJwt"))["dct"], "umbrella");
    assert_eq!(refreshed.string("refreshJwt"), refresh, "without rotation the token stays");
}

#[tokio::test]
async fn tokens_carry_the_claims_of_the_service() {
    let (emulator, client, token) = with_ada().await;
    let selected = client.select(&token, "acme").await;
    let session = selected.string("sessionJwt");
    assert_eq!(header(&session)["alg"], "RS256");

    let session = claims(&session);
    assert_eq!(session["iss"], format!("{}/v1/apps/{}", emulator.url(), emulator.project_id()));
    assert_eq!(session["drn"], "DS");
    assert_eq!(session["amr"], json!(["email"]));
    assert_eq!(session["exp"].as_i64().unwrap() - session["iat"].as_i64().unwrap(), 600);
    let rexp = session["rexp"].as_str().unwrap();
    assert!(rexp.ends_with('Z') && rexp.contains('T'), "{rexp}");
    let tenants =
        json!({"acme": {"permissions": ["read", "write"], "roles": ["admin"]}, "umbrella": {"roles": ["viewer"]}});
    assert_eq!(session["tenants"], tenants);

    let refresh = claims(&selected.string("refreshJwt"));
    assert_eq!(refresh["drn"], "DSR");
    assert_eq!(refresh["sub"], session["sub"]);
}

#[tokio::test]
async fn responses_carry_every_field_defaults_included() {
    let (_emulator, client, token) = with_ada().await;
    let body = client.select(&token, "acme").await.json();
    for (name, value) in [
        ("cookieDomain", json!("")),
        ("cookiePath", json!("/")),
        ("firstSeen", json!(false)),
        ("idpResponse", Value::Null),
        ("externalToken", json!("")),
        ("claims", json!({})),
        ("tenantSSOID", json!("")),
        ("trustedDeviceJwt", json!("")),
        ("nextRefreshSeconds", json!(0)),
        ("cookieName", json!("")),
        ("sessionCookieName", json!("")),
        ("sessionCookieDomain", json!("")),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
    let user = body["user"].as_object().unwrap();
    for name in "loginIds userId name email phone verifiedEmail verifiedPhone roleNames userTenants status externalIds \
                 picture test customAttributes createdTime TOTP SAML OAuth webauthn password ssoAppIds givenName \
                 middleName familyName editable SCIM push permissions OIDC consentExpiration"
        .split_whitespace()
    {
        assert!(user.contains_key(name), "{name}");
    }
    assert_eq!(user["userTenants"][0]["tenantId"], "acme");
    assert_eq!(user["userTenants"][0]["roleNames"], json!(["admin"]));
}

#[tokio::test]
async fn membership_is_checked_at_each_selection_and_each_refresh() {
    let (emulator, client, token) = with_ada().await;
    let refused = client.select(&token, "nowhere").await;
    assert_eq!((refused.status, refused.string("errorCode").as_str()), (403, "E011003"));
    assert!(!refused.string("errorDescription").is_empty() && !refused.string("errorMessage").is_empty());

    let acme = client.select(&token, "acme").await.string("refreshJwt");
    emulator.revoke_membership("ada@example.com", "acme").unwrap();
    assert_eq!(client.select(&token, "acme").await.status, 403);
    let refreshed = claims(&client.refresh(&acme).await.string("sessionJwt"));
    assert_eq!(refreshed["dct"], "umbrella", "the only tenant that is left");
    assert_eq!(refreshed["tenants"], json!({"umbrella": {"roles": ["viewer"]}}));
}

#[tokio::test]
async fn a_user_of_one_tenant_acts_in_it_without_selecting() {
    let emulator = Emulator::start(Options::default().user(User::new("bob").tenant("acme", [], []))).await.unwrap();
    let session = emulator.sign_in("bob", None).unwrap();
    assert_eq!(claims(&session.session_jwt)["dct"], "acme");
    assert_eq!(claims(&session.refresh_jwt)["dct"], "acme");
    emulator.update_settings(|settings| settings.automatic_dct = false).unwrap();
    assert!(!claims(&emulator.sign_in("bob", None).unwrap().session_jwt).contains_key("dct"));
}

#[tokio::test]
async fn bearers_have_one_to_three_parts() {
    let (_emulator, client, token) = with_ada().await;
    let project = &client.project_id;
    for (bearer, status) in [
        (format!("Bearer {project}:{token}"), 200),
        (format!("bearer {project}:{token}"), 200),
        (format!("Bearer {project}:{token}:management-key"), 200),
        (format!("Bearer {project}:{token}:a:b"), 401),
        (format!("Bearer {project}"), 401),
        (format!("Bearer {project}:"), 401),
        (format!("Bearer {project}:management-key"), 401),
        (format!("Bearer Panother:{token}"), 401),
        (format!("Basic {project}:{token}"), 401),
        (String::new(), 401),
    ] {
        let mut request = client.request("GET", "/v1/auth/me");
        if !bearer.is_empty() {
            request = request.header("authorization", &bearer);
        }
        let reply = client.send(request).await.unwrap();
        assert_eq!(reply.status, status, "{} {}", bearer.replace(&token, "TOKEN"), reply.text);
        if status != 200 {
            assert!(reply.string("errorCode").starts_with('E'));
        }
    }
}

#[tokio::test]
async fn the_refresh_token_may_come_in_a_cookie() {
    let (_emulator, client, token) = with_ada().await;
    let call = |cookie: String, name: Option<&'static str>| {
        let mut request = client.request("GET", "/v1/auth/me").bearer_auth(&client.project_id).header("cookie", cookie);
        if let Some(name) = name {
            request = request.header("x-descope-refresh-cookie-name", name);
        }
        client.send(request)
    };
    assert_eq!(call(format!("a=b; DSR={token}"), None).await.unwrap().status, 200);
    assert_eq!(call(format!("DSRX={token}; XDSR={token}"), None).await.unwrap().status, 401, "no prefix match");
    assert_eq!(call(format!("mine={token}"), Some("mine")).await.unwrap().status, 200);
    assert_eq!(call(format!("DSR={token}"), Some("mine")).await.unwrap().status, 401);
}

#[tokio::test]
async fn bodies_may_be_missing_but_not_malformed() {
    let (_emulator, client, token) = with_ada().await;
    for (body, status) in [(Value::Null, 200), (json!({}), 200), (json!({"externalToken": "x"}), 200), (json!([]), 400)]
    {
        assert_eq!(client.api("POST", "/v1/auth/refresh", &token, body.clone()).await.status, status, "{body}");
    }
    for body in [Value::Null, json!({}), json!({"tenant": ""}), json!({"tenantId": "acme"}), json!({"tenant": 1})] {
        let reply = client.api("POST", "/v1/auth/tenant/select", &token, body.clone()).await;
        assert_eq!(reply.status, 400, "{body}");
    }
    let request = client.api_request("POST", "/v1/auth/refresh", &token, &Value::Null).body("{");
    assert_eq!(client.send(request).await.unwrap().string("errorCode"), "E011001");
}

#[tokio::test]
async fn the_get_form_of_refresh_takes_the_external_token_from_the_query() {
    let (_emulator, client, token) = with_ada().await;
    let reply = client.api("GET", "/v1/auth/refresh?externalToken=ext", &token, Value::Null).await;
    assert_eq!((reply.status, reply.string("externalToken").as_str()), (200, "ext"));
}

#[tokio::test]
async fn try_refresh_without_a_token_succeeds() {
    let (_emulator, client, token) = with_ada().await;
    for (token, refreshed) in [(token.as_str(), true), ("", false), ("a.b.c", false)] {
        let reply = client.api("POST", "/v1/auth/try-refresh", token, Value::Null).await;
        assert_eq!((reply.status, !reply.string("sessionJwt").is_empty()), (200, refreshed), "{}", reply.text);
    }
}

#[tokio::test]
async fn me_and_my_tenants() {
    let (_emulator, client, token) = with_ada().await;
    let acme = client.select(&token, "acme").await.string("refreshJwt");
    let me = client.me(&token).await;
    assert_eq!(me.json()["loginIds"], json!(["ada@example.com"]));

    let ids = async |token: &str, body: Value| {
        let reply = client.api("POST", "/v1/auth/me/tenants", token, body).await.json();
        let tenants = reply["tenants"].as_array().unwrap().clone();
        tenants.iter().map(|tenant| tenant["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&acme, json!({"dct": true})).await, ["acme"]);
    assert_eq!(ids(&token, json!({"dct": true})).await, [""; 0]);
    assert_eq!(ids(&acme, json!({"dct": false})).await, ["acme", "umbrella"]);
    assert_eq!(ids(&acme, json!({"dct": false, "ids": null})).await, ["acme", "umbrella"]);
    assert_eq!(ids(&acme, json!({"ids": ["umbrella", "nowhere"]})).await, ["umbrella"]);
    assert_eq!(ids(&acme, Value::Null).await, ["acme", "umbrella"]);
    assert_eq!(client.api("POST", "/v1/auth/me/tenants", &acme, json!({"ids": "acme"})).await.status, 400);
}

#[tokio::test]
async fn history_is_an_array_of_sign_ins_and_selections_with_their_tenants() {
    let (_emulator, client, token) = with_ada().await;
    client.select(&token, "acme").await;
    client.select(&token, "umbrella").await;
    let history = client.api("GET", "/v1/auth/me/history", &token, Value::Null).await.json();
    let tenants: Vec<&str> =
        history.as_array().unwrap().iter().map(|entry| entry["selectedTenant"].as_str().unwrap()).collect();
    assert_eq!(tenants, ["umbrella", "acme", ""]);
    let entry = &history[0];
    assert_eq!(entry["userId"], claims(&token)["sub"]);
    assert_eq!(entry["ip"], "127.0.0.1");
    assert!(entry["loginTime"].is_i64() && entry["city"].is_string() && entry["country"].is_string());
}

#[tokio::test]
async fn logout_ends_one_sign_in_and_logoutall_every_one() {
    let (emulator, client, first) = with_ada().await;
    let sibling = client.select(&first, "acme").await.string("refreshJwt");
    let second = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;

    let reply = client.api("POST", "/v1/auth/logout", &first, json!({"logoutType": ["x"]})).await;
    assert_eq!((reply.status, reply.json()["sessionJwt"].as_str()), (200, Some("")));
    assert_eq!(reply.json()["refreshJwt"], "");
    for token in [&first, &sibling] {
        let refused = client.refresh(token).await;
        assert_eq!((refused.status, refused.string("errorCode").as_str()), (401, "E064001"));
    }
    assert_eq!(client.me(&second).await.status, 200);

    let third = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    assert_eq!(client.api("POST", "/v1/auth/logoutall", &third, Value::Null).await.status, 200);
    assert_eq!(client.me(&second).await.status, 401);
    assert_eq!(client.me(&third).await.status, 401);
    let again = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    assert_eq!(client.me(&again).await.status, 200);
}

#[tokio::test]
async fn validate_returns_the_claims_of_session_tokens_only() {
    let (emulator, client, refresh) = with_ada().await;
    let session = emulator.sign_in("ada@example.com", Some("acme")).unwrap().session_jwt;
    let reply = client.api("POST", "/v1/auth/validate", &session, json!({})).await;
    assert_eq!((reply.status, reply.json()), (200, Value::Object(claims(&session))));
    assert_eq!(client.api("POST", "/v1/auth/validate", &refresh, json!({})).await.status, 401);
    assert_eq!(client.refresh(&session).await.status, 401, "a session token refreshes nothing");
}

#[tokio::test]
async fn key_sets_come_in_both_versions_and_need_no_bearer() {
    let (emulator, client, _) = with_ada().await;
    let path = |version: u8, project: &str| format!("/v{version}/keys/{project}");
    let second = client.send(client.request("GET", &path(2, emulator.project_id()))).await.unwrap();
    let first = client.send(client.request("GET", &path(1, emulator.project_id()))).await.unwrap();
    assert_eq!(second.json()["keys"], first.json());
    let key = &first.json()[0];
    assert_eq!(key.as_object().unwrap().keys().collect::<Vec<_>>(), ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!((&key["alg"], &key["kty"], &key["use"]), (&json!("RS256"), &json!("RSA"), &json!("sig")));
    assert_eq!(client.send(client.request("GET", &path(2, "Panother"))).await.unwrap().status, 404);
}

#[tokio::test]
async fn tokens_are_refused_after_their_user_was_removed_or_a_reset() {
    let (emulator, client, token) = with_ada().await;
    emulator.remove_user("ada@example.com").unwrap();
    let refused = client.me(&token).await;
    assert_eq!((refused.status, refused.string("errorCode").as_str()), (401, "E062108"));

    emulator.reset();
    assert_eq!(client.me(&token).await.status, 401, "the seeded user is back, the sign-in is not");
    let token = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    assert_eq!(client.me(&token).await.status, 200);
}

#[tokio::test]
async fn first_seen_is_true_once() {
    let (emulator, client, _) = with_ada().await;
    emulator.add_user(User::new("new@example.com")).unwrap();
    for first_seen in [true, false] {
        let reply = client.done("POST", "/sign-in", json!({"loginId": "new@example.com"})).await;
        assert_eq!(reply.json()["firstSeen"], first_seen);
    }
}

#[tokio::test]
async fn adding_a_user_again_keeps_id_history_and_sign_ins() {
    let (emulator, client, token) = with_ada().await;
    let changed = emulator.add_user(ada().tenant("third", [], [])).unwrap();
    assert_eq!(changed["userId"], claims(&token)["sub"]);
    assert_eq!(client.select(&token, "third").await.status, 200);
}

#[tokio::test]
async fn what_is_not_part_of_the_api_is_not_found() {
    let (_emulator, client, token) = with_ada().await;
    for (method, path) in [("GET", "/"), ("POST", "/v1/auth/me"), ("DELETE", "/v1/auth/refresh"), ("GET", "/v1/auth")] {
        let reply = client.api(method, path, &token, Value::Null).await;
        assert_eq!((reply.status, reply.string("errorCode").as_str()), (404, "E011001"), "{method} {path}");
    }
}
