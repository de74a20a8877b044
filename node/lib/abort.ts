/**
 * Signals that end calls. A signal has one listener of ours while calls of it are under way, however many they are, and none
 * afterwards: it may live as long as a server, and Node warns about signals with more than ten listeners.
 *
 * @module
 */

import { addAbortListener } from 'node:events'
import type { CallHandle } from './binding.js'

class Watch {
  static readonly #watches = new WeakMap<AbortSignal, Watch>()

  /** What each call under way can be cancelled by. */
  readonly #handles = new Set<CallHandle>()
  readonly #signal: AbortSignal
  readonly #listener: Disposable

  private constructor(signal: AbortSignal) {
    this.#signal = signal
    // Unlike a plain listener, this one is called whatever the other listeners do.
    this.#listener = addAbortListener(signal, () => {
      for (const handle of this.#handles) handle.cancel()
    })
  }

  static of(signal: AbortSignal): Watch {
    const watch = Watch.#watches.get(signal) ?? new Watch(signal)
    Watch.#watches.set(signal, watch)
    return watch
  }

  add(handle: CallHandle): void {
    this.#handles.add(handle)
  }

  remove(handle: CallHandle): void {
    this.#handles.delete(handle)
    if (this.#handles.size > 0) return
    Watch.#watches.delete(this.#signal)
    try {
      this.#listener[Symbol.dispose]()
    } catch {
      // A signal of the application's own making: no reason to lose the result of the call.
    }
  }
}

/** Lets the signal cancel a call; gives what ends that. */
export function cancelledBy(signal: AbortSignal, handle: CallHandle): () => void {
  const watch = Watch.of(signal)
  watch.add(handle)
  return () => watch.remove(handle)
}
