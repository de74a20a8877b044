//! Tokens to order.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenant_select_emulator::{Emulator, TokenSpec};

use crate::support::{Client, claims, header, with_ada};

async fn mint(client: &Client, spec: Value) -> (String, Value) {
    let reply = client.done("POST", "/tokens", json!({"tokens": {"t": spec}})).await.json();
    (reply["t"]["token"].as_str().unwrap().to_owned(), reply["t"]["claims"].clone())
}

/// Whether the emulator itself takes the token for a valid session token.
async fn is_valid(client: &Client, token: &str) -> bool {
    let Ok(value) = reqwest::header::HeaderValue::from_str(&format!("Bearer {}:{token}", client.project_id)) else {
        return false;
    };
    let request = client.request("POST", "/v1/auth/validate").header("authorization", value);
    client.send(request).await.unwrap().status == 200
}

fn part(token: &str, place: usize) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(place).unwrap()).unwrap()
}

fn text(token: &str, place: usize) -> String {
    String::from_utf8(part(token, place)).unwrap()
}

#[tokio::test]
async fn a_spec_without_members_is_a_valid_session_token() {
    let (emulator, client, _) = with_ada().await;
    let (token, seen) = mint(&client, json!({})).await;
    assert!(is_valid(&client, &token).await);
    assert_eq!(seen, Value::Object(claims(&token)));
    assert_eq!(seen["iss"], format!("{}/v1/apps/{}", emulator.url(), emulator.project_id()));
    assert_eq!((&seen["drn"], &seen["amr"]), (&json!("DS"), &json!(["email"])));
    assert_eq!(seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap(), 600);
    assert!(seen["rexp"].is_string());
}

#[tokio::test]
async fn every_algorithm_signs_under_its_own_key() {
    let (emulator, client, _) = with_ada().await;
    let all = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    for alg in all {
        let (token, _) = mint(&client, json!({"alg": alg})).await;
        assert_eq!(
            (&header(&token)["alg"], &header(&token)["kid"]),
            (&json!(alg), &json!(format!("test-{}", alg.to_lowercase())))
        );
        assert!(is_valid(&client, &token).await, "{alg}");
    }
    let kid = emulator.rotate_keys(false).unwrap();
    assert_eq!(header(&mint(&client, json!({})).await.0)["kid"], kid, "the signing key of the moment");
}

#[tokio::test]
async fn a_custom_refresh_token_is_accepted_when_its_user_exists() {
    let (_emulator, client, own) = with_ada().await;
    let (token, _) = mint(&client, json!({"profile": "refresh", "claims": {"sub": claims(&own)["sub"]}})).await;
    assert_eq!(client.select(&token, "acme").await.status, 200);
    let (token, _) = mint(&client, json!({"profile": "refresh"})).await;
    assert_eq!(client.select(&token, "acme").await.string("errorCode"), "E062108");
    let (token, _) =
        mint(&client, json!({"profile": "refresh", "sign": "other_key", "claims": {"sub": claims(&own)["sub"]}})).await;
    assert_eq!(client.select(&token, "acme").await.status, 401);
}

#[tokio::test]
async fn header_and_claims_take_any_shape() {
    let (_emulator, client, _) = with_ada().await;
    let (token, seen) = mint(
        &client,
        json!({
            "claims": {"dct": "T1", "amr": null}, "header": {"typ": null, "crit": ["b64"], "b64": false}, "kid": "x",
            "issuedSecondsAgo": 100, "lifetimeSeconds": 50, "profile": "refresh",
        }),
    )
    .await;
    assert_eq!((&seen["dct"], seen.get("amr"), &seen["drn"]), (&json!("T1"), None, &json!("DSR")));
    assert_eq!(seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap(), 50);
    let head = header(&token);
    assert_eq!((head.get("typ"), &head["crit"], &head["kid"]), (None, &json!(["b64"]), &json!("x")));

    let (token, seen) = mint(&client, json!({"rawClaims": {"exp": "NaN"}, "rawHeader": {"kid": "[1]"}})).await;
    assert!(text(&token, 1).contains("\"exp\":NaN") && seen.is_null());
    assert!(text(&token, 0).contains("\"kid\":[1]"));

    let (token, _) = mint(&client, json!({"duplicateClaims": {"sub": "x"}, "duplicateHeader": {"alg": "none"}})).await;
    assert_eq!(text(&token, 1).matches("\"sub\":").count(), 2);
    assert_eq!(text(&token, 0).matches("\"alg\":").count(), 2);

    let (token, seen) = mint(&client, json!({"claimsText": "[1]", "headerText": "{"})).await;
    assert_eq!((text(&token, 1).as_str(), text(&token, 0).as_str(), seen), ("[1]", "{", Value::Null));

    let (token, _) = mint(&client, json!({"nesting": 10_000})).await;
    assert!(text(&token, 1).contains(&"[".repeat(10_000)));

    let (token, seen) = mint(&client, json!({"profile": "empty", "claims": {"a": 1}})).await;
    assert_eq!((seen, token.split('.').count()), (json!({"a": 1}), 3));

    let (token, _) = mint(&client, json!({"text": "not a token"})).await;
    assert_eq!(token, "not a token");
}

#[tokio::test]
async fn times_may_have_any_value() {
    let (_emulator, client, _) = with_ada().await;
    for spec in
        [json!({"issuedSecondsAgo": i64::MIN}), json!({"issuedSecondsAgo": i64::MAX, "lifetimeSeconds": i64::MIN})]
    {
        let (token, _) = mint(&client, spec).await;
        assert_eq!(token.split('.').count(), 3);
    }
}

#[tokio::test]
async fn tokens_have_the_requested_size() {
    let (_emulator, client, _) = with_ada().await;
    for size in [2_000, 4_095, 4_096, 4_097, 16_384, 16_385] {
        let (token, _) = mint(&client, json!({"size": size})).await;
        assert!((size..=size + 2).contains(&token.len()), "{size}: {}", token.len());
        assert!(size > 10_000 || is_valid(&client, &token).await);
    }
}

#[tokio::test]
async fn sign_selects_the_signature() {
    let (_emulator, client, _) = with_ada().await;
    for (spec, alg, length) in [
        (json!({"sign": "other_key"}), "RS256", 256),
        (json!({"sign": "other_key", "embedJwk": true}), "RS256", 256),
        (json!({"sign": "none"}), "none", 0),
        (json!({"sign": "none", "alg": "RS256"}), "RS256", 0),
        (json!({"sign": "hmac_public_key"}), "HS256", 32),
        (json!({"sign": "hmac_public_key", "alg": "RS256"}), "RS256", 32),
        (json!({"sign": "hmac_jwk"}), "HS256", 32),
        (json!({"sign": "random"}), "RS256", 256),
        (json!({"sign": "zeros", "alg": "ES256"}), "ES256", 64),
        (json!({"key": "RS256.other", "kid": "test-rs256"}), "RS256", 256),
        (json!({"key": "ES256", "alg": "RS256"}), "RS256", 64),
    ] {
        let (token, _) = mint(&client, spec.clone()).await;
        assert_eq!((&header(&token)["alg"], part(&token, 2).len()), (&json!(alg), length), "{spec}");
        assert!(!is_valid(&client, &token).await, "{spec}");
    }
    let (token, _) = mint(&client, json!({"sign": "asn1", "alg": "ES512"})).await;
    assert!(part(&token, 2).starts_with(&[0x30, 0x81]) && !is_valid(&client, &token).await);
    let (token, _) = mint(&client, json!({"sign": "other_key", "embedJwk": true})).await;
    assert_eq!(header(&token)["jwk"]["kid"], "test-rs256-other");
    let (token, seen) = mint(&client, json!({"tamper": {"dct": "T9"}})).await;
    assert_eq!(seen["dct"], "T9");
    assert!(!is_valid(&client, &token).await);
}

#[tokio::test]
async fn every_mutation_makes_the_token_invalid() {
    let (_emulator, client, _) = with_ada().await;
    let (plain, _) = mint(&client, json!({})).await;
    let mut seen = BTreeSet::new();
    for mutation in names("Mutation", json!({"mutate": ["x"]})) {
        let spec = json!({"claims": {"filler": "\u{3ff}\u{3ff}??>>~~"}, "mutate": mutation});
        let (token, _) = mint(&client, spec).await;
        assert!(seen.insert(token.clone()), "{mutation} does nothing of its own");
        // Spaces around the bearer belong to HTTP, which drops them.
        if !matches!(mutation.as_str(), "leading_space" | "trailing_space") {
            assert!(!is_valid(&client, &token).await, "{mutation}");
        }
    }
    assert!(seen.len() > 20 && !seen.contains(&plain));
    let (token, _) = mint(&client, json!({"mutate": ["drop_signature", "trailing_dot"]})).await;
    assert_eq!((token.split('.').count(), token.ends_with('.')), (3, true));
}

/// The names that an enumeration of the spec knows, out of its own complaint.
pub(crate) fn names(what: &str, spec: Value) -> Vec<String> {
    let error = serde_json::from_value::<TokenSpec>(spec).unwrap_err().to_string();
    let names: Vec<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(names.len() > 1, "{what}: {error}");
    names
}

#[tokio::test]
async fn impossible_specs_are_refused_by_name() {
    let (emulator, client, _) = with_ada().await;
    for (spec, complaint) in [
        (json!({"key": "RS257"}), "\"t\": token: \"key\": there is no key \"RS257\""),
        (json!({"sign": "asn1"}), "needs an ECDSA algorithm"),
        (json!({"nesting": 1_000_000_000}), "must be at most"),
        (json!({"size": 1_000_000_000}), "must be at most"),
        (json!({"sgin": "own"}), "tokens.t.sgin: unknown field"),
        (json!({"mutate": "x"}), "tokens.t.mutate"),
    ] {
        let reply = client.control("POST", "/tokens", json!({"tokens": {"t": spec}})).await;
        assert_eq!(reply.status, 400, "{spec}");
        assert!(reply.string("error").contains(complaint), "{spec}: {}", reply.text);
    }
    let in_rust = |emulator: &Emulator| emulator.mint(&TokenSpec::default()).unwrap().token;
    assert!(is_valid(&client, &in_rust(&emulator)).await);
}
