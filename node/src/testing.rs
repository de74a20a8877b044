//! Faults on purpose, in debug builds alone: the suite proves with them that a panic stays an error.

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

use crate::handle::CallHandle;
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
pub fn panic_in_future<'env>(env: &'env Env, handle: Option<&CallHandle>) -> Result<Object<'env>> {
    promise(env, handle, async {
        if std::hint::black_box(true) {
            panic!("on purpose");
        }
        Settled::cancelled()
    })
}
