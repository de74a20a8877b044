//! For the suite, in debug builds alone: faults on purpose, which show that a panic stays an error, and a look at what calls
//! under way leave behind.

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

use crate::pending;
use crate::result::Settled;
use crate::runtime::promise;

/// Panics while JavaScript waits for the return.
#[napi(catch_unwind, skip_typescript)]
#[allow(clippy::panic)]
pub fn panic_in_call() {
    panic!("on purpose");
}

/// Panics on the runtime.
#[napi(catch_unwind, skip_typescript)]
#[allow(clippy::panic)]
pub fn panic_in_future(env: &Env) -> Result<Object<'_>> {
    promise(env, None, async {
        if std::hint::black_box(true) {
            panic!("on purpose");
        }
        Settled::cancelled()
    })
}

/// How many calls with a number are under way.
#[napi(catch_unwind, skip_typescript)]
pub fn pending_calls() -> u32 {
    u32::try_from(pending::look(0).0).unwrap_or(u32::MAX)
}

/// Whether the call with this number, which is under way, was answered.
#[napi(catch_unwind, skip_typescript)]
pub fn was_answered(call: i64) -> bool {
    pending::look(call).1
}
