#!/usr/bin/env bash
# npm run sanitize [-- part of a test's name ... | --run command ...]
# The tests, or a command, with the addon compiled by g++ for AddressSanitizer and UndefinedBehaviorSanitizer,
# in a copy of the sources under build-asan. Fails when a test does, or the command, and on any report, also
# one of a child process.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/build-asan
tree=$work/tree
reports=$work/reports

library() {
  local file
  file=$(g++ -print-file-name="$1")
  # g++ answers with the bare name when it has no such file.
  [[ $file == /* ]] || { echo "g++ has no $1: install libgcc's sanitizer libraries" >&2; exit 1; }
  echo "$file"
}

# Files that have not changed keep their times, so that make compiles only what has.
copy_sources() {
  mkdir -p "$tree"
  git ls-files -co --exclude-standard | sort -u | while IFS= read -r file; do
    if [[ -f $file ]]; then echo "$file"; fi
  done >"$work/listed"
  while IFS= read -r file; do
    cmp -s "$file" "$tree/$file" && continue
    mkdir -p "$tree/$(dirname "$file")"
    cp "$file" "$tree/$file"
  done <"$work/listed"
  ln -sfn "$root/node_modules" "$tree/node_modules"
  ln -sfn "$root/test/nodes/node_modules" "$tree/test/nodes/node_modules"
  cd "$tree"
  find . -type f -not -path './build*' -not -path './dist/*' | cut -c3- | sort >"$work/present"
  comm -13 "$work/listed" "$work/present" | while IFS= read -r gone; do rm -- "$gone"; done
}

# binding.gyp finds the sources by their place: gyp has to look again when there are others.
build_addon() {
  local now
  now=$(node -p process.version && grep '^native/.*\.cc$' "$work/listed" && cat binding.gyp)
  if [[ ! -f build/Makefile || $now != "$(cat "$work/configured" 2>/dev/null)" ]]; then
    npx node-gyp configure -- -Dsanitize=1
    echo "$now" >"$work/configured"
  fi
  make --silent --directory build --jobs "$(nproc)" BUILDTYPE=Release
}

build_tests() {
  npx tsc -p tsconfig.json --incremental --tsBuildInfoFile "$work/lib.tsbuildinfo"
  # The compiler leaves the output of sources that are gone.
  comm -13 <(sed -n 's/^\(test\/.*\)\.ts$/\1/p' "$work/listed" | sort) \
    <(cd build-test 2>/dev/null && find . -name '*.js' | sed 's/^\.\(.*\)\.js$/test\1/' | sort) |
    while IFS= read -r gone; do rm -f "build-${gone}.js" "build-${gone}.js.map"; done
  npx tsc -p test/tsconfig.json --incremental --tsBuildInfoFile "$work/test.tsbuildinfo"
}

run_sanitized() {
  rm -rf "$reports"
  mkdir -p "$reports"
  # Node has leaks of its own at the end of a process; valgrind.sh looks for ours. It also takes SIGSEGV
  # for itself (2 = it may not), so that a crash would leave no report.
  ASAN_OPTIONS="detect_leaks=0:handle_segv=2:handle_abort=2:log_path=$reports/asan" \
  UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports/ubsan" \
  LD_PRELOAD="$asan $ubsan" \
    "$@"
}

asan=$(library libasan.so)
ubsan=$(library libubsan.so)
copy_sources
build_addon
build_tests
status=0
if [[ ${1-} == --run ]]; then command=("${@:2}"); else command=(node scripts/test.mjs "$@"); fi
run_sanitized "${command[@]}" || status=$?
for report in "$reports"/*; do
  [[ -e $report ]] || continue
  status=1
  echo "== ${report##*/}"
  cat "$report"
done
[[ $status == 0 ]] && echo 'no report'
exit "$status"
