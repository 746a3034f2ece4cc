// Certificates and keys in files, as the tests of stores want them: made with the `openssl` command.

import { createPrivateKey } from 'node:crypto';
import { Certificate, CertificateStore, type CertificateStoreOptions, CertStoreTypes } from 'bladessl';
import type { Identity } from './identities';
import { openssl, read, write } from './openssl-files';

export const password = 'Passwört';

export const root: Identity = Certificate.generate({ commonName: 'Test Root' });
export const middle: Identity = Certificate.generate({ commonName: 'Test CA', issuer: root, ca: true });
export const leaf: Identity = Certificate.generate({ commonName: 'localhost', issuer: middle });
export const rsa: Identity = Certificate.generate({ commonName: 'rsa.example', key: 'rsa', issuer: middle });
export const edwards: Identity = Certificate.generate({ commonName: 'ed.example', key: 'ed25519' });

for (const [name, identity] of Object.entries({ root, middle, leaf, rsa, edwards })) {
  write(`${name}.pem`, identity.certificate.pem);
  write(`${name}-key.pem`, identity.privateKey.pem);
}

/** The password as an option of the openssl command. */
export const encrypt: readonly string[] = ['-passout', `pass:${password}`];

/** A CRL of the root's. */
export function makeCrl(name: string): Buffer {
  for (const file of ['index', 'index.attr']) write(file, '');
  write('number', '01');
  write(
    'crl.conf',
    '[ca]\ndefault_ca = x\n[x]\ndatabase = index\ncrlnumber = number\ndefault_md = sha256\ndefault_crl_days = 9\n',
  );
  openssl(`ca -config crl.conf -gencrl -cert root.pem -keyfile root-key.pem -out ${name}`);
  openssl(`crl -in ${name} -outform DER -out ${name}.der`);
  return read(`${name}.der`);
}

/** A JWK of a key. */
export function jwkOf({ privateKey }: Identity): Record<string, string> {
  return createPrivateKey(privateKey.pem).export({ format: 'jwk' }) as Record<string, string>;
}

/** Opens a store. */
export function open(
  store: CertificateStoreOptions['store'],
  more: Omit<CertificateStoreOptions, 'store'> = {},
): CertificateStore {
  return new CertificateStore({ store, ...more });
}

/** The name of a store's type. */
export function typeName({ type }: CertificateStore): string | undefined {
  return Object.entries(CertStoreTypes).find(([, value]) => value === type)?.[0];
}

/** The subjects of a store's certificates, and whether each has its private key. */
export function contentOf(store: CertificateStore): string[] {
  return store.certificates.map(({ subject, privateKey }) => (privateKey ? `${subject} +key` : subject));
}
