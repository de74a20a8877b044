/**
 * Members of results that are parsed when they are first read.
 *
 * The core writes one JSON document per line: first the small members, then each member that is large. Most programs read a few
 * of them, and parsing all of them takes longer than everything else that happens to a result.
 *
 * @module
 */

/** The key of what the members are made from: a symbol, because any string may be the name of a field. */
export const SOURCE: unique symbol = Symbol('source')

/** An object with members that are made from its source. */
export interface Lazy<Source> {
  readonly [SOURCE]: Source
}

/**
 * Describes a member that its source makes and keeps. It is shared by all objects, and it reads what it needs from `this`, so
 * that it works through proxies and on frozen objects.
 */
export function lazy<Source, Name extends keyof Source & string>(name: Name, enumerable: boolean): PropertyDescriptor {
  return {
    get(this: Lazy<Source>) {
      return this[SOURCE][name]
    },
    set(this: object, value: unknown) {
      define(this, name, value, enumerable)
    },
    enumerable,
    configurable: true,
  }
}

/** Sets a property of any name, `__proto__` included. */
export function define(target: object, name: PropertyKey, value: unknown, enumerable = true): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true })
}
