//! Compact tokens: signs those that the emulator issues, and verifies those that clients present.

use serde_json::{Map, Value, json};

use super::keys::{KeyError, SigningKey};
use super::{base64url, from_base64url};

/// Signs `claims` under the key's own algorithm and id.
pub(crate) fn sign(key: &SigningKey, claims: &Map<String, Value>) -> Result<String, KeyError> {
    let header = json!({"alg": key.algorithm.name(), "kid": key.kid, "typ": "JWT"});
    let claims = serde_json::to_vec(claims).map_err(|_| KeyError)?;
    let message = format!("{}.{}", base64url(header.to_string()), base64url(claims));
    let signature = key.sign(message.as_bytes())?;
    Ok(format!("{message}.{}", base64url(signature)))
}

/// The claims of a compact token, and the one of `keys` that signed it, chosen by `kid` and `alg`.
pub(crate) fn verify<'k>(
    token: &str,
    keys: impl IntoIterator<Item = &'k SigningKey>,
) -> Option<(Map<String, Value>, &'k SigningKey)> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let header: Value = serde_json::from_slice(&from_base64url(header)?).ok()?;
    let (kid, alg) = (header.get("kid")?.as_str()?, header.get("alg")?.as_str()?);
    let key = keys.into_iter().find(|key| key.kid == kid && key.algorithm.name() == alg)?;
    if !key.verifies(message.as_bytes(), &from_base64url(signature)?) {
        return None;
    }
    let claims = serde_json::from_slice(&from_base64url(claims)?).ok()?;
    Some((claims, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::keys::KeyStore;

    #[test]
    fn a_token_is_accepted_only_under_the_key_that_its_header_names() {
        let store = KeyStore::new(false).unwrap();
        let key = store.named("RS256").unwrap();
        let claims = json!({"sub": "U1"}).as_object().unwrap().clone();
        let token = sign(key, &claims).unwrap();
        assert_eq!(verify(&token, [key]).map(|(read, _)| read), Some(claims));
        assert!(verify(&token, [store.named("RS384").unwrap()]).is_none());
        assert!(verify(&format!("{token}A"), [key]).is_none());
        assert!(verify("no token", [key]).is_none());
    }
}
