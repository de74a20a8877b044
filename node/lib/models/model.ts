/**
 * The base of all results: plain data in the wire's spelling, and printing that shows no token.
 *
 * @module
 */

import { type InspectOptionsStylized, inspect } from 'node:util'
import type { JsonObject, JsonValue } from './json.js'
import { define } from './lazy.js'

/** The fields of a model: all known fields, and those that are never printed. */
export interface Shape {
  readonly known: ReadonlySet<string>
  readonly secret: ReadonlySet<string>
}

/** Field names, some of them marked as secret by a leading `!`. */
export function shape(...fields: readonly string[]): Shape {
  const names = fields.map((field) => field.replace(/^!/, ''))
  return { known: new Set(names), secret: new Set(names.filter((_, index) => fields[index]?.startsWith('!'))) }
}

/** The key of a model's shape: a symbol, because any string may be the name of a field. */
export const SHAPE: unique symbol = Symbol('shape')

const REDACTED = { [inspect.custom]: () => '[redacted]' }

/** Unknown fields whose names this package uses itself. They are stored separately, so that neither hides the other. */
const shadowed = new WeakMap<object, Record<string, JsonValue>>()

/**
 * Plain data in the wire's spelling: own enumerable properties that can be cloned, spread and serialised. A field that the
 * service left out, or sent as `null`, is absent.
 *
 * Printing (`console.log`, `util.inspect`) shows neither a token nor the value of a field that this version does not know;
 * `JSON.stringify` and the properties themselves give the real values, and so do `console.dir` and `console.table`, which
 * ignore custom inspection and show members that are parsed when they are read as accessors.
 */
export abstract class Model {
  /** Models are created from responses only. */
  protected constructor() {}

  /** @internal */
  abstract get [SHAPE](): Shape

  /**
   * The fields that this version does not know, unchanged. Printing shows only their names.
   *
   * @example
   * ```ts
   * const user = await client.me(refreshJwt)
   * console.log(Object.keys(user.extra))
   * ```
   */
  get extra(): JsonObject {
    const extra: Record<string, JsonValue> = {}
    const { known } = this[SHAPE]
    for (const name of Object.keys(this)) {
      if (!known.has(name)) define(extra, name, this[name as keyof this])
    }
    Object.assign(extra, shadowed.get(this))
    const hidden = Object.fromEntries(Object.keys(extra).map((name) => [name, REDACTED]))
    Object.defineProperty(extra, inspect.custom, { value: () => hidden })
    return extra
  }

  /** The wire's names and the real values. Called by `JSON.stringify`. */
  toJSON(): object {
    const aside = shadowed.get(this)
    return aside === undefined ? this : { ...this, ...aside }
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptionsStylized, print: typeof inspect): string {
    // Not `this.constructor`, which may be a field of the data.
    const name = Object.getPrototypeOf(this).constructor.name as string
    if (depth < 0) return options.stylize(`[${name}]`, 'special')
    const shown = {}
    const { known, secret } = this[SHAPE]
    for (const [field, value] of Object.entries(this)) {
      define(shown, field, known.has(field) && !secret.has(field) ? value : REDACTED)
    }
    const inner = options.depth === null || options.depth === undefined ? options.depth : options.depth - 1
    return `${name} ${print(shown, { ...options, ...(inner === undefined ? {} : { depth: inner }) })}`
  }
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Makes parsed data an instance of a model, in place. Nothing is copied, so that no key is lost or changes its meaning.
 *
 * @param reserved - names of properties of the instance that are no fields
 * @param extend - defines further properties. It comes before the data gets its prototype: after that, the engine takes ten
 * times as long to define one.
 */
export function adopt<T extends Model>(
  data: object,
  model: { readonly prototype: T },
  reserved: ReadonlySet<string> = NONE,
  extend?: (data: object) => void,
): T {
  const { known } = model.prototype[SHAPE]
  for (const name of Object.keys(data)) {
    // No known field has the name of a member of the prototype.
    if (known.has(name)) continue
    if ((!(name in model.prototype) || name in Object.prototype) && !reserved.has(name)) continue
    const aside = shadowed.get(data) ?? {}
    aside[name] = (data as Record<string, JsonValue>)[name] as JsonValue
    shadowed.set(data, aside)
    delete (data as Record<string, JsonValue>)[name]
  }
  extend?.(data)
  return Object.setPrototypeOf(data, model.prototype) as T
}
