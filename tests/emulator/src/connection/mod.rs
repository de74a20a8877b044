//! Sockets and protocols: reads requests, and writes responses and faults.

pub(crate) mod control;
mod fault;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod wire;
