/**
 * The key of the method of `Session` that only `tenant-select/testing` calls. Both entry points have a copy of this module, so the
 * symbol is from the registry.
 */
export const FOR_TESTS: unique symbol = Symbol.for('tenant-select.session_for_tests') as never
