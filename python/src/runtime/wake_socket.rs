//! A pair of sockets that wakes an event loop: a byte is written to one, and the loop watches the other.

#[cfg(unix)]
mod of_this_system {
    use std::io::{self, Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    pub(crate) struct WakeSocket {
        watched: UnixStream,
        written: UnixStream,
    }

    impl WakeSocket {
        pub(crate) fn new() -> io::Result<Self> {
            let (watched, written) = UnixStream::pair()?;
            watched.set_nonblocking(true)?;
            written.set_nonblocking(true)?;
            Ok(Self { watched, written })
        }

        /// The file to watch.
        pub(crate) fn fd(&self) -> i32 {
            self.watched.as_raw_fd()
        }

        /// Makes the file readable. It is cleared before it is written to again, so the buffer is never full.
        pub(crate) fn wake(&self) {
            let _ = (&self.written).write(&[0]);
        }

        pub(crate) fn clear(&self) {
            let _ = (&self.watched).read(&mut [0; 8]);
        }
    }
}

/// The usual event loop of Windows watches no files.
#[cfg(not(unix))]
mod of_this_system {
    use std::convert::Infallible;
    use std::io;

    pub(crate) struct WakeSocket(Infallible);

    impl WakeSocket {
        pub(crate) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn fd(&self) -> i32 {
            match self.0 {}
        }

        pub(crate) fn wake(&self) {
            match self.0 {}
        }

        pub(crate) fn clear(&self) {
            match self.0 {}
        }
    }
}

pub(crate) use self::of_this_system::WakeSocket;
