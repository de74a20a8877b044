//! The `Cookie` header that later code of the same request must see: with the new tokens in the place of the old ones.

use crate::authenticate::credentials::cookies_of;
use crate::authenticate::request::IncomingRequest;
use crate::cookies;
use crate::secret::Secret;

/// The cookies of the request, with those that are set now in the place of others of their names. After a sign-out, one that is
/// cleared is left out. Otherwise only old scopes are cleared, where the request may have no cookie.
pub(crate) fn with_new_cookies(request: &IncomingRequest<'_>, set_cookies: &[String], signed_out: bool) -> Secret {
    let new = set_cookies.iter().filter_map(|header| cookies::pair(header));
    let new: Vec<(&str, &str)> = new.filter(|(_, value)| signed_out || !value.is_empty()).collect();
    let kept = cookies_of(request).filter(|(name, _)| !new.iter().any(|(other, _)| other == name));
    let set = new.iter().copied().filter(|(_, value)| !value.is_empty());
    let length = kept.clone().chain(set.clone()).fold(0_usize, |sum, (name, value)| {
        sum.saturating_add(name.len()).saturating_add(value.len()).saturating_add(3)
    });
    // Written into a buffer that does not grow, because growing would leave copies of the tokens behind.
    let mut header = String::with_capacity(length);
    for (name, value) in kept.chain(set) {
        if !header.is_empty() {
            header.push_str("; ");
        }
        header.push_str(name);
        header.push('=');
        header.push_str(value);
    }
    Secret::from(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_cookies_take_the_place_of_old_ones() {
        let headers = [("cookie", "theme=dark; DS=old; lang=de"), ("cookie", "DSR=old; DS=older")];
        let request = IncomingRequest::new("GET", "/", &headers);
        let new = |cookies: &[&str], signed_out| {
            let cookies: Vec<String> = cookies.iter().map(|cookie| (*cookie).to_owned()).collect();
            with_new_cookies(&request, &cookies, signed_out).expose().to_owned()
        };
        assert_eq!(new(&["DS=new; Path=/", "DSR=newer; Path=/"], false), "theme=dark; lang=de; DS=new; DSR=newer");
        assert_eq!(new(&["DS=new; Path=/"], false), "theme=dark; lang=de; DSR=old; DS=new");
        let clearing = ["DS=; Domain=old.example; Max-Age=0", "DSR=; Domain=old.example; Max-Age=0", "DS=new; Path=/"];
        assert_eq!(new(&clearing, false), "theme=dark; lang=de; DSR=old; DS=new");
        assert_eq!(new(&["DS=; Max-Age=0", "DSR=; Max-Age=0"], true), "theme=dark; lang=de");
    }
}
