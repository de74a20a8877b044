//! No error, result or diagnostic prints a secret.

use std::fmt;

use tenant_select::Error;

/// The length from which a part of a secret must not be printed.
const PART: usize = 12;

/// Panics when the value prints a part of one of the secrets, or a character that can forge a line of a log.
pub(crate) fn check(value: &(impl fmt::Debug + ?Sized), secrets: &[&str]) {
    check_text(&format!("{value:?}"), secrets);
}

/// The same for an error with both of its forms, and those of its causes.
pub(crate) fn check_error(error: &Error, secrets: &[&str]) {
    check(error, secrets);
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        check_text(&error.to_string(), secrets);
        cause = error.source();
    }
}

fn check_text(text: &str, secrets: &[&str]) {
    assert!(!text.contains(|one: char| one.is_control() && one != '\n'), "a control character is printed: {text:?}");
    for secret in secrets {
        for part in secret.as_bytes().windows(PART) {
            let found = text.as_bytes().windows(PART).any(|printed| printed == part);
            assert!(!found, "a part of a secret is printed: {text:?}");
        }
    }
}
