#!/usr/bin/env bash
# npm run coverage [-- part of a test's name ...]   the lines of native/ and lib/ that the tests run
# npm run coverage -- --raise                       and lifts test/coverage-floor.json to them
# The addon is compiled for gcov, in a copy of the sources under build-coverage; HTML is left in
# build-coverage/native and build-coverage/lib. Fails when a test does, and below the floor.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/build-coverage
source scripts/instrumented-tree.sh

for program in gcov lcov genhtml; do
  command -v "$program" >/dev/null || { echo "$program is missing: install g++ and lcov" >&2; exit 1; }
done

run_tests() {
  rm -rf "$work/v8"
  find build -name '*.gcda' -delete
  # Inherited by child processes and workers. What ends by a signal leaves no counts.
  NODE_V8_COVERAGE="$work/v8" node scripts/test.mjs --addon "$@"
}

# The compiler ran in build. Debian's lcov writes warnings about itself.
report_native() {
  lcov --quiet --capture --directory build/Release/obj.target --base-directory build \
    --include "$tree/native/*" --output-file "$work/native.info" 2>"$work/lcov.log" ||
    { cat "$work/lcov.log" >&2; return 1; }
  genhtml --quiet --prefix "$tree" --output-directory "$work/native" "$work/native.info"
}

report_lib() {
  npx c8 report --temp-directory "$work/v8" --include 'lib/**' --exclude-after-remap --merge-async \
    --reporter html --reporter lcovonly --reports-dir "$work/lib"
}

parts=()
raise=
for argument in "$@"; do
  if [[ $argument == --raise ]]; then raise=--raise; else parts+=("$argument"); fi
done

copy_sources
build_addon -Dgcov=1
build_tests
status=0
run_tests "${parts[@]}" || status=$?
rm -rf "$work/native" "$work/lib"
report_native
report_lib
cd "$root"
# The floor is for the whole suite, and only what passed raises it.
if [[ ${#parts[@]} -gt 0 || $status -ne 0 ]]; then
  [[ -z $raise ]] || echo 'the floor is not raised: that takes the whole suite, and no failure'
  raise=--no-floor
fi
node scripts/coverage.mjs $raise || status=$?
exit "$status"
