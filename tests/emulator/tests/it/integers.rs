//! The integers of the API are protobuf `int32`, whatever the clock and the lifetimes are: typed clients refuse larger ones.

use serde_json::{Value, json};
use tenant_select_emulator::{Emulator, Options, Settings, TokenDelivery};

use crate::support::{Client, ada};

/// Every integer of a document, with its place.
fn integers(place: &str, value: &Value, found: &mut Vec<(String, i64)>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| integers(&format!("{place}.{name}"), value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| integers(place, item, found)),
        Value::Number(number) => found.push((place.to_owned(), number.as_i64().unwrap_or(i64::MAX))),
        _ => {}
    }
}

async fn started(session_seconds: u32, refresh_seconds: u32, delivery: TokenDelivery) -> (Emulator, Client) {
    let mut settings = Settings::default();
    settings.session_lifetime_seconds = session_seconds;
    settings.refresh_lifetime_seconds = refresh_seconds;
    settings.next_refresh_seconds = Some(session_seconds);
    settings.token_delivery = delivery;
    let emulator = Emulator::start(Options::default().user(ada()).settings(settings)).await.unwrap();
    let client = Client::new(&emulator);
    (emulator, client)
}

#[tokio::test]
async fn integers_stay_within_32_bits() {
    const LONGEST: u32 = i32::MAX.unsigned_abs();
    // Nothing moved but a long life; a clock past 2038; the last moment of the clock; a sign-in there, refreshed in 1970.
    for (lifetime, moves) in
        [(LONGEST, [0, 0]), (600, [1 << 31, 0]), (LONGEST, [i64::MAX, 0]), (LONGEST, [i64::MAX, i64::MIN])]
    {
        let (emulator, client) = started(lifetime, lifetime, TokenDelivery::Body).await;
        emulator.advance_clock(moves[0]);
        emulator.add_user(tenant_select_emulator::User::new("late@example.com").tenant("acme", [], [])).unwrap();
        let signed_in = emulator.sign_in("late@example.com", None).unwrap();
        emulator.advance_clock(moves[1]);
        let token = signed_in.refresh_jwt;
        let mut bodies = vec![Value::Object(signed_in.body)];
        for (method, path, body) in [
            ("POST", "/v1/auth/tenant/select", json!({"tenant": "acme"})),
            ("POST", "/v1/auth/refresh", json!({})),
            ("GET", "/v1/auth/me", Value::Null),
            ("POST", "/v1/auth/me/tenants", json!({})),
            ("GET", "/v1/auth/me/history", Value::Null),
            ("POST", "/v1/auth/logout", json!({})),
        ] {
            let reply = client.api(method, path, &token, body).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.text);
            bodies.push(reply.json());
        }
        for body in bodies {
            let mut found = Vec::new();
            integers("", &body, &mut found);
            for (place, number) in found {
                assert!(i32::try_from(number).is_ok() && number >= 0, "{lifetime} {moves:?} {place}: {number}");
            }
        }
    }
}

#[tokio::test]
async fn responses_clamp_times_and_tokens_have_the_true_time() {
    let (emulator, _) = started(600, 3600, TokenDelivery::Cookies).await;
    emulator.advance_clock(1 << 31);
    let signed_in = emulator.sign_in("ada@example.com", None).unwrap();
    let claims = crate::support::claims(&signed_in.session_jwt);
    assert!(claims["exp"].as_i64().unwrap() > i64::from(i32::MAX));
    for name in ["cookieExpiration", "sessionExpiration"] {
        assert_eq!(signed_in.body[name], i32::MAX, "{name}");
    }
    assert_eq!(signed_in.body["cookieMaxAge"], 3600);
    let created = signed_in.body["user"]["createdTime"].as_i64().unwrap();
    assert!(created < i64::from(i32::MAX), "from before the clock moved: {created}");
}

#[tokio::test]
async fn a_custom_token_without_expiry_gets_a_response() {
    let (_emulator, client) = started(600, 600, TokenDelivery::Cookies).await;
    let user = client.done("GET", "/users", Value::Null).await.json()[0]["userId"].clone();
    let spec = json!({"tokens": {"it": {"profile": "refresh", "claims": {"sub": user, "exp": i64::MAX}}}});
    let minted = client.done("POST", "/tokens", spec).await.json();
    let reply = client.select(minted["it"]["token"].as_str().unwrap(), "acme").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(
        (&reply.json()["cookieExpiration"], &reply.json()["cookieMaxAge"]),
        (&json!(i32::MAX), &json!(i32::MAX))
    );
    assert!(reply.cookies()[1].contains("Expires=Fri, 31 Dec 9999 23:59:59 GMT"), "{:?}", reply.cookies());
}
