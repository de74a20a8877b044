// Checks that a program or a library is built for a platform, so that no package is released with the binary of another
// platform.

const ELF = 0x7f454c46
const MACH_O = 0xcffaedfe
const ELF_MACHINE = { x64: 62, arm64: 183 }
const MACH_O_CPU = { x64: 0x01000007, arm64: 0x0100000c }
const PE_MACHINE = { x64: 0x8664, arm64: 0xaa64 }

const formats = {
  linux: (bytes, { cpu, libc }) =>
    bytes.readUInt32BE(0) === ELF &&
    bytes.readUInt16LE(18) === ELF_MACHINE[cpu] &&
    // A binary for musl is linked statically, or its C library has another name.
    bytes.includes('\0libc.so.6\0') === (libc === 'glibc'),
  darwin: (bytes, { cpu }) => bytes.readUInt32BE(0) === MACH_O && bytes.readUInt32LE(4) === MACH_O_CPU[cpu],
  win32: (bytes, { cpu }) =>
    bytes.toString('latin1', 0, 2) === 'MZ' && bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4) === PE_MACHINE[cpu],
}

/** Whether the binary in `bytes` is built for a platform of the table. */
export function isFor(platform, bytes) {
  return formats[platform.os](bytes, platform)
}
