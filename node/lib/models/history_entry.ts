import { optionalDate } from './date.js'
import { adopt, Model, SHAPE, type Shape, shape } from './model.js'

const HISTORY_ENTRY = shape('userId', 'loginTime', 'city', 'country', 'ip', 'selectedTenant')

/**
 * One sign-in or tenant selection of the user.
 *
 * @example
 * ```ts
 * for (const entry of await client.history(refreshJwt)) {
 *   console.log(entry.loginTimeDate, entry.country, entry.selectedTenant)
 * }
 * ```
 */
export class HistoryEntry extends Model {
  /** The service's id of the user. */
  declare readonly userId?: string
  /** Seconds since 1970. */
  declare readonly loginTime?: number
  /** The city that the address belongs to. */
  declare readonly city?: string
  /** The country that the address belongs to. */
  declare readonly country?: string
  /** The IP address of the user. */
  declare readonly ip?: string
  /** The tenant that was active after this event. */
  declare readonly selectedTenant?: string

  /** `loginTime` as a `Date`. */
  get loginTimeDate(): Date | undefined {
    return optionalDate(this.loginTime)
  }

  /** @internal */
  get [SHAPE](): Shape {
    return HISTORY_ENTRY
  }
}

/** @internal */
export function readHistory(text: string): HistoryEntry[] {
  return (JSON.parse(text) as object[]).map((entry) => adopt(entry, HistoryEntry))
}
