use reqwest::header::{HeaderMap, HeaderValue};

use super::*;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2lnbmF0dXJl";

fn redactor(secrets: &[&str], parts: &str) -> Redactor {
    let authorization = HeaderValue::from_str(&format!("Bearer {parts}")).unwrap();
    Redactor {
        of_client: secrets.iter().map(|text| Secret::from(*text)).collect(),
        of_call: Some(Arc::new(CallSecrets { authorization, external_token: None, headers: HeaderMap::new() })),
    }
}

#[test]
fn tokens_are_replaced_and_prose_is_kept() {
    assert_eq!(redact(&format!("bad token P1:{TOKEN}!")), "bad token P1:[redacted]!");
    for prose in [
        "see https://docs.descope.com/rate-limit.",
        "tenant T1 not found (E011003)",
        "naïve – ünïcode",
        "",
        "8f0e1c2d3b4a5f60-FRA",
        "4b825dc6-42cb-6eb9-a060-e54bf8d69288",
    ] {
        assert_eq!(redact(prose), prose);
    }
    assert_eq!(redact("payload eyJzdWIiOiJVMSJ9aaaa only"), "payload [redacted] only");
}

#[test]
fn control_characters_become_spaces_and_invisible_ones_are_removed() {
    assert_eq!(redact("a\r\nb\u{1b}[31mc\u{7f}\u{9b}d\te\0f\u{2028}g"), "a  b [31mc  d e f g");
    assert_eq!(redact("ab\u{202e}cd\u{200b}e\u{2066}f\u{feff}"), "abcdef");
    assert_eq!(redact("eyJhbGciOiJS\u{200d}UzI1NiJ9.eyJzdWIi"), "[redacted]", "not in pieces either");
}

#[test]
fn every_part_of_twelve_characters_is_replaced_whatever_the_alphabet() {
    let secrets = [
        "correct horse battery staple",
        "p4$$w0rd-with-ünïcode-ß",
        "KEY_0123456789abcdef",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "============================",
    ];
    for secret in secrets {
        let redactor = redactor(&[secret], "P1");
        let chars: Vec<char> = secret.chars().collect();
        for start in 0..chars.len() {
            for end in start..=chars.len() {
                let part: String = chars[start..end].iter().collect();
                let text = redactor.redact(&format!("before <{part}> after"));
                if part.len() >= PART {
                    assert_eq!(text, "before <[redacted]> after", "{part}");
                } else {
                    assert_eq!(text, format!("before <{part}> after"));
                }
            }
        }
    }
}

#[test]
fn the_bearer_is_taken_apart_and_the_project_is_no_secret() {
    let redactor = redactor(&[], &format!("P2abcdefghijklmnop:{TOKEN}:k3y-19!"));
    assert_eq!(
        redactor.redact(&format!("P2abcdefghijklmnop:{TOKEN}:k3y-19!")),
        "P2abcdefghijklmnop:[redacted]:[redacted]"
    );
    assert_eq!(redactor.redact("the key k3y-19! is wrong"), "the key [redacted] is wrong");
    assert_eq!(redactor.redact("k3y-19"), "k3y-19", "a short secret is looked for as a whole");
}

#[test]
fn texts_are_cut_at_a_character() {
    let text = redact(&"ü ".repeat(4096));
    assert_eq!((text.len(), text.ends_with('ü') || text.ends_with(' ')), (MAX_TEXT - 1, true));
}

#[test]
fn redaction_of_a_long_text_terminates() {
    let (text, secret) = ("a".repeat(1_000_000), "a".repeat(65_536));
    assert_eq!(redactor(&[&secret], "P1").redact(&text), REDACTED);
    let text = "ab".repeat(500_000);
    assert_eq!(redactor(&[&secret], "P1").redact(&text).len(), REDACTED.len(), "the shape of a token");
}

#[test]
fn the_secrets_of_options_are_headers_and_credentials_of_proxies() {
    let mut headers = HeaderMap::new();
    let mut secret = HeaderValue::from_static("a header that is a credential");
    secret.set_sensitive(true);
    headers.insert("x-key", secret);
    headers.insert("accept", HeaderValue::from_static("application/json"));
    let proxies =
        ["http://corp:pass%2Bword@proxy.corp:3128", "http://token-of-the-proxy@proxy.corp", "http://proxy.corp"]
            .map(Secret::from);
    let secrets = secrets_of_options(&headers, &proxies);
    let texts: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    let expected = [
        "a header that is a credential",
        "pass%2Bword",
        "pass+word",
        "Y29ycDpwYXNzK3dvcmQ=",
        "token-of-the-proxy",
        "token-of-the-proxy",
        "dG9rZW4tb2YtdGhlLXByb3h5Og==",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn causes_are_texts() {
    let host = "not valid for internal-api-gateway.corp.example";
    assert_eq!(redactor(&[], "P1").cause(&std::io::Error::other(host)).root(), host);
    assert_eq!(redactor(&[], "P1").redact_names("user.customAttributes"), "user.customAttributes");
    assert_eq!(redactor(&[], "P1").redact_names("claims.eyJzdWIiOiJVMSJ9aaaa"), "claims.[redacted]");
    let inner = std::io::Error::other(format!("peer said {TOKEN}\r\n"));
    let cause = redactor(&[], "P1").cause(&inner);
    assert_eq!(
        (cause.to_string(), cause.root()),
        ("peer said [redacted].[redacted].c2lnbmF0dXJl  ".to_owned(), "peer said [redacted].[redacted].c2lnbmF0dXJl  ")
    );
    assert_eq!(format!("{cause:?}"), r#""peer said [redacted].[redacted].c2lnbmF0dXJl  ""#);
}
