//! The listening socket and its connections.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, Interest, Ready};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::connection::control::{ConnectionControl, Ending};
use crate::connection::response::{Delivery, HttpResponse};
use crate::connection::wire::{Socket, Wire};
use crate::connection::{http1, http2};
use crate::router::Router;

/// What an HTTP/2 client without TLS begins with (RFC 9113 section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Accepts connections until told to stop; then ends those that are open.
pub(crate) async fn run(
    router: Arc<Router>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
) {
    let listening_on = listener.local_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.ip());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // An error here is about one connection that went away before it was taken, or passes by itself.
                if let Ok((tcp, peer)) = accepted {
                    // A connection that ended at once may have no address of its own any more; it will send nothing either.
                    let local = tcp.local_addr().map_or(listening_on, |local| local.ip());
                    let control = ConnectionControl::new(peer, local);
                    connections.spawn(serve(Arc::clone(&router), tcp, tls.clone(), control));
                } else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            Some(_) = connections.join_next() => {}
            () = stopped(&mut stop) => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the emulator was dropped.
    drop(stop.wait_for(|&stop| stop).await);
}

async fn serve(router: Arc<Router>, tcp: TcpStream, tls: Option<TlsAcceptor>, control: Arc<ConnectionControl>) {
    // Without it small responses wait for the client's acknowledgement.
    drop(tcp.set_nodelay(true));
    let Some(tcp) = spared(&router, tcp, &control).await else { return };
    let (socket, is_http2) = match tls {
        None => {
            let is_http2 = speaks_http2(&tcp).await;
            (Socket::Plain(tcp), is_http2)
        }
        Some(acceptor) => match acceptor.accept(tcp).await {
            Ok(stream) => {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                (Socket::Tls(Box::new(stream)), is_http2)
            }
            Err(_) => return,
        },
    };
    let wire = Wire::new(socket, Arc::clone(&control));
    if is_http2 { http2::serve(router, wire, control).await } else { http1::serve(router, wire, control).await }
}

/// The connection, unless a fault ends it before anything is read.
async fn spared(router: &Router, mut tcp: TcpStream, control: &Arc<ConnectionControl>) -> Option<TcpStream> {
    let Some(fault) = router.project.take_connection_fault() else { return Some(tcp) };
    tokio::time::sleep(fault.delay()).await;
    let ending = match fault.delivery(HttpResponse::default()) {
        Delivery::Close { reset: true } => Ending::Reset,
        Delivery::Close { reset: false } => Ending::Orderly,
        Delivery::Garbage(bytes) => Ending::Raw(bytes),
        Delivery::Silence => {
            // Whatever the client says goes unanswered until it leaves.
            let mut ignored = [0; 1024];
            while matches!(tcp.read(&mut ignored).await, Ok(length) if length > 0) {}
            return None;
        }
        _ => return Some(tcp),
    };
    Wire::new(Socket::Plain(tcp), Arc::clone(control)).end(ending).await;
    None
}

/// Whether the client begins with the HTTP/2 preface. Looks without taking; any HTTP/1.1 request differs within its first bytes.
async fn speaks_http2(tcp: &TcpStream) -> bool {
    let mut beginning = [0; HTTP2_PREFACE.len()];
    loop {
        let Ok(length) = tcp.peek(&mut beginning).await else { return false };
        let seen = beginning.get(..length).unwrap_or_default();
        if length == 0 || !HTTP2_PREFACE.starts_with(seen) {
            return false;
        }
        if length == HTTP2_PREFACE.len() {
            return true;
        }
        // A client that sent a part of the preface and closed its side sends no more; peeking finds that part again and again.
        if tcp.ready(Interest::READABLE).await.is_ok_and(Ready::is_read_closed) {
            return false;
        }
        // A part of the preface: peeking again at once would only spin.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
