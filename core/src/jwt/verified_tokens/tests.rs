//! What a verified token may be taken for, until when, and how many are kept.

use super::*;
use crate::model::Object;

const NOW: u64 = 1_700_000_000;
const END: u64 = NOW + 60;
const LEEWAY: u64 = 5;
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJVMSIsImF1ZCI6WyJhIiwiYiJdfQ.c2lnbmF0dXJl-_8";

fn key_set() -> KeySet {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let jwk = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "x": x});
    KeySet::from_public_key(&jwk.to_string()).unwrap()
}

/// A cache, and keys that a test can change.
struct Fixture {
    cache: VerifiedTokens,
    keys: KeyCache,
    current: Arc<KeySet>,
}

impl Fixture {
    fn new(capacity: usize) -> Self {
        let mut fixture = Self {
            cache: VerifiedTokens::new(capacity).unwrap(),
            keys: KeyCache::new(None),
            current: Arc::new(key_set()),
        };
        fixture.change_keys();
        fixture
    }

    /// Another key set with the same keys, as of a client whose keys were fetched again.
    fn change_keys(&mut self) {
        let keys = KeyCache::new(Some(key_set()));
        self.current = keys.fresh("k1").unwrap();
        self.keys = keys;
    }

    fn at<'a>(&'a self, seconds: u64, audience: Option<&'a str>) -> Conditions<'a> {
        Conditions {
            keys: &self.keys,
            project_id: "P1",
            audience,
            leeway: Duration::from_secs(LEEWAY),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        }
    }

    fn insert(&self, token: &str, claims: &serde_json::Value) {
        self.cache.insert(token, &session(claims), &self.current, &self.at(NOW, None));
    }

    fn finds(&self, token: &str, seconds: u64, audience: Option<&str>) -> bool {
        self.cache.find(token, &self.at(seconds, audience)).is_some()
    }

    fn entries(&self) -> u64 {
        self.cache.counts().entries
    }
}

fn session(claims: &serde_json::Value) -> Session {
    let mut all = serde_json::json!({"sub": "U1", "exp": END});
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let claims: Object = serde_json::from_value(all).unwrap();
    Session::from_claims("P1", claims).unwrap()
}

#[test]
fn zero_is_no_cache() {
    assert!(VerifiedTokens::new(0).is_none());
}

#[test]
fn finds_the_session_of_the_same_token() {
    let fixture = Fixture::new(100);
    fixture.insert(TOKEN, &serde_json::json!({"dct": "acme"}));
    let found = fixture.cache.find(TOKEN, &fixture.at(NOW, None)).unwrap();
    assert_eq!(found.session, session(&serde_json::json!({"dct": "acme"})));
}

#[test]
fn no_other_text_is_taken_for_the_token() {
    let fixture = Fixture::new(100);
    fixture.insert(TOKEN, &serde_json::json!({}));
    let bytes = TOKEN.as_bytes();
    // Each bit of each byte: header, payload, signature, dots and the padding bits of base64url.
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut other = bytes.to_vec();
            other[position] ^= 1 << bit;
            assert!(!fixture.finds(&String::from_utf8_lossy(&other), NOW, None), "bit {bit} of byte {position}");
        }
    }
    let (signed, signature) = TOKEN.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    for other in [
        String::new(),
        TOKEN.to_uppercase(),
        TOKEN.to_lowercase(),
        format!(" {TOKEN}"),
        format!("{TOKEN} "),
        format!("{TOKEN}\n"),
        format!("{TOKEN}="),
        format!("{TOKEN}."),
        format!("{TOKEN}\0"),
        format!("{TOKEN}{TOKEN}"),
        TOKEN[..TOKEN.len() - 1].to_owned(),
        // Caches that take a part of a token for the whole of it find these.
        format!("{header}.e30.{signature}"),
        format!("eyJhbGciOiJub25lIn0.{payload}.{signature}"),
        format!("{header}.{payload}.AAAA"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        signature.to_owned(),
    ] {
        assert!(!fixture.finds(&other, NOW, None), "{other:?}");
    }
    assert!(fixture.finds(TOKEN, NOW, None));
}

#[test]
fn a_token_with_the_hash_of_another_is_not_found() {
    let fixture = Fixture::new(1);
    fixture.insert(TOKEN, &serde_json::json!({}));
    let mut set = fixture.cache.sets[0].lock().unwrap();
    let hash = set.entries[0].hash;
    assert!(set.find(hash, "another.token.text", &fixture.at(NOW, None)).is_none());
    assert!(set.find(hash, TOKEN, &fixture.at(NOW, None)).is_some());
}

#[test]
fn every_cache_has_a_key_of_its_own() {
    let hashes: std::collections::HashSet<_> =
        (0..100).map(|_| VerifiedTokens::new(1).unwrap().hasher.hash_one(TOKEN)).collect();
    assert_eq!(hashes.len(), 100);
}

#[test]
fn ends_with_the_expiry_and_its_leeway() {
    let fixture = Fixture::new(100);
    fixture.insert(TOKEN, &serde_json::json!({}));
    assert!(fixture.finds(TOKEN, END + LEEWAY - 1, None));
    assert_eq!(fixture.entries(), 1);
    assert!(!fixture.finds(TOKEN, END + LEEWAY, None));
    assert_eq!(fixture.entries(), 0);
    // Not even when the clock is set back.
    assert!(!fixture.finds(TOKEN, NOW, None));
}

#[test]
fn an_expired_token_does_not_enter() {
    let fixture = Fixture::new(100);
    fixture.insert(TOKEN, &serde_json::json!({"exp": NOW - LEEWAY}));
    assert_eq!(fixture.entries(), 0);
}

#[test]
fn is_not_found_before_its_time() {
    let fixture = Fixture::new(100);
    fixture.insert(TOKEN, &serde_json::json!({"nbf": NOW}));
    // The clock was set back.
    assert!(!fixture.finds(TOKEN, NOW - LEEWAY - 1, None));
    assert!(fixture.finds(TOKEN, NOW - LEEWAY, None));
}

#[test]
fn the_audience_of_each_call_decides() {
    let fixture = Fixture::new(100);
    for (aud, good, bad) in [
        (serde_json::json!({}), vec![None], vec![Some("a"), Some("P1")]),
        (serde_json::json!({"aud": null}), vec![None], vec![Some("a")]),
        (serde_json::json!({"aud": "a"}), vec![Some("a")], vec![None, Some("b"), Some("A"), Some("")]),
        (serde_json::json!({"aud": ["a", "b"]}), vec![Some("a"), Some("b")], vec![None, Some("c"), Some("ab")]),
        (serde_json::json!({"aud": ["a", "P1"]}), vec![None, Some("a")], vec![Some("P2")]),
        (serde_json::json!({"aud": 7}), vec![], vec![None, Some("7")]),
    ] {
        fixture.insert(TOKEN, &aud);
        for audience in good {
            assert!(fixture.finds(TOKEN, NOW, audience), "{aud} for {audience:?}");
        }
        for audience in bad {
            assert!(!fixture.finds(TOKEN, NOW, audience), "{aud} for {audience:?}");
        }
    }
}

#[test]
fn ends_when_the_keys_change() {
    let mut fixture = Fixture::new(100);
    fixture.insert(TOKEN, &serde_json::json!({}));
    let former = Arc::clone(&fixture.current);
    fixture.change_keys();
    assert!(!fixture.finds(TOKEN, NOW, None));
    assert_eq!(fixture.entries(), 0);
    // A verification that began before the change does not bring it back.
    fixture.cache.insert(TOKEN, &session(&serde_json::json!({})), &former, &fixture.at(NOW, None));
    assert_eq!(fixture.entries(), 0);
}

#[test]
fn never_keeps_more_than_its_capacity() {
    for capacity in [1, 2, 15, 16, 17, 100, 1000] {
        let fixture = Fixture::new(capacity);
        for number in 0..2 * capacity + 10 {
            fixture.insert(&format!("{TOKEN}{number}"), &serde_json::json!({}));
        }
        let entries = usize::try_from(fixture.entries()).unwrap();
        assert!(entries <= capacity && entries > capacity / 2, "{entries} of {capacity}");
    }
}

#[test]
fn keeps_the_tokens_that_were_used_last() {
    let fixture = Fixture::new(2);
    let insert = |token| fixture.insert(token, &serde_json::json!({}));
    insert("a");
    insert("b");
    assert!(fixture.finds("a", NOW, None));
    insert("c");
    assert!(fixture.finds("a", NOW, None) && !fixture.finds("b", NOW, None) && fixture.finds("c", NOW, None));
}

#[test]
fn tokens_that_are_not_found_displace_nothing() {
    let fixture = Fixture::new(1);
    fixture.insert(TOKEN, &serde_json::json!({}));
    for number in 0..10_000 {
        assert!(!fixture.finds(&format!("{TOKEN}{number}"), NOW, None));
    }
    assert!(fixture.finds(TOKEN, NOW, None));
}

#[test]
fn expired_tokens_go_first() {
    let fixture = Fixture::new(2);
    fixture.insert("short", &serde_json::json!({"exp": NOW + 1}));
    fixture.insert("long", &serde_json::json!({}));
    assert!(fixture.finds("short", NOW, None));
    let later = fixture.at(NOW + 1 + LEEWAY, None);
    fixture.cache.insert("new", &session(&serde_json::json!({})), &fixture.current, &later);
    assert!(fixture.finds("long", NOW, None) && fixture.finds("new", NOW, None) && !fixture.finds("short", NOW, None));
}

#[test]
fn a_number_never_comes_twice() {
    let fixture = Fixture::new(2);
    let mut numbers = std::collections::HashSet::new();
    for token in ["a", "b", "a", "c", "a"] {
        fixture.insert(token, &serde_json::json!({}));
        assert!(numbers.insert(fixture.cache.find(token, &fixture.at(NOW, None)).unwrap().number));
    }
}

#[test]
fn counts_entries_hits_and_verifications() {
    let fixture = Fixture::new(100);
    assert_eq!(fixture.cache.counts(), Counts::default());
    fixture.cache.count_miss();
    fixture.insert(TOKEN, &serde_json::json!({}));
    assert!(fixture.finds(TOKEN, NOW, None) && fixture.finds(TOKEN, NOW, None) && !fixture.finds("other", NOW, None));
    assert_eq!(fixture.cache.counts(), Counts { entries: 1, hits: 2, misses: 1 });
}

#[test]
fn threads_find_their_own_sessions() {
    let fixture = Fixture::new(8);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let fixture = &fixture;
            scope.spawn(move || {
                for round in 0..500 {
                    let user = format!("U{}", (thread * 7 + round) % 20);
                    fixture.insert(&user, &serde_json::json!({"sub": user}));
                    if let Some(found) = fixture.cache.find(&user, &fixture.at(NOW, None)) {
                        assert_eq!(found.session.user_id(), user);
                    }
                }
            });
        }
    });
    assert!(fixture.entries() <= 8);
}
