//! HTTPS under the emulator's own authority.

use tenant_select_emulator::{Emulator, Fault, FaultKind, JournalEntry, Options};

use crate::support::{Client, ada, http_client, http_client_for};

async fn with_tls() -> (Emulator, String) {
    let emulator = Emulator::start(Options::default().tls().user(ada())).await.unwrap();
    let token = emulator.sign_in("ada@example.com", None).unwrap().refresh_jwt;
    (emulator, token)
}

#[tokio::test]
async fn both_protocols_are_served_to_clients_that_trust_the_authority() {
    let (emulator, token) = with_tls().await;
    assert!(emulator.url().starts_with("https://127.0.0.1:"));
    let http1 = http_client_for(emulator.ca_pem(), &["http/1.1"]);
    for (http, protocol) in [(http_client(emulator.ca_pem()), "HTTP/2.0"), (http1, "HTTP/1.1")] {
        emulator.clear_requests();
        let client = Client::with(&emulator, http);
        assert_eq!(client.select(&token, "acme").await.status, 200);
        let entries = emulator.requests();
        let request = entries.iter().find_map(JournalEntry::as_request).unwrap();
        assert_eq!(request.protocol, protocol);
        let pem = client.send(client.request("GET", "/emulator/ca.pem")).await.unwrap();
        assert_eq!(Some(pem.text.as_str()), emulator.ca_pem());
    }
}

#[tokio::test]
async fn clients_that_do_not_trust_the_certificate_fail() {
    let (emulator, token) = with_tls().await;
    let (another, _) = with_tls().await;
    for ca in [None, another.ca_pem()] {
        let client = Client::with(&emulator, http_client(ca));
        let error = client.try_api("GET", "/v1/auth/me", &token, serde_json::Value::Null).await.err().unwrap();
        assert!(error.is_connect(), "{error:?}");
    }
    assert!(emulator.requests().is_empty());
}

#[tokio::test]
async fn faults_apply_below_tls() {
    let (emulator, token) = with_tls().await;
    let http1 = || http_client_for(emulator.ca_pem(), &["http/1.1"]);
    for kind in [FaultKind::Reset, FaultKind::Close, FaultKind::Truncate, FaultKind::Garbage] {
        for http in [http_client(emulator.ca_pem()), http1()] {
            let client = Client::with(&emulator, http);
            emulator.add_fault(Fault::new("/v1/auth/me", kind)).unwrap();
            assert!(client.try_api("GET", "/v1/auth/me", &token, serde_json::Value::Null).await.is_err(), "{kind:?}");
            assert_eq!(client.me(&token).await.status, 200, "{kind:?}: a new connection works");
        }
    }
}

#[tokio::test]
async fn without_tls_there_is_no_authority() {
    let emulator = Emulator::start(Options::default()).await.unwrap();
    let client = Client::new(&emulator);
    assert_eq!(client.send(client.request("GET", "/emulator/ca.pem")).await.unwrap().status, 404);
}
