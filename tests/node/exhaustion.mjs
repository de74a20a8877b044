// A program that makes calls while the system grants few threads, and again when it grants them, and prints how they end:
//
//   node exhaustion.mjs THREADS BASE_URL
//
// What is short is addresses: RUST_MIN_STACK makes stacks so large that nothing else counts. A limit of the number of
// threads would not hold for root.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Client } from 'tenant-select'

const [, , threads, baseUrl] = process.argv
const { REFRESH_JWT: refreshJwt, RUST_MIN_STACK: stack } = process.env

function limit(bytes) {
  // The soft limit alone, which may be raised again.
  execFileSync('prlimit', ['--pid', String(process.pid), `--as=${bytes}:`])
}

async function call() {
  try {
    // A client for each: what a call has resolved and connected must not serve the next one.
    const client = new Client({ baseUrl, allowHttp: true, retries: 0 })
    console.log((await client.me(refreshJwt)).name)
  } catch (error) {
    console.log([error.code, error.outcome, error.retryable, error.attempts, error.message].join(' '))
  }
}

const [, kilobytes] = readFileSync('/proc/self/status', 'utf8').match(/^VmSize:\s+(\d+) kB$/m)
const usual = readFileSync('/proc/self/limits', 'utf8').match(/^Max address space\s+(\S+)/m)[1]
limit(Number(kilobytes) * 1024 + Number(threads) * Number(stack) + Math.floor(Number(stack) / 2))
await call()
await call()
limit(usual)
await call()
