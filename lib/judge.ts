// Verification callbacks: what they are told, and what they may answer.

import { isIP } from 'node:net';
import { invalidType } from './arguments';
import { Certificate } from './certificate';
import { describeFault } from './faults';
import { type Awaitable, ask, type HandshakeQuestion, Question } from './handshake-question';
import type { NativeAdvisor } from './native-advisor';
import type { NativeCertificate } from './native-certificate';
import type { VerifyResult } from './ssl-types';

/** What a certificate chain is refused with; the names that TLS has for alerts (RFC 8446, 6.2). */
export type VerifyAlert =
  | 'handshake_failure'
  | 'bad_certificate'
  | 'unsupported_certificate'
  | 'certificate_revoked'
  | 'certificate_expired'
  | 'certificate_unknown'
  | 'unknown_ca'
  | 'decrypt_error'
  | 'internal_error';

// libssl can be made to send these and no others.
const alerts: Readonly<Record<VerifyAlert, number>> = {
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  unknown_ca: 48,
  decrypt_error: 51,
  internal_error: 80,
};

/** What a verification callback answers: `true` accepts; `false` and the name of an alert refuse. */
export type VerifyAnswer = boolean | VerifyAlert;

/** One certificate of a chain, as OpenSSL comes to it, or one fault of it. */
export interface VerifyEvent extends VerifyResult, HandshakeQuestion {
  /** Whether OpenSSL finds no fault; `false` is what refuses the chain unless the callback answers `true`. */
  readonly ok: boolean;
  /** Where in the chain: 0 is the peer's own certificate. */
  readonly depth: number;
  /** The certificate at that depth; undefined where the fault is not one certificate's. */
  readonly certificate: Certificate | undefined;
  /** The chain as far as it has been built, the peer's own certificate first. */
  readonly chain: readonly Certificate[];
}

/** What is asked once for a whole chain. */
export interface VerifyChainEvent extends HandshakeQuestion {
  /** The peer's certificate. */
  readonly certificate: Certificate;
  /** The chain as the peer has sent it, its own certificate first. Nothing about it has been verified. */
  readonly chain: readonly Certificate[];
  /** The host name that the certificate has to be for; undefined when none is asked for. */
  readonly host: string | undefined;
  /** The IP address that the certificate has to be for; undefined when none is asked for. */
  readonly ip: string | undefined;
  /** What the certificate has to be good for: `'sslserver'` on a client. */
  readonly purpose: 'sslserver' | 'sslclient';
}

/** Judges each certificate and each fault of a peer's chain. */
export type VerifyCallback = (event: VerifyEvent) => Awaitable<VerifyAnswer>;

/** Judges a peer's chain as a whole, in place of OpenSSL. */
export type VerifyChainCallback = (event: VerifyChainEvent) => Awaitable<VerifyAnswer>;

const accepted = -1;
const refused = 0;

/** The answer as the addon takes it; what is no answer is thrown, and refuses. */
function answerOf(value: unknown, name: string): number {
  if (value === true) return accepted;
  if (value === false) return refused;
  if (typeof value === 'string' && Object.hasOwn(alerts, value)) return alerts[value as VerifyAlert];
  const expected = `true, false or one of the alerts ${Object.keys(alerts).join(', ')}`;
  throw invalidType(`the value that ${name} returned`, expected, value);
}

function wrapAll(chain: readonly NativeCertificate[]): Certificate[] {
  return chain.map((certificate) => Certificate.wrap(certificate));
}

/** A function, or undefined. */
export function requireCallback<F extends (event: never) => unknown>(
  value: F | undefined,
  name: string,
): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw invalidType(name, 'a function or undefined', value);
}

/** What the addon calls for each certificate and each fault. */
export function findingAdvice(callback: VerifyCallback): NonNullable<NativeAdvisor['finding']> {
  return (code, depth, certificate, chain) => {
    const event = Question.about({
      ...describeFault(code),
      ok: code === 0,
      depth,
      certificate: certificate && Certificate.wrap(certificate),
      chain: wrapAll(chain),
    });
    return ask('onVerify', event, callback, (value) => answerOf(value, 'onVerify'));
  };
}

/** What the addon calls for a whole chain. */
export function chainAdvice(callback: VerifyChainCallback): NonNullable<NativeAdvisor['chain']> {
  return (sent, expected, ofClient) => {
    const chain = wrapAll(sent);
    const [certificate] = chain as [Certificate];
    const event = Question.about({
      certificate,
      chain,
      host: expected === '' || isIP(expected) !== 0 ? undefined : expected,
      ip: isIP(expected) === 0 ? undefined : expected,
      purpose: ofClient ? 'sslclient' : 'sslserver',
    } as const);
    return ask('verifyChain', event, callback, (value) => answerOf(value, 'verifyChain'));
  };
}
