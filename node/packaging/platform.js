'use strict'

const platforms = require('./platforms.json')

/** The name of the platform that this process runs on, such as `linux-x64-gnu`; `undefined` when there is no package for it. */
function currentPlatform() {
  const { platform: os, arch: cpu } = process
  const here = Object.keys(platforms).filter((name) => platforms[name].os === os && platforms[name].cpu === cpu)
  return here.find((name) => platforms[name].libc === undefined || platforms[name].libc === libc())
}

/** The C library of Node itself, by which package managers choose. */
function libc() {
  const { report } = process
  if (report === undefined) return 'glibc'
  // The network part of the report would resolve the names of all peers.
  const { excludeNetwork } = report
  report.excludeNetwork = true
  const { header } = report.getReport()
  report.excludeNetwork = excludeNetwork
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}

module.exports = { platforms, currentPlatform }
