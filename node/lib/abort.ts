/**
 * Signals that cancel calls. A signal has one listener of this package while any of its calls is pending, and none
 * afterwards: it may live as long as a server, and Node warns about signals with more than ten listeners.
 *
 * @module
 */

import { addAbortListener } from 'node:events'
import { native } from './native/index.js'

class Watch {
  static readonly #watches = new WeakMap<AbortSignal, Watch>()

  /** The pending calls, by number. */
  readonly #calls = new Set<number>()
  readonly #signal: AbortSignal
  readonly #listener: Disposable

  private constructor(signal: AbortSignal) {
    this.#signal = signal
    // Unlike a plain listener, this one is also called when another listener stops the propagation.
    this.#listener = addAbortListener(signal, () => {
      for (const call of this.#calls) native.cancelCall(call)
    })
  }

  static of(signal: AbortSignal): Watch {
    const watch = Watch.#watches.get(signal) ?? new Watch(signal)
    Watch.#watches.set(signal, watch)
    return watch
  }

  add(call: number): void {
    this.#calls.add(call)
  }

  remove(call: number): void {
    this.#calls.delete(call)
    if (this.#calls.size > 0) return
    Watch.#watches.delete(this.#signal)
    try {
      this.#listener[Symbol.dispose]()
    } catch {
      // Only a signal that the application implements itself can throw; the result of the call must not be lost.
    }
  }
}

/** Makes the signal cancel a call; returns the function that undoes this. */
export function cancelledBy(signal: AbortSignal, call: number): () => void {
  const watch = Watch.of(signal)
  watch.add(call)
  return () => watch.remove(call)
}
