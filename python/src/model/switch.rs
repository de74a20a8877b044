//! The event of a switch of the tenant.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, UNIX_EPOCH};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use serde::{Deserialize, Serialize};

use super::class::{annotation, model};
use super::field::Field;
use super::wire::{from_dict, pickling};
use super::{datetime, pydantic};
use crate::convert;

/// What the core says of a switch, in Python's units.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Switch {
    time: f64,
    project_id: String,
    user_id: Option<String>,
    from_tenant: Option<String>,
    to_tenant: Option<String>,
    outcome: String,
    code: Option<String>,
    request_id: Option<String>,
    attempts: u32,
    duration: f64,
}

/// To the microsecond, as in `datetime`: a float with more digits may not come out of a pickle as it went in.
fn seconds(duration: Duration) -> f64 {
    Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)).as_secs_f64()
}

impl From<&tenant_select::SwitchEvent> for Switch {
    fn from(event: &tenant_select::SwitchEvent) -> Self {
        Self {
            time: seconds(event.time.duration_since(UNIX_EPOCH).unwrap_or_default()),
            project_id: event.project_id.clone(),
            user_id: event.user_id.clone(),
            from_tenant: event.from_tenant.clone(),
            to_tenant: event.to_tenant.clone(),
            outcome: event.outcome.as_str().to_owned(),
            code: event.code.map(|kind| kind.code().to_owned()),
            request_id: event.request_id.clone(),
            attempts: event.attempts,
            duration: seconds(event.duration),
        }
    }
}

model! {
    /// A switch of a user's tenant, as it ended: what `on_switch` receives. It holds no token.
    ///
    /// There is one for each selection that was made, however many identical calls shared it, whether it succeeded, was
    /// refused or ended in doubt; and one for each refresh that brought another tenant. A call that is served with a
    /// remembered response switches nothing, and neither does one that is refused for its arguments.
    SwitchEvent(Switch) as "SwitchEvent",
    positional: ["from_tenant", "to_tenant", "outcome"],
    hash: |model| (&model.user_id, &model.from_tenant, &model.to_tenant, &model.outcome, &model.request_id),
    pydantic: allow,
    wire: [
        ("time", "float", "time"),
        ("projectId", "str", "project_id"),
        ("userId", "str | None", "user_id"),
        ("fromTenant", "str | None", "from_tenant"),
        ("toTenant", "str | None", "to_tenant"),
        ("outcome", "str", "outcome"),
        ("code", "str | None", "code"),
        ("requestId", "str | None", "request_id"),
        ("attempts", "int", "attempts"),
        ("duration", "float", "duration"),
    ],
    fields: {
        /// When it ended, in seconds since 1970.
        time: "float",
        /// The project.
        project_id: "str",
        /// The user of the token presented; None when verification is switched off.
        user_id: "str | None",
        /// The tenant that the token sent names; None when it names none, or verification is switched off.
        from_tenant: "str | None",
        /// The tenant that the user acts in now, or None; of a switch that did not succeed the one requested.
        ///
        /// Another one than requested comes with the code `TENANT_MISMATCH`.
        to_tenant: "str | None",
        /// Whether the service acted: `applied` for a switch that succeeded.
        outcome: "Outcome",
        /// The `code` of the error; None for a switch that succeeded, and for one whose callers left before its end.
        code: "str | None",
        /// The id under which the service knows the request.
        request_id: "str | None",
        /// How many requests were made.
        attempts: "int",
        /// How many seconds it took, from the call on.
        duration: "float",
    },
    getters: {},
    properties: {
        /// `time` as a `datetime` in UTC.
        time_datetime: "datetime" = |switch, py| datetime::of_fraction(py, switch.time),
    },
    methods: {
        /// The event as a dict.
        ///
        /// Returns:
        ///     `time`, `projectId`, `userId`, `fromTenant`, `toTenant`, `outcome`, `code`, `requestId`, `attempts` and
        ///     `duration`.
        ///
        /// Example:
        ///     >>> switch.to_dict()["toTenant"]
        ///     'acme'
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
