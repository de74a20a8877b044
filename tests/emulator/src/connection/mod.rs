//! Sockets and protocols: how requests come in and how responses, good and bad, go out.

pub(crate) mod control;
mod fault;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod wire;
