//! What makes a token good, as tables; the time is an argument.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value as Json, json};

use super::*;

const NOW: u64 = 1_700_000_000;
const PROJECT: &str = "P1";

struct Signer {
    pair: Ed25519KeyPair,
    keys: KeySet,
}

impl Signer {
    fn new() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "x": x});
        Self { pair, keys: KeySet::from_public_key(&jwk.to_string()).unwrap() }
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A good session token with these claims changed; null takes one away.
    fn token(&self, changes: Json) -> String {
        let mut claims = json!({"iss": PROJECT, "sub": "U1", "drn": "DS", "iat": NOW, "exp": NOW + 60});
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Json::Null => claims.as_object_mut().unwrap().remove(name),
                value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
            };
        }
        self.sign(r#"{"alg":"EdDSA","kid":"k1"}"#, &claims.to_string())
    }

    fn check(&self, token: &str, expected: &Expected, now: u64) -> Result<Object> {
        let now = UNIX_EPOCH + Duration::from_secs(now);
        let checked = |keys| check(&parse(token, keys)?, &self.keys, expected, now);
        let (unknown, known) = (checked(None), checked(Some(&self.keys)));
        let text = |result: &Result<Object>| result.clone().map_err(|error| error.to_string());
        assert_eq!(text(&unknown), text(&known), "with a header that is known");
        known
    }
}

fn expected(audience: Audience) -> Expected {
    let names = vec!["DS".to_owned(), "custom".to_owned()];
    Expected {
        project_id: PROJECT.to_owned(),
        purpose: Purpose::Session,
        names,
        audience,
        leeway: Duration::from_secs(5),
    }
}

fn verdict(result: &Result<Object>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) if error.kind() == ErrorKind::TokenExpired => "expired",
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidToken);
            "invalid"
        }
    }
}

#[test]
fn claims_decide_as_the_table_says() {
    let signer = Signer::new();
    for (changes, verdict_expected) in [
        (json!({}), "ok"),
        (json!({"drn": "custom"}), "ok"),
        (json!({"drn": "DSR"}), "invalid"),
        (json!({"drn": null}), "invalid"),
        (json!({"drn": ["DS"]}), "invalid"),
        (json!({"iss": format!("https://api.descope.com/{PROJECT}")}), "ok"),
        (json!({"iss": format!("https://any.host:1/v1/apps/{PROJECT}")}), "ok"),
        (json!({"iss": format!("https://a.b/v1/apps/agentic/{PROJECT}/m1")}), "ok"),
        (json!({"iss": format!("https://a.b/v1/apps/other/{PROJECT}/m1")}), "invalid"),
        (json!({"iss": format!("https://a.b/v1/apps/x{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/v1/apps/{PROJECT}x")}), "invalid"),
        (json!({"iss": format!("https://a.b/v1/apps/{PROJECT}/")}), "invalid"),
        (json!({"iss": format!("https://{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/x?y=/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/x#/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("ftp://a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("a/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("http://127.0.0.1:1/v1/apps/{PROJECT}")}), "ok"),
        (json!({"iss": format!("https://[::1]:1/{PROJECT}")}), "ok"),
        (json!({"iss": format!("https://my_host/x;y=1/{PROJECT}")}), "ok"),
        (json!({"iss": format!("https://a.b/agentic/{PROJECT}/")}), "invalid"),
        (json!({"iss": format!("https://a.b//{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT}//")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT}/.")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT}/x/..")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT}/x/%2E%2e")}), "invalid"),
        (json!({"iss": format!("https://a.b/%2e/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/x%2f..%2f/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT}%20")}), "invalid"),
        (json!({"iss": "https://a.b/%501"}), "invalid"),
        (json!({"iss": format!("https://a.b\\{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/x\\{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https:\\\\a.b\\{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https:/a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https:a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https:///a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("HTTPS://a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://u@a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://u:p@a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b:/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://:1/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b:99999/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a%2eb/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/ü/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b?/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/\n{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/\t{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT}\u{0}")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT}\u{7f}")}), "invalid"),
        (json!({"iss": format!(" https://a.b/{PROJECT}")}), "invalid"),
        (json!({"iss": format!("https://a.b/{PROJECT} ")}), "invalid"),
        (json!({"iss": format!("{PROJECT} ")}), "invalid"),
        (json!({"iss": format!("{PROJECT}\n")}), "invalid"),
        (json!({"iss": [PROJECT]}), "invalid"),
        (json!({"iss": ""}), "invalid"),
        (json!({"iss": null}), "invalid"),
        (json!({"sub": null}), "invalid"),
        (json!({"sub": null, "dsub": "U1"}), "ok"),
        (json!({"sub": 7}), "invalid"),
        (json!({"aud": PROJECT}), "ok"),
        (json!({"aud": ["x", PROJECT]}), "ok"),
        (json!({"aud": "x"}), "invalid"),
        (json!({"aud": []}), "invalid"),
        (json!({"aud": 7}), "invalid"),
        (json!({"exp": null}), "invalid"),
        (json!({"exp": "9999999999"}), "invalid"),
        (json!({"exp": NOW as f64 + 0.5}), "ok"),
        (json!({"exp": 1e300}), "invalid"),
        (json!({"exp": i64::MAX}), "ok"),
        (json!({"exp": i64::MIN}), "expired"),
        (json!({"exp": -1}), "expired"),
        (json!({"exp": NOW - 4}), "ok"),
        (json!({"exp": NOW - 5}), "expired"),
        (json!({"nbf": NOW + 5}), "ok"),
        (json!({"nbf": NOW + 6}), "invalid"),
        (json!({"nbf": "1"}), "invalid"),
        (json!({"iat": NOW + 1000}), "ok"),
        (json!({"iat": "yesterday"}), "ok"),
        (json!({"exp": NOW - 60, "drn": "DSR"}), "invalid"),
        (json!({"exp": NOW - 60, "aud": "x"}), "invalid"),
    ] {
        let result = signer.check(&signer.token(changes.clone()), &expected(Audience::Project), NOW);
        assert_eq!(verdict(&result), verdict_expected, "{changes}");
    }
}

#[test]
fn a_named_audience_must_be_there() {
    let signer = Signer::new();
    let named = || expected(Audience::Named("api".to_owned()));
    for (aud, good) in
        [(json!("api"), true), (json!(["x", "api"]), true), (json!(PROJECT), false), (json!("ap"), false)]
    {
        let result = signer.check(&signer.token(json!({ "aud": aud })), &named(), NOW);
        assert_eq!(result.is_ok(), good, "{aud}");
    }
    assert!(signer.check(&signer.token(json!({})), &named(), NOW).is_err());
    let any = expected(Audience::Any);
    assert!(signer.check(&signer.token(json!({"aud": "x"})), &any, NOW).is_ok());
}

#[test]
fn a_token_bound_to_a_key_is_refused_with_the_reason() {
    let signer = Signer::new();
    for cnf in [json!({"jkt": "x"}), json!({"x5t#S256": "x"}), json!({}), json!([]), json!("x"), json!(false)] {
        for exp in [NOW + 60, NOW - 60] {
            let token = signer.token(json!({"cnf": cnf, "exp": exp}));
            for audience in [Audience::Project, Audience::Any] {
                let error = signer.check(&token, &expected(audience), NOW).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidToken, "{cnf}");
                assert!(error.to_string().contains("its proof of possession is not checked"), "{error}");
            }
        }
    }
    let claims = format!(r#"{{"iss":"{PROJECT}","sub":"U1","drn":"DS","exp":{},"cnf":null}}"#, NOW + 60);
    let token = signer.sign(r#"{"alg":"EdDSA","kid":"k1"}"#, &claims);
    assert!(signer.check(&token, &expected(Audience::Project), NOW).is_ok(), "null binds to nothing");
}

#[test]
fn the_compact_form_is_strict() {
    let signer = Signer::new();
    let good = signer.token(json!({}));
    assert!(signer.check(&good, &expected(Audience::Project), NOW).is_ok());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let mut flipped = signature.to_owned();
    flipped.replace_range(10..11, if &signature[10..11] == "A" { "B" } else { "A" });
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{good}."),
        format!("{good}.{signature}.{signature}"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!("{header}.{payload}.{flipped}"),
        format!("{header}.{payload}.{}", &signature[..signature.len() - 1]),
        format!("{payload}.{payload}.{signature}"),
        format!("{header}..{signature}"),
        good.replace(payload, &URL_SAFE_NO_PAD.encode("{}")),
    ] {
        assert_eq!(verdict(&signer.check(&bad, &expected(Audience::Project), NOW)), "invalid", "{bad}");
    }
}

#[test]
fn headers_that_require_an_extension_are_refused() {
    let signer = Signer::new();
    let claims = json!({"iss": PROJECT, "sub": "U1", "drn": "DS", "exp": NOW + 60}).to_string();
    let check = |header: &str| signer.check(&signer.sign(header, &claims), &expected(Audience::Project), NOW);
    assert!(check(r#"{"alg":"EdDSA","kid":"k1","typ":"JWT","jku":"https://evil.test","jwk":{}}"#).is_ok());
    for bad in [
        r#"{"kid":"k1"}"#,
        r#"{"alg":"none","kid":"k1"}"#,
        r#"{"alg":"None","kid":"k1"}"#,
        r#"{"alg":"HS256","kid":"k1"}"#,
        r#"{"alg":"RS256","kid":"k1"}"#,
        r#"{"alg":["EdDSA"],"kid":"k1"}"#,
        r#"{"alg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","kid":""}"#,
        r#"{"alg":"EdDSA","kid":1}"#,
        r#"{"alg":"EdDSA","kid":"k2"}"#,
        r#"{"alg":"EdDSA","kid":"k1","kid":"k1"}"#,
        r#"{"alg":"EdDSA","kid":"k1","crit":["exp"]}"#,
        r#"{"alg":"EdDSA","kid":"k1","crit":[]}"#,
        r#"{"alg":"EdDSA","kid":"k1","b64":false}"#,
        r#"["EdDSA","k1"]"#,
        "",
        &format!(r#"{{"alg":"EdDSA","kid":"k1","x":"{}"}}"#, "x".repeat(MAX_HEADER)),
    ] {
        assert_eq!(verdict(&check(bad)), "invalid", "{bad}");
    }
}

#[test]
fn claims_that_name_something_twice_are_refused() {
    let signer = Signer::new();
    let claims = format!(r#"{{"iss":"{PROJECT}","sub":"U1","sub":"U2","drn":"DS","exp":{}}}"#, NOW + 60);
    let token = signer.sign(r#"{"alg":"EdDSA","kid":"k1"}"#, &claims);
    assert_eq!(verdict(&signer.check(&token, &expected(Audience::Project), NOW)), "invalid");
}

proptest::proptest! {
    #[test]
    fn extreme_times_of_a_token_do_not_panic(exp: i64, nbf: i64, iat: f64, float: f64, now: u64, leeway: u64) {
        let now = UNIX_EPOCH.checked_add(Duration::from_secs(now / 4)).unwrap_or(UNIX_EPOCH);
        for exp in [Value::Integer(exp.into()), Value::Integer(i128::MAX), Value::Integer(i128::MIN), Value::Float(float)] {
            let mut claims = Object::new();
            claims.insert("sub".to_owned(), "U1".into());
            claims.insert("exp".to_owned(), exp);
            claims.insert("nbf".to_owned(), nbf.into());
            claims.insert("iat".to_owned(), iat.into());
            let _ = check_time(&claims, Duration::from_secs(leeway), now);
            if let Some(session) = session::Session::from_claims("P1", claims) {
                // Up to here every language has every whole number.
                proptest::prop_assert!(session.expires_at().unsigned_abs() < 1 << 53);
                proptest::prop_assert!(session.issued_at().is_none_or(|at| at.unsigned_abs() < 1 << 53));
            }
        }
    }
}

#[test]
fn a_usual_host_is_one_that_the_url_parser_accepts() {
    for host in [
        "api.descope.com",
        "a",
        "a-b.c-d",
        "-a.a-",
        "1.a",
        "127.0.0.1:8000",
        "localhost:65535",
        "api.use1.descope.com:443",
    ] {
        assert!(is_usual_host(host) && Url::parse(&format!("https://{host}/v1")).is_ok(), "{host}");
    }
    for host in [
        "",
        "A.com",
        "a..b",
        ".a",
        "a.",
        "xn--a",
        "a.xn--80ak6aa92e",
        "1",
        "1.2.3.256",
        "0x7f.1",
        "a.1",
        "a_b",
        "[::1]",
        "a:65536",
        "a:1:2",
    ] {
        assert!(!is_usual_host(host), "{host}");
    }
}

proptest::proptest! {
    #[test]
    fn the_url_parser_finds_nothing_wrong_with_a_usual_host(host in "[a-z0-9.:-]{1,12}|([a-z0-9-]{1,4}[.]){1,3}[a-z0-9]{1,3}(:[0-9]{1,5})?") {
        proptest::prop_assert!(!is_usual_host(&host) || Url::parse(&format!("http://{host}/v1/apps/P1")).is_ok(), "{}", host);
    }
}
