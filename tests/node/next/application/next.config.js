export default {
  serverExternalPackages: ['tenant-select'],
  compress: false,
  // The framework is installed in the folder above.
  turbopack: { root: new URL('..', import.meta.url).pathname.replace(/\/$/, '') },
}
