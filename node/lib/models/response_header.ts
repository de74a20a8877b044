import { type InspectOptionsStylized, inspect } from 'node:util'

/**
 * How a header is added to those that the application has set: `append` as a further line, `replace` in their place, `if_absent`
 * only where there is none.
 *
 * @example
 * ```ts
 * const keeps = (rule: HeaderRule) => rule === 'append' || rule === 'if_absent'
 * ```
 */
export type HeaderRule = 'append' | 'replace' | 'if_absent'

/**
 * One header for a response, and what becomes of the application's own of that name. The value of `set-cookie` holds a token,
 * and is not printed.
 *
 * @example
 * ```ts
 * const { headers } = await new RequestAuthenticator(client).authenticate({ method: 'GET', url: '/', headers: {} })
 * for (const { name, value, rule } of headers) console.log(name, value.length, rule)
 * ```
 */
export class ResponseHeader {
  /** The name, in lower case. */
  readonly name: string
  /** The value. */
  readonly value: string
  /** What becomes of headers of this name that the application has set. */
  readonly rule: HeaderRule

  private constructor(name: string, value: string, rule: HeaderRule) {
    this.name = name
    this.value = value
    this.rule = rule
  }

  /** @internal */
  static of([name, value, rule]: readonly [string, string, HeaderRule]): ResponseHeader {
    return new ResponseHeader(name, value, rule)
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptionsStylized, print: typeof inspect): string {
    const { name, rule } = this
    const value = name === 'set-cookie' ? { [inspect.custom]: () => '[redacted]' } : this.value
    return `ResponseHeader ${print({ name, value, rule }, options)}`
  }
}

/**
 * The headers of a response: a `Headers` object, or anything with these methods.
 *
 * @example
 * ```ts
 * const headers: HeaderStore = new Headers({ 'content-type': 'text/html' })
 * ```
 */
export interface HeaderStore {
  /** The value of a header, several joined by commas; null or undefined when there is none. */
  get(name: string): string | null | undefined
  /** Replaces a header. */
  set(name: string, value: string): void
  /** Adds a further line. */
  append(name: string, value: string): void
}

/** Adds headers to those of a response, by their rules. Names that `vary` has already are left out. */
export function applyHeaders(headers: readonly ResponseHeader[], response: HeaderStore): void {
  for (const { name, value, rule } of headers) {
    if (rule === 'replace') response.set(name, value)
    else if (rule === 'if_absent') {
      if ((response.get(name) ?? undefined) === undefined) response.set(name, value)
    } else if (name === 'vary') {
      const missing = notCovered(value, response.get(name))
      if (missing !== '') response.append(name, missing)
    } else response.append(name, value)
  }
}

function notCovered(wanted: string, present: string | null | undefined): string {
  const covered = new Set((present ?? '').split(',').map((field) => field.trim().toLowerCase()))
  if (covered.has('*')) return ''
  return wanted
    .split(', ')
    .filter((field) => !covered.has(field.toLowerCase()))
    .join(', ')
}
