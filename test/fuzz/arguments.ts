// Arguments for a member that was picked at random. Those that would block, leave the machine, or take
// what belongs to others are never among them.

import * as bladessl from 'bladessl';
import { authority, localhost, someone } from '../helpers/identities';
import { listOf } from './hostile-values';
import type { Random } from './random';
import type { World } from './world';

type Arguments = (world: World, random: Random) => unknown[];

const sizes = [1, 2, 5, 100, 1024, 16384, 65536, 65537, 2 ** 31 - 1];
const chunks = ['x', 'hello', 'y'.repeat(20_000), Buffer.alloc(3), new Uint8Array(0)];

function sizeOrNot(_: World, random: Random): unknown[] {
  return random.pick([[], [random.pick(sizes)]]);
}

function oneOf(...values: unknown[]): Arguments {
  return (_, random) => [random.pick(values)];
}

function oneLike(type: abstract new (...args: never[]) => unknown): Arguments {
  return (world, random) => [world.like(random, type)];
}

// A wait that nothing ends would keep its chain for the whole run.
function waiting(first: Arguments = () => []): Arguments {
  return (world, random) => {
    const signal = random.chance(0.2) ? AbortSignal.abort() : undefined;
    return [...first(world, random), { timeout: random.below(5), signal }];
  };
}

const chunk: Arguments = (world, random) => [
  random.chance(0.8) ? random.pick(chunks) : world.hostile(random),
];
const hosts = oneOf('127.0.0.1', '127.0.0.1:1', '[::1]:1', '', 'a\0', 'a:b:c', undefined, 5);
const ports = oneOf(0, '0', 1, '70000', 'none', -1, '', undefined);
const families = oneOf(bladessl.AF_INET, bladessl.AF_INET6, bladessl.AF_UNSPEC, 99, -1, 'x');

/** By member; a setter's is the value. */
const known: Readonly<Record<string, Arguments>> = {
  accept: waiting(),
  acceptFamily: families,
  acceptName: oneOf('127.0.0.1:0', 'localhost:0', '[::1]:0', '', 'a\0', undefined),
  acceptPort: ports,
  addCA: oneLike(bladessl.Certificate),
  alpnProtocols: oneOf('h2', ['h2', 'http/1.1'], [], undefined, [''], ['x'.repeat(256)], 5),
  checkPrivateKey: oneLike(bladessl.PrivateKey),
  ciphersuites: oneOf('TLS_AES_128_GCM_SHA256', ['TLS_AES_256_GCM_SHA384'], 'none', []),
  connAddress: oneOf('127.0.0.1', '::1', 'localhost', '', undefined),
  connFamily: families,
  connHostname: hosts,
  connPort: ports,
  connect: waiting(),
  errorString: oneOf(undefined, 0, 167772294, -1, 'x', 2 ** 53),
  find: oneOf(bladessl.BIO_s_mem, bladessl.BIO_f_ssl, bladessl.BIO_s_connect, {}, undefined),
  flushAsync: waiting(),
  groups: oneOf('X25519', ['P-256', 'P-384'], 'none', []),
  handshake: waiting(),
  hostname: oneOf('localhost', undefined, '127.0.0.1', '', 'x'.repeat(300)),
  listen: waiting(),
  maxVersion: oneOf('TLSv1.2', 'TLSv1.3', undefined, 'TLSv9'),
  minVersion: oneOf('TLSv1.2', 'TLSv1.3', undefined, 'TLSv1'),
  peek: sizeOrNot,
  push: oneLike(bladessl.BIO),
  read: sizeOrNot,
  readAsync: waiting((_, random) => [random.pick(sizes)]),
  readInto: (world, random) => [
    random.chance(0.7) ? Buffer.alloc(100) : world.hostile(random),
    ...random.pick(listOf<unknown[]>([], [5], [5, 10], [200], [0, 101], [-1], [Number.NaN])),
  ],
  setBio: (world, random) => [world.like(random, bladessl.BIO), world.like(random, bladessl.BIO)],
  setCiphers: oneOf('ALL', ['ECDHE-ECDSA-AES128-GCM-SHA256'], 'none', ''),
  setNonBlocking: oneOf(true, undefined, 1, null, 'x'),
  setSsl: (world, random) => [world.like(random, bladessl.SSL), random.pick([undefined, 0, 1, 2, 'x'])],
  signatureAlgorithms: oneOf('ECDSA+SHA256', ['RSA-PSS+SHA256'], 'none', ''),
  useCertificate: oneOf(localhost.certificate, someone.certificate, authority.certificate.pem, 'none'),
  usePrivateKey: oneOf(localhost.privateKey, someone.privateKey, authority.privateKey.pem, 'none'),
  verifyIP: oneOf('127.0.0.1', '::1', undefined, 'localhost', ''),
  verifyMode: oneOf(0, 1, 2, 3, 15, -1),
  verifyName: oneOf('localhost', undefined, '127.0.0.1', ''),
  write: chunk,
  writeAsync: waiting(chunk),
  writev: (world, random) => [[...chunk(world, random), ...chunk(world, random)]],
};

/** Those for which no other arguments will do: see above. */
const strict = new Set(
  ['acceptName', 'acceptPort', 'connHostname', 'connPort', 'setNonBlocking'].concat([
    'accept',
    'connect',
    'flushAsync',
    'handshake',
    'listen',
    'readAsync',
    'writeAsync',
  ]),
);

/** The arguments of a call. */
export function argumentsFor(name: string, world: World, random: Random): unknown[] {
  const made = Object.hasOwn(known, name) ? known[name] : undefined;
  if (made !== undefined && (strict.has(name) || random.chance(0.85))) return made(world, random);
  return Array.from({ length: random.below(4) }, () => world.hostile(random));
}
