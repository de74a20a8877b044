// What the application of `tests/adapters/situations.json` is on every adapter.

import { Client, RequestAuthenticator } from 'tenant-select'

const PARTNER = 'https://partner.example'

/** The headers of CORS, for a request of the partner. */
export const corsHeaders = (origin) =>
  origin === PARTNER
    ? { 'access-control-allow-origin': PARTNER, 'access-control-allow-credentials': 'true', vary: 'Origin' }
    : {}

export const authenticator = () =>
  new RequestAuthenticator(new Client({ retries: 0 }), { onMismatch: 'switch', trustedOrigins: [PARTNER] })

/** Sends a person to the page to sign in. */
export function onRefusal({ method, header }, { code }) {
  const toPage = method === 'GET' && (header('accept') ?? '').includes('text/html')
  return toPage && code === 'SIGNED_OUT' ? '/sign-in' : undefined
}

/** What a handler saw: the active tenant, and the session cookie. */
export const seen = (session, cookies) => ({
  tenant: session?.activeTenant?.tenantId ?? null,
  cookie: /(?:^|; )DS=([^;]*)/.exec(cookies ?? '')?.[1] ?? null,
})

export const TENANT = { param: 'tenant' }
export const WRITE = { param: 'tenant', permissions: ['documents.write'] }
export const CHUNKS = ['one ', 'two ', 'three ']
export const CACHED = { 'cache-control': 'public, max-age=60', vary: 'Accept-Encoding' }

/** Whether the task after a response has run since this was last read. */
export class Background {
  #ran = false

  run() {
    this.#ran = true
  }

  hasRun() {
    const ran = this.#ran
    this.#ran = false
    return ran
  }
}
