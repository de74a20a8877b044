//! How a fault lets a response, or the lack of one, reach the client.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use super::response::{Delivery, HttpResponse};
use crate::state::faults::{FaultAction, FaultKind, header_map};

impl FaultAction {
    fn own_response(&self) -> Result<HttpResponse, String> {
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
        let mut headers = header_map(&self.headers)?;
        if self.body.as_ref().is_some_and(|body| !body.is_string()) && !headers.contains_key("content-type") {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
        }
        Ok(HttpResponse { status, headers, body: self.own_bytes()?.unwrap_or_default() })
    }

    /// How the request is responded to, given the true response when the call was carried out.
    pub(crate) fn delivery(&self, response: HttpResponse) -> Delivery {
        let reset = self.reset.unwrap_or(false);
        match self.kind {
            FaultKind::Status => Delivery::Whole(self.own_response().unwrap_or_default()),
            FaultKind::Delay => Delivery::Whole(response),
            FaultKind::Reset => Delivery::Close { reset: true },
            FaultKind::Close => Delivery::Close { reset: false },
            FaultKind::Truncate => {
                let after_bytes = self.after_bytes.unwrap_or(response.body.len() / 2);
                Delivery::Truncated { response, after_bytes, chunked: self.chunked.unwrap_or(false), reset }
            }
            FaultKind::Garbage => {
                let default = Bytes::from_static(b"\x00\xff\x00\xffthis is not HTTP\r\n\r\n");
                Delivery::Garbage(self.own_bytes().ok().flatten().unwrap_or(default))
            }
            FaultKind::Stall => match self.after_bytes {
                None => Delivery::Silence,
                Some(after_bytes) => Delivery::StalledBody { response, after_bytes },
            },
            FaultKind::Slow => Delivery::Slow {
                response,
                chunk_bytes: self.chunk_bytes.unwrap_or(16),
                interval: Duration::from_millis(self.interval_ms.unwrap_or(20)),
            },
            FaultKind::CloseIdle => Delivery::ThenClose { response, reset },
            FaultKind::CloseOnNext => Delivery::CloseOnNext { response, reset },
            FaultKind::Goaway => Delivery::GoAway,
            FaultKind::GoawayGraceful => Delivery::GoAwayGracefully(response),
            FaultKind::RefusedStream => Delivery::RefusedStream,
        }
    }
}
