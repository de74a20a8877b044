//! A retry, as `on_retry` receives it.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use serde::Serialize;

use super::class::{annotation, model};
use super::field::Field;
use super::pydantic;
use crate::convert;

/// What the core says of a retry, and of which call it is.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Retry {
    operation: &'static str,
    project_id: String,
    attempts: u32,
    wait: f64,
    outcome: &'static str,
    status: Option<u16>,
    request_id: Option<String>,
}

impl Retry {
    pub(crate) fn new(operation: &'static str, project_id: &str, event: &tenant_select::RetryEvent) -> Self {
        Self {
            operation,
            project_id: project_id.to_owned(),
            attempts: event.attempts,
            wait: event.wait.as_secs_f64(),
            outcome: event.outcome.as_str(),
            status: event.status,
            request_id: event.request_id.clone(),
        }
    }
}

model! {
    /// An attempt of a call failed, and the call is sent again after a wait. What `on_retry` receives.
    RetryEvent(Retry) as "RetryEvent",
    positional: ["operation", "attempts", "status"],
    hash: |model| (model.operation, &model.project_id, model.attempts, model.status, &model.request_id),
    pydantic: allow,
    wire: [
        ("operation", "str", "operation"),
        ("projectId", "str", "project_id"),
        ("attempts", "int", "attempts"),
        ("wait", "float", "wait"),
        ("outcome", "str", "outcome"),
        ("status", "int | None", "status"),
        ("requestId", "str | None", "request_id"),
    ],
    fields: {
        /// The method that was called, such as `select_tenant`.
        operation: "str",
        /// The project that the client is for.
        project_id: "str",
        /// How many attempts were made so far.
        attempts: "int",
        /// How many seconds the call waits before the next one.
        wait: "float",
        /// What the last attempt may have done.
        outcome: "Outcome",
        /// The HTTP status of the last attempt; None when it got no response.
        status: "int | None",
        /// The id under which the service knows the last attempt.
        request_id: "str | None",
    },
    getters: {},
    properties: {},
    methods: {
        /// Return the event as a dict.
        ///
        /// Returns:
        ///     `operation`, `projectId`, `attempts`, `wait`, `outcome`, `status` and `requestId`.
        ///
        /// Example:
        ///     >>> retry.to_dict()["attempts"]
        ///     1
        fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            convert::to_py(py, &self.0)
        }
    },
}
