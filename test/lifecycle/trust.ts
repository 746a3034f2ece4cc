// A worker that takes the trust which its process has read, and adds a CA of its own to one context.

import { parentPort, workerData } from 'node:worker_threads';
import { Certificate, TLSClientContext, verify } from 'bladessl';
import { attempt } from '../helpers/handshake';
import { serverContext } from '../helpers/identities';

const own = Certificate.generate({ commonName: 'known to the worker' });
const leaf = Certificate.generate({ commonName: 'localhost', issuer: own });
const context = new TLSClientContext().loadDefaultTrust().addCA(own.certificate);
parentPort?.postMessage({
  trusted: verify(workerData as string).ok,
  own: attempt(context, serverContext(leaf)).clientError === undefined,
  beside: verify(leaf.certificate).ok,
  leaf: leaf.certificate.pem,
});
