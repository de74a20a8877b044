// Waits for conditions that no event announces.

import { setTimeout } from 'node:timers/promises'

const LONGEST_MS = 10_000

/** Repeats an assertion until it passes, and gives its result; fails with the assertion's error when it never passes. */
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
