//! Counters of what a client remembers.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use serde::{Deserialize, Serialize};

use super::class::{annotation, model};
use super::field::Field;
use super::wire::{from_dict, pickling};
use crate::convert;

/// The counters of the core, as a pickle has them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counters {
    superseded_tokens: u64,
    evicted_tokens: u64,
}

impl From<tenant_select::Diagnostics> for Counters {
    fn from(diagnostics: tenant_select::Diagnostics) -> Self {
        Self { superseded_tokens: diagnostics.superseded_tokens, evicted_tokens: diagnostics.evicted_tokens }
    }
}

model! {
    /// Counters of what a client remembers, at one moment.
    ///
    /// Clients of one process with the same base URL and project share them, if they remember successors.
    Diagnostics(Counters) as "Diagnostics",
    positional: ["superseded_tokens", "evicted_tokens"],
    hash: |model| (model.superseded_tokens, model.evicted_tokens),
    fields: {
        /// Refresh tokens that are remembered as superseded now.
        superseded_tokens: "int",
        /// Superseded refresh tokens that were forgotten within `rotation_grace`.
        ///
        /// What is remembered takes 64 MiB at most. A call that presents such a token is sent with it.
        evicted_tokens: "int",
    },
    getters: {},
    methods: {
        /// The counters as a dict.
        ///
        /// Returns:
        ///     `supersededTokens` and `evictedTokens`.
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
