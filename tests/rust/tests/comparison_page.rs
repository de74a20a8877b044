//! Every row of `docs/comparison.md` names at least one case, and every named case exists.

use std::collections::BTreeSet;

use tenant_select_tests::{contract_directory, ids};

#[test]
fn every_row_names_cases_that_exist() {
    let page = std::fs::read_to_string(contract_directory().join("../docs/comparison.md")).unwrap();
    let ids: BTreeSet<String> = ids().unwrap().into_iter().collect();
    let rows: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Behaviour |")).collect();
    assert!(rows.len() >= 40, "only {} rows were found", rows.len());
    for row in rows {
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).filter(|text| is_id(text)).collect();
        assert!(!named.is_empty(), "no case backs the row {row}");
        for id in named {
            assert!(ids.contains(id), "there is no case {id}, named in {row}");
        }
    }
}

/// Three parts joined by dots, the first of them an operation.
fn is_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        })
}
