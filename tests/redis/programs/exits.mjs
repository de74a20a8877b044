// Exits while calls wait for Redis or for the service.

import { Client } from '../../../node/dist/index.mjs'

const client = new Client()
const [first] = process.env.REFRESH_JWTS.split(' ').map((token) => client.refreshSession(token))
await first
console.log('exits')
process.exit(0)
