#!/usr/bin/env bash
# Fails when a second cryptography provider is in the dependency graph of any crate of the workspace, on any platform.
#
# aws-lc-rs is the only one that may be there. A second one comes in by accident, through a default feature of some dependency, and then
# either doubles the binary or makes rustls refuse to choose.
set -euo pipefail
cd "$(dirname "$0")/../.."

others='ring|openssl|openssl-sys|native-tls|boring|boring-sys|mbedtls|graviola|rsa|p256|p384|p521|ed25519-dalek|rustls-rustcrypto|jsonwebtoken'

if [[ ${1-} == --self-test ]]; then
  # The check must be able to fail: it is given a graph with a second provider in it.
  tree() { printf 'aws-lc-rs v1.0.0\nring v0.17.0\n'; }
else
  tree() { cargo tree --locked --workspace --all-features --target all --edges all --prefix none --format '{p}'; }
fi

graph=$(tree)
grep -qE '^aws-lc-rs v' <<<"$graph" || { echo "aws-lc-rs is not in the dependency graph" >&2; exit 1; }
if found=$(grep -E "^($others) v" <<<"$graph" | sort -u); then
  [[ ${1-} == --self-test ]] && exit 0
  echo "a second cryptography provider is in the dependency graph:" >&2
  echo "$found" >&2
  exit 1
fi
[[ ${1-} == --self-test ]] && { echo "the provider check cannot fail" >&2; exit 1; }
echo "providers: aws-lc-rs alone"
