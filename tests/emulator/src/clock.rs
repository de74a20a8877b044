//! Time as numbers and as text.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since the epoch by the machine's clock.
pub(crate) fn machine_now() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

/// Milliseconds since the epoch by the machine's clock.
pub(crate) fn machine_now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

/// This moment by the machine's clock as RFC 3339 text.
pub(crate) fn machine_now_text() -> String {
    OffsetDateTime::from(SystemTime::now()).format(&Rfc3339).unwrap_or_default()
}

/// Seconds as the API's integers have them, all of which are protobuf `int32`: the nearest number that fits.
pub(crate) fn int32(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(if seconds < 0 { i32::MIN } else { i32::MAX })
}

/// Seconds since the epoch as RFC 3339 text; empty beyond the year 9999.
pub(crate) fn rfc3339(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_beyond_int32_are_clamped() {
        let cases =
            [(0, 0), (2_147_483_647, i32::MAX), (2_147_483_648, i32::MAX), (i64::MAX, i32::MAX), (i64::MIN, i32::MIN)];
        for (seconds, expected) in cases {
            assert_eq!(int32(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn seconds_become_text() {
        assert_eq!(rfc3339(1_711_039_788), "2024-03-21T16:49:48Z");
        assert_eq!(rfc3339(i64::MAX), "");
        assert!(machine_now_text().ends_with('Z'));
    }
}
