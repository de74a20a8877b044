//! Every operation of a client, once.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tenant_select::{
    CallOptions, Client, CookieOptions, Error, IdpResponse, IncomingRequest, RefreshJwt, RefreshOptions,
    RequestAuthenticator, Requirement, Secret, SessionJwt, TenantFilter, ValidateOptions,
};

use crate::print;
use crate::shown::Shown;

/// One situation, as the scan describes it.
#[derive(Deserialize)]
pub(crate) struct Situation {
    mode: String,
    environment: BTreeMap<String, String>,
    refresh: String,
    session: String,
    expired: String,
    external: String,
    device: String,
}

/// Makes a client, calls everything and prints what comes of it.
pub(crate) async fn run(situation: &Situation) -> Shown {
    let mut shown = Shown::default();
    if situation.mode == "plant" {
        print(&situation.refresh);
        return shown;
    }
    let events: Arc<Events> = Arc::default();
    let (switches, warnings) = (Arc::clone(&events), Arc::clone(&events));
    let builder = Client::builder()
        .environment(situation.environment.clone())
        .runtime("rust", "1")
        .on_switch(move |event| note(&switches, event))
        .on_warning(move |warning| note(&warnings, warning));
    shown.value(&builder);
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => {
            shown.error("configure", &error);
            return shown;
        }
    };
    let retries = Arc::clone(&events);
    let options = CallOptions::new()
        .headers([("x-trusted-device", situation.device.as_str())])
        .on_retry(move |event| note(&retries, event));
    shown.value(&options);
    let client = client.with(options);
    shown.value(&client);
    match situation.mode.as_str() {
        "cancel" => cancelled(&client, situation).await,
        mode => {
            if mode == "closed" {
                client.close();
            }
            operations(&client, situation, &mut shown).await;
        }
    }
    shown.value(&client.diagnostics());
    client.close();
    for (name, text) in events.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        shown.printed(name, &text);
    }
    shown
}

type Events = Mutex<Vec<(&'static str, String)>>;

/// Keeps what an observer received, with the name of its type.
fn note<T: Debug>(events: &Events, event: &T) {
    events.lock().unwrap_or_else(PoisonError::into_inner).push((type_name::<T>(), format!("{event:?} {event:#?}")));
}

/// A call that is dropped while the service does not respond.
async fn cancelled(client: &Client, situation: &Situation) {
    let token = RefreshJwt::from(situation.refresh.as_str());
    let _ = tokio::time::timeout(Duration::from_millis(200), client.me(&token)).await;
    let _ = tokio::time::timeout(Duration::from_millis(200), client.select_tenant("globex", &token)).await;
}

async fn operations(client: &Client, situation: &Situation, shown: &mut Shown) {
    let refresh = RefreshJwt::from(situation.refresh.as_str());
    let (session, expired) =
        (SessionJwt::from(situation.session.as_str()), SessionJwt::from(situation.expired.as_str()));
    shown.value(&refresh);
    shown.value(&session);
    shown.value(&Secret::from(situation.external.as_str()));
    let options = RefreshOptions::new().external_token(situation.external.as_str());
    shown.value(&options);
    let filter = TenantFilter::Active;
    shown.value(&filter);
    let validate = ValidateOptions::new().keep_tenant(false);
    shown.value(&validate);

    let idp = json!({"samlResponse": situation.external, "oidcResponse": situation.session, "idpGroups": []});
    if let Ok(idp) = serde_json::from_value::<IdpResponse>(idp) {
        shown.value(&idp);
    }

    let selected = client.select_tenant("globex", &refresh).await;
    shown.result("select_tenant", &selected, |shown, response| {
        shown.response(response);
        let cookies = response.set_cookie_headers(&CookieOptions::default()).map(|_| ());
        shown.result("set_cookie_headers", &cookies, |_, ()| {});
    });
    let refreshed = client.refresh_session(&refresh, options).await;
    shown.result("refresh_session", &refreshed, Shown::response);
    shown.result("my_tenants", &client.my_tenants(&refresh, &filter).await, |shown, all| {
        all.iter().for_each(|tenant| shown.value(tenant));
    });
    shown.result("history", &client.history(&refresh).await, |shown, entries| {
        entries.iter().for_each(|entry| shown.value(entry));
    });
    shown.result("me", &client.me(&refresh).await, Shown::value);
    shown.result("validate_session", &client.validate_session(&session, None).await, Shown::session);
    let other = SessionJwt::from(situation.refresh.as_str());
    shown.result("validate_refresh_jwt", &client.validate_session(&other, None).await, Shown::session);
    let validated = client.validate_and_refresh(Some(&expired), &refresh, validate).await;
    shown.result("validate_and_refresh", &validated, Shown::validation);

    let cookies = format!("DS={}; DSR={}", situation.expired, situation.refresh);
    let bearer = format!("Bearer {}", situation.session);
    shown.tokens(&client.tokens_from_request(Some(&cookies), Some(&bearer)));
    incoming(client, shown, &cookies, &bearer).await;

    shown.result("logout", &client.logout(&refresh).await, Shown::response);
    shown.result("logout_all", &client.logout_all(&refresh).await, Shown::response);
}

/// What the request authenticator makes of a request with these tokens.
async fn incoming(client: &Client, shown: &mut Shown, cookies: &str, bearer: &str) {
    let builder = RequestAuthenticator::builder(client.clone());
    shown.value(&builder);
    let authenticator = match builder.build() {
        Ok(authenticator) => authenticator,
        Err(error) => return shown.error("authenticator", &error),
    };
    shown.value(&authenticator);
    let browser = [("cookie", cookies), ("host", "app.example"), ("sec-fetch-site", "same-origin")];
    let program = [("authorization", bearer)];
    let requirement = Requirement::new().tenant("globex");
    shown.value(&requirement);
    for (operation, headers) in [("authenticate_cookies", &browser[..]), ("authenticate_bearer", &program[..])] {
        let request = IncomingRequest::new("GET", "https://app.example/acme", headers);
        shown.value(&request);
        let result = authenticator.authenticate(&request, &requirement).await;
        shown.result(operation, &result, |shown, result| {
            shown.authentication(result);
            if let Some(refusal) = result.refusal() {
                shown.value(refusal);
            }
            result.headers().for_each(|header| shown.value(&header));
        });
    }
    let request = IncomingRequest::new("POST", "https://app.example/switch", &browser);
    let switched: Result<_, Error> = authenticator.switch(&request, "acme").await;
    shown.result("switch", &switched, Shown::authentication);
    shown.result("sign_out", &authenticator.sign_out(&request).await, Shown::authentication);
}
