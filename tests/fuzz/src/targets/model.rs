//! JSON of the service, read as every model: what is written again reads as the same.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tenant_select::{HistoryEntry, IdpResponse, JwtResponse, JwtResponseBody, Tenant, User, Value};

pub(super) fn run(data: &[u8]) {
    check::<Value>(data);
    check::<User>(data);
    check::<Tenant>(data);
    check::<IdpResponse>(data);
    check::<HistoryEntry>(data);
    check::<JwtResponseBody>(data);
    if let Ok(response) = serde_json::from_slice::<JwtResponse>(data) {
        let _ = response.set_cookie_headers(&Default::default());
        let again = JwtResponse::from_cookie_state(&response.cookie_state()).expect("the state is readable");
        assert_eq!(
            again.set_cookie_headers(&Default::default()).ok(),
            response.set_cookie_headers(&Default::default()).ok()
        );
    }
}

fn check<T: DeserializeOwned + Serialize + PartialEq + Debug>(data: &[u8]) {
    let Ok(model) = serde_json::from_slice::<T>(data) else { return };
    let written = serde_json::to_vec(&model).expect("a model that was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert!(again == model, "{model:?} became {again:?}");
    assert_eq!(serde_json::to_vec(&again).expect("it can be written"), written);
}
