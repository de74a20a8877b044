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
    for good in [&[3][..], &[1, 0, 1], &[0, 1, 0, 1]] {
        assert!(with(good).is_ok(), "{good:?}");
    }
    for bad in [&[][..], &[0], &[0, 0], &[1], &[0, 1], &[2], &[4], &[1, 0, 0], &[1, 0, 0, 0, 0]] {
        assert!(with(bad).is_err(), "{bad:?}");
    }
}
