//! The `Cookie` header of a request, and in a second line its `Authorization`.

use std::sync::LazyLock;

use tenant_select::{Client, RefreshJwt, SessionJwt};

use crate::signer;

static CLIENT: LazyLock<Client> =
    LazyLock::new(|| Client::builder().project_id(signer::PROJECT).build().expect("the options are good"));

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (cookie, authorization) = text.split_once('\n').map_or((&*text, None), |(cookie, rest)| (cookie, Some(rest)));
    let tokens = CLIENT.tokens_from_request(Some(cookie), authorization);
    let session = tokens.session_jwt.as_ref().map(SessionJwt::expose);
    let refresh = tokens.refresh_jwt.as_ref().map(RefreshJwt::expose);
    for token in [session, refresh].into_iter().flatten() {
        assert!(!token.is_empty());
        assert!(text.contains(token), "the token is no part of the headers");
    }
    // What is printed depends on which tokens there are, and on nothing else: a token may be a word of it.
    let other = |token: Option<&str>, name: &str| token.map_or_else(String::new, |_| format!("{name}=a.b.c; "));
    let others = format!("{}{}", other(session, "DS"), other(refresh, "DSR"));
    assert_eq!(format!("{tokens:?}"), format!("{:?}", CLIENT.tokens_from_request(Some(&others), None)));
    let again = CLIENT.tokens_from_request(Some(cookie), authorization);
    assert_eq!((again.session_jwt, again.refresh_jwt), (tokens.session_jwt, tokens.refresh_jwt));
}
