//! The addresses of the API's paths.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use url::Url;

use crate::config::Config;

/// The addresses that were used so far: parsing one costs more than the rest of making a request.
#[derive(Default)]
pub(crate) struct Endpoints(Mutex<BTreeMap<&'static str, Url>>);

impl Endpoints {
    /// The address of this path.
    pub(crate) fn of(&self, config: &Config, path: &'static str) -> Url {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path).or_insert_with(|| config.endpoint(path)).clone()
    }
}
