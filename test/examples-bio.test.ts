// The examples of examples/bio run, and say what they should.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { root, runNode } from './helpers/programs';

const folder = join(root, 'examples', 'bio');

const expected: Readonly<Record<string, readonly string[]>> = {
  'connect-proxy': [
    'the proxy is asked for localhost',
    'the proxy says: HTTP/1.1 200 Connection established',
    'TLSv1.3 with localhost',
    'hello, port on this side of the proxy',
  ],
  'smtp-starttls': [
    'connected -> 220 localhost ready',
    'EHLO client.example -> 250-localhost | 250 STARTTLS',
    'STARTTLS -> 220 go ahead',
    'TLSv1.3 with localhost',
    'EHLO client.example -> 250-localhost | 250 AUTH PLAIN',
    'QUIT -> 221 bye',
  ],
  socks5: ['the proxy is asked for hidden.example', 'TLSv1.3 with hidden.example: hello'],
};

for (const file of readdirSync(folder)) {
  test(file, async (t) => {
    const { status, stdout, stderr } = await runNode(t, [`examples/bio/${file}`]);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.deepEqual(stdout.trimEnd().split('\n'), expected[file.replace(/\.mjs$/, '')]);
  });
}
