// A worker that takes the trust which its process has read, and adds some of its own.

import { parentPort, workerData } from 'node:worker_threads';
import { Certificate, TLSClientContext, verify } from 'bladessl';

const { certificate } = Certificate.generate({ commonName: 'known to the worker' });
const context = new TLSClientContext().loadDefaultTrust().addCA(certificate);
parentPort?.postMessage({ trusted: verify(workerData as string).ok, own: !context.freed });
