//! The request authenticator of a case, and what it does with a request.

use tenant_select::{
    AuthenticationResult, Client, Error, IncomingRequest, RequestAuthenticator, RequestAuthenticatorBuilder,
    Requirement,
};

use crate::canonical;
use crate::case::{Case, RequirementParts};

/// Builds the authenticator of a case that has one; the outer error is a fault of the case, the inner one a refused option.
pub(crate) fn build(case: &Case, client: &Client) -> Result<Result<Option<RequestAuthenticator>, Error>, String> {
    if case.operation != "authenticate" {
        return Ok(Ok(None));
    }
    let mut builder = RequestAuthenticator::builder(client.clone());
    match canonical::cookie_options(case) {
        Ok(cookies) => builder = builder.cookies(cookies),
        Err(refused) => return Ok(Err(refused)),
    }
    for (name, value) in &case.arguments.authenticator {
        let value = serde_json::from_value(value.clone()).map_err(|error| format!("authenticator.{name}: {error}"))?;
        let set = |builder: RequestAuthenticatorBuilder| match name.as_str() {
            "refreshBeforeSeconds" => builder.set("refresh_before", &value),
            name => builder.set(&snake_case(name), &value),
        };
        match set(builder) {
            Ok(changed) => builder = changed,
            Err(refused) => return Ok(Err(refused)),
        }
    }
    Ok(builder.build().map(Some))
}

/// Gives the request of a case to the authenticator.
pub(crate) async fn perform(
    case: &Case,
    authenticator: &RequestAuthenticator,
) -> Result<Result<AuthenticationResult, Error>, String> {
    let arguments = &case.arguments;
    let parts = arguments.request.as_ref().ok_or("arguments.request is missing")?;
    let headers: Vec<_> = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let request = IncomingRequest::new(&parts.method, &parts.url, &headers).websocket(parts.websocket);
    Ok(match arguments.action.as_deref() {
        None | Some("authenticate") => {
            let RequirementParts { tenant, roles, permissions, any_role, any_permission, required, step_up } =
                &arguments.requirement;
            let [roles, permissions, any_role, any_permission] = [roles, permissions, any_role, any_permission]
                .map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
            let mut requirement = Requirement::new()
                .roles(&roles)
                .permissions(&permissions)
                .any_role(&any_role)
                .any_permission(&any_permission)
                .required(required.unwrap_or(true))
                .step_up(*step_up);
            if let Some(tenant) = tenant {
                requirement = requirement.tenant(tenant);
            }
            let result = authenticator.authenticate(&request, &requirement).await;
            // The keys are at hand now, and the plain function comes to the same.
            if let (Some(Ok(cached)), Ok(awaited)) =
                (authenticator.authenticate_cached(&request, &requirement), &result)
            {
                let (cached, awaited) = (canonical::authenticated(&cached)?, canonical::authenticated(awaited)?);
                if cached.parts != awaited.parts {
                    return Err("authenticate_cached differs from authenticate".to_owned());
                }
            }
            result
        }
        Some("switch") => authenticator.switch(&request, &arguments.tenant_id).await,
        Some("sign_out") => authenticator.sign_out(&request).await,
        Some(other) => return Err(format!("there is no action \"{other}\"")),
    })
}

fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, letter| {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
        text
    })
}
