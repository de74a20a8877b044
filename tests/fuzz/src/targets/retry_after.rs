//! `Retry-After` and `Date` of a refusal, one line each.

use std::time::Duration;

use tenant_select::{ErrorKind, RefreshJwt};

use crate::{exchange, secrecy, signer};

/// The longest wait that an error names.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn run(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let (retry_after, date) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    // What ends a line is no part of a header's value.
    if [retry_after, date].iter().any(|value| value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))) {
        return;
    }
    let response = [
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: ",
        retry_after,
        b"\r\nDate: ",
        date,
        b"\r\n\r\n",
    ]
    .concat();
    let client = exchange::builder().build().expect("the options are good");
    let token = RefreshJwt::from(signer::token("DSR", 600));
    let error = exchange::with_response(response, client.me(&token)).expect_err("429 is a refusal");
    secrecy::check_error(&error, &[]);
    assert!(matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::Connection), "{error}");
    assert!(error.retry_after().is_none_or(|wait| wait <= LONGEST), "{error}");
}
