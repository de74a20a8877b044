/**
 * Counters of what a client does besides its calls, at one moment. Clients of one process with the same base URL and project
 * share those of refresh tokens, if they remember successors.
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
  /** How many verified session tokens this client keeps now, with the option `sessionCache`. */
  readonly cachedSessions: number
  /** How often a session token was found in the cache of this client. The first time counts twice. */
  readonly sessionCacheHits: number
  /**
   * How often this client verified a session token because it was not in the cache, or no longer good; 0 without a cache.
   */
  readonly sessionCacheMisses: number
  /**
   * How many commands to the Redis of `sharedState` failed, or had no response within 100 ms. After one, calls go on without it
   * for a while, which is not counted here.
   */
  readonly sharedStateFailures: number
  /**
   * For how many exchanges of this client other processes did not wait: sent while the Redis of `sharedState` could not be used,
   * or so late that their lock had expired.
   */
  readonly unorderedExchanges: number
}
