//! The Gregorian calendar, and the timestamps of RFC 3339.

/// Seconds since 1970 of an RFC 3339 timestamp such as `2024-03-21T16:49:48Z`; a fraction is cut off, and an offset is
/// applied. Nothing for any other text.
pub(crate) fn rfc3339(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (day, rest) = (day_of(date)?, rest.strip_prefix(['T', 't'])?);
    let (time, rest) = rest.split_at_checked(8)?;
    let [hours, minutes, seconds] = numbers(time, ':', [2, 2, 2])?;
    // A leap second has the number 60.
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if zone.len() == fraction.len() {
                return None;
            }
            zone
        }
        None => rest,
    };
    Some(day * 86_400 + hours * 3600 + minutes * 60 + seconds - offset(zone)?)
}

/// `Z`, or how far the local time is ahead of UTC, in seconds.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, time) = match zone.split_at_checked(1)? {
        ("+", time) => (1, time),
        ("-", time) => (-1, time),
        _ => return None,
    };
    let [hours, minutes] = numbers(time, ':', [2, 2])?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// `yyyy-mm-dd` as days since 1970.
fn day_of(date: &str) -> Option<i64> {
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let exists = (1..=12).contains(&month) && (1..=days_in(month, year)).contains(&day);
    exists.then(|| days_since_1970(year, month, day))
}

/// Numbers of so many digits each between separators, and nothing else.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut found = [0; N];
    let mut parts = text.split(separator);
    for (number, length) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = if is_number { part.parse().ok()? } else { return None };
    }
    parts.next().is_none().then_some(found)
}

/// How many days the month has, 1 being January.
pub(crate) fn days_in(month: i64, year: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01. Years begin in March here, so that the leap day is the last one.
pub(crate) fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    of_years + (153 * month + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::rfc3339;

    #[test]
    fn a_timestamp_is_read_with_fraction_and_offset() {
        for text in [
            "2024-03-21T16:49:48Z",
            "2024-03-21t16:49:48z",
            "2024-03-21T16:49:48.987654321Z",
            "2024-03-21T18:49:48+02:00",
            "2024-03-21T11:19:48-05:30",
            "2024-03-22T00:49:48+08:00",
        ] {
            assert_eq!(rfc3339(text), Some(1_711_039_788), "{text}");
        }
        assert_eq!(rfc3339("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(rfc3339("2000-02-29T23:59:59Z"), Some(951_868_799));
        assert_eq!(rfc3339("1990-12-31T23:59:60Z"), Some(662_688_000));
        assert_eq!(rfc3339("0000-01-01T00:00:00Z"), Some(-62_167_219_200));
        assert_eq!(rfc3339("9999-12-31T23:59:59Z"), Some(253_402_300_799));
    }

    #[test]
    fn any_other_text_is_none() {
        for text in [
            "",
            "1711039788",
            "2024-03-21",
            "2024-03-21T16:49:48",
            "2024-03-21 16:49:48Z",
            "2024-03-21T16:49Z",
            "2024-03-21T16:49:48.Z",
            "2024-03-21T16:49:48+0200",
            "2024-03-21T16:49:48+24:00",
            "2024-03-21T24:00:00Z",
            "2024-03-21T16:60:48Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "+024-03-21T16:49:48Z",
            "2024-03-21T16:49:48Z ",
            "é024-03-21T16:49:48Z",
            "Thu, 21 Mar 2024 16:49:48 GMT",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), digits in "[0-9TtZz:.+-]{0,40}") {
            let _ = (rfc3339(&text), rfc3339(&digits));
        }

        #[test]
        fn the_calendar_is_that_of_httpdate(seconds in 0_u64..253_402_300_800) {
            let text = httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
            let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let month = names.iter().position(|name| *name == &text[8..11]).unwrap() + 1;
            let text = format!("{}-{month:02}-{}T{}Z", &text[12..16], &text[5..7], &text[17..25]);
            prop_assert_eq!(rfc3339(&text), i64::try_from(seconds).ok(), "{}", text);
        }
    }
}
