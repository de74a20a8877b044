#!/usr/bin/env bash
# Runs `cargo deny` (deny.toml): licences, bans and sources of the dependency graph of every crate of the workspace, on every platform.
# Needs no network after the first run: known vulnerabilities, whose database would have to be fetched, are looked up by the weekly workflow.
#
# Usage: dependencies.sh CARGO_DENY
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo_deny=$PWD/$1
deny() { "$cargo_deny" --offline --locked --log-level error --config "$1" check --hide-inclusion-graph licenses bans sources; }

# The graph also has crates that no build of this machine needs, such as those of other platforms. Downloads what is missing.
cargo fetch --quiet --locked

# The check must be able to fail: it is given rules that ban a crate and a licence that are there.
rules=$(mktemp -d)
trap 'rm -r "$rules"' EXIT
sed 's/"ring"/"aws-lc-rs"/; /"ISC",/d' deny.toml >"$rules/deny.toml"
if found=$(deny "$rules/deny.toml" 2>&1) || ! [[ $found == *'error[banned]'*'aws-lc-rs'* && $found == *'error[rejected]'*'ISC'* ]]; then
  echo "the check of dependencies does not find what it looks for:" >&2
  echo "$found" >&2
  exit 1
fi

deny deny.toml
