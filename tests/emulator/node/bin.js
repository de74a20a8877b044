#!/usr/bin/env node
'use strict'

const { spawn } = require('node:child_process')

/** What the launcher itself ends with; the program uses 2. */
const LAUNCHER_FAILED = 1

function fail(error) {
  console.error(`tenant-select-emulator: ${error.message}`)
  process.exit(LAUNCHER_FAILED)
}

function program() {
  try {
    return require('./index.js').binary
  } catch (error) {
    return fail(error)
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit' })
child.once('error', fail)
// The program decides what a signal does; what it ends with, the launcher ends with.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) process.on(signal, () => child.kill(signal))
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
