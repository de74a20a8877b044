//! Tokens in cookies, and the attributes of the cookies.

use serde_json::{Value, json};

use crate::support::{claims, with_ada};

#[tokio::test]
async fn cookie_mode_sets_complete_cookies_and_empties_the_body() {
    let (emulator, client, token) = with_ada().await;
    let settings = json!({
        "tokenDelivery": "cookies", "cookieDomain": "example.com", "cookiePath": "/app", "refreshCookieName": "MYR",
        "sessionCookieName": "MYS", "sessionCookieDomain": "s.example.com", "cookieSameSite": "Lax",
    });
    client.done("PATCH", "/settings", settings).await;
    // `drn` follows the cookie's name, so the former token is of another kind now.
    assert_eq!(client.select(&token, "acme").await.status, 401);
    let token = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    let reply = client.select(&token, "acme").await;
    let body = reply.json();
    assert_eq!((&body["sessionJwt"], &body["refreshJwt"]), (&json!(""), &json!("")));
    assert_eq!((&body["cookieName"], &body["sessionCookieName"]), (&json!("MYR"), &json!("MYS")));
    assert_eq!((&body["cookieDomain"], &body["sessionCookieDomain"]), (&json!("example.com"), &json!("s.example.com")));
    let [session, refresh] = reply.cookies().try_into().unwrap();
    assert!(session.starts_with("MYS=ey"), "{session}");
    assert!(session.contains("; Path=/app; Domain=s.example.com; Max-Age=600; Expires="), "{session}");
    assert!(session.ends_with(" GMT; HttpOnly; Secure; SameSite=Lax"), "{session}");
    assert!(refresh.starts_with("MYR=ey") && refresh.contains("; Domain=example.com; "), "{refresh}");
    let token = refresh.split(['=', ';']).nth(1).unwrap();
    assert_eq!((&claims(token)["drn"], &claims(token)["dct"]), (&json!("MYR"), &json!("acme")));

    let cleared = client.api("POST", "/v1/auth/logout", token, Value::Null).await.cookies();
    assert_eq!(cleared.len(), 2);
    for cookie in cleared {
        assert!(cookie.contains("=; Path=/app; "), "{cookie}");
        assert!(cookie.contains("Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), "{cookie}");
    }
}

#[tokio::test]
async fn the_setting_decides_how_each_token_is_delivered() {
    let (_emulator, client, token) = with_ada().await;
    for (delivery, session_in_cookie, refresh_in_cookie) in [
        ("body", false, false),
        ("cookies", true, true),
        ("refresh_cookie", false, true),
        ("session_cookie", true, false),
    ] {
        client.done("PATCH", "/settings", json!({"tokenDelivery": delivery})).await;
        let reply = client.select(&token, "acme").await;
        let names: Vec<String> =
            reply.cookies().iter().map(|cookie| cookie.split("=ey").next().unwrap().into()).collect();
        assert_eq!(names.contains(&"DS".to_owned()), session_in_cookie, "{delivery}: {names:?}");
        assert_eq!(names.contains(&"DSR".to_owned()), refresh_in_cookie, "{delivery}: {names:?}");
        assert_eq!(reply.string("sessionJwt").is_empty(), session_in_cookie, "{delivery}");
        assert_eq!(reply.string("refreshJwt").is_empty(), refresh_in_cookie, "{delivery}");
    }
}

#[tokio::test]
async fn the_session_cookie_may_have_attributes_of_its_own() {
    let (_emulator, client, token) = with_ada().await;
    let settings = json!({
        "tokenDelivery": "cookies", "cookiePath": "/auth", "sessionCookiePath": "/", "cookieSameSite": "Strict",
        "sessionCookieSameSite": "None", "sessionCookieMaxAgeSeconds": 60, "cookieMaxAgeSeconds": 86_400,
    });
    client.done("PATCH", "/settings", settings).await;
    let reply = client.select(&token, "acme").await;
    let [session, refresh] = reply.cookies().try_into().unwrap();
    assert!(session.contains("; Path=/; Max-Age=60; Expires=") && session.ends_with("; SameSite=None"), "{session}");
    assert!(refresh.contains("; Path=/auth; Max-Age=86400; ") && refresh.ends_with("; SameSite=Strict"), "{refresh}");
    let body = reply.json();
    assert_eq!((&body["cookiePath"], &body["cookieMaxAge"]), (&json!("/auth"), &json!(86_400)));
    let issued = claims(session.split(['=', ';']).nth(1).unwrap())["iat"].as_i64().unwrap();
    assert_eq!(body["cookieExpiration"], json!(issued + 86_400));
}

#[tokio::test]
async fn cookies_may_have_no_age() {
    let (_emulator, client, token) = with_ada().await;
    let settings = json!({"tokenDelivery": "cookies", "sessionCookieMaxAgeSeconds": 0, "cookieMaxAgeSeconds": 0});
    client.done("PATCH", "/settings", settings).await;
    let reply = client.select(&token, "acme").await;
    for cookie in reply.cookies() {
        assert!(cookie.ends_with("; Path=/; HttpOnly; Secure; SameSite=Strict"), "{cookie}");
    }
    let body = reply.json();
    assert_eq!((&body["cookieMaxAge"], &body["cookieExpiration"]), (&json!(0), &json!(0)));
}
