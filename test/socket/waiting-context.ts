// Contexts of clients in processes of their own, made of a line of JSON: [CA, certificate, key], PEM.

import { TLSClientContext, type TLSVersion } from 'bladessl';
import { only } from '../helpers/identities';

export function readClientContext(line: string, version: TLSVersion): TLSClientContext {
  const [authority, certificate, key] = JSON.parse(line).map((pem: string) => Buffer.from(pem));
  const context = new TLSClientContext().addCA(authority);
  return only(context.useCertificate(certificate).usePrivateKey(key), version);
}
