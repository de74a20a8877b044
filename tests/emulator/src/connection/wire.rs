//! The socket behind a connection, shared between the protocol that drives it and the fault that ends it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::control::{ConnectionControl, Ending};

/// A plain or an encrypted socket.
pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }

    fn reader(&mut self) -> Pin<&mut (dyn AsyncRead + Send + Unpin)> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp),
            Self::Tls(tls) => Pin::new(tls.as_mut()),
        }
    }

    fn writer(&mut self) -> Pin<&mut (dyn AsyncWrite + Send + Unpin)> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp),
            Self::Tls(tls) => Pin::new(tls.as_mut()),
        }
    }
}

/// A handle on a socket. Several may exist; the lock is never held across a wait.
#[derive(Clone)]
pub(crate) struct Wire {
    shared: Arc<Mutex<Shared>>,
    control: Arc<ConnectionControl>,
}

struct Shared {
    socket: Socket,
    /// The peer closed or reset the connection.
    peer_gone: bool,
    /// The last write found no space in the socket's buffer.
    write_blocked: bool,
    /// The next bytes to arrive end the connection unread.
    trap: Option<Ending>,
}

impl Wire {
    pub(crate) fn new(socket: Socket, control: Arc<ConnectionControl>) -> Self {
        let shared = Shared { socket, peer_gone: false, write_blocked: false, trap: None };
        Self { shared: Arc::new(Mutex::new(shared)), control }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn peer_gone(&self) -> bool {
        self.lock().peer_gone
    }

    pub(crate) fn write_blocked(&self) -> bool {
        self.lock().write_blocked
    }

    /// Lets the next bytes that arrive end the connection.
    pub(crate) fn set_trap(&self, ending: Ending) {
        self.lock().trap = Some(ending);
    }

    /// Ends the connection. The protocol that drove it must not touch it any more.
    pub(crate) async fn end(mut self, ending: Ending) {
        // The peer may have disconnected already; errors here need no handling.
        match ending {
            Ending::Orderly => drop(self.shutdown().await),
            Ending::Abrupt => {}
            Ending::Reset => drop(SockRef::from(self.lock().socket.tcp()).set_linger(Some(Duration::ZERO))),
            Ending::Raw(bytes) => {
                drop(self.write_all(&bytes).await);
                drop(self.flush().await);
                drop(self.shutdown().await);
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        let before = buffer.filled().len();
        let result = ready!(shared.socket.reader().poll_read(context, buffer));
        let arrived = buffer.filled().len() - before;
        if result.is_err() || arrived == 0 {
            shared.peer_gone = true;
        } else if let Some(ending) = shared.trap.take() {
            buffer.set_filled(before);
            drop(shared);
            self.control.end(ending);
            return Poll::Pending;
        }
        Poll::Ready(result)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut shared = self.lock();
        let result = shared.socket.writer().poll_write(context, bytes);
        shared.write_blocked = result.is_pending();
        shared.peer_gone |= matches!(result, Poll::Ready(Err(_)));
        result
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        let result = shared.socket.writer().poll_flush(context);
        shared.write_blocked |= result.is_pending();
        result
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().socket.writer().poll_shutdown(context)
    }
}
