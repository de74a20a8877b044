//! How a fault lets a response, or the lack of one, reach the client.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use super::answer::{Answer, Delivery};
use crate::state::faults::{FaultAction, FaultKind, header_map};

impl FaultAction {
    fn own_answer(&self) -> Result<Answer, String> {
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
        let mut headers = header_map(&self.headers)?;
        if self.body.as_ref().is_some_and(|body| !body.is_string()) && !headers.contains_key("content-type") {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
        }
        Ok(Answer { status, headers, body: self.own_bytes()?.unwrap_or_default() })
    }

    /// How the request is answered, given the true answer when the call was carried out.
    pub(crate) fn delivery(&self, answer: Answer) -> Delivery {
        let reset = self.reset.unwrap_or(false);
        match self.kind {
            FaultKind::Status => Delivery::Whole(self.own_answer().unwrap_or_default()),
            FaultKind::Delay => Delivery::Whole(answer),
            FaultKind::Reset => Delivery::Close { reset: true },
            FaultKind::Close => Delivery::Close { reset: false },
            FaultKind::Truncate => {
                let after_bytes = self.after_bytes.unwrap_or(answer.body.len() / 2);
                Delivery::Truncated { answer, after_bytes, chunked: self.chunked.unwrap_or(false), reset }
            }
            FaultKind::Garbage => {
                let default = Bytes::from_static(b"\x00\xff\x00\xffthis is not HTTP\r\n\r\n");
                Delivery::Garbage(self.own_bytes().ok().flatten().unwrap_or(default))
            }
            FaultKind::Stall => match self.after_bytes {
                None => Delivery::Silence,
                Some(after_bytes) => Delivery::StalledBody { answer, after_bytes },
            },
            FaultKind::Slow => Delivery::Slow {
                answer,
                chunk_bytes: self.chunk_bytes.unwrap_or(16),
                interval: Duration::from_millis(self.interval_ms.unwrap_or(20)),
            },
            FaultKind::CloseIdle => Delivery::ThenClose { answer, reset },
            FaultKind::CloseOnNext => Delivery::CloseOnNext { answer, reset },
            FaultKind::Goaway => Delivery::GoAway,
            FaultKind::GoawayGraceful => Delivery::GoAwayGracefully(answer),
            FaultKind::RefusedStream => Delivery::RefusedStream,
        }
    }
}
