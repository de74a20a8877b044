//! Which keys and sets are used, as tables; nothing is verified with them here.

use serde_json::{Value as Json, json};

use super::*;

const GOOD: &str =
    r#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn set(keys: &str) -> Result<KeySet, String> {
    KeySet::from_json(format!(r#"{{"keys":[{keys}]}}"#).as_bytes())
}

#[test]
fn broken_sets_are_refused_as_a_whole() {
    assert!(set(GOOD).is_ok());
    assert!(KeySet::from_json(format!("[{GOOD}]").as_bytes()).is_ok(), "the older endpoint's bare array");
    for bad in [
        "",
        "{}",
        &format!("{GOOD},{GOOD}"),
        &GOOD.replace(r#""alg":"EdDSA","#, ""),
        &GOOD.replace("EdDSA", "HS256"),
        &GOOD.replace("EdDSA", "RS256"),
        &GOOD.replace(r#""kid":"k","#, ""),
        &GOOD.replace(r#""kid":"k""#, r#""kid":"k","kid":"k""#),
        &GOOD.replace(r#""kid":"k""#, r#""kid":"k","use":"enc""#),
        &GOOD.replace("11qY", "11q="),
        &(0..65).map(|n| GOOD.replace(r#""k""#, &format!(r#""k{n}""#))).collect::<Vec<_>>().join(","),
    ] {
        assert!(set(bad).is_err(), "{bad}");
    }
    assert!(KeySet::from_json(b"<html>").is_err());
}

#[test]
fn key_ops_must_include_verify_when_present() {
    let with = |operations: Json| {
        let mut jwk: Json = serde_json::from_str(GOOD).unwrap();
        jwk["key_ops"] = operations;
        jwk.to_string()
    };
    for good in [json!(["verify"]), json!(["sign", "verify"])] {
        assert!(set(&with(good)).is_ok());
    }
    for bad in [json!([]), json!(["sign"]), json!(["Verify"]), json!("verify"), json!({"verify": true}), json!(null)] {
        assert!(set(&with(bad.clone())).is_err(), "{bad}");
        assert!(KeySet::from_public_key(&with(bad.clone())).err().unwrap().contains("key_ops"), "{bad}");
    }
}

#[test]
fn rsa_exponents_are_odd_and_at_least_3() {
    let modulus = URL_SAFE_NO_PAD.encode([0xd5; 256]);
    let with = |exponent: &[u8]| {
        let jwk = json!({
            "kty": "RSA", "alg": "RS256", "kid": "k", "n": modulus, "e": URL_SAFE_NO_PAD.encode(exponent),
        });
        KeySet::from_public_key(&jwk.to_string())
    };
    for good in [&[3][..], &[1, 0, 1], &[0, 1, 0, 1], &[1, 0, 0, 0, 1]] {
        assert!(with(good).is_ok(), "{good:?}");
    }
    for bad in [&[][..], &[0], &[0, 0], &[1], &[0, 1], &[2], &[4], &[1, 0, 0], &[1, 0, 0, 0, 0], &[2, 0, 0, 0, 1]] {
        assert!(with(bad).is_err(), "{bad:?}");
    }
}

/// The examples of RFC 7515, RFC 7520 and RFC 8037, each with its key. Most of their headers name no key and most of their
/// contents are no claims, so that as tokens they are refused: the contract cases of `validate_session.rfc` show that.
#[test]
fn signatures_of_the_rfc_examples_verify() {
    let examples: Vec<Json> = serde_json::from_str(include_str!("rfc_examples.json")).unwrap();
    for example in &examples {
        let token = example["token"].as_str().unwrap();
        let set = KeySet::from_public_key(&example["key"].to_string()).unwrap();
        let key = &set.keys[0];
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(key.verifies(message.as_bytes(), &signature), "{}", example["name"]);
        for position in [0, message.len() / 2, message.len() - 1] {
            let mut changed = message.as_bytes().to_vec();
            changed[position] ^= 1;
            assert!(!key.verifies(&changed, &signature), "{} {position}", example["name"]);
        }
        for position in 0..signature.len() {
            let mut changed = signature.clone();
            changed[position] ^= 0x80;
            assert!(!key.verifies(message.as_bytes(), &changed), "{} {position}", example["name"]);
        }
    }
    assert_eq!(examples.len(), 7);
}
