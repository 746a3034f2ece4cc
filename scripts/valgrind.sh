#!/usr/bin/env bash
# Runs the scripts of test/valgrind under valgrind's memcheck. Fails on any block that is definitely lost,
# on an invalid access, and on a script that fails by itself.
#   npm run valgrind [-- part of a script's name ...]
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "valgrind is missing (Debian's package valgrind)" >&2; exit 1; }

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0
for script in test/valgrind/*.cjs; do
  name=$(basename "$script" .cjs)
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  log="$logs/$name"
  # V8 writes code while it runs (--jitless: it does not), and reads what it has not written (undef-value).
  if valgrind --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --undef-value-errors=no --num-callers=30 --error-exitcode=99 --log-file="$log" \
    node --no-expose-wasm --jitless --single-threaded "$script"; then
    echo "ok    $name: $(grep -m1 -oE 'definitely lost: .*' "$log" || echo 'all heap blocks were freed')"
  else
    failed=1
    echo "FAIL  $name"
    sed 's/^/      /' "$log" | head -120
  fi
done
exit "$failed"
