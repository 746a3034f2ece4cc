// Values that a caller may get wrong: of the wrong type, out of range, half right, or freed.

import { constants, createSecretKey } from 'node:crypto';
import * as bladessl from 'bladessl';
import { localhost } from '../helpers/identities';
import type { Random } from './random';

/** The same list, with the type of its items said. */
export function listOf<T>(...items: T[]): T[] {
  return items;
}

/** A value of any kind; `object` gives one of the objects that exist. */
export function hostileValue(random: Random, object: () => unknown): unknown {
  return random.pick(sources)(random, object);
}

/** The same without numbers and texts, where those could reach what is not the caller's. */
export function oddValue(random: Random, object: () => unknown): unknown {
  return random.chance(0.7) ? random.pick(oddities)() : object();
}

/** What a callback of the caller's throws. */
export class CallerError extends Error {
  readonly code = 'ERR_CALLER';
}

/** Numbers, many of them at the edge of something. */
export const numbers = [
  ...[0, -0, 1, 2, 3, 7, 255, 1024, 16384, 65536, 65537],
  ...[-1, 0.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 32, 2 ** 53],
  ...[constants.SSL_OP_NO_TICKET, constants.SSL_OP_ALL],
];

/** Texts; none is the name of another machine. */
export const texts = [
  ...['', 'localhost', 'a\0b', '127.0.0.1', '::1', '[::1]:0', 'x'.repeat(300), '\ud800', 'TLSv1.2', 'P-256'],
  ...['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'http/1.1:h2', 'ALL', '__proto__'],
  localhost.certificate.pem,
  localhost.privateKey.pem,
];

class Liar extends Uint8Array {
  override get length(): number {
    return 2 ** 30;
  }
}

// The types of ES2023 do not know resizable buffers yet.
const resizable = (size: number, options: object): ArrayBuffer =>
  Reflect.construct(ArrayBuffer, [size, options]);

function detachedView(): Uint8Array {
  const view = new Uint8Array(64);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

const oddities: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => false,
  () => Symbol('odd'),
  () => 10n ** 30n,
  () => -1n,
  () => ({}),
  () => [],
  () => [undefined, 'a', 1],
  () => () => 'called',
  () => () => {
    throw new CallerError('from the caller');
  },
  () => Object.create(null),
  () => Object.create(bladessl.SSL.prototype),
  () => Object.create(bladessl.BIO.prototype),
  () => Object.create(bladessl.Socket.prototype),
  () => Object.freeze([Buffer.alloc(3)]),
  () => new Proxy({}, { get: () => undefined, getPrototypeOf: () => Uint8Array.prototype }),
  () => new Proxy(new Uint8Array(8), {}),
  () => new Date(Number.NaN),
  () => createSecretKey(Buffer.alloc(8)),
  () => new URL('file:///nowhere/at/all'),
  () => new URL('https://localhost/'),
  () => Promise.resolve(1),
];

/** Bytes in all that may hold them. */
export const bytes: readonly ((random: Random) => unknown)[] = [
  (random) => Buffer.alloc(random.pick([0, 1, 5, 1024, 20_000]), random.below(256)),
  () => Buffer.from('160301000500000000', 'hex'),
  () => localhost.certificate.raw,
  () => localhost.privateKey.raw,
  () => new DataView(new ArrayBuffer(16), 4, 8),
  () => new Float64Array(9),
  () => new SharedArrayBuffer(32),
  () => new Uint8Array(new SharedArrayBuffer(32), 3),
  () => new Uint8Array(resizable(8, { maxByteLength: 64 }), 2),
  () => new Liar(16),
  () => detachedView(),
  () => detachedView().buffer,
];

const sources: readonly ((random: Random, object: () => unknown) => unknown)[] = [
  (random) => random.pick(numbers),
  (random) => random.pick(texts),
  (random) => random.pick(oddities)(),
  (random) => random.pick(bytes)(random),
  (_, object) => object(),
];
