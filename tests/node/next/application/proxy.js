import { NextResponse } from 'next/server'
import { respond } from 'tenant-select/web'
import { authenticator, onRefusal } from './application.mjs'
import { withCors } from './fetch_routes.mjs'

const decides = authenticator()

/** Decides about `/session` before its route, which gets the new cookies. The other routes decide themselves. */
export const proxy = (request) =>
  withCors(request, () => {
    if (request.nextUrl.pathname !== '/session') return NextResponse.next()
    const pass = async (context) => {
      await context.authenticate()
      return NextResponse.next({ request: { headers: context.request.headers } })
    }
    return respond(decides, request, pass, { onRefusal, absoluteLocation: true })
  })
