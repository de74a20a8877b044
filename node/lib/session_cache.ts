/**
 * The session objects of tokens that the core has in its cache. The core decides whether a token is in it and still good; here is
 * only the object that stands for it, so that its JSON is not parsed again.
 *
 * @module
 */

import type { Session } from './models/session.js'

/** Session objects by the numbers that the core gives to the entries of its cache. A number never comes twice. */
export class SessionCache {
  readonly #sessions = new Map<number, Session>()
  readonly #capacity: number

  /** @param capacity - how many tokens the core keeps at most */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The session of an entry. */
  get(entry: number): Session | undefined {
    return this.#sessions.get(entry)
  }

  /** Keeps the session of an entry. The oldest one goes when there are too many: its entry has probably left the core's cache, too. */
  set(entry: number, session: Session): void {
    if (this.#sessions.size >= this.#capacity) {
      const [oldest] = this.#sessions.keys()
      if (oldest !== undefined) this.#sessions.delete(oldest)
    }
    this.#sessions.set(entry, session)
  }

  /** Forgets all sessions. */
  clear(): void {
    this.#sessions.clear()
  }
}

/**
 * Freezes an object and everything in it, because callers share it. The data comes from JSON, so it is a tree. Members that are
 * parsed when they are read are parsed now, and what they are made from is frozen with them.
 */
export function frozen<T extends object>(data: T): T {
  for (const name of Reflect.ownKeys(data)) {
    const value: unknown = data[name as keyof T]
    if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) frozen(value)
  }
  return Object.freeze(data)
}
