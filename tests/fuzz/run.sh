#!/usr/bin/env bash
# Runs the fuzz targets, one after the other, and prints a line for each.
#
# Usage: run.sh SECONDS [TARGET…]. What a run finds worth keeping stays in target/fuzz/corpora, an input that fails in
# target/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=$1
shift
if (($# == 0)); then
  set -- tests/fuzz/corpora/*
  set -- "${@##*/}"
fi
log=$(mktemp)
trap 'rm "$log"' EXIT

last() { grep -aoE "$1: [0-9]+" "$log" | tail -1 | grep -oE '[0-9]+' || echo 0; }

for target; do
  mkdir -p "target/fuzz/corpora/$target" target/fuzz/findings
  # libFuzzer writes new inputs into the first folder. The counts of memory and time are those of one input.
  if ! FUZZ_TARGET=$target target/debug/fuzz -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 \
    -dict="tests/fuzz/dictionaries/$target.dict" -artifact_prefix="target/fuzz/findings/$target-" \
    "target/fuzz/corpora/$target" "tests/fuzz/corpora/$target" >"$log" 2>&1; then
    cat "$log" >&2
    echo "$target: FAILED. To run the input again: FUZZ_TARGET=$target target/debug/fuzz target/fuzz/findings/$target-…" >&2
    exit 1
  fi
  before=$(grep -aoE 'INITED cov: [0-9]+' "$log" | grep -oE '[0-9]+' || echo 0)
  # Without counters in our crates, libFuzzer would try inputs blindly.
  if ((before < 100)); then
    cat "$log" >&2
    echo "$target: the program has no coverage counters: is it built with tests/fuzz/instrument?" >&2
    exit 1
  fi
  echo "fuzz: $target: $(last stat::number_of_executed_units) runs, coverage $before -> $(last cov), inputs $(last corp)"
done
