//! The connection is reset after every number of bytes of a request and of its response, over HTTP/1.1. An exchange is never sent again
//! after its first byte, and its outcome is unknown; a read may be sent again, and then succeeds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are no tests")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tenant_select::{CallOptions, Client, ErrorKind, Outcome, RefreshJwt};
use tenant_select_emulator::{Emulator, Options, User};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// No reset.
const NEVER: usize = usize::MAX;

/// What passes the bytes of a connection on, and resets the first connection after a number of them.
struct Relay {
    address: SocketAddr,
    plan: Arc<Plan>,
}

#[derive(Default)]
struct Plan {
    /// How many bytes of the request and of the response pass.
    request: AtomicUsize,
    response: AtomicUsize,
    /// Connections since the plan was made, and the bytes of the last whole exchange in both directions.
    connections: AtomicU64,
    sizes: [AtomicUsize; 2],
}

impl Relay {
    async fn start(emulator: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::new(Plan::default());
        let shared = Arc::clone(&plan);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let first = shared.connections.fetch_add(1, Ordering::SeqCst) == 0;
                let limit = |limit: &AtomicUsize| if first { limit.load(Ordering::SeqCst) } else { NEVER };
                let limits = [limit(&shared.request), limit(&shared.response)];
                tokio::spawn(pass(client, emulator, limits, Arc::clone(&shared)));
            }
        });
        Self { address, plan }
    }

    fn cut(&self, request: usize, response: usize) {
        self.plan.request.store(request, Ordering::SeqCst);
        self.plan.response.store(response, Ordering::SeqCst);
        self.plan.connections.store(0, Ordering::SeqCst);
        self.plan.sizes.iter().for_each(|size| size.store(0, Ordering::SeqCst));
    }

    fn connections(&self) -> u64 {
        self.plan.connections.load(Ordering::SeqCst)
    }
}

async fn pass(mut client: TcpStream, emulator: SocketAddr, mut left: [usize; 2], plan: Arc<Plan>) {
    let mut service = TcpStream::connect(emulator).await.unwrap();
    let (mut up, mut down) = (vec![0; 16384], vec![0; 16384]);
    while left.iter().all(|left| *left > 0) {
        // Not more than may pass is read, so that the client sees the reset after exactly these bytes.
        let (most_up, most_down) = (left[0].min(up.len()), left[1].min(down.len()));
        let (direction, length) = tokio::select! {
            read = client.read(&mut up[..most_up]) => (0, read.unwrap_or(0)),
            read = service.read(&mut down[..most_down]) => (1, read.unwrap_or(0)),
        };
        if length == 0 {
            return;
        }
        plan.sizes[direction].fetch_add(length, Ordering::SeqCst);
        let written = match direction {
            0 => service.write_all(&up[..length]).await,
            _ => client.write_all(&down[..length]).await,
        };
        if written.is_err() {
            return;
        }
        left[direction] = left[direction].saturating_sub(if left[direction] == NEVER { 0 } else { length });
    }
    client.set_zero_linger().unwrap();
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Select,
    Me,
}

async fn call(client: &Client, call: Call, token: &RefreshJwt) -> Result<(), tenant_select::Error> {
    match call {
        Call::Select => client.select_tenant("T1", token).await.map(drop),
        Call::Me => client.me(token).await.map(drop),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_at_any_byte_never_repeats_an_exchange() {
    let emulator = Emulator::start(Options::default().user(User::new("ada").tenant("T1", ["a"], ["b"]))).await.unwrap();
    let token = RefreshJwt::from(emulator.sign_in("ada", None).unwrap().refresh_jwt);
    let relay = Relay::start(emulator.address()).await;
    let client = Client::builder()
        .project_id(emulator.project_id())
        .base_url(format!("http://{}", relay.address))
        .verify(false)
        .rotation(false)
        .build()
        .unwrap();
    let mut offsets = 0;
    for kind in [Call::Select, Call::Me] {
        relay.cut(NEVER, NEVER);
        call(&client.renewed(), kind, &token).await.unwrap();
        let [request, response] = [0, 1].map(|direction| relay.plan.sizes[direction].load(Ordering::SeqCst));
        let cuts = (1..request).map(|at| (at, NEVER)).chain((1..response).map(|at| (NEVER, at)));
        for (sent, received) in cuts {
            offsets += 1;
            relay.cut(sent, received);
            // A read waits before it is sent again: only some offsets have the time for that.
            let repeats = matches!(kind, Call::Me) && offsets % 100 == 0;
            let retries = if repeats || matches!(kind, Call::Select) { 2 } else { 0 };
            let client = client.renewed().with(CallOptions::new().retries(retries));
            let result = call(&client, kind, &token).await;
            let at = format!("{kind:?}, {sent} bytes of the request, {received} of the response: {result:?}");
            match result {
                Ok(_) => assert!(repeats, "{at}"),
                Err(error) => {
                    let seen = (error.kind(), error.outcome(), error.is_retryable(), error.attempts());
                    let is_read = matches!(kind, Call::Me);
                    assert_eq!(seen, (ErrorKind::Connection, Outcome::Unknown, is_read, 1), "{at}");
                }
            }
            assert_eq!(relay.connections(), if repeats { 2 } else { 1 }, "{at}");
            // The client goes on.
            if offsets % 100 == 0 {
                relay.cut(NEVER, NEVER);
                call(&client, kind, &token).await.unwrap();
            }
        }
    }
    assert!(offsets >= 4000, "{offsets} offsets");
}
