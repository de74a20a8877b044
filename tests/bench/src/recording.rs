//! The recorded responses of an emulator to one selection and one key fetch. Their tokens are really signed, so clients verify
//! them as they would in production.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING};
use serde_json::json;
use tenant_select::{Client, RefreshJwt};
use tenant_select_emulator::{Emulator, Options, Settings, SignIn, User};

use crate::Failure;
use crate::drivers::floor;
use crate::fixture::{Fixture, SELECT, SIGN_INS, TENANTS};

const LOGIN_ID: &str = "ada@example.com";
const TENANT: &str = "acme";

/// No token expires during a measurement.
const LIFETIME_SECONDS: u32 = 8 * 60 * 60;

/// A response that is sent many times.
pub(crate) struct Recorded {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The fixture, and the responses of the server in it.
pub(crate) struct Recording {
    /// Its base URL is that of the emulator, which has ended.
    pub(crate) fixture: Fixture,
    pub(crate) select: Recorded,
    pub(crate) keys_path: String,
    pub(crate) keys: Recorded,
}

impl Recording {
    /// Starts an emulator, records, and stops it.
    pub(crate) async fn make() -> Result<Self, Failure> {
        let mut settings = Settings::default();
        settings.session_lifetime_seconds = LIFETIME_SECONDS;
        // Sign-ins within one second would otherwise have equal tokens.
        settings.include_jti = true;
        let emulator = Emulator::start(Options::default().settings(settings).user(user())).await?;
        let signed_in: Vec<SignIn> =
            (0..SIGN_INS).map(|_| emulator.sign_in(LOGIN_ID, Some(TENANT))).collect::<Result<_, _>>()?;
        let first = signed_in.first().ok_or("no user is signed in")?;
        let headers = headers_of_the_client(&emulator, &first.refresh_jwt).await?;
        let keys_path = format!("/v2/keys/{}", emulator.project_id());

        let http = floor::http_client(HeaderMap::new(), None)?;
        let bearer = format!("Bearer {}:{}", emulator.project_id(), first.refresh_jwt);
        let select = http
            .post(format!("{}{SELECT}", emulator.url()))
            .header("authorization", bearer)
            .header("content-type", "application/json")
            .body(json!({ "tenant": TENANT }).to_string());
        let select = Recorded::to(select).await?;
        let keys = Recorded::to(http.get(format!("{}{keys_path}", emulator.url()))).await?;

        let request_headers = request_headers(&first.session_jwt, &first.refresh_jwt);
        let fixture = Fixture {
            base_url: emulator.url().to_owned(),
            ca_file: None,
            project_id: emulator.project_id().to_owned(),
            tenant: TENANT.to_owned(),
            session_jwt: first.session_jwt.clone(),
            tenant_tokens: tenant_tokens(&emulator)?,
            refresh_jwts: signed_in.into_iter().map(|sign_in| sign_in.refresh_jwt).collect(),
            headers,
            request_headers,
            keys: serde_json::from_slice(&keys.body)?,
        };
        emulator.shutdown().await;
        Ok(Self { fixture, select, keys_path, keys })
    }
}

impl Recorded {
    async fn to(request: reqwest::RequestBuilder) -> Result<Self, Failure> {
        let response = request.send().await?.error_for_status()?;
        let mut headers = response.headers().clone();
        // The server writes these itself.
        for name in [CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        Ok(Self { status: response.status(), headers, body: response.bytes().await? })
    }
}

/// A typical user of a B2B application: a few tenants, a few roles, some attributes.
fn user() -> User {
    let mut user = User::new(LOGIN_ID)
        .tenant(TENANT, ["admin", "editor"], ["documents.read", "documents.write", "invoices.read"])
        .tenant("globex", ["viewer"], ["documents.read"])
        .tenant("umbrella", ["editor"], ["documents.read", "documents.write"]);
    user.name = "Ada Lovelace".to_owned();
    user.given_name = "Ada".to_owned();
    user.family_name = "Lovelace".to_owned();
    user.phone = "+441234567890".to_owned();
    user.custom_attributes.insert("team".to_owned(), json!("engines"));
    user.custom_attributes.insert("seat".to_owned(), json!(12));
    user
}

/// What a browser sends with a page of an application.
fn request_headers(session_jwt: &str, refresh_jwt: &str) -> Vec<(String, String)> {
    let cookie = format!("theme=dark; DS={session_jwt}; DSR={refresh_jwt}");
    let headers = [
        ("host", "app.example"),
        (
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("accept-language", "en-GB,en;q=0.9"),
        ("sec-ch-ua-platform", "\"Linux\""),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"),
        ("upgrade-insecure-requests", "1"),
        ("cookie", &cookie),
    ];
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// Session tokens of users with that many tenants, and one role in each.
fn tenant_tokens(emulator: &Emulator) -> Result<BTreeMap<usize, String>, Failure> {
    let mut tokens = BTreeMap::new();
    for count in TENANTS {
        let login_id = format!("{count}@example.com");
        let named = |number: usize| format!("t{number}");
        let user = (0..count).fold(User::new(&login_id), |user, n| user.tenant(named(n), ["admin"], [""; 0]));
        emulator.add_user(user)?;
        tokens.insert(count, emulator.sign_in(&login_id, Some(&named(0)))?.session_jwt);
    }
    Ok(tokens)
}

/// What our client sends with a selection, read from the emulator's journal.
async fn headers_of_the_client(emulator: &Emulator, refresh_jwt: &str) -> Result<BTreeMap<String, String>, Failure> {
    let client = Client::builder().project_id(emulator.project_id()).base_url(emulator.url()).build()?;
    client.select_tenant(TENANT, &RefreshJwt::from(refresh_jwt)).await?;
    let journal = emulator.requests();
    let request = journal
        .iter()
        .filter_map(|entry| entry.as_request())
        .find(|request| request.path == SELECT)
        .ok_or("the journal lacks the selection")?;
    // The bearer token differs from call to call, and the HTTP library writes the other two.
    let own = |name: &str| matches!(name, "authorization" | "content-length" | "host");
    let headers = request.headers.iter().filter(|(name, _)| !own(name));
    Ok(headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
}
