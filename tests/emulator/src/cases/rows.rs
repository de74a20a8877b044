//! A table of cases: one file whose rows differ in little, such as the status of the response.
//!
//! A row is merged into the rest of the file. Objects are merged member by member, where null removes the member; an object
//! with numbers as names changes the elements of a list; any other value replaces the former one.

use serde_json::Value;

/// The names of the rows of a file; `None` for a file that is one case.
pub(super) fn names(document: &Value) -> Option<Vec<String>> {
    Some(document.get("rows")?.as_object()?.keys().cloned().collect())
}

/// The case that a row of a file defines; `None` when the file has no such row.
pub(super) fn row(mut document: Value, table: &str, name: &str) -> Result<Option<Value>, String> {
    if document.get("id").and_then(Value::as_str) != Some(table) {
        return Err("id is not the path of the file".to_owned());
    }
    let Some(members) = document.as_object_mut() else { return Ok(None) };
    let Some(row) = members.remove("rows").and_then(|mut rows| rows.as_object_mut()?.remove(name)) else {
        return Ok(None);
    };
    members.insert("id".to_owned(), format!("{table}.{name}").into());
    if row.get("id").is_some() || row.get("rows").is_some() {
        return Err(format!("rows.{name} has an id or rows of its own"));
    }
    lay_over(&mut document, row).map_err(|error| format!("rows.{name}.{error}"))?;
    Ok(Some(document))
}

fn lay_over(target: &mut Value, row: Value) -> Result<(), String> {
    match (target, row) {
        (Value::Object(members), Value::Object(row)) => {
            for (name, value) in row {
                match members.get_mut(&name) {
                    _ if value.is_null() => {
                        members.remove(&name).ok_or_else(|| format!("{name}: there is nothing to take away"))?;
                    }
                    Some(member) => lay_over(member, value).map_err(|error| format!("{name}.{error}"))?,
                    None => {
                        members.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(elements), Value::Object(row)) => {
            for (name, value) in row {
                let element = name.parse().ok().and_then(|index: usize| elements.get_mut(index));
                let element = element.ok_or_else(|| format!("{name}: there is no such element"))?;
                lay_over(element, value).map_err(|error| format!("{name}.{error}"))?;
            }
        }
        (target, row) => *target = row,
    }
    Ok(())
}
