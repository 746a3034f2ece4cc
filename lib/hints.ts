// What is usually behind an error, where that is known.

import {
  X509_V_ERR_CA_MD_TOO_WEAK,
  X509_V_ERR_CERT_HAS_EXPIRED,
  X509_V_ERR_CERT_NOT_YET_VALID,
  X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
  X509_V_ERR_HOSTNAME_MISMATCH,
  X509_V_ERR_IP_ADDRESS_MISMATCH,
  X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
  X509_V_ERR_UNABLE_TO_GET_CRL,
  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
  X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
} from './constants';
import type { NativeErrorReport } from './native';

const httpWords = /^(HTTP\/|GET |POST|HEAD|PUT |OPTIO|CONNE|DELET|PATCH|TRACE)/;

/** Text in quotes when it is printable ASCII, else hex: nothing that a terminal would take for a command. */
function quoted(bytes: string): string {
  return /^[\x20-\x7e]*$/.test(bytes) ? JSON.stringify(bytes) : Buffer.from(bytes, 'latin1').toString('hex');
}

function plaintextHint(peerBytes: string): string {
  if (httpWords.test(peerBytes)) return 'the peer speaks plain HTTP, not TLS';
  return `the peer does not speak TLS here: its first bytes are ${quoted(peerBytes)}`;
}

const nothingShared =
  'the two sides share no cipher suite, group or signature algorithm, or the server has no certificate';
const noVersion =
  'the two sides share no protocol version (compare minVersion and maxVersion), or the server has no certificate';

const byReason: Readonly<Record<string, string>> = {
  'http request': 'the peer speaks plain HTTP, not TLS',
  'https proxy request': 'the peer takes this for an HTTP proxy',
  'unsupported protocol': noVersion,
  'no protocols available': noVersion,
  'tlsv1 alert protocol version': noVersion,
  'no shared cipher': nothingShared,
  'no ciphers available':
    'nothing is left to offer: compare setCiphers(), minVersion, signatureAlgorithms and securityLevel',
  'no suitable signature algorithm': nothingShared,
  'no suitable key share': nothingShared,
  'sslv3 alert handshake failure': nothingShared,
  'ssl/tls alert handshake failure': nothingShared,
  'unexpected eof while reading': 'the peer closed the connection without close_notify',
  'tlsv1 alert unknown ca': "the peer does not trust the issuer of this side's certificate",
  'tlsv13 alert certificate required': 'the peer asks for a certificate and got none',
  'peer did not return a certificate': 'the peer has no certificate to show',
  'no application protocol': 'the two sides share no ALPN protocol: compare alpnProtocols',
  'tlsv1 alert no application protocol': 'the two sides share no ALPN protocol: compare alpnProtocols',
  'bad decrypt': 'the password is probably wrong',
  'key values mismatch': 'the private key is not the one of the certificate',
  'key type mismatch': 'the private key is not the one of the certificate',
};

const untrusted = 'its issuer is not trusted here: addCA(), setVerifyLocations() or loadDefaultTrust()';

function verifyHint(code: number, expected: string | undefined): string | undefined {
  switch (code) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return untrusted;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "it begins to be valid later, or this machine's clock is behind";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its time is over, or this machine's clock is ahead";
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return 'no CRL of its issuer was given, or none but a delta: addCRL(), setVerifyLocations()';
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return 'the certificate, or the CRL in which it was looked for, is signed with less than securityLevel asks for';
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return expected === undefined ? undefined : `the certificate is not for ${expected}`;
    default:
      return undefined;
  }
}

// What OpenSSL fetched last names the algorithm.
const legacy = /\bAlgorithm \((?:RC2|RC4|DES-CBC|IDEA|SEED|BF|CAST5)\b/;

function isLegacy(report: NativeErrorReport): boolean {
  return report.reason === 'unsupported' && report.entries.some(({ data = '' }) => legacy.test(data));
}

/** What has more in it than the one thing that was wanted is a store. */
function storeHint({ code, message }: NativeErrorReport): string | undefined {
  if (!code?.startsWith('ERR_NOT_A_')) return undefined;
  if (message.includes('PKCS#12'))
    return 'new CertificateStore({ store }) opens it, and so does context.usePKCS12()';
  return /PKCS ?#?7|CMS|PPK|XML/.test(message) ? 'new CertificateStore({ store }) opens it' : undefined;
}

/** The hint for a report, if there is one. */
export function hintFor(report: NativeErrorReport): string | undefined {
  if (report.verify !== undefined) return verifyHint(report.verify.code, report.verify.expected);
  if (report.peerBytes !== undefined) return plaintextHint(report.peerBytes);
  if (isLegacy(report)) {
    return "it needs OpenSSL's legacy provider, which is not loaded: 'openssl pkcs12 -legacy' or 'openssl pkey' can convert it";
  }
  return report.reason === undefined ? storeHint(report) : byReason[report.reason];
}
