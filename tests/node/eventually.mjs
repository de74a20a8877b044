// For what comes about by itself, without an event that tells of it.

import { setTimeout } from 'node:timers/promises'

const LONGEST_MS = 10_000

/** Tries an assertion until it holds, and gives what it gives; fails as the assertion does when it never holds. */
export async function eventually(assertion) {
  const end = performance.now() + LONGEST_MS
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      if (performance.now() > end) throw error
      await setTimeout(10)
    }
  }
}
