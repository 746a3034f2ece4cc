#!/usr/bin/env bash
# npm run valgrind
# Handshakes, chains and certificates under valgrind. Fails when memory is lost for good, or an address is
# used that should not be, with a frame of the addon in the stack; what Node and V8 do by themselves is
# passed over. Undefined values are not looked for: V8's own code is full of them.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "valgrind is missing: install Debian's package valgrind" >&2; exit 1; }
npm run --silent build:lib
npm run --silent build:test
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Machine code that V8 writes at run time confuses valgrind: --jitless. OpenSSL's calls nest deeply.
run() {
  local name=$1
  shift
  valgrind --quiet --leak-check=full --show-leak-kinds=definite --undef-value-errors=no --num-callers=60 \
    --log-file="$logs/$name" node --jitless "$@" >"$logs/$name.output" 2>&1 || echo "status $?" >"$logs/$name.failed"
}

judge() {
  local name=$1 found
  if [[ -e $logs/$name.failed ]]; then
    echo "FAIL $name: $(cat "$logs/$name.failed")"
    cat "$logs/$name.output"
    return 1
  fi
  # A paragraph is an error with its stacks.
  found=$(sed -E 's/^==[0-9]+== ?//' "$logs/$name" | awk -v RS= -v ORS='\n\n' '/bladessl\.node/')
  if [[ -n $found ]]; then
    printf 'FAIL %s\n%s\n' "$name" "$found"
    return 1
  fi
  echo "ok   $name"
}

jobs=build-test/lifecycle/jobs.js
declare -A runs=(
  [handshakes]="$jobs rounds"
  [refusals]="$jobs failures"
  [certificates]="$jobs certificates"
  [freed-in-odd-orders]="$jobs odd-orders"
  [live-at-the-end]="$jobs live-objects"
  [freed-while-pending]="$jobs free-what-is-pending"
  [many-freed-by-hand]="build-test/lifecycle/growth.js hand 100 50"
  [many-left-to-the-collector]="build-test/lifecycle/growth.js collector 100 50"
)
status=0
for name in "${!runs[@]}"; do
  # shellcheck disable=SC2086
  run "$name" ${runs[$name]} &
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
done
wait
for name in "${!runs[@]}"; do judge "$name" || status=1; done
exit "$status"
