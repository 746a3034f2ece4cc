// Keys held elsewhere: for the tests node:crypto has them.

import { constants, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Certificate,
  PrivateKey,
  type PrivateKeyGenerateOptions,
  RemoteKey,
  type RemoteKeyOptions,
  type RemoteSign,
  type RemoteSignatureAlgorithm,
  type RemoteSignInfo,
  type SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSServerContext,
  type TLSVersion,
} from 'bladessl';
import type { Ends, Outcome } from './handshake';
import { authority, clientContext, type Identity, only, serverContext } from './identities';

export const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const;
export const sides = ['server', 'client'] as const;
export type Side = (typeof sides)[number];

/** A certificate for localhost with a key of this kind. */
export function identityOf(spec: PrivateKeyGenerateOptions, altNames?: readonly string[]): Identity {
  const privateKey = PrivateKey.generate(spec);
  const { certificate } = Certificate.generate({
    commonName: 'localhost',
    altNames,
    issuer: authority,
    key: privateKey,
  });
  return { certificate, privateKey };
}

/** Of each kind of key a certificate, and how it signs in each version. */
export const kinds: readonly (readonly [
  name: string,
  identity: Identity,
  algorithms: Readonly<Record<(typeof tlsVersions)[number], RemoteSignatureAlgorithm>>,
])[] = [
  ['P-256', { type: 'ec' }, 'ecdsa_secp256r1_sha256', 'ecdsa_secp256r1_sha256'],
  ['P-384', { type: 'ec', curve: 'P-384' }, 'ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'],
  ['P-521', { type: 'ec', curve: 'P-521' }, 'ecdsa_secp256r1_sha256', 'ecdsa_secp521r1_sha512'],
  ['RSA', { type: 'rsa' }, 'rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha256'],
  ['RSA-PSS', { type: 'rsa-pss' }, 'rsa_pss_pss_sha256', 'rsa_pss_pss_sha256'],
  ['Ed25519', { type: 'ed25519' }, 'ed25519', 'ed25519'],
  ['Ed448', { type: 'ed448' }, 'ed448', 'ed448'],
].map(([name, spec, older, newer]) => [
  name as string,
  identityOf(spec as PrivateKeyGenerateOptions),
  {
    'TLSv1.2': older as RemoteSignatureAlgorithm,
    'TLSv1.3': newer as RemoteSignatureAlgorithm,
  },
]);

/** How node:crypto signs what TLS asks for. */
export function optionsOf(key: KeyObject, info: RemoteSignInfo): SignKeyObjectInput {
  if (info.padding !== 'pss') return { key };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: info.saltLength ?? 0 };
}

/** Signs at once. */
export function signingWith({ privateKey }: Identity): (...args: Parameters<RemoteSign>) => Buffer {
  const key = privateKey.toKeyObject();
  return (_algorithm, data, info) => sign(info.digest, data, optionsOf(key, info));
}

/** Signs in a later turn of the loop. */
export function signingLater(identity: Identity): RemoteSign {
  const now = signingWith(identity);
  return async (...args) => {
    await nextTurn();
    return now(...args);
  };
}

/** The key of an identity, signed with by `sign`. */
export function remoteKeyOf(
  identity: Identity,
  signer: RemoteSign = signingWith(identity),
  options: Omit<RemoteKeyOptions, 'sign'> = {},
): RemoteKey {
  return new RemoteKey(identity.certificate, { sign: signer, ...options });
}

/** Gives a context a certificate, and the key of it that is elsewhere. */
export function showRemotely<Context extends SSLContext>(
  context: Context,
  { certificate }: Identity,
  key: RemoteKey,
): Context {
  return context.useCertificate(certificate).usePrivateKey(key);
}

/** A server's context that wants a certificate of the tests' CA from its clients. */
export function strictContext(): SSLContext {
  return serverContext()
    .addCA(authority.certificate)
    .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
}

/** The contexts of a client and a server, of whom one has its key elsewhere. */
export function contextsWith(
  side: Side,
  version: TLSVersion,
  identity: Identity,
  key: RemoteKey,
): [client: SSLContext, server: SSLContext] {
  if (side === 'server') {
    return [only(clientContext(), version), showRemotely(new TLSServerContext(), identity, key)];
  }
  return [showRemotely(only(clientContext(), version), identity, key), strictContext()];
}

type Step = 1 | -1 | Outcome['clientError'];

async function step(ssl: SSL, before: Step): Promise<Step> {
  if (before !== -1 && before !== 1) return before;
  await ssl.settled;
  try {
    if (before === -1) return ssl.doHandshake();
    ssl.peek(1);
    return 1;
  } catch (error) {
    return error as Outcome['clientError'];
  }
}

function isSettled(one: Step): boolean {
  return one !== -1;
}

/** Goes on with both handshakes until they are done, or one has failed and the other has heard of it. */
export async function pumpLater({ client, server }: Ends): Promise<Outcome> {
  let [ours, theirs]: [Step, Step] = [-1, -1];
  for (let turn = 0; turn < 50 && !(isSettled(ours) && isSettled(theirs)); turn++) {
    ours = await step(client, ours);
    theirs = await step(server, theirs);
  }
  ours = await step(client, ours);
  theirs = await step(server, theirs);
  return {
    client,
    server,
    clientError: typeof ours === 'object' ? ours : undefined,
    serverError: typeof theirs === 'object' ? theirs : undefined,
  };
}
