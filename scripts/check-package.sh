#!/usr/bin/env bash
# Packs the package, installs the tarball in an empty folder as a user would, and uses it by require and
# by import.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

tarball=$(cd "$root" && npm pack --silent --pack-destination "$folder")
cd "$folder"
tar -tzf "$tarball" | grep -E '/(test|bench|node_modules|build)/' && { echo 'the tarball holds what it should not'; exit 1; }
npm init -y >/dev/null
npm install --no-audit --no-fund "./$tarball"

cat >use.cjs <<'JS'
const { versions, Certificate } = require('bladessl');
console.log('require:', versions.bladessl, 'on OpenSSL', versions.openssl, Certificate.generate({ commonName: 'a' }).certificate.subject);
JS
cat >use.mjs <<'JS'
import { versions, TLSClientContext, SSL, SSL_VERIFY_PEER } from 'bladessl';
const ssl = new SSL(new TLSClientContext());
if (ssl.verifyMode !== SSL_VERIFY_PEER) throw new Error('a client does not verify');
console.log('import:', versions.bladessl, ssl.stateStringLong);
JS
node use.cjs
node use.mjs
