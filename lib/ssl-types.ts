// What an SSL tells of its connection.

import type { VerifyResultCode } from './constants';

/** The cipher suite of a connection. */
export interface CipherInfo {
  /** OpenSSL's name: `ECDHE-RSA-AES128-GCM-SHA256`. */
  readonly name: string;
  /** The IANA name: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. */
  readonly standardName: string;
  /** The strength of its cipher, in bits. */
  readonly bits: number;
}

/** What the verification of a chain came to. */
export interface VerifyResult {
  /** X509_V_OK, or one of X509_V_ERR_*. */
  readonly code: VerifyResultCode;
  /** The name of that constant. */
  readonly name: string;
  /** OpenSSL's words for it. */
  readonly message: string;
}
