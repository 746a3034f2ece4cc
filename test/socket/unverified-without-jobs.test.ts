// Where OpenSSL has no jobs a server cannot wait for its verdict about a client: then nobody is accepted by accident.

import '../helpers/without-jobs';
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Certificate,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLError,
  TLSServerContext,
} from 'bladessl';
import { eagerClient, recordsOf } from '../helpers/eager-clients';
import { assertQueueEmpty } from '../helpers/error-queue';
import { authority, type Identity, only, show } from '../helpers/identities';
import { tlsListener } from '../helpers/sockets';

const rsa = (commonName: string): Identity =>
  Certificate.generate({ commonName, key: 'rsa', issuer: authority });
const [own, stranger] = [rsa('localhost'), rsa('stranger')];
const secret = 'the words of somebody who may be anybody';

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const callback of ['onVerify', 'verifyChain'] as const) {
    for (const [how, answer, code] of [
      ['promises to accept', () => nextTurn(true), 'ERR_ASYNC_NOT_POSSIBLE'],
      ['accepts by a promise that is there', () => Promise.resolve(true), 'ERR_ASYNC_NOT_POSSIBLE'],
      ['never answers', () => new Promise<boolean>(() => {}), 'ERR_ASYNC_NOT_POSSIBLE'],
      ['refuses at once', () => false, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED'],
    ] as const) {
      test(`${version}: a client is not heard when ${callback} ${how}`, async (t) => {
        const context = show(only(new TLSServerContext(), version), own).addCA(authority.certificate);
        if (version === 'TLSv1.2') context.setCiphers('AES128-GCM-SHA256');
        context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
        const signals: AbortSignal[] = [];
        context[callback] = ({ signal }) => {
          signals.push(signal);
          return answer();
        };
        const listener = await tlsListener(t, { server: context });
        listener.onConnection(() => assert.fail('it was accepted'));
        const failed = new Promise<Error>((resolve) => listener.onHandshakeError(resolve));
        const peer = eagerClient(t, listener.port, version, stranger, secret);
        const before = await peer.sent;
        assert.equal(((await failed) as SSLError).code, code);
        await peer.over;
        assert.equal(recordsOf(peer.received.subarray(before)).length, 1);
        assert.equal(peer.alert, how === 'refuses at once' ? 46 : 80);
        for (const { aborted } of signals) assert.equal(aborted, how !== 'refuses at once');
        assertQueueEmpty();
      });
    }

    test(`${version}: a client is heard when ${callback} accepts at once`, async (t) => {
      const context = show(only(new TLSServerContext(), version), own).addCA(authority.certificate);
      if (version === 'TLSv1.2') context.setCiphers('AES128-GCM-SHA256');
      context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
      context[callback] = () => true;
      const listener = await tlsListener(t, { server: context });
      eagerClient(t, listener.port, version, stranger, secret);
      const socket = await listener.accept();
      assert.equal(String(await socket.receive()), secret);
      await socket.close({ abort: true });
    });
  }
}
