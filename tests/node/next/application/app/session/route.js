import { Client, RequestAuthenticator } from 'tenant-select'
import { seen } from '../../application.mjs'

const authenticator = new RequestAuthenticator(new Client(), { refresh: false })

/** Reads the session as a server component does, which can set no cookies. */
export async function GET(request) {
  const { session } = await authenticator.authenticate(request)
  return Response.json(seen(session, request.headers.get('cookie')))
}
