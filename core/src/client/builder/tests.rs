//! The documentation of the builder's methods against the table of options.

use std::time::Duration;

use crate::config::row::{Kind, Row};
use crate::config::table::OPTIONS;

const SOURCE: &str = include_str!("../builder.rs");

/// What the documentation of a method says, as one line.
fn documentation(name: &str) -> Option<String> {
    let (before, _) =
        SOURCE.split_once(&format!("pub fn {name}(")).or_else(|| SOURCE.split_once(&format!("pub fn {name}<")))?;
    let lines: Vec<&str> =
        before.trim_end().lines().rev().map_while(|line| line.trim().strip_prefix("///")).map(str::trim).collect();
    Some(lines.into_iter().rev().collect::<Vec<_>>().join(" ").trim().to_owned())
}

/// What it must say.
fn expected(row: &Row<Kind>) -> String {
    let bounds = match row.kind {
        Kind::Text(kind) => unset(kind.unset),
        Kind::Path(kind) => unset(kind.unset),
        Kind::Texts(kind) => unset(kind.unset),
        Kind::Flag(kind) => format!("Default {}.", kind.default),
        Kind::Count(kind) => {
            format!("{} to {}; default {}.", grouped(kind.least), grouped(kind.most), grouped(kind.default))
        }
        Kind::WholeSeconds(kind) => format!("{} to {} s; default {} s.", kind.least, kind.most, kind.default),
        Kind::Seconds(kind) => {
            let most = Duration::try_from_secs_f64(kind.most).unwrap().as_secs();
            format!("Above 0, {} s at most; default {} s.", grouped(most), kind.default)
        }
    };
    let unit = match row.kind {
        Kind::Seconds(_) => " (seconds)",
        Kind::WholeSeconds(_) => " (whole seconds)",
        Kind::Texts(_) => " (a JSON object)",
        _ => "",
    };
    let variables: Vec<String> = row.variables.iter().map(|variable| format!("`{variable}`")).collect();
    let variables = match variables.as_slice() {
        [] => "Has no variable.".to_owned(),
        [one] => format!("Variable: {one}{unit}."),
        several => format!("Variables: {}{unit}.", several.join(" or ")),
    };
    let per_call = if row.per_call { "A call can have its own." } else { "" };
    let sentences = [row.summary, row.details, &bounds, per_call, &variables];
    sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ")
}

fn unset(words: &str) -> String {
    if words == "required" { "Required.".to_owned() } else { format!("Default: {words}.") }
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}

#[test]
fn every_option_has_a_method_whose_documentation_is_that_of_the_table() {
    for row in OPTIONS {
        let expected = expected(row);
        assert_eq!(documentation(row.name).as_ref(), Some(&expected), "ClientBuilder::{}", row.name);
    }
}
