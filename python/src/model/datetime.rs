//! Times as `datetime` objects, besides the seconds since 1970 that the wire and the core have.

use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyTzInfo};

const SECONDS_OF_A_DAY: i64 = 86_400;
/// The first and the last second that a `datetime` can have: the years 1 to 9999.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;

/// The time with the zone UTC; one beyond the years 1 to 9999 is the first or the last second of them.
pub(super) fn of(py: Python<'_>, seconds: i64) -> PyResult<Bound<'_, PyAny>> {
    with_microseconds(py, seconds.clamp(FIRST, LAST), 0)
}

/// The same, None for an absent time.
pub(super) fn optional(py: Python<'_>, seconds: Option<i64>) -> PyResult<Bound<'_, PyAny>> {
    seconds.map_or_else(|| Ok(py.None().into_bound(py)), |seconds| of(py, seconds))
}

/// The same, of a time with a fraction.
pub(super) fn of_fraction(py: Python<'_>, seconds: f64) -> PyResult<Bound<'_, PyAny>> {
    let whole = seconds.floor();
    #[allow(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    let (whole, microseconds) = (whole as i64, ((seconds - whole) * 1e6).round() as i32);
    with_microseconds(py, whole.clamp(FIRST, LAST), microseconds)
}

/// By an addition: `fromtimestamp` refuses times before 1970 on some platforms.
fn with_microseconds(py: Python<'_>, seconds: i64, microseconds: i32) -> PyResult<Bound<'_, PyAny>> {
    let (days, seconds) = (seconds.div_euclid(SECONDS_OF_A_DAY), seconds.rem_euclid(SECONDS_OF_A_DAY));
    let [days, seconds] = [days, seconds].map(|number| i32::try_from(number).unwrap_or_default());
    let epoch = PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&*PyTzInfo::utc(py)?))?;
    epoch.add(PyDelta::new(py, days, seconds, microseconds, true)?)
}
