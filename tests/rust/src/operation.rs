//! Performing the call of a case.

use serde_json::json;
use tenant_select::{
    CallOptions, Client, Error, Operation, RefreshJwt, RefreshOptions, RequestAuthenticator, SessionJwt, TenantFilter,
    ValidateOptions,
};

use crate::authenticate;
use crate::canonical::{self, Outcome};
use crate::case::{Arguments, Case, Earlier};
use crate::client;

/// Performs the call; the error is a fault of the case, not of the client.
pub(crate) async fn perform(case: &Case, base_url: &str) -> Result<Outcome, String> {
    let client = match client::build(&case.client, base_url)? {
        Ok(client) => client,
        Err(refused) => return canonical::error(&refused, case),
    };
    let call = &case.call;
    let client = match CallOptions::from_parts(call.timeout_seconds, call.retries, call.retry_unknown) {
        Ok(options) => client.with(options.headers(call.headers.clone())),
        Err(refused) => return canonical::error(&named(refused, case), case),
    };
    let authenticator = match authenticate::build(case, &client)? {
        Ok(authenticator) => authenticator,
        Err(refused) => return canonical::error(&refused, case),
    };
    for earlier in &case.earlier {
        let Earlier { operation, arguments, .. } = earlier.clone();
        // What comes of it does not matter.
        let _ = attempt(&Case { operation, arguments, ..case.clone() }, &client, authenticator.as_ref()).await?;
    }
    match attempt(case, &client, authenticator.as_ref()).await? {
        Ok(outcome) => Ok(outcome),
        Err(error) => canonical::error(&error, case),
    }
}

async fn attempt(
    case: &Case,
    client: &Client,
    authenticator: Option<&RequestAuthenticator>,
) -> Result<Result<Outcome, Error>, String> {
    let arguments = &case.arguments;
    let refresh_jwt = RefreshJwt::from(arguments.refresh_jwt.as_str());
    let session_jwt = arguments.session_jwt.as_deref().map(SessionJwt::from);
    Ok(match case.operation.as_str() {
        "select_tenant" => {
            let result = client.select_tenant(&arguments.tenant_id, &refresh_jwt).await;
            accept(result, |response| canonical::response(&response, case))?
        }
        "refresh_session" => {
            let result = client.refresh_session(&refresh_jwt, refresh_options(case)).await;
            accept(result, |response| canonical::response(&response, case))?
        }
        "logout" => accept(client.logout(&refresh_jwt).await, |response| canonical::response(&response, case))?,
        "logout_all" => accept(client.logout_all(&refresh_jwt).await, |response| canonical::response(&response, case))?,
        "my_tenants" => match TenantFilter::from_parts(arguments.ids.clone(), arguments.active_only) {
            Ok(filter) => accept(client.my_tenants(&refresh_jwt, &filter).await, canonical::value)?,
            Err(refused) => Err(named(refused, case)),
        },
        "history" => accept(client.history(&refresh_jwt).await, canonical::value)?,
        "me" => accept(client.me(&refresh_jwt).await, canonical::value)?,
        "validate_session" => {
            let session_jwt = session_jwt.ok_or("arguments.sessionJwt is missing")?;
            let result = client.validate_session(&session_jwt, arguments.audience.as_deref()).await;
            accept(result, |session| canonical::session(&session, case))?
        }
        "validate_and_refresh" => {
            let Arguments { keep_tenant, refresh_before_seconds, audience, .. } = arguments.clone();
            match ValidateOptions::from_parts(keep_tenant, refresh_before_seconds, audience) {
                Ok(options) => {
                    let result = client.validate_and_refresh(session_jwt.as_ref(), &refresh_jwt, options).await;
                    accept(result, |validated| canonical::validated(&validated, case))?
                }
                Err(refused) => Err(named(refused, case)),
            }
        }
        "tokens_from_request" => {
            let (cookies, authorization) = (arguments.cookie_header.as_deref(), arguments.authorization.as_deref());
            let tokens = client.tokens_from_request(cookies, authorization);
            Ok(canonical::tokens(&tokens)?)
        }
        "authenticate" => {
            let authenticator = authenticator.ok_or("only a case of authenticate has an authenticator")?;
            accept(authenticate::perform(case, authenticator).await?, |result| canonical::authenticated(&result))?
        }
        "configure" => {
            let value = json!({"baseUrl": client.base_url(), "projectId": client.project_id()});
            Ok(Outcome::new("value", value, format!("{client:?}")))
        }
        other => return Err(format!("there is no operation \"{other}\"")),
    })
}

/// The error of arguments that are checked before the method is called, with its operation, as bindings do it.
fn named(refused: Error, case: &Case) -> Error {
    match Operation::ALL.iter().find(|operation| operation.as_str() == case.operation) {
        Some(operation) => refused.in_operation(*operation),
        None => refused,
    }
}

fn accept<T>(
    result: Result<T, Error>,
    canonical: impl FnOnce(T) -> Result<Outcome, String>,
) -> Result<Result<Outcome, Error>, String> {
    result.map(canonical).map_or_else(|error| Ok(Err(error)), |outcome| outcome.map(Ok))
}

fn refresh_options(case: &Case) -> RefreshOptions {
    let mut options = RefreshOptions::new();
    if let Some(token) = &case.arguments.external_token {
        options = options.external_token(token.as_str());
    }
    if let Some(tenant) = &case.arguments.expect_tenant {
        options = options.expect_tenant(tenant);
    }
    options.follow_switch(case.arguments.follow_switch)
}
