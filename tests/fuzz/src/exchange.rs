//! A server that sends given bytes as its response, and closes the connection.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tenant_select::{Client, ClientBuilder};
use tokio::runtime::Runtime;

use crate::signer::PROJECT;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

struct Server {
    address: SocketAddr,
    response: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let response = Arc::new(Mutex::new(Vec::new()));
        let sent = Arc::clone(&response);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let bytes = sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
                respond(connection, &bytes);
            }
        });
        Self { address, response }
    }
}

/// Reads one request and sends the bytes. What fails is the client's affair.
fn respond(mut connection: TcpStream, bytes: &[u8]) {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !is_complete(&request) {
        match connection.read(&mut part) {
            Ok(length) if length > 0 => request.extend_from_slice(&part[..length]),
            _ => return,
        }
    }
    let _ = connection.write_all(bytes);
    let _ = connection.shutdown(Shutdown::Write);
}

/// Whether the head and as many bytes as its length says have arrived.
fn is_complete(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|end| end == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    request.len() >= head + 4 + length.unwrap_or(0)
}

/// The options of a client that calls the server once.
pub(crate) fn builder() -> ClientBuilder {
    Client::builder()
        .project_id(PROJECT)
        .base_url(format!("http://{}", SERVER.address))
        .retries(0)
        .timeout(Duration::from_secs(5))
        .verify(false)
        .rotation(false)
}

/// Runs a call to which the server responds with these bytes.
pub(crate) fn with_response<T>(bytes: Vec<u8>, call: impl Future<Output = T>) -> T {
    *SERVER.response.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
    run(call)
}

/// Runs a call.
pub(crate) fn run<T>(call: impl Future<Output = T>) -> T {
    RUNTIME.block_on(call)
}
