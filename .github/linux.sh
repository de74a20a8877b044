#!/usr/bin/env bash
# Packages everything inside a manylinux or musllinux container, whose C library sets the oldest system that the packages run on.
# The repository is mounted at the working directory. Takes LIBC (glibc or musl) and COMPATIBILITY from the release workflow.
set -euo pipefail

case $LIBC in
  glibc) dnf --assumeyes --quiet module install nodejs:20 ;;
  musl) apk add --no-cache --quiet nodejs npm ;;
  *) echo "LIBC is glibc or musl, not $LIBC" >&2; exit 1 ;;
esac
export PATH="/opt/python/cp310-cp310/bin:/opt/python/cp314-cp314t/bin:$HOME/.cargo/bin:$PATH"
curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs | sh -s -- -y --quiet --profile minimal --default-toolchain none
rustup toolchain install
# The files belong to the user outside the container.
git config --global --add safe.directory "$PWD"

make package-emulator
if [[ $LIBC == musl ]]; then
  # A program for musl is static by default and runs everywhere. Libraries that Python and Node load must use their C library.
  export RUSTFLAGS="-C target-feature=-crt-static"
fi
make package-python package-node
