// Operations that are repeated without a network.

/** The number of repetitions between two readings of the clock. */
export const BATCH = 128

/**
 * Operations repeated in batches, each in turn, so that a slow phase of the machine affects all of them: nanoseconds per
 * operation, one figure per batch.
 */
export async function repeat(plan, operations, size = BATCH) {
  const from = performance.now() + plan.warmUpSeconds * 1000
  const until = from + plan.seconds * 1000
  const taken = Object.fromEntries(Object.keys(operations).map((name) => [name, []]))
  while (performance.now() < until) {
    for (const [name, batch] of Object.entries(operations)) {
      const started = performance.now()
      const pending = batch()
      if (pending instanceof Promise) await pending
      const took = performance.now() - started
      if (started >= from) taken[name].push((took * 1e6) / size)
    }
  }
  return { operations: taken }
}
