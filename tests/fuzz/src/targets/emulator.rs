//! The bytes that a client sends to the emulator, HTTP/1.1 or HTTP/2. After them, it has to serve the next client.

use std::sync::LazyLock;
use std::time::Duration;

use tenant_select_emulator::{Emulator, Options, User};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// A fault or a delay that an input caused is not waited for.
const PATIENCE: Duration = Duration::from_millis(30);
/// The emulator has to respond to a usual request.
const DEADLINE: Duration = Duration::from_secs(20);

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

static EMULATOR: LazyLock<Emulator> = LazyLock::new(|| {
    let options = Options::default().user(User::new("ada@example.com").tenant("T1", ["admin"], ["read"]));
    RUNTIME.block_on(Emulator::start(options)).expect("the emulator starts")
});

pub(super) fn run(data: &[u8]) {
    let emulator = &*EMULATOR;
    RUNTIME.block_on(async {
        let response = send(emulator, data, true, PATIENCE).await;
        if let Some(response) = response.filter(|_| data.starts_with(b"GET ")) {
            assert!(response.is_empty() || response.starts_with(b"HTTP/1."), "not a response");
        }
        emulator.reset();
        let path = format!("GET /v2/keys/{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", emulator.project_id());
        let usual = send(emulator, path.as_bytes(), false, DEADLINE).await.expect("the emulator responds");
        assert!(usual.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&usual));
    });
}

/// What the emulator sends until it closes the connection, or nothing when it does not in this time. With `and_close` nothing
/// follows the request, so that a part of one is not waited for; a server may then leave it without a response.
async fn send(emulator: &Emulator, request: &[u8], and_close: bool, patience: Duration) -> Option<Vec<u8>> {
    let mut connection = TcpStream::connect(emulator.address()).await.ok()?;
    let mut response = Vec::new();
    let exchange = async {
        // The emulator may close the connection before it has read everything.
        let _ = connection.write_all(request).await;
        if and_close {
            let _ = connection.shutdown().await;
        }
        let _ = connection.read_to_end(&mut response).await;
    };
    timeout(patience, exchange).await.ok()?;
    Some(response)
}
