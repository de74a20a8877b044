//! Counters of what a client remembers.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use serde::{Deserialize, Serialize};

use super::class::{annotation, model};
use super::field::Field;
use super::pydantic;
use super::wire::{from_dict, pickling};
use crate::convert;

/// The counters of the core, as a pickle has them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counters {
    superseded_tokens: u64,
    evicted_tokens: u64,
    cached_sessions: u64,
    session_cache_hits: u64,
    session_cache_misses: u64,
    shared_state_failures: u64,
    unordered_exchanges: u64,
}

impl From<tenant_select::Diagnostics> for Counters {
    fn from(diagnostics: tenant_select::Diagnostics) -> Self {
        Self {
            superseded_tokens: diagnostics.superseded_tokens,
            evicted_tokens: diagnostics.evicted_tokens,
            cached_sessions: diagnostics.cached_sessions,
            session_cache_hits: diagnostics.session_cache_hits,
            session_cache_misses: diagnostics.session_cache_misses,
            shared_state_failures: diagnostics.shared_state_failures,
            unordered_exchanges: diagnostics.unordered_exchanges,
        }
    }
}

model! {
    /// Counters of what a client remembers, at one moment.
    ///
    /// Clients of one process with the same base URL and project share those of refresh tokens, if they remember successors.
    Diagnostics(Counters) as "Diagnostics",
    positional: ["superseded_tokens", "evicted_tokens"],
    hash: |model| (model.superseded_tokens, model.evicted_tokens, model.session_cache_hits, model.session_cache_misses),
    pydantic: allow,
    wire: [
        ("supersededTokens", "int", "superseded_tokens"),
        ("evictedTokens", "int", "evicted_tokens"),
        ("cachedSessions", "int", "cached_sessions"),
        ("sessionCacheHits", "int", "session_cache_hits"),
        ("sessionCacheMisses", "int", "session_cache_misses"),
        ("sharedStateFailures", "int", "shared_state_failures"),
        ("unorderedExchanges", "int", "unordered_exchanges"),
    ],
    fields: {
        /// Refresh tokens that are remembered as superseded now.
        superseded_tokens: "int",
        /// Superseded refresh tokens that were forgotten within `rotation_grace`.
        ///
        /// What is remembered takes 64 MiB at most. A call that presents such a token is sent with it.
        evicted_tokens: "int",
        /// Verified session tokens that this client keeps now, in its `session_cache`.
        cached_sessions: "int",
        /// Validations by this client that found their token in the cache.
        session_cache_hits: "int",
        /// Validations by this client that verified their token because it was not in the cache, or no longer good.
        ///
        /// 0 without a cache.
        session_cache_misses: "int",
        /// Commands to the Redis of the client's `shared_state` that failed, or had no response within 100 ms.
        ///
        /// After one, calls go on without it for a while, which is not counted here.
        shared_state_failures: "int",
        /// Exchanges of this client for which other processes did not wait.
        ///
        /// They were sent while the Redis of `shared_state` could not be used, or took so long that their lock had expired.
        unordered_exchanges: "int",
    },
    getters: {},
    properties: {},
    methods: {
        /// The counters as a dict.
        ///
        /// Returns:
        ///     The counters by their names in camelCase.
        ///
        /// Example:
        ///     >>> client.diagnostics().to_dict()["evictedTokens"]
        ///     0
        fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            convert::to_py(py, &self.0)
        }

        fn __reduce__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
            pickling::allow_in_private(slf.as_any())
        }

        #[staticmethod]
        fn _restore(data: &Bound<'_, PyAny>) -> PyResult<Self> {
            from_dict(data).map(Self)
        }
    },
}
