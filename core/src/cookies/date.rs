//! The dates of cookies, which servers write in more formats than HTTP allows (RFC 6265 §5.1.1).

use crate::model::date::{days_in, days_since_1970};

/// Seconds since 1970, or `None` for a text that browsers do not read as a date.
///
/// Time, day, month and year may come in any order between any delimiters. The weekday and the zone are skipped;
/// the zone is always UTC. A year of two digits is one from 1970 to 2069.
pub(super) fn seconds_since_1970(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        if time.is_none() {
            time = time_of_day(token);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = leading_number(token, 1..=2);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = month_of(token);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = leading_number(token, 2..=4);
        }
    }
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let (day, month) = (day?, month?);
    let exists = year >= 1601 && (1..=days_in(month, year)).contains(&day);
    exists.then(|| days_since_1970(year, month, day) * 86_400 + time.unwrap_or_default()).filter(|_| time.is_some())
}

fn is_delimiter(character: char) -> bool {
    matches!(character, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// A number with this many digits, not followed by another digit; any other text after it is skipped.
fn leading_number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits.contains(&length) { text.get(..length)?.parse().ok() } else { None }
}

/// `hh:mm:ss`, each of one or two digits, as seconds of the day.
fn time_of_day(token: &str) -> Option<i64> {
    let (hours, rest) = token.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let whole = |text: &str| if text.len() <= 2 { text.parse::<u8>().ok().map(i64::from) } else { None };
    let (hours, minutes, seconds) = (whole(hours)?, whole(minutes)?, leading_number(seconds, 1..=2)?);
    (hours <= 23 && minutes <= 59 && seconds <= 59).then_some(hours * 3600 + minutes * 60 + seconds)
}

fn month_of(token: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = token.get(..3)?.to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, month)| *month == name).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::seconds_since_1970;

    #[test]
    fn every_form_in_use_is_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "sun nov 06 8:49:37 1994",
            "6 November 1994 08:49:37",
            "1994 Nov 06 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0100",
        ] {
            assert_eq!(seconds_since_1970(text), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn the_calendar_is_that_of_httpdate() {
        for seconds in (0..253_402_300_800_u64).step_by(86_400 * 37 + 12_345) {
            let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            let text = httpdate::fmt_http_date(date);
            assert_eq!(seconds_since_1970(&text), i64::try_from(seconds).ok(), "{text}");
        }
    }

    #[test]
    fn two_digit_years_are_from_1970_to_2069() {
        assert_eq!(seconds_since_1970("Thu, 01-Jan-70 00:00:00 GMT"), Some(0));
        assert_eq!(seconds_since_1970("Tue, 01-Jan-69 00:00:00 GMT"), Some(3_124_224_000));
        assert_eq!(seconds_since_1970("Mon, 01-Jan-1601 00:00:00 GMT"), Some(-11_644_473_600));
    }

    #[test]
    fn text_that_is_not_a_date_gives_none() {
        for text in [
            "",
            "0",
            "-1",
            "never",
            "Thu, 01 Jan 1970",
            "Thu, 01 Jan 1970 24:00:00 GMT",
            "Thu, 01 Jan 1970 00:60:00 GMT",
            "Thu, 01 Jan 1970 00:00:60 GMT",
            "Thu, 01 Jan 1970 000:00:00 GMT",
            "Thu, 00 Jan 1970 00:00:00 GMT",
            "Thu, 32 Jan 1970 00:00:00 GMT",
            "Sun, 29 Feb 2100 00:00:00 GMT",
            "Thu, 01 Jan 1600 00:00:00 GMT",
            "Thu, 01 Jan 19700 00:00:00 GMT",
            "Thu, 01 Foo 1970 00:00:00 GMT",
            "ééé 01 Jan 00:00:00",
        ] {
            assert_eq!(seconds_since_1970(text), None, "{text}");
        }
    }
}
