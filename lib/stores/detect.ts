// What a store is, by its content.

import { viewOf } from './bytes';

/** What can be told at a glance. PEM and DER have certificates and keys of all kinds in them. */
export type Detected = 'PFX' | 'P7B' | 'PEM' | 'DER' | 'SSHPublicKey' | 'PPK' | 'XML' | 'JWK' | 'JKS';

const sequence = 0x30;
const objectIdentifier = 0x06;
const pfxVersion = Buffer.of(0x02, 0x01, 0x03);
// The keys of Java's two old formats; the second is of JCEKS.
const javaMagic = [0xfeedfeed, 0xcececece];

/** Undefined for what is none of them. */
export function detect(bytes: Uint8Array): Detected | undefined {
  const view = viewOf(bytes);
  if (view[0] === sequence) return detectDer(view);
  if (view.length >= 4 && javaMagic.includes(view.readUInt32BE(0))) return 'JKS';
  return detectText(view);
}

/** By what the outermost SEQUENCE begins with. */
function detectDer(view: Buffer): Detected {
  const length = view[1] ?? 0;
  const start = length > 0x80 ? 2 + (length & 0x7f) : 2;
  if (view[start] === objectIdentifier) return 'P7B';
  return view.subarray(start, start + 3).equals(pfxVersion) ? 'PFX' : 'DER';
}

function detectText(view: Buffer): Detected | undefined {
  // What is not of the beginning tells nothing but PEM, which may stand below other text.
  const head = view
    .subarray(0, 256)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (head.startsWith('{')) return 'JWK';
  if (head.startsWith('<')) return 'XML';
  if (head.startsWith('PuTTY-User-Key-File-')) return 'PPK';
  if (head.startsWith('---- BEGIN SSH2')) return 'SSHPublicKey';
  if (view.includes('-----BEGIN ')) return 'PEM';
  return /^(?:#|(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-)/.test(head) ? 'SSHPublicKey' : undefined;
}

/** Whether a PEM text has PKCS#7 in it. */
export function hasPkcs7(text: Uint8Array): boolean {
  const view = viewOf(text);
  return ['PKCS7', 'PKCS #7 SIGNED DATA', 'CMS'].some((label) => view.includes(`-----BEGIN ${label}-----`));
}
