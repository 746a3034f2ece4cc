// Certificates minted for the tests, and contexts that show and trust them.

import {
  Certificate,
  type PrivateKey,
  type SSLContext,
  TLSClientContext,
  TLSServerContext,
  type TLSVersion,
} from 'bladessl';

/** A certificate and its key. */
export interface Identity {
  readonly certificate: Certificate;
  readonly privateKey: PrivateKey;
}

/** The CA that signs for the tests. */
export const authority: Identity = Certificate.generate({ commonName: 'Test CA' });

/** A server's certificate for `localhost`, 127.0.0.1 and ::1. */
export const localhost: Identity = Certificate.generate({
  commonName: 'localhost',
  altNames: ['localhost', '127.0.0.1', '::1'],
  issuer: authority,
});

/** A client's certificate. */
export const someone: Identity = Certificate.generate({ commonName: 'someone', issuer: authority });

/** Gives a context an identity. */
export function show<Context extends SSLContext>(context: Context, identity: Identity): Context {
  return context.useCertificate(identity.certificate).usePrivateKey(identity.privateKey);
}

/** A server's context that shows an identity. */
export function serverContext(identity: Identity = localhost): TLSServerContext {
  return show(new TLSServerContext(), identity);
}

/** A client's context that trusts a CA. */
export function clientContext(trusted: Certificate = authority.certificate): TLSClientContext {
  return new TLSClientContext().addCA(trusted);
}

/** Holds a context to one version of TLS. */
export function only<Context extends SSLContext>(context: Context, version: TLSVersion): Context {
  context.minVersion = version;
  context.maxVersion = version;
  return context;
}
