#!/usr/bin/env bash
# Sees to the programs that the tests talk to: other implementations of TLS, libssl's headers, and newer
# versions of Node. On Debian, as root or with sudo, it installs what is missing; elsewhere it says what to
# install. The versions of Node come from npm, into test/nodes.
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

# What was installed is known by the copy of the lock file that is left beside it.
install_nodes() {
  cd test/nodes
  cmp -s package-lock.json node_modules/.installed && return
  echo 'installing for the tests: newer versions of Node (test/nodes/package.json)'
  npm ci --silent
  cp package-lock.json node_modules/.installed
}

install_packages
install_nodes
