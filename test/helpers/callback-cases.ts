// Every callback of a handshake, on each side that has it: what sets it up, a good answer, and how to tell that it
// was taken.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  type Awaitable,
  Certificate,
  features,
  type HandshakeQuestion,
  OCSPResponse,
  SSL_OP_NO_TICKET,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSClientContext,
  TLSServerContext,
  type TLSVersion,
} from 'bladessl';
import { connected, type Ends } from './handshake';
import { authority, clientContext, localhost, only, serverContext, show, someone } from './identities';

/** A callback, whichever it is. */
export type AnyCallback = (event: HandshakeQuestion) => Awaitable<never>;

/** The contexts of a connection, and a session that the client offers. */
export interface Prepared {
  readonly client: SSLContext;
  readonly server: SSLContext;
  readonly session?: Buffer;
  /** What a good answer is. */
  readonly answer: unknown;
  /** Asserts that it was taken. */
  check(ends: Ends): void;
}

export interface CallbackCase {
  readonly callback: string;
  readonly side: 'client' | 'server';
  prepare(version: TLSVersion): Prepared;
}

const repeated = ['onClientHello', 'onServerName', 'onAlpn', 'onCertificate'];

/** Whether a promise is waited for here: where jobs are off only callbacks are that libssl calls again. */
export function waits({ callback, side }: CallbackCase): boolean {
  if (features.asyncHandshake.available || repeated.includes(callback)) return true;
  return side === 'client' && (callback === 'onVerify' || callback === 'verifyChain');
}

const other = Certificate.generate({ commonName: 'other', issuer: authority });

function pair(version: TLSVersion): { client: TLSClientContext; server: TLSServerContext } {
  return { client: only(clientContext(), version), server: only(serverContext(), version) };
}

/** A server that asks its client, who shows himself. */
function mutual(version: TLSVersion): { client: TLSClientContext; server: TLSServerContext } {
  const { client, server } = pair(version);
  server.addCA(authority.certificate).setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
  return { client: show(client, someone), server };
}

function subjectOf(certificate: Certificate | undefined, subject: string): void {
  assert.equal(certificate?.subject, subject);
}

function verifying(callback: string): CallbackCase[] {
  return [
    {
      callback,
      side: 'client',
      prepare: (version) => ({
        ...pair(version),
        client: only(new TLSClientContext(), version),
        answer: true,
        check: ({ client }) => subjectOf(client.peerCertificate, 'CN=localhost'),
      }),
    },
    {
      callback,
      side: 'server',
      prepare: (version) => ({
        ...mutual(version),
        answer: true,
        check: ({ server }) => subjectOf(server.peerCertificate, 'CN=someone'),
      }),
    },
  ];
}

function withPSK(version: TLSVersion, answer: unknown): Prepared & { key: Buffer } {
  const { client, server } = pair(version);
  client.setVerify(SSL_VERIFY_NONE);
  for (const context of [client, server]) {
    if (version === 'TLSv1.2') context.setCiphers('PSK');
    else context.ciphersuites = 'TLS_AES_128_GCM_SHA256';
  }
  const key = randomBytes(32);
  return {
    client,
    server,
    key,
    answer,
    check: (ends) => assert.equal(ends.client.peerCertificate, undefined),
  };
}

const key = randomBytes(32);

/** All of them. */
export const callbackCases: readonly CallbackCase[] = [
  ...verifying('onVerify'),
  ...verifying('verifyChain'),
  {
    callback: 'onClientHello',
    side: 'server',
    prepare: (version) => ({
      ...pair(version),
      answer: show(new TLSServerContext(), other),
      client: only(clientContext().setVerify(SSL_VERIFY_NONE), version),
      check: ({ client }) => subjectOf(client.peerCertificate, 'CN=other'),
    }),
  },
  {
    callback: 'onServerName',
    side: 'server',
    prepare: (version) => ({
      ...pair(version),
      answer: show(new TLSServerContext(), other),
      client: only(clientContext().setVerify(SSL_VERIFY_NONE), version),
      check: ({ client }) => subjectOf(client.peerCertificate, 'CN=other'),
    }),
  },
  {
    callback: 'onAlpn',
    side: 'server',
    prepare: (version) => {
      const { client, server } = pair(version);
      client.alpnProtocols = ['one', 'two'];
      return {
        client,
        server,
        answer: 'two',
        check: (ends) =>
          assert.deepEqual([ends.client.alpnProtocol, ends.server.alpnProtocol], ['two', 'two']),
      };
    },
  },
  {
    callback: 'onCertificate',
    side: 'server',
    prepare: (version) => ({
      ...pair(version),
      server: only(new TLSServerContext(), version),
      answer: localhost,
      check: ({ client }) => subjectOf(client.peerCertificate, 'CN=localhost'),
    }),
  },
  {
    callback: 'onCertificate',
    side: 'client',
    prepare: (version) => ({
      ...mutual(version),
      client: only(clientContext(), version),
      answer: someone,
      check: ({ server }) => subjectOf(server.peerCertificate, 'CN=someone'),
    }),
  },
  {
    callback: 'onOcsp',
    side: 'server',
    prepare: (version) => {
      const { client, server } = pair(version);
      client.statusRequest = 'require';
      const { certificate } = localhost;
      const answer = OCSPResponse.generate({
        issuer: authority,
        responses: [{ certificate, status: 'good' }],
      });
      return {
        client,
        server,
        answer,
        check: (ends) => assert.deepEqual(ends.client.ocspResponse?.raw, answer.raw),
      };
    },
  },
  {
    callback: 'onPsk',
    side: 'server',
    prepare: (version) => {
      const prepared = withPSK(version, { key });
      prepared.client.onPsk = () => ({ identity: 'me', key });
      return prepared;
    },
  },
  {
    callback: 'onPsk',
    side: 'client',
    prepare: (version) => {
      const prepared = withPSK(version, { identity: 'me', key });
      prepared.server.onPsk = () => ({ key });
      return prepared;
    },
  },
  {
    callback: 'onSession',
    side: 'server',
    prepare: (version) => {
      const { client, server } = pair(version);
      const store = new Map<string, Buffer>();
      const first = pair(version).server;
      for (const context of [first, server]) {
        context.options = [context.options as bigint, SSL_OP_NO_TICKET];
        context.sessionIdContext = Buffer.from('shared');
      }
      first.onNewSession = ({ id, session }) => store.set(id.toString('hex'), session);
      const ends = connected(client, first);
      ends.client.read();
      const [session] = [...store.values()].slice(-1);
      return {
        client,
        server,
        session: ends.client.session ?? assert.fail(),
        answer: session,
        check: (after) => assert.equal(after.server.sessionReused, true),
      };
    },
  },
  {
    callback: 'onTicketKey',
    side: 'server',
    prepare: (version) => ({
      ...pair(version),
      answer: { name: Buffer.alloc(16, 1), aesKey: key, hmacKey: key },
      // In TLS 1.3 the client's comes with the first data.
      check: ({ client, server }) => {
        assert.notEqual((version === 'TLSv1.2' ? client : server).session, undefined);
      },
    }),
  },
];
