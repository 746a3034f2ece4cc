// The kinds of stores.

import { invalidType, outOfRange } from '../arguments';
import { usageError } from '../errors';

/**
 * The kinds of stores that certificates and keys are kept in. `File` wants the name of a file, `Blob` what
 * is in it: text, bytes, or either in base64.
 */
export const CertStoreTypes = Object.freeze({
  /** The user's store on Windows. Not to be had: export to a PFX file. */
  cstUser: 0,
  /** The machine's store on Windows. Not to be had: export to a PFX file. */
  cstMachine: 1,
  /** A PFX (PKCS#12) file. */
  cstPFXFile: 2,
  /** PFX (PKCS#12). */
  cstPFXBlob: 3,
  /** A Java key store. Not to be had: convert it to PFX. */
  cstJKSFile: 4,
  /** A Java key store. Not to be had: convert it to PFX. */
  cstJKSBlob: 5,
  /** A PEM file with private keys, encrypted or not, and certificates or none; or one key in DER. */
  cstPEMKeyFile: 6,
  /** PEM with private keys, encrypted or not, and certificates or none; or one key in DER. */
  cstPEMKeyBlob: 7,
  /** A file with certificates or public keys in PEM, or one in DER. Private keys in it are passed over. */
  cstPublicKeyFile: 8,
  /** Certificates or public keys in PEM, or one in DER. Private keys among them are passed over. */
  cstPublicKeyBlob: 9,
  /** Public keys of SSH, as in `id_ed25519.pub`, a line each, or one after RFC 4716. */
  cstSSHPublicKeyBlob: 10,
  /** A PKCS#7 file (.p7b) with certificates and CRLs. */
  cstP7BFile: 11,
  /** PKCS#7 with certificates and CRLs. */
  cstP7BBlob: 12,
  /** A file with public keys of SSH, as `id_ed25519.pub`. */
  cstSSHPublicKeyFile: 13,
  /** A private key of PuTTY's, of version 2 or 3; of version 3 only if it is not encrypted. */
  cstPPKFile: 14,
  /** A private key of PuTTY's, of version 2 or 3; of version 3 only if it is not encrypted. */
  cstPPKBlob: 15,
  /** A file with an RSA key in .NET's XML (`RSAKeyValue`). */
  cstXMLFile: 16,
  /** An RSA key in .NET's XML (`RSAKeyValue`). */
  cstXMLBlob: 17,
  /** A file with a JWK or a JWK Set; certificates are in `x5c`. */
  cstJWKFile: 18,
  /** A JWK or a JWK Set; certificates are in `x5c`. */
  cstJWKBlob: 19,
  /** A security key. Not to be had: see `cstPKCS11`. */
  cstSecurityKey: 20,
  /** A Bouncy Castle FIPS key store. Not to be had: convert it to PFX. */
  cstBCFKSFile: 21,
  /** A Bouncy Castle FIPS key store. Not to be had: convert it to PFX. */
  cstBCFKSBlob: 22,
  /** A PKCS#11 device, and a name that begins with `pkcs11:`. Not to be had: OpenSSL inside Node has no way to it. */
  cstPKCS11: 23,
  /** Whatever it turns out to be. A string is the name of a file, unless it is plainly a store itself. */
  cstAuto: 99,
});

/** One of the numbers of `CertStoreTypes`. */
export type CertStoreTypes = (typeof CertStoreTypes)[keyof typeof CertStoreTypes];

/** What a store is like inside. */
export type Format = 'PFX' | 'PEMKey' | 'PublicKey' | 'P7B' | 'SSHPublicKey' | 'PPK' | 'XML' | 'JWK';

const names = new Map<number, keyof typeof CertStoreTypes>(
  Object.entries(CertStoreTypes).map(([name, type]) => [type, name as keyof typeof CertStoreTypes]),
);

const devices =
  'a token is reached through an engine or a provider for PKCS#11, and this OpenSSL can use none: ' +
  "its certificates can be exported ('pkcs11-tool --read-object --type cert'), its keys cannot";
const windows =
  "the certificate stores of Windows cannot be read: export to a PFX file ('certutil -exportPFX')";
const converting = (from: string): string =>
  `convert it: keytool -importkeystore -srckeystore store ${from} -destkeystore store.p12 -deststoretype pkcs12`;

const unavailable: ReadonlyMap<CertStoreTypes, string> = new Map([
  [CertStoreTypes.cstUser, windows],
  [CertStoreTypes.cstMachine, windows],
  [CertStoreTypes.cstJKSFile, converting('-srcstoretype jks')],
  [CertStoreTypes.cstJKSBlob, converting('-srcstoretype jks')],
  [CertStoreTypes.cstBCFKSFile, converting('-srcstoretype bcfks -providerpath bc-fips.jar ...')],
  [CertStoreTypes.cstBCFKSBlob, converting('-srcstoretype bcfks -providerpath bc-fips.jar ...')],
  [CertStoreTypes.cstSecurityKey, devices],
  [CertStoreTypes.cstPKCS11, devices],
]);

/** A type of stores that can be read here, `cstAuto` among them; undefined stands for that. */
export function requireStoreType(value: unknown, name: string): CertStoreTypes {
  if (value === undefined) return CertStoreTypes.cstAuto;
  if (typeof value !== 'number') throw invalidType(name, 'one of CertStoreTypes', value);
  if (!names.has(value)) throw outOfRange(name, 'one of CertStoreTypes', value);
  const type = value as CertStoreTypes;
  requireAvailable(type);
  return type;
}

/** Throws ERR_STORE_TYPE_UNAVAILABLE for a type that cannot be had. */
export function requireAvailable(type: CertStoreTypes): void {
  const reason = unavailable.get(type);
  if (reason !== undefined) throw usageError('ERR_STORE_TYPE_UNAVAILABLE', `${names.get(type)}: ${reason}`);
}

/** Whether a store of that type is given by the name of a file; undefined where both can be. */
export function isFileType(type: CertStoreTypes): boolean | undefined {
  return type === CertStoreTypes.cstAuto ? undefined : names.get(type)?.endsWith('File') === true;
}

/** The format of a type; undefined for `cstAuto`. */
export function formatOf(type: CertStoreTypes): Format | undefined {
  const [, format] = /^cst(\w+)(?:File|Blob)$/.exec(names.get(type) ?? '') ?? [];
  return format as Format | undefined;
}

/** The type of a format. */
export function typeOf(format: Format, isFile: boolean): CertStoreTypes {
  return CertStoreTypes[`cst${format}${isFile ? 'File' : 'Blob'}`];
}
