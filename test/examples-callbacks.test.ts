// The examples of examples/callbacks run and say what they should; and what the pages of docs/ show of them is in them.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Environment, root, runNode } from './helpers/programs';

const folder = join(root, 'examples', 'callbacks');

/** What each of them says; what happens at the same time may come in any order. */
const expected: Readonly<Record<string, { readonly lines: readonly string[]; readonly sorted?: true }>> = {
  alpn: {
    lines: [
      'new.example, h2 or http/1.1: h2',
      'old.example, h2 or http/1.1: http/1.1',
      'old.example, h2: no_application_protocol',
      'old.example, without ALPN: undefined',
    ],
  },
  certificate: {
    lines: [
      'ecdsa_secp256r1_sha256: EC; welcome, CN=me at CN=South',
      'rsa_pss_rsae_sha256: RSA; welcome, CN=me at CN=South',
    ],
  },
  'client-hello': {
    lines: [
      'www.example: welcome, stranger',
      '  server: ERR_REFUSED',
      'www.example: protocol_version',
      'devices.example: welcome, stranger',
      'admin.example: welcome, CN=operator',
      '  server: ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
      'admin.example: certificate_required',
      '  server: ERR_REFUSED',
      'nobody.example: unrecognized_name',
    ],
  },
  'in-memory': {
    lines: [
      'the server waits: SSLv3/TLS read client hello',
      'the answer for localhost',
      'TLSv1.3: CN=localhost',
      'the server waits: SSLv3/TLS read client hello',
      'the server fails: Error: the vault is closed',
      'the client is told: internal_error',
      'nobody waits: ERR_CLOSED',
    ],
  },
  ocsp: {
    lines: [
      'responder: good',
      ...Array<string>(4).fill('client: welcome, good'),
      'responder: revoked',
      'client: ERR_OCSP_REVOKED',
    ],
  },
  psk: {
    lines: ['TLSv1.2', 'TLSv1.3'].flatMap((version) => [
      `lamp-1, ${version}: welcome`,
      `lamp-2, ${version}: welcome`,
      `lamp-1, ${version}: refused`,
      `lamp-3, ${version}: refused`,
    ]),
  },
  'server-name': {
    sorted: true,
    lines: [
      'client: this is ONE.example, CN=one.example',
      'client: this is one.example, CN=one.example',
      'client: this is two.example, CN=two.example',
      'client: unrecognized_name',
      'server: reads one.example.pem',
      'server: reads two.example.pem',
    ],
  },
  session: {
    lines: ['TLSv1.2', 'TLSv1.3'].flatMap((version) => [
      `${version}: welcome to the first, resumed: false`,
      'second looks a session up',
      `${version}: welcome to the second, resumed: true`,
    ]),
  },
  'ticket-key': {
    lines: ['TLSv1.2', 'TLSv1.3'].flatMap((version) => [
      `${version}, a first time: welcome, resumed: false`,
      `${version}, at the other server: welcome, resumed: true`,
      `${version}, after a change of keys: welcome, resumed: true`,
      `${version}, too late: welcome, resumed: false`,
    ]),
  },
  verify: {
    lines: ['client: welcome, CN=alice', 'server: CN=mallory is refused', 'client: certificate_revoked'],
  },
};

async function run(t: TestContext, name: string, environment?: Environment): Promise<void> {
  const { status, stdout, stderr } = await runNode(t, [`examples/callbacks/${name}.mjs`], environment);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const { lines = [], sorted = false } = expected[name] ?? {};
  const said = stdout.trimEnd().split('\n');
  assert.deepEqual(sorted ? said.sort() : said, lines);
}

for (const name of readdirSync(folder)) {
  test(name, (t) => run(t, name.replace(/\.mjs$/, '')));
}

// Of callbacks that can wait there.
for (const name of ['alpn', 'certificate', 'client-hello', 'in-memory', 'server-name']) {
  test(`${name}.mjs, without OpenSSL's jobs`, (t) => run(t, name, { BLADESSL_NO_ASYNC_JOBS: '1' }));
}

/** The blocks of JavaScript that a page shows. */
function shownIn(page: string): string[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, block = '']) => block);
}

const pages = readdirSync(join(root, 'docs', 'callbacks')).map((page) => `callbacks/${page}`);

for (const page of ['handshakes.md', ...pages]) {
  test(`what ${page} shows is in an example`, () => {
    const name = page === 'handshakes.md' ? 'in-memory' : page.replace(/^callbacks\/(.+)\.md$/, '$1');
    const example = readFileSync(join(folder, `${name}.mjs`), 'utf8');
    const blocks = shownIn(page);
    assert.notEqual(blocks.length, 0);
    for (const block of blocks) assert.ok(example.includes(block), `not in ${name}.mjs:\n${block}`);
  });
}

test('each example of a callback has a page, but the one that handshakes.md shows', () => {
  const names = readdirSync(folder).map((name) => name.replace(/\.mjs$/, '.md'));
  assert.deepEqual(
    names.filter((name) => name !== 'in-memory.md').sort(),
    pages.map((page) => page.replace('callbacks/', '')).sort(),
  );
});
