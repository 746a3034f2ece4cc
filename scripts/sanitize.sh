#!/usr/bin/env bash
# npm run sanitize [-- part of a test's name ... | --run command ...]
# The tests, or a command, with the addon compiled by g++ for AddressSanitizer and UndefinedBehaviorSanitizer,
# in a copy of the sources under build-asan. Fails when a test does, or the command, and on any report, also
# one of a child process.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/build-asan
reports=$work/reports
source scripts/instrumented-tree.sh

library() {
  local file
  file=$(g++ -print-file-name="$1")
  # g++ answers with the bare name when it has no such file.
  [[ $file == /* ]] || { echo "g++ has no $1: install libgcc's sanitizer libraries" >&2; exit 1; }
  echo "$file"
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

if [[ ${1-} == --run && $# -lt 2 ]]; then echo '--run takes a command' >&2; exit 2; fi
asan=$(library libasan.so)
ubsan=$(library libubsan.so)
copy_sources
build_addon -Dsanitize=1
build_tests
status=0
if [[ ${1-} == --run ]]; then command=("${@:2}"); else command=(node scripts/test.mjs --addon "$@"); fi
run_sanitized "${command[@]}" || status=$?
for report in "$reports"/*; do
  [[ -e $report ]] || continue
  # OpenSSL's jobs go from stack to stack by longjmp, of which AddressSanitizer says that it does not follow.
  ! grep -qvE 'ASan is ignoring requested __asan_handle_no_return|^False positive error reports|^For details see' \
    "$report" && continue
  status=1
  echo "== ${report##*/}"
  cat "$report"
done
[[ $status == 0 ]] && echo 'no report'
exit "$status"
