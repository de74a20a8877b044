/**
 * Counters of what a client does besides its calls, at one moment. Clients of one process with the same base URL and project
 * share them, if they remember successors.
 *
 * @example
 * ```ts
 * const { supersededTokens, evictedTokens }: Diagnostics = client.diagnostics()
 * console.log(supersededTokens, evictedTokens)
 * ```
 */
export interface Diagnostics {
  /** How many refresh tokens are remembered as superseded now. */
  readonly supersededTokens: number
  /**
   * How many superseded refresh tokens were forgotten within `rotationGraceSeconds`, because what is remembered would take more
   * than 64 MiB. A call that presents one of them is sent with it.
   */
  readonly evictedTokens: number
}
