//! The name table against the models, kinds and options of the core.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tenant_select::{
    ClientBuilder, ErrorKind, HistoryEntry, IdpResponse, JwtResponseBody, Operation, Outcome, Tenant, User, UserTenant,
    binding,
};
use tenant_select_tests::{ModelNames, Names, contract_directory};

fn names() -> Names {
    Names::read().unwrap()
}

/// A value of each type that is none of the defaults.
fn sample(kind: &str) -> Value {
    match kind {
        "string" | "token" => json!("x"),
        "strings" => json!(["x"]),
        "integer" => json!(7),
        "boolean" => json!(true),
        "object" => json!({"key": 1}),
        "booleans" => json!({"key": true}),
        "any" => json!([1]),
        "User" => json!({"name": "x"}),
        "UserTenants" => json!([{"tenantId": "x"}]),
        "IDPResponse" => json!({"idpGroups": ["x"]}),
        other => panic!("no sample of the type {other}"),
    }
}

/// The fields of a struct with what they hold, out of its derived `Debug`.
fn fields<T: Debug>(model: &T) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let mut current = String::new();
    for line in format!("{model:#?}").lines().skip(1) {
        if let Some((name, value)) = line
            .strip_prefix("    ")
            .filter(|rest| !rest.starts_with([' ', '}']))
            .and_then(|rest| rest.split_once(": "))
        {
            current = name.to_owned();
            fields.insert(current.clone(), value.to_owned());
        } else if let Some(value) = fields.get_mut(&current) {
            value.push_str(line);
        }
    }
    fields
}

fn check_model<T: Default + Debug + Serialize + DeserializeOwned>(rust: &str, not_of_the_wire: &[&str]) {
    let table = names();
    let model: &ModelNames = table.models.iter().find(|model| model.rust == rust).unwrap();
    let type_name = std::any::type_name::<T>();
    assert_eq!(type_name.rsplit("::").next(), Some(rust), "{type_name}");

    let empty = fields(&T::default());
    let mut known: BTreeSet<&str> = not_of_the_wire.iter().copied().collect();
    for field in &model.fields {
        let wire: Value = Map::from_iter([(field.wire.clone(), sample(&field.r#type))]).into();
        let decoded: T = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(&decoded).unwrap(), wire, "{rust}.{}", field.rust);
        let filled = fields(&decoded);
        let changed: Vec<&str> =
            filled.iter().filter(|(name, value)| empty[*name] != **value).map(|(name, _)| name.as_str()).collect();
        assert_eq!(changed, [field.rust.as_str()], "{rust}: which field {} is decoded to", field.wire);
        assert!(known.insert(&field.rust), "{rust}.{} stands twice in the table", field.rust);
    }
    assert_eq!(empty.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "{rust}: the fields of the struct");
}

#[test]
fn every_field_of_every_model_is_in_the_table_under_its_names() {
    check_model::<JwtResponseBody>("JwtResponseBody", &["extra"]);
    check_model::<User>("User", &["extra"]);
    check_model::<UserTenant>("UserTenant", &["extra"]);
    check_model::<IdpResponse>("IdpResponse", &["extra"]);
    check_model::<Tenant>("Tenant", &["extra"]);
    check_model::<HistoryEntry>("HistoryEntry", &["extra"]);
    assert_eq!(names().models.len(), 6, "a model of the table is not held against anything");
}

#[test]
fn names_follow_the_conventions_of_each_language() {
    for model in names().models {
        for field in model.fields {
            let snake = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(snake(&field.rust) && field.python == field.rust, "{}.{}", model.rust, field.rust);
            assert_eq!(field.typescript, field.wire, "{}.{}", model.typescript, field.typescript);
        }
    }
}

#[test]
fn every_kind_and_outcome_is_in_the_table_in_the_order_of_the_core() {
    let table = names();
    let of_table: Vec<(&str, &str)> = table.errors.iter().map(|row| (row.code.as_str(), row.rust.as_str())).collect();
    let of_core: Vec<(&str, String)> = ErrorKind::ALL.iter().map(|kind| (kind.code(), format!("{kind:?}"))).collect();
    assert_eq!(of_table, of_core.iter().map(|(code, name)| (*code, name.as_str())).collect::<Vec<_>>());
    assert_eq!(table.outcomes, Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect::<Vec<_>>());
}

#[test]
fn every_operation_is_in_the_table_in_the_order_of_the_core() {
    let table = names();
    let of_table: Vec<_> = table.operations.iter().map(|row| (row.case.as_str(), row.rust.as_str())).collect();
    let of_core: Vec<_> = Operation::ALL.iter().map(|operation| (operation.as_str(), operation.as_str())).collect();
    assert_eq!(of_table, of_core);
}

#[test]
fn every_attribute_of_an_error_is_in_the_table_and_in_the_schema() {
    let table = names();
    let of_table: Vec<_> = table.error_attributes.iter().map(|row| row.core.as_str()).collect();
    assert_eq!(of_table, binding::attribute_names().collect::<Vec<_>>());
    let schema = std::fs::read(contract_directory().join("cases.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let of_schema: BTreeSet<_> = schema["$defs"]["error"]["properties"].as_object().unwrap().keys().collect();
    let of_cases: BTreeSet<_> = table.error_attributes.iter().map(|row| &row.typescript).collect();
    assert_eq!(of_schema, of_cases);
    let operations = &schema["$defs"]["error"]["properties"]["operation"]["enum"];
    assert_eq!(operations, &json!(table.operations.iter().map(|row| &row.case).collect::<Vec<_>>()));
}

#[test]
fn every_option_is_in_the_table_with_its_variables() {
    let table = names();
    let of_table: Vec<(&str, Vec<&str>)> = table
        .options
        .iter()
        .map(|row| (row.core.as_str(), row.environment.iter().map(String::as_str).collect()))
        .collect();
    let of_core: Vec<(&str, Vec<&str>)> =
        ClientBuilder::options().map(|option| (option.name(), option.variables().to_vec())).collect();
    assert_eq!(of_table, of_core);
}
