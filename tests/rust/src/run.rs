//! Running one case from its opening to its report.

use serde_json::{Map, Value};
use tenant_select_emulator::Emulator;

use crate::case::Case;
use crate::difference::differences;
use crate::operation;

/// Runs the case with this id; the error says everything that is not as the case says.
///
/// # Errors
///
/// When the case cannot be opened or does not pass.
pub async fn run(emulator: &Emulator, id: &str) -> Result<(), String> {
    let opened = emulator.open_run(id).map_err(|error| format!("{id}: {error}"))?;
    let text = |name: &str| opened.get(name).and_then(Value::as_str).unwrap_or_default();
    let document = opened.get("case").cloned().unwrap_or_default();
    let case: Case = serde_json::from_value(document.clone()).map_err(|error| format!("{id}: {error}"))?;

    let outcome = operation::perform(&case, text("baseUrl")).await.map_err(|error| format!("{id}: {error}"))?;
    let mut problems = compare(&case.expect, &outcome.parts);
    problems.extend(leaks(&document, &outcome.printed));
    let report = emulator.run_report(text("run")).map_err(|error| format!("{id}: {error}"))?;
    problems.extend(server_problems(&report));

    if problems.is_empty() { Ok(()) } else { Err(format!("{id}: {}\n    {}", case.about, problems.join("\n    "))) }
}

/// Each part that the case names, compared whole; either `value` or `error` is always one of them.
fn compare(expect: &Map<String, Value>, actual: &Map<String, Value>) -> Vec<String> {
    let mut problems = Vec::new();
    for name in ["value", "error"] {
        if let (None, Some(unforeseen)) = (expect.get(name), actual.get(name)) {
            problems.push(format!("there should be no {name}, but there is {unforeseen}"));
        }
    }
    for (name, expected) in expect {
        match actual.get(name) {
            Some(value) => problems.extend(differences(name, expected, value)),
            None => problems.push(format!("{name}: the result has no such part")),
        }
    }
    problems
}

/// Tokens of the case that the result prints: results are for logs, tokens are not.
fn leaks(document: &Value, printed: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    collect_tokens(document, &mut tokens);
    let leaked = tokens.iter().filter(|token| printed.contains(token.as_str()));
    leaked.map(|token| format!("the result prints a token of {} characters", token.len())).collect()
}

/// Every signed token, within a header too, and the two last parts of each, which are as secret as the whole.
fn collect_tokens(value: &Value, tokens: &mut Vec<String>) {
    let of_token = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    match value {
        Value::String(text) => {
            let words = text.split(|letter| !of_token(letter));
            for token in
                words.filter(|word| word.len() > 64 && word.matches('.').count() == 2 && word.starts_with("eyJ"))
            {
                tokens.extend(token.split('.').skip(1).filter(|part| part.len() > 32).map(str::to_owned));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_tokens(item, tokens)),
        Value::Object(members) => members.values().for_each(|member| collect_tokens(member, tokens)),
        _ => {}
    }
}

fn server_problems(report: &Value) -> Vec<String> {
    let list = |name: &str| report.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut problems: Vec<String> = list("problems").iter().map(|problem| format!("server: {problem}")).collect();
    if report.get("complete") != Some(&Value::Bool(true)) {
        let requests: Vec<String> = list("requests").iter().map(Value::to_string).collect();
        problems.push(format!("server: not every exchange was used; there came [{}]", requests.join(", ")));
    }
    problems
}
