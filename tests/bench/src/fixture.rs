//! Who calls what: a signed-in user of the emulator, and the recorded responses of the emulator to one selection and one key
//! fetch. The tokens in them are really signed, so clients verify them as they would in production.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenant_select::{Client, RefreshJwt};
use tenant_select_emulator::{Emulator, Options, Settings, SignIn, User};

use crate::{Failure, floor};

/// How many sign-ins there are. Identical pending calls would be one request, so each caller has a token of its own.
pub(crate) const SIGN_INS: usize = 64;

pub(crate) const SELECT: &str = "/v1/auth/tenant/select";

const LOGIN_ID: &str = "ada@example.com";
const TENANT: &str = "acme";

/// A working day: no token expires under a measurement.
const LIFETIME_SECONDS: u32 = 8 * 60 * 60;

/// Everything that drivers need to know. Has no `Debug`, because it is full of tokens.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fixture {
    pub(crate) base_url: String,
    pub(crate) project_id: String,
    pub(crate) tenant: String,
    pub(crate) session_jwt: String,
    pub(crate) refresh_jwts: Vec<String>,
    /// What the Rust client sends besides the bearer, so that the floor sends the same.
    pub(crate) headers: BTreeMap<String, String>,
    /// The project's key set.
    pub(crate) keys: Value,
}

impl Fixture {
    /// The same with a token for each of this many callers. Beyond the sign-ins they have signatures that are not good, which
    /// neither the server nor a client checks.
    pub(crate) fn for_callers(&self, count: usize) -> Self {
        let tokens = self.refresh_jwts.iter().cycle().take(count).enumerate();
        let refresh_jwts = tokens.map(|(number, token)| match number / SIGN_INS {
            0 => token.clone(),
            _ => format!("{token}{number}"),
        });
        Self { refresh_jwts: refresh_jwts.collect(), ..self.clone() }
    }
}

/// A response that is sent again and again.
pub(crate) struct Recorded {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The fixture, and the responses of the server in it.
pub(crate) struct Recording {
    /// Its base URL is the emulator's, until a server takes over.
    pub(crate) fixture: Fixture,
    pub(crate) select: Recorded,
    pub(crate) keys_path: String,
    pub(crate) keys: Recorded,
}

impl Recording {
    /// Plays the fixture once with a real emulator.
    pub(crate) async fn make() -> Result<Self, Failure> {
        let mut settings = Settings::default();
        settings.session_lifetime_seconds = LIFETIME_SECONDS;
        // Sign-ins of one second would otherwise have equal tokens.
        settings.include_jti = true;
        let emulator = Emulator::start(Options::default().settings(settings).user(user())).await?;
        let signed_in: Vec<SignIn> =
            (0..SIGN_INS).map(|_| emulator.sign_in(LOGIN_ID, Some(TENANT))).collect::<Result<_, _>>()?;
        let first = signed_in.first().ok_or("no user is signed in")?;
        let headers = headers_of_the_client(&emulator, &first.refresh_jwt).await?;
        let keys_path = format!("/v2/keys/{}", emulator.project_id());

        let http = floor::http_client(HeaderMap::new())?;
        let bearer = format!("Bearer {}:{}", emulator.project_id(), first.refresh_jwt);
        let select = http
            .post(format!("{}{SELECT}", emulator.url()))
            .header("authorization", bearer)
            .header("content-type", "application/json")
            .body(json!({ "tenant": TENANT }).to_string());
        let select = Recorded::to(select).await?;
        let keys = Recorded::to(http.get(format!("{}{keys_path}", emulator.url()))).await?;

        let fixture = Fixture {
            base_url: emulator.url().to_owned(),
            project_id: emulator.project_id().to_owned(),
            tenant: TENANT.to_owned(),
            session_jwt: first.session_jwt.clone(),
            refresh_jwts: signed_in.into_iter().map(|sign_in| sign_in.refresh_jwt).collect(),
            headers,
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

/// A user as they are in a B2B application: a few tenants, a few roles, some attributes.
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
    // The bearer differs from call to call, and the HTTP library writes the other two.
    let own = |name: &str| matches!(name, "authorization" | "content-length" | "host");
    let headers = request.headers.iter().filter(|(name, _)| !own(name));
    Ok(headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
}
