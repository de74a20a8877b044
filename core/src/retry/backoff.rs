//! The wait before a call is sent again.

use std::time::{Duration, SystemTime};

const BACKOFF_BASE: Duration = Duration::from_millis(100);
const BACKOFF_CAP: Duration = Duration::from_secs(2);

/// Full jitter: a random wait from 0 up to a cap that doubles with each retry. `random` is from 0 to 1.
pub(crate) fn backoff(retry: u32, random: f64) -> Duration {
    let doublings = retry.saturating_sub(1).min(16);
    share(BACKOFF_BASE.saturating_mul(2_u32.saturating_pow(doublings)).min(BACKOFF_CAP), random)
}

/// The wait that the service requires, and up to a fifth more, so that the waiting calls are not all sent at the same time.
pub(crate) fn jittered(retry_after: Duration, random: f64) -> Duration {
    retry_after.saturating_add(share(retry_after, 0.2 * random))
}

/// A fraction of a time. Numbers below 0 and NaN count as 0, numbers above 1 as 1.
pub(crate) fn share(of: Duration, part: f64) -> Duration {
    let part = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
    Duration::try_from_secs_f64(of.as_secs_f64() * part).map_or(of, |share| share.min(of))
}

/// The longest wait that is read from a response. No call lasts longer than an hour, so a longer wait makes no difference here;
/// a scheduler that uses [`Error::retry_after`](crate::Error::retry_after) tries again after a day.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// `Retry-After` in either form (RFC 9110 §10.2.3), [`LONGEST_WAIT`] at most. Anything else counts as absent.
pub(crate) fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits is a long wait too.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn backoff_doubles_to_its_cap_with_full_jitter() {
        let millis = |retry, random| backoff(retry, random).as_millis();
        assert_eq!([1, 2, 3, 4, 5, 6, 40].map(|retry| millis(retry, 1.0)), [100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!((millis(3, 0.0), millis(3, 0.5)), (0, 200));
        assert_eq!(jittered(Duration::from_secs(10), 1.0), Duration::from_secs(12));
        assert_eq!(jittered(Duration::from_secs(10), 0.0), Duration::from_secs(10));
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_nothing_else() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let seconds = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:00 GMT"), Some(23));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("9223372036854775807"), Some(86_400));
        assert_eq!(seconds("18446744073709551615"), Some(86_400));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("Fri, 31 Dec 9999 23:59:59 GMT"), Some(86_400));
        for bad in ["", "-1", "+1", "1.5", "0x10", "NaN", "soon"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn retry_after_is_at_most_a_day(seconds in any::<u64>(), text in any::<String>(), random in any::<f64>()) {
            let now = SystemTime::now();
            let texts = [seconds.to_string(), format!("{seconds}{seconds}"), text];
            for wait in texts.iter().filter_map(|text| retry_after(text, now)) {
                prop_assert!(wait <= LONGEST_WAIT);
                let jittered = jittered(wait, random);
                prop_assert!(wait <= jittered && jittered <= wait.saturating_add(wait));
                prop_assert!(tokio::time::Instant::now().checked_add(jittered).is_some());
            }
            prop_assert_eq!(retry_after(&texts[0], now), Some(Duration::from_secs(seconds.min(86_400))));
        }

        #[test]
        fn extreme_dates_do_not_panic(at in 0_u64..253_402_300_800, now in 0_u64..253_402_300_800) {
            let time = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let wait = retry_after(&httpdate::fmt_http_date(time(at)), time(now));
            prop_assert_eq!(wait, Some(Duration::from_secs(at.saturating_sub(now).min(86_400))));
        }

        #[test]
        fn extreme_counts_and_numbers_do_not_panic(
            retry in any::<u32>(), random in any::<f64>(), seconds in any::<u64>(), nanos in 0_u32..1_000_000_000
        ) {
            prop_assert!(backoff(retry, random) <= BACKOFF_CAP);
            let wait = Duration::new(seconds, nanos);
            prop_assert!(jittered(wait, random) >= wait);
        }
    }
}
