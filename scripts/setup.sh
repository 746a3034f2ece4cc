#!/usr/bin/env bash
# Sees to the programs that the tests talk to: other implementations of TLS, libssl's headers, newer versions
# of Node and the oldest TypeScript that is promised. On Debian, as root or with sudo, it installs what is
# missing; elsewhere it says what to install. Node and TypeScript come from npm, into folders of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

# package: what it is recognised by
wanted=(
  'openssl:openssl'
  'libssl-dev:/usr/include/openssl/ssl.h'
  'libuv1-dev:/usr/include/uv.h'
  'gnutls-bin:gnutls-cli'
  'curl:curl'
  'bsdutils:script'
  'openssh-client:ssh-keygen'
  'putty-tools:puttygen'
)

install_packages() {
  local missing=() elevate=() pair sign
  for pair in "${wanted[@]}"; do
    sign=${pair#*:}
    command -v "$sign" >/dev/null 2>&1 || [ -e "$sign" ] || missing+=("${pair%%:*}")
  done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] || elevate=(sudo -n)
  if command -v apt-get >/dev/null 2>&1 && "${elevate[@]}" true 2>/dev/null; then
    echo "installing for the tests: ${missing[*]}"
    "${elevate[@]}" apt-get update -qq
    "${elevate[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
    return
  fi
  echo "The tests need these packages (by their names in Debian): ${missing[*]}" >&2
  exit 1
}

# On other systems than Linux there are none of these Nodes, and their tests say so.
newer_nodes() {
  [ "$(uname -s)" = Linux ] || return 0
  node -p "Object.keys(require('./test/nodes/package.json').optionalDependencies)
    .filter((name) => name.endsWith('-' + process.arch)).map((name) => name + '/bin/node').join(' ')"
}

install_packages
# shellcheck disable=SC2046
node scripts/install-folder.mjs test/nodes 'newer versions of Node' $(newer_nodes)
node scripts/install-folder.mjs test/oldest-typescript 'the oldest TypeScript' typescript/lib/tsc.js
