//! One program for all targets: the variable `FUZZ_TARGET` names the one that libFuzzer calls. A second program would take as
//! long to link as the first.
#![no_main]
#![allow(missing_docs, clippy::panic, clippy::expect_used)]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tenant_select_fuzz::{Target, target};

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET is not set");
        let target = target(&name).unwrap_or_else(|| panic!("there is no target {name}"));
        let _ = TARGET.set(target);
    },
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            target(data);
        }
    }
);
