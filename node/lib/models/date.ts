/**
 * Times as `Date` objects, besides the seconds since 1970 that the wire and the core have.
 *
 * @module
 */

/** The last second that a `Date` can have; its negation is the first. */
const LAST = 8_640_000_000_000

/** The time; one that a `Date` cannot have is the first or the last one that it can. */
export function date(seconds: number): Date {
  return new Date(Math.min(Math.max(seconds, -LAST), LAST) * 1000)
}

/** The same, undefined for an absent time. */
export function optionalDate(seconds: number | undefined): Date | undefined {
  return seconds === undefined ? undefined : date(seconds)
}
