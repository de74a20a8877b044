//! One table for all clients of a process that speak to the same project, so that a synchronous and an asynchronous client of
//! one application know of each other's exchanges.
//!
//! It is read and replaced without a lock, and needs no initialisation: a process that is forked in the middle of either would wait
//! for a thread that it does not have. A forked child starts with a table of its own.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwapOption;

use super::{Fingerprint, Rotation};

/// What clients have in common that share a table.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    process: u32,
    base_url: String,
    project_id: String,
    /// Whether the clients remember successors: what one of them remembers must hold for the others.
    remembers: bool,
    /// What they share with other processes, and so what they may know of.
    shared_state: Option<Fingerprint>,
}

impl Scope {
    pub(crate) fn new(base_url: &str, project_id: &str, remembers: bool, shared_state: Option<Fingerprint>) -> Self {
        let process = std::process::id();
        Self { process, base_url: base_url.to_owned(), project_id: project_id.to_owned(), remembers, shared_state }
    }
}

type Tables = HashMap<Scope, Weak<Rotation>>;

static TABLES: ArcSwapOption<Tables> = ArcSwapOption::const_empty();

/// The table of a scope: it goes with the last client that uses it.
pub(crate) fn shared(scope: &Scope) -> Arc<Rotation> {
    loop {
        let find = |tables: &Tables| tables.get(scope).and_then(Weak::upgrade);
        if let Some(rotation) = TABLES.load().as_deref().and_then(find) {
            return rotation;
        }
        let fresh = Arc::<Rotation>::default();
        TABLES.rcu(|tables| {
            let live = tables.iter().flat_map(|tables| tables.iter()).filter(|(_, table)| table.strong_count() > 0);
            let mut tables: Tables = live.map(|(scope, table)| (scope.clone(), Weak::clone(table))).collect();
            tables.entry(scope.clone()).or_insert_with(|| Arc::downgrade(&fresh));
            Some(Arc::new(tables))
        });
        // Another thread may have been first, and its table may be gone already.
        if let Some(rotation) = TABLES.load().as_deref().and_then(find) {
            return rotation;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_one_scope_share_a_table_until_the_last_one_goes() {
        let scope = |project| Scope::new("https://registry.example", project, true, None);
        let first = shared(&scope("P1"));
        assert!(Arc::ptr_eq(&first, &shared(&scope("P1"))));
        assert!(!Arc::ptr_eq(&first, &shared(&scope("P2"))));
        assert!(!Arc::ptr_eq(&first, &shared(&Scope::new("https://registry.example", "P1", false, None))));
        let elsewhere = Some(Fingerprint::of("redis://registry.example"));
        assert!(!Arc::ptr_eq(&first, &shared(&Scope::new("https://registry.example", "P1", true, elsewhere))));
        let gone = Arc::downgrade(&first);
        drop(first);
        assert!(gone.upgrade().is_none());
        assert_eq!(Arc::strong_count(&shared(&scope("P1"))), 1);
    }
}
