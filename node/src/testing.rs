//! For the suite, in debug builds only: deliberate panics, which show that a panic becomes an error, and the state of pending
//! calls.

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use tenant_select::Operation;

use crate::pending;
use crate::result::CallResult;
use crate::runtime::promise;
use crate::workers::Order;

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
    promise(env, Some(Operation::Me), Order::Any, None, async {
        if std::hint::black_box(true) {
            panic!("on purpose");
        }
        CallResult::cancelled()
    })
}

/// The number of pending calls that have a number.
#[napi(catch_unwind, skip_typescript)]
pub fn pending_calls() -> u32 {
    u32::try_from(pending::inspect(0).0).unwrap_or(u32::MAX)
}

/// Whether the response of the pending call with this number has arrived.
#[napi(catch_unwind, skip_typescript)]
pub fn has_response(call: i64) -> bool {
    pending::inspect(call).1
}
