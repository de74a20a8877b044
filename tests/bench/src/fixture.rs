//! What drivers know: the service, signed-in users, and the project's keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of sign-ins. Identical pending calls would be one request, so each caller has its own token.
pub(crate) const SIGN_INS: usize = 64;

pub(crate) const SELECT: &str = "/v1/auth/tenant/select";

/// The numbers of tenants in the tokens of the curve.
pub(crate) const TENANTS: [usize; 4] = [1, 10, 100, 1000];

/// Everything that drivers need to know. Has no `Debug`, because it is full of tokens.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fixture {
    pub(crate) base_url: String,
    /// The certificate authority of the server as a PEM file, where the protocol has TLS.
    pub(crate) ca_file: Option<String>,
    pub(crate) project_id: String,
    pub(crate) tenant: String,
    pub(crate) session_jwt: String,
    pub(crate) refresh_jwts: Vec<String>,
    /// Session tokens with 1, 10, 100 and 1,000 tenants, by that number.
    pub(crate) tenant_tokens: BTreeMap<usize, String>,
    /// What the Rust client sends besides the bearer token, so that the floor sends the same.
    pub(crate) headers: BTreeMap<String, String>,
    /// The headers of a request of the signed-in user's browser, cookies included.
    pub(crate) request_headers: Vec<(String, String)>,
    /// The project's key set.
    pub(crate) keys: Value,
}

impl Fixture {
    /// The same with a token for each of this many callers. Beyond the sign-ins the signatures of the tokens are wrong, which
    /// neither the server nor a client checks.
    pub(crate) fn for_callers(&self, count: usize) -> Self {
        let tokens = self.refresh_jwts.iter().cycle().take(count).enumerate();
        let refresh_jwts = tokens.map(|(number, token)| match number / SIGN_INS {
            0 => token.clone(),
            _ => format!("{token}{number}"),
        });
        // Only the driver of the curve needs these, and they are long.
        Self { refresh_jwts: refresh_jwts.collect(), tenant_tokens: BTreeMap::new(), ..self.clone() }
    }
}
