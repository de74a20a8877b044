//! A response that breaks off after its head: what the status says is known, and of a success nothing is sent again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tenant_select::{Client, ErrorKind, Outcome};
use tenant_select_emulator::{Fault, FaultKind, Options};
use tenant_select_tests::fixture::{Fixture, SELECT};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2lnbmF0dXJl";

/// How a stream ends after its head and 40 bytes of its body.
#[derive(Clone, Copy, Debug)]
enum End {
    RefusedStream,
    Cancel,
    Goaway,
    Close,
}

/// An HTTP/2 server of raw frames: they arrive in the order in which they are written, whatever a library would drop.
struct Server {
    url: String,
    ca_file: PathBuf,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start(name: &str, status: u8, end: End) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let ca_file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
        std::fs::write(&ca_file, authority.self_signed(&authority_key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut tls = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counter) = (acceptor.clone(), Arc::clone(&counter));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = serve(stream, status, end, &counter).await;
                    }
                });
            }
        });
        Self { url, ca_file, requests }
    }

    fn client(&self) -> Client {
        let builder = Client::builder().project_id("P1").base_url(&self.url).ca_file(&self.ca_file).verify(false);
        builder.timeout(Duration::from_secs(30)).build().unwrap()
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    status: u8,
    end: End,
    requests: &AtomicUsize,
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    stream.write_all(&frame(4, 0, 0, &[])).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await?;
        // HEADERS or DATA with END_STREAM: the request is there.
        if !matches!(head[3], 0 | 1) || head[4] & 1 == 0 {
            continue;
        }
        requests.fetch_add(1, Ordering::SeqCst);
        let ending = match end {
            End::RefusedStream => frame(3, 0, id, &7_u32.to_be_bytes()),
            End::Cancel => frame(3, 0, id, &8_u32.to_be_bytes()),
            End::Goaway => frame(7, 0, 0, &[0; 8]),
            End::Close => Vec::new(),
        };
        // One byte of HPACK's static table is a whole head.
        let response = [frame(1, 4, id, &[status]), frame(0, 0, id, &[b' '; 40]), ending].concat();
        stream.write_all(&response).await?;
        stream.flush().await?;
        if matches!(end, End::Goaway | End::Close) {
            return stream.shutdown().await;
        }
    }
}

/// `:status 200` and `:status 404` in the static table (RFC 7541, appendix A).
const OK: u8 = 0x88;
const NOT_FOUND: u8 = 0x8d;

#[tokio::test]
async fn an_exchange_is_sent_once_when_http2_breaks_off_after_the_head_of_a_success() {
    for (end, kind) in [
        (End::RefusedStream, ErrorKind::Connection),
        (End::Cancel, ErrorKind::Connection),
        // The HTTP library takes a GOAWAY without an error for the end of the body.
        (End::Goaway, ErrorKind::InvalidResponse),
        (End::Close, ErrorKind::Connection),
    ] {
        let server = Server::start(&format!("success-{end:?}"), OK, end).await;
        let error = server.client().select_tenant("T1", &TOKEN.into()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown), "{end:?} {error:?}");
        assert_eq!((error.attempts(), error.is_retryable()), (1, false), "{end:?}");
        assert_eq!(server.requests.load(Ordering::SeqCst), 1, "{end:?}");
    }
}

#[tokio::test]
async fn a_read_is_sent_again_when_http2_breaks_off_after_the_head() {
    let server = Server::start("read", OK, End::RefusedStream).await;
    let error = server.client().me(&TOKEN.into()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts(), error.is_retryable()), (Outcome::Unknown, 3, true));
    assert_eq!(server.requests.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_error_status_decides_when_its_body_breaks_off() {
    for end in [End::RefusedStream, End::Close] {
        let server = Server::start(&format!("refusal-{end:?}"), NOT_FOUND, end).await;
        let error = server.client().select_tenant("T1", &TOKEN.into()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::Rejected), "{end:?}");
        assert_eq!((error.status(), error.attempts()), (Some(404), 1), "{end:?}");
    }
}

/// Responds to every request of a connection with these bytes, and then says nothing more.
async fn raw(response: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut buffer = [0; 1024];
                let read = stream.read(&mut buffer).await.unwrap();
                request.extend_from_slice(&buffer[..read]);
            }
            counter.fetch_add(1, Ordering::SeqCst);
            stream.write_all(response).await.unwrap();
            open.push(stream);
        }
    });
    (url, requests)
}

#[tokio::test]
async fn an_error_status_decides_when_its_body_stalls() {
    for (response, kind, outcome) in [
        (
            b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 100\r\n\r\n{".as_slice(),
            ErrorKind::Authentication,
            Outcome::Rejected,
        ),
        (b"HTTP/1.1 500 Internal\r\ncontent-length: 100\r\n\r\n{", ErrorKind::Server, Outcome::Unknown),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", ErrorKind::Timeout, Outcome::Unknown),
    ] {
        let (url, requests) = raw(response).await;
        let client = Client::builder()
            .project_id("P1")
            .base_url(url)
            .timeout(Duration::from_secs(1))
            .verify(false)
            .build()
            .unwrap();
        let error = client.select_tenant("T1", &TOKEN.into()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome(), error.attempts()), (kind, outcome, 1), "{error}");
        assert_eq!(requests.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn tokens_are_kept_when_another_field_is_no_utf8() {
    let fixture = Fixture::start().await.unwrap();
    let body =
        [br#"{"sessionJwt": "a.b.c", "undocumented": ""#.as_slice(), b"\xff\xfe", br#"", "refreshJwt": "d.e.f"}"#]
            .concat();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    let response: &'static [u8] = Box::leak([head.into_bytes(), body].concat().into_boxed_slice());
    let (url, _) = raw(response).await;
    let client = fixture.builder().base_url(url).build().unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidResponse, Outcome::Applied));
    let response = error.response().unwrap();
    assert_eq!(response.session_jwt.as_ref().unwrap().expose(), "a.b.c");
    assert_eq!(response.refresh_jwt.as_ref().unwrap().expose(), "d.e.f");
}

#[tokio::test]
async fn half_a_body_over_http2_of_the_emulator_is_sent_once() {
    let fixture = Fixture::with(Options::default().tls()).await.unwrap();
    let ca_file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("half-a-body.pem");
    std::fs::write(&ca_file, fixture.emulator.ca_pem().unwrap()).unwrap();
    let client = fixture.builder().ca_file(&ca_file).build().unwrap();
    fixture.fault(Fault::new(SELECT, FaultKind::Truncate).after_bytes(40)).unwrap();
    let error = client.select_tenant("globex", &fixture.refresh_jwt).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Connection, Outcome::Unknown, 1));
    assert_eq!(fixture.arrived(SELECT).len(), 1);
}
