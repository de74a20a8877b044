//! `Set-Cookie` headers of a response, one a line, and after an empty line its body. What is read from them is written as
//! cookies again, and read from the request that a browser would send.

use tenant_select::{Client, CookieOptions, JwtResponse, RefreshJwt};

use crate::{exchange, secrecy, signer};

pub(super) fn run(data: &[u8]) {
    let end = data.windows(2).position(|end| end == b"\n\n");
    let (headers, body) = end.map_or((data, &b"{}"[..]), |end| (&data[..end], &data[end + 2..]));
    if headers.contains(&b'\r') || headers.contains(&0) {
        return;
    }
    let mut response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for line in headers.split(|byte| *byte == b'\n') {
        response.extend_from_slice(b"Set-Cookie: ");
        response.extend_from_slice(line);
        response.extend_from_slice(b"\r\n");
    }
    response.extend_from_slice(b"\r\n");
    response.extend_from_slice(body);
    let client = exchange::builder().build().expect("the options are good");
    let token = RefreshJwt::from(signer::token("DSR", 600));
    match exchange::with_response(response, client.select_tenant("T1", &token)) {
        Ok(response) => check_cookies(&client, &response),
        Err(error) => secrecy::check_error(&error, &[]),
    }
}

/// Holds the cookies of a response against its tokens.
fn check_cookies(client: &Client, response: &JwtResponse) {
    let headers = match response.set_cookie_headers(&CookieOptions::new()) {
        Ok(headers) => headers,
        Err(error) => return secrecy::check_error(&error, &[]),
    };
    for header in &headers {
        assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "not a header's value: {header:?}");
        assert!(header.contains("; Secure; HttpOnly; SameSite=Strict"), "{header:?}");
    }
    let of_default_names = |name: Option<&str>| name.is_none_or(str::is_empty);
    let names = [response.session_cookie_name.as_deref(), response.cookie_name.as_deref()];
    if !names.into_iter().all(of_default_names) {
        return;
    }
    let pairs: Vec<&str> = headers.iter().filter_map(|header| header.split(';').next()).collect();
    let read = client.tokens_from_request(Some(&pairs.join("; ")), None);
    assert_eq!(read.session_jwt, response.session_jwt, "the session token is another one after a round trip");
    assert_eq!(read.refresh_jwt, response.refresh_jwt, "the refresh token is another one after a round trip");
}
