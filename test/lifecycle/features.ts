// What a worker finds.

import { parentPort } from 'node:worker_threads';
import { features } from 'bladessl';

parentPort?.postMessage(features);
