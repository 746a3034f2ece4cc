#!/usr/bin/env bash
# Sees to the programs that the tests talk to: other implementations of TLS, and libssl's headers. On
# Debian, as root or with sudo, it installs what is missing; elsewhere it says what to install.
set -euo pipefail

# package: what it is recognised by
wanted=(
  'openssl:openssl'
  'libssl-dev:/usr/include/openssl/ssl.h'
  'libuv1-dev:/usr/include/uv.h'
  'gnutls-bin:gnutls-cli'
  'curl:curl'
  'bsdutils:script'
)
missing=()
for pair in "${wanted[@]}"; do
  sign=${pair#*:}
  command -v "$sign" >/dev/null 2>&1 || [ -e "$sign" ] || missing+=("${pair%%:*}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

elevate=()
[ "$(id -u)" -eq 0 ] || elevate=(sudo -n)
if command -v apt-get >/dev/null 2>&1 && "${elevate[@]}" true 2>/dev/null; then
  echo "installing for the tests: ${missing[*]}"
  "${elevate[@]}" apt-get update -qq
  "${elevate[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
  exit 0
fi
echo "The tests need these packages (by their names in Debian): ${missing[*]}" >&2
exit 1
