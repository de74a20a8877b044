// Loads one package in a fresh process: `startup.mjs bare | package | client | MODULE`.

import { createRequire } from 'node:module'
import { current } from './memory.mjs'

const what = process.argv[2]
const own = process.env.PACKAGE

function load() {
  if (what === 'bare') return undefined
  // Our package by its name, as an application in its folder loads it.
  const require = createRequire(own === undefined ? import.meta.url : `${own}/package.json`)
  if (what === 'package') return require('tenant-select')
  if (what === 'client') {
    const { Client } = require('tenant-select')
    // The project's id is in the environment.
    return new Client()
  }
  return require(what)
}

const started = performance.now()
const loaded = load()
const seconds = (performance.now() - started) / 1000
process.stdout.write(`${JSON.stringify({ seconds, memory: current() ?? null, loaded: loaded !== undefined })}\n`)
