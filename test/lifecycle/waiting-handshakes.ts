// What a worker finds before it has begun anything.

import { parentPort } from 'node:worker_threads';
import { waitingHandshakes } from 'bladessl';

parentPort?.postMessage(waitingHandshakes);
