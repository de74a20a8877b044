//! The case files themselves: the schema follows the core, and together the cases reach everything. That each follows the schema is
//! checked by `make lint` (`tests/checks/test_case_schema.py`).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tenant_select::{ErrorKind, Outcome};
use tenant_select_tests::{Names, contract_directory, files};

fn read(path: &str) -> Value {
    let path = contract_directory().join(path);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cases() -> Vec<Value> {
    files().unwrap().into_values().collect()
}

fn schema() -> Value {
    read("cases.schema.json")
}

fn texts(schema: &Value, pointer: &str) -> BTreeSet<String> {
    let list = schema.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("no list at {pointer}"));
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_case_has_the_id_of_its_path() {
    let mut complaints = Vec::new();
    for (id, case) in files().unwrap() {
        if case["id"] != id.as_str() {
            complaints.push(format!("{id}: its id is {}", case["id"]));
        }
        let operation = id.split('.').next();
        if case["operation"].as_str() != operation {
            complaints.push(format!("{id}: its operation is {}", case["operation"]));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn cases_and_their_descriptions_are_unique() {
    let mut bodies = BTreeSet::new();
    let mut sentences = BTreeSet::new();
    for case in cases() {
        let (id, about, operation) = (case["id"].to_string(), case["about"].to_string(), case["operation"].to_string());
        assert!(sentences.insert((operation, about)), "{id}: another case of the operation is about the same");
        let mut body: Map<String, Value> = case.as_object().unwrap().clone();
        body.remove("id");
        body.remove("about");
        assert!(bodies.insert(Value::from(body).to_string()), "{id}: another case has the same content");
    }
}

#[test]
fn the_schema_knows_what_the_name_table_knows() {
    let (schema, names) = (schema(), Names::read().unwrap());
    let codes: BTreeSet<String> = names.errors.iter().map(|row| row.code.clone()).collect();
    assert_eq!(texts(&schema, "/$defs/error/properties/code/enum"), codes);
    assert_eq!(texts(&schema, "/$defs/error/properties/outcome/enum"), names.outcomes.iter().cloned().collect());
    let mut operations: BTreeSet<String> = names.operations.iter().map(|row| row.case.clone()).collect();
    operations.extend(["authenticate".to_owned(), "configure".to_owned()]);
    assert_eq!(texts(&schema, "/properties/operation/enum"), operations);
    let mut options: BTreeSet<String> = names.options.iter().map(|row| row.case.clone()).collect();
    options.extend(["baseUrlSuffix".to_owned(), "environment".to_owned()]);
    let known = schema.pointer("/$defs/client/properties").and_then(Value::as_object).unwrap();
    assert_eq!(known.keys().cloned().collect::<BTreeSet<_>>(), options);
}

#[test]
fn the_cases_reach_every_operation_kind_and_outcome() {
    let cases = cases();
    let reached = |pointer: &str| -> BTreeSet<String> {
        cases.iter().filter_map(|case| Some(case.pointer(pointer)?.as_str()?.to_owned())).collect()
    };
    // A case calls once, so none can close its client first or read an absent session; and nothing that a server does is a
    // fault of ours.
    let out_of_reach =
        [ErrorKind::ClientClosed, ErrorKind::Internal, ErrorKind::CookieTooLarge, ErrorKind::NotVerified];
    let kinds = ErrorKind::ALL.iter().filter(|kind| !out_of_reach.contains(kind)).map(|kind| kind.code().to_owned());
    assert_eq!(reached("/expect/error/code"), kinds.collect());
    assert!(reached("/expect/cookies/error/code").contains("COOKIE_TOO_LARGE"));
    assert_eq!(reached("/expect/error/outcome"), Outcome::ALL.iter().map(|o| o.as_str().to_owned()).collect());
    let operations = texts(&schema(), "/properties/operation/enum");
    assert_eq!(reached("/operation"), operations);
    for operation in operations {
        let success = |case: &&Value| case["operation"] == operation.as_str() && case["expect"].get("value").is_some();
        assert!(cases.iter().any(|case| success(&case)), "{operation} never succeeds");
    }
}

/// Every field of every model, set in one case and null in another.
#[test]
fn the_cases_set_and_null_every_field_of_every_model() {
    let mut set = BTreeSet::new();
    let mut null = BTreeSet::new();
    for case in cases() {
        for body in
            case["exchanges"].as_array().unwrap().iter().filter_map(|exchange| exchange.pointer("/response/body"))
        {
            collect(body, &mut set, &mut null);
        }
    }
    for model in Names::read().unwrap().models {
        for field in model.fields {
            assert!(set.contains(&field.wire), "no case sets {}.{}", model.wire, field.wire);
            assert!(null.contains(&field.wire), "no case nulls {}.{}", model.wire, field.wire);
        }
    }
}

fn collect(value: &Value, set: &mut BTreeSet<String>, null: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, set, null)),
        Value::Object(members) => {
            for (name, member) in members {
                if member.is_null() {
                    null.insert(name.clone())
                } else {
                    set.insert(name.clone())
                };
                collect(member, set, null);
            }
        }
        _ => {}
    }
}
