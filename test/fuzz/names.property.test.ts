// Names and addresses of hosts, and protocols by name. Node's own parsers are the judges.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { ConnectBIO, SSL, SSLContext, TLS_method, TLSClientContext } from 'bladessl';
import fc from 'fast-check';
import { attempt } from '../helpers/handshake';
import { clientContext, serverContext } from '../helpers/identities';
import { holds } from './property';

const context = new TLSClientContext();

const invalid = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };

/** Texts that look like names or addresses, and any others. */
const nameLike = fc.oneof(
  fc.domain(),
  fc.domain().map((name) => `${name}.`),
  fc.ipV4(),
  fc.ipV6(),
  fc.stringMatching(/^[0-9a-fx:.%]{0,20}$/),
  fc.stringMatching(/^[a-zäß中٠-٩。․.\-*_]{0,20}$/u),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

/** The value of a property after it was set; none when that was refused, which has changed nothing. */
function assigned(ssl: SSL, name: 'hostname' | 'verifyName' | 'verifyIP', value: string): string | undefined {
  const before = ssl[name];
  try {
    ssl[name] = value;
  } catch (error) {
    assert.deepEqual({ name: (error as Error).name, code: (error as { code?: string }).code }, invalid);
    assert.equal(ssl[name], before);
    return undefined;
  }
  return ssl[name];
}

for (const member of ['hostname', 'verifyName'] as const) {
  holds(`${member}: what is taken is a host name in ASCII, and stays what it is`, 300, () =>
    fc.property(nameLike, (text) => {
      const ssl = new SSL(context);
      const taken = assigned(ssl, member, text);
      if (isIP(text) !== 0) assert.equal(taken, undefined);
      if (taken !== undefined) {
        assert.match(taken, /^(?=.{1,255}$)([!-\-/-~]+\.)*[!-\-/-~]+$/);
        assert.equal(isIP(taken), 0);
        assert.equal(assigned(ssl, member, taken), taken);
      }
      ssl.free();
    }),
  );

  holds(`${member}: a domain is taken as it is, and one of other letters as URLs have it`, 200, () =>
    fc.property(fc.domain(), fc.stringMatching(/^[äßéя中]{1,5}$/u), (domain, letters) => {
      const ssl = new SSL(context);
      assert.equal(assigned(ssl, member, domain), domain);
      assert.equal(assigned(ssl, member, `${domain}.`), domain);
      const name = `${letters}.${domain}`;
      assert.equal(assigned(ssl, member, name), new URL(`https://${name}/`).hostname);
      ssl.free();
    }),
  );
}

holds('verifyIP: addresses without a zone, as node:net knows them, and nothing else', 500, () =>
  fc.property(nameLike, (text) => {
    const ssl = new SSL(context);
    const isAddress = isIP(text) !== 0 && !text.includes('%');
    assert.equal(assigned(ssl, 'verifyIP', text), isAddress ? text : undefined);
    ssl.free();
  }),
);

holds('connHostname: a host and a port come apart as in a URL', 300, () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  return fc.property(host, fc.integer({ min: 0, max: 65535 }), (name, port) => {
    const link = new ConnectBIO(`${name}:${port}`);
    assert.equal(link.connPort, String(port));
    assert.equal(link.connHostname, name.replace(/^\[|\]$/g, ''));
    const url = new URL(
      `http://${link.connHostname?.includes(':') ? `[${link.connHostname}]` : link.connHostname}`,
    );
    assert.equal(url.hostname, new URL(`http://${name}:${port}`).hostname);
    link.free();
  });
});

holds('alpnProtocols: the first of the server that the client offers, or none', 40, () => {
  const name = fc.oneof(
    fc.constantFrom('h2', 'http/1.1', 'x'),
    fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  );
  const list = fc.array(name, { minLength: 1, maxLength: 6 });
  return fc.property(list, list, (offered, own) => {
    const client = clientContext();
    const server = serverContext();
    client.alpnProtocols = offered;
    server.alpnProtocols = own;
    assert.deepEqual([client.alpnProtocols, server.alpnProtocols], [offered, own]);
    const outcome = attempt(client, server);
    const expected = own.find((protocol) => offered.includes(protocol));
    if (expected === undefined) {
      assert.equal(outcome.serverError?.alert?.name, 'no_application_protocol');
    } else {
      assert.equal(outcome.serverError, undefined);
      assert.equal(outcome.server.alpnProtocol, expected);
      assert.equal(outcome.client.alpnProtocol, expected);
    }
  });
});

holds('alpnProtocols: a list is kept, or refused for its length', 200, () =>
  fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 200 }), (list) => {
    const own = new SSLContext(TLS_method);
    const sizes = list.map((name) => Buffer.byteLength(name));
    const total = sizes.reduce((sum, size) => sum + 1 + size, 0);
    const refusal = list.some((name) => name === '' || name.includes('\0'))
      ? invalid
      : { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const fits = sizes.every((size) => size > 0 && size < 256) && total <= 32768;
    if (fits && !list.some((name) => name.includes('\0'))) {
      own.alpnProtocols = list;
      assert.deepEqual(own.alpnProtocols, list.length === 0 ? undefined : list);
    } else {
      assert.throws(() => {
        own.alpnProtocols = list;
      }, refusal);
      assert.equal(own.alpnProtocols, undefined);
    }
    own.free();
  }),
);
