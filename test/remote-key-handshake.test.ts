// Handshakes in memory with keys that are elsewhere: each kind of key, on either side, in TLS 1.2 and 1.3, with every
// answer that there can be.

import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import test from 'node:test';
import { type RemoteSign, type RemoteSignInfo, SSL_ERROR_WANT_ASYNC, type SSLError } from 'bladessl';
import { carry, type Ends, ends, type Outcome } from './helpers/handshake';
import type { Identity } from './helpers/identities';
import {
  contextsWith,
  identityOf,
  kinds,
  optionsOf,
  pumpLater,
  remoteKeyOf,
  type Side,
  sides,
  signingLater,
  signingWith,
  tlsVersions,
} from './helpers/remote-keys';

type Version = (typeof tlsVersions)[number];

interface Asked {
  readonly algorithm: string;
  readonly data: Buffer;
  readonly info: RemoteSignInfo;
}

/** Two ends, of which one asks `sign`, and what it is asked. */
function endsWith(
  side: Side,
  version: Version,
  identity: Identity,
  sign: RemoteSign,
  verify = false,
): Ends & { asked: Asked[] } {
  const asked: Asked[] = [];
  const key = remoteKeyOf(
    identity,
    (algorithm, data, info) => {
      asked.push({ algorithm, data, info });
      return sign(algorithm, data, info);
    },
    { verify },
  );
  return { ...ends(...contextsWith(side, version, identity, key)), asked };
}

/** The errors of the side that signs, and of the other. */
function errorsOf(side: Side, { clientError, serverError }: Outcome): (SSLError | undefined)[] {
  return side === 'client' ? [clientError, serverError] : [serverError, clientError];
}

for (const version of tlsVersions) {
  for (const side of sides) {
    for (const [kind, identity, algorithms] of kinds) {
      for (const [when, signer] of [
        ['at once', signingWith],
        ['later', signingLater],
      ] as const) {
        test(`${version}, the ${side} has a ${kind} key that signs ${when}`, async () => {
          const made = endsWith(side, version, identity, signer(identity), true);
          const outcome = await pumpLater(made);
          assert.deepEqual(errorsOf(side, outcome), [undefined, undefined]);
          assert.equal(carry(made.client, made.server, 'hello'), 'hello');
          assert.equal(made.asked.length, 1);
          const [{ algorithm, data, info }] = made.asked as [Asked];
          assert.equal(algorithm, algorithms[version]);
          assert.ok(Buffer.isBuffer(data));
          assert.equal(info.publicKey, identity.privateKey.publicKey);
          assert.equal(info.signal.aborted, false);
          const peer = side === 'client' ? made.server : made.client;
          assert.equal(peer.peerCertificate?.fingerprintSHA256, identity.certificate.fingerprintSHA256);
        });
      }
    }
  }
}

const failures: Record<string, { sign: (identity: Identity) => RemoteSign; error: object }> = {
  throws: {
    sign: () => () => {
      throw Object.assign(new Error('the HSM is on fire'), { code: 'E_FIRE' });
    },
    error: { message: 'the HSM is on fire', code: 'E_FIRE' },
  },
  'throws null': {
    sign: () => () => {
      throw null;
    },
    error: { code: 'ERR_CALLBACK_FAILED' },
  },
  rejects: {
    sign: () => async () => {
      throw Object.assign(new Error('the HSM is on fire'), { code: 'E_FIRE' });
    },
    error: { message: 'the HSM is on fire', code: 'E_FIRE' },
  },
  'answers with text': {
    sign: () => () => 'signed' as never,
    error: {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^the value that sign returned must be a Uint8Array .* not 'signed'/,
    },
  },
  'answers with nothing, later': {
    sign: () => async () => undefined as never,
    error: { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' },
  },
  'answers with too little': {
    sign:
      (identity) =>
      (...args) =>
        signingWith(identity)(...args).subarray(1),
    error: { name: 'SSLError', code: 'ERR_WRONG_SIGNATURE', message: /^the signature of a RemoteKey must/ },
  },
  'answers with too much, later': {
    sign:
      (identity) =>
      async (...args) =>
        Buffer.concat([signingWith(identity)(...args), Buffer.alloc(1)]),
    error: { name: 'SSLError', code: 'ERR_WRONG_SIGNATURE' },
  },
  'answers with no bytes': {
    sign: () => () => new Uint8Array(0),
    error: { name: 'SSLError', code: 'ERR_WRONG_SIGNATURE' },
  },
  'answers with 64 KB': {
    sign: () => () => new Uint8Array(65_536),
    error: { name: 'SSLError', code: 'ERR_WRONG_SIGNATURE' },
  },
};

const failingKinds = kinds.filter(([name]) => ['P-256', 'RSA', 'Ed25519'].includes(name));

for (const version of tlsVersions) {
  for (const side of sides) {
    for (const [kind, identity] of failingKinds) {
      for (const [what, { sign, error }] of Object.entries(failures)) {
        test(`${version}, the ${side}: a ${kind} key that ${what}`, async () => {
          const made = endsWith(side, version, identity, sign(identity));
          const [own, other] = errorsOf(side, await pumpLater(made));
          assert.throws(() => {
            throw own;
          }, error);
          assert.equal(other?.alert?.name, 'internal_error');
          assert.equal(other.alert.direction, 'received');
          const failed = made[side];
          assert.throws(() => failed.doHandshake(), { code: 'ERR_CONNECTION_FAILED' });
          assert.equal(failed.verifyResult.code, 0);
        });
      }

      test(`${version}, the ${side}: a signature of another ${kind} key is found by the peer`, async () => {
        const stranger = identityOf({ type: identity.privateKey.type as 'ec' });
        const [own, other] = errorsOf(
          side,
          await pumpLater(endsWith(side, version, identity, signingWith(stranger))),
        );
        assert.equal(other?.alert?.direction, 'sent');
        assert.equal(own?.alert?.name, other.alert.name);
      });

      test(`${version}, the ${side}: with verify, it is found here (${kind})`, async () => {
        const stranger = identityOf({ type: identity.privateKey.type as 'ec' });
        const made = endsWith(side, version, identity, signingLater(stranger), true);
        const [own, other] = errorsOf(side, await pumpLater(made));
        assert.equal(own?.code, 'ERR_WRONG_SIGNATURE');
        assert.match(own.message, /does not verify with its public key/);
        assert.equal(other?.alert?.name, 'internal_error');
      });
    }
  }
}

test('the parts of an algorithm are what node:crypto needs', async () => {
  for (const [, each] of kinds) {
    const { asked, ...made } = endsWith('server', 'TLSv1.3', each, signingWith(each));
    await pumpLater(made);
    const [{ algorithm, data, info }] = asked as [Asked];
    const digest = /_sha(\d+)$/.exec(algorithm)?.[0].slice(1);
    assert.equal(info.digest, digest);
    assert.equal(info.padding, /_(pss|pkcs1)_/.exec(algorithm)?.[1]);
    assert.equal(info.saltLength, info.padding === 'pss' ? 32 : undefined);
    const key = each.privateKey.toKeyObject();
    const signature = signingWith(each)(algorithm as never, data, info);
    assert.ok(verify(info.digest, data, { ...optionsOf(key, info), key: info.publicKey }, signature));
  }
});

test('PKCS#1 of TLS 1.2, with each digest', async () => {
  const identity = kinds.find(([name]) => name === 'RSA')?.[1] as Identity;
  for (const digest of ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']) {
    const asked: string[] = [];
    const key = remoteKeyOf(identity, (algorithm, data, info) => {
      asked.push(algorithm, String(info.digest), String(info.padding));
      return signingWith(identity)(algorithm, data, info);
    });
    const contexts = contextsWith('server', 'TLSv1.2', identity, key);
    for (const context of contexts) {
      context.signatureAlgorithms = [`RSA+${digest}`, 'ecdsa_secp256r1_sha256'];
      context.securityLevel = 0;
    }
    const outcome = await pumpLater(ends(...contexts));
    assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
    const name = digest.toLowerCase();
    assert.deepEqual(asked, [`rsa_pkcs1_${name}`, name, 'pkcs1']);
  }
});

test('ECDSA of TLS 1.2, with each digest', async () => {
  const identity = kinds.find(([name]) => name === 'P-384')?.[1] as Identity;
  const names = ['ecdsa_sha1', 'ecdsa_sha224', 'ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'];
  for (const [index, digest] of ['SHA1', 'SHA224', 'SHA256', 'SHA384'].entries()) {
    const asked: string[] = [];
    const key = remoteKeyOf(identity, (algorithm, data, info) => {
      asked.push(algorithm, String(info.digest));
      return signingWith(identity)(algorithm, data, info);
    });
    const contexts = contextsWith('server', 'TLSv1.2', identity, key);
    for (const context of contexts) {
      context.signatureAlgorithms = [`ECDSA+${digest}`];
      context.securityLevel = 0;
    }
    const outcome = await pumpLater(ends(...contexts));
    assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
    assert.deepEqual(asked, [names[index], digest.toLowerCase()]);
  }
});

test('TLS 1.1 has RSA sign what has no name: refused', async () => {
  const identity = kinds.find(([name]) => name === 'RSA')?.[1] as Identity;
  const contexts = contextsWith('server', 'TLSv1.2', identity, remoteKeyOf(identity));
  for (const context of contexts) {
    context.minVersion = 'TLSv1.1';
    context.maxVersion = 'TLSv1.1';
    context.securityLevel = 0;
  }
  const { serverError } = await pumpLater(ends(...contexts));
  assert.equal(serverError?.code, 'ERR_UNKNOWN_SIGNATURE_ALGORITHM');
  assert.match(serverError.message, /MD5-SHA1/i);
});

test('r and s side by side are told from DER', async () => {
  const [, identity] = kinds[0] as (typeof kinds)[number];
  const made = endsWith('server', 'TLSv1.3', identity, () => new Uint8Array(64));
  const { serverError } = await pumpLater(made);
  assert.match(
    serverError?.message ?? '',
    /must be DER .*, not r and s side by side \(IEEE P1363\): 64 bytes/,
  );
});

for (const [what, hex] of Object.entries({
  'r = 0': '3006020100020101',
  'a negative s': '300602010102 01ff',
  's = 0': '3006020101020100',
  'r above the order': `3027 022100${'ff'.repeat(32)} 020101 ffff`.slice(0, -5),
  'a long form of its length': '30810602010102 0101',
  'a byte behind it': '300602010102010100',
  'a number padded with zeros': '300702020001020101',
  'an empty number': '30050200020101',
  'no SEQUENCE': '0101ff',
})) {
  test(`an EC signature with ${what} is refused`, async () => {
    const [, identity] = kinds[0] as (typeof kinds)[number];
    const signature = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const { serverError } = await pumpLater(endsWith('server', 'TLSv1.3', identity, () => signature));
    assert.equal(serverError?.code, 'ERR_WRONG_SIGNATURE');
  });
}

test('while it waits, the handshake says so, and takes nothing else', async () => {
  const [, identity] = kinds[0] as (typeof kinds)[number];
  let answer: (signature: Buffer) => void = () => undefined;
  const { client, server, asked } = endsWith(
    'server',
    'TLSv1.3',
    identity,
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  assert.equal(client.doHandshake(), -1);
  assert.equal(server.doHandshake(), -1);
  assert.equal(server.error(), SSL_ERROR_WANT_ASYNC);
  assert.equal(server.doHandshake(), -1);
  assert.throws(() => server.read(), { code: 'ERR_BUSY' });
  const [{ algorithm, data, info }] = asked as [Asked];
  answer(signingWith(identity)(algorithm as never, data, info));
  const outcome = await pumpLater({ client, server });
  assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
  assert.equal(asked.length, 1);
});

test('an SSL that is freed meanwhile aborts the signal', async () => {
  const [, identity] = kinds[0] as (typeof kinds)[number];
  for (const side of sides) {
    for (const version of tlsVersions) {
      const made = endsWith(side, version, identity, (_algorithm, _data, info) => {
        void info.signal;
        return new Promise(() => undefined);
      });
      for (let turn = 0; turn < 5 && made.asked.length === 0; turn++) {
        made.client.doHandshake();
        made.server.doHandshake();
      }
      const [{ info }] = made.asked as [Asked];
      assert.equal(info.signal.aborted, false);
      made[side].free();
      assert.equal(info.signal.aborted, true);
      assert.equal((info.signal.reason as SSLError).code, 'ERR_CLOSED');
    }
  }
});

test('key, context and certificate may be freed meanwhile', async () => {
  for (const [, identity] of failingKinds) {
    const key = remoteKeyOf(identity, signingLater(identity));
    const contexts = contextsWith('server', 'TLSv1.3', identity, key);
    const made = ends(...contexts);
    assert.equal(made.client.doHandshake(), -1);
    assert.equal(made.server.doHandshake(), -1);
    key.free();
    for (const context of contexts) context.free();
    const outcome = await pumpLater(made);
    assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
  }
});

test('an SSL may be freed by the very function that signs: it is told ERR_BUSY', async () => {
  const [, identity] = kinds[0] as (typeof kinds)[number];
  const sign = signingWith(identity);
  let failure: SSLError | undefined;
  const made: Ends = endsWith('server', 'TLSv1.3', identity, (...args) => {
    try {
      made.server.free();
    } catch (error) {
      failure = error as SSLError;
    }
    return sign(...args);
  });
  const outcome = await pumpLater(made);
  assert.equal(failure?.code, 'ERR_BUSY');
  assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
});

test('a handshake inside the function that signs', async () => {
  const [, identity] = kinds[0] as (typeof kinds)[number];
  const sign = signingWith(identity);
  let inner: Outcome | undefined;
  const made = endsWith('server', 'TLSv1.3', identity, async (...args) => {
    inner = await pumpLater(endsWith('client', 'TLSv1.2', identity, signingLater(identity)));
    return sign(...args);
  });
  const outcome = await pumpLater(made);
  assert.deepEqual([inner?.clientError, inner?.serverError], [undefined, undefined]);
  assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
});

test('an error of a handshake that has failed is not that of the next one', async () => {
  const [, identity] = kinds[0] as (typeof kinds)[number];
  const failing = endsWith('server', 'TLSv1.3', identity, () => {
    throw new Error('once');
  });
  assert.equal((await pumpLater(failing)).serverError?.message, 'once');
  const [, other] = kinds[3] as (typeof kinds)[number];
  const { client, server } = endsWith('server', 'TLSv1.3', other, signingWith(other));
  client.hostname = 'localhost';
  client.verifyName = 'another.example';
  const { clientError, serverError } = await pumpLater({ client, server });
  assert.equal(clientError?.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
  assert.equal(serverError?.alert?.name, 'bad_certificate');
});
