// Every error of the package, in one shape, made in one place.

import { getSystemErrorName } from 'node:util';
import { alertName } from './alerts';
import { hintFor } from './hints';
import { type NativeErrorReport, native } from './native';
import { printable } from './printable';
import type { VerifyResult } from './ssl-types';

/** One entry of OpenSSL's error queue. */
export interface OpenSSLErrorEntry {
  /** OpenSSL's packed code; `BIO.errorString(code)` puts it into words. */
  readonly code: number;
  /** The part of OpenSSL that complained, in its own words: `SSL routines`. */
  readonly library: string;
  /** What it complained about: `certificate verify failed`. */
  readonly reason: string;
  /** The C function, where the build of OpenSSL tells. */
  readonly function?: string;
  /** The C file. */
  readonly file?: string;
  /** The line in that file. */
  readonly line?: number;
  /** What the place had to add: a file name, a suite, an algorithm. */
  readonly data?: string;
}

/** A TLS alert (RFC 8446, 6). */
export interface AlertInfo {
  /** The name that the RFC gives it: `unknown_ca`. */
  readonly name: string;
  /** Its number on the wire: 48. */
  readonly number: number;
  /** Whether this side sent it or the peer did. */
  readonly direction: 'sent' | 'received';
}

/** The fault for which a certificate chain was refused. */
export interface VerifyErrorInfo extends VerifyResult {
  /** Where in the chain: 0 is the peer's own certificate. */
  readonly depth: number;
  /** The subject of the certificate at that depth (RFC 2253). */
  readonly subject?: string;
  /** The host name or IP address that the certificate was checked for. */
  readonly expected?: string;
}

/** What an SSLError carries besides its message. */
export interface SSLErrorFields {
  /** See `SSLError.code`. */
  readonly code: string;
  /** See `SSLError.library`. */
  readonly library?: string | undefined;
  /** See `SSLError.reason`. */
  readonly reason?: string | undefined;
  /** See `SSLError.alert`. */
  readonly alert?: AlertInfo | undefined;
  /** See `SSLError.verifyError`. */
  readonly verifyError?: VerifyErrorInfo | undefined;
  /** See `SSLError.syscall`. */
  readonly syscall?: string | undefined;
  /** See `SSLError.errno`. */
  readonly errno?: number | undefined;
  /** See `SSLError.hint`. */
  readonly hint?: string | undefined;
  /** See `SSLError.errors`. */
  readonly errors?: readonly OpenSSLErrorEntry[] | undefined;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** Any failure of OpenSSL, of the system below it, or of the order in which it was called. */
export class SSLError extends Error {
  /**
   * A stable name. `ERR_SSL_<REASON>` comes from libssl, `ERR_OSSL_<LIBRARY>_<REASON>` from the rest of
   * OpenSSL, `ECONNREFUSED` and the like from the system; docs/errors.md lists the package's own.
   */
  readonly code: string;
  /** The part of OpenSSL that failed: `SSL routines`. */
  declare readonly library?: string;
  /** OpenSSL's words for why: `certificate verify failed`. */
  declare readonly reason?: string;
  /** The alert that went with the failure, sent or received. */
  declare readonly alert?: AlertInfo;
  /** Why the peer's chain was refused. */
  declare readonly verifyError?: VerifyErrorInfo;
  /** The system call that failed. */
  declare readonly syscall?: string;
  /** The system's error number, negative as in Node's own errors. */
  declare readonly errno?: number;
  /** What is usually behind this error, where that is known. */
  declare readonly hint?: string;
  /** OpenSSL's whole queue, oldest entry first; empty when OpenSSL had no part in it. */
  readonly errors: readonly OpenSSLErrorEntry[];

  /** Made by the package; the class is exported for `instanceof`. */
  constructor(message: string, fields: SSLErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = fields.code;
    this.errors = fields.errors ?? [];
    if (fields.library !== undefined) this.library = fields.library;
    if (fields.reason !== undefined) this.reason = fields.reason;
    if (fields.alert !== undefined) this.alert = fields.alert;
    if (fields.verifyError !== undefined) this.verifyError = fields.verifyError;
    if (fields.syscall !== undefined) this.syscall = fields.syscall;
    if (fields.errno !== undefined) this.errno = fields.errno;
    if (fields.hint !== undefined) this.hint = fields.hint;
  }

  static {
    SSLError.prototype.name = 'SSLError';
  }
}

/** The peer has said close_notify, so what was asked for cannot happen any more. Code ERR_SSL_ZERO_RETURN. */
export class SSLZeroReturnError extends SSLError {
  static {
    SSLZeroReturnError.prototype.name = 'SSLZeroReturnError';
  }
}

/** The operating system refused; `code`, `errno` and `syscall` are as in Node's own errors. */
export class SSLSyscallError extends SSLError {
  static {
    SSLSyscallError.prototype.name = 'SSLSyscallError';
  }
}

/** The peer's certificate chain was refused; see `verifyError`. Code ERR_SSL_CERTIFICATE_VERIFY_FAILED. */
export class CertificateVerifyError extends SSLError {
  static {
    CertificateVerifyError.prototype.name = 'CertificateVerifyError';
  }
}

/** A wait took longer than its `timeout`. Code ERR_TIMEOUT. */
export class TimeoutError extends SSLError {
  static {
    TimeoutError.prototype.name = 'TimeoutError';
  }
}

/** The object has been freed. Code ERR_FREED. */
export class FreedError extends SSLError {
  static {
    FreedError.prototype.name = 'FreedError';
  }
}

const verifyNames = new Map(
  Object.entries(native.constants)
    .filter(([name]) => /^X509_V_(OK$|ERR_)/.test(name))
    .map(([name, code]) => [code, name]),
);

/** `X509_V_ERR_...` for its number. */
export function verifyErrorName(code: number): string {
  return verifyNames.get(code) ?? `X509_V_ERR_${code}`;
}

function alertInfo(report: NativeErrorReport): AlertInfo | undefined {
  const { alert } = report;
  if (alert === undefined) return undefined;
  return {
    name: alertName(alert.number),
    number: alert.number,
    direction: alert.sent ? 'sent' : 'received',
  };
}

function verifyInfo(report: NativeErrorReport): VerifyErrorInfo | undefined {
  return report.verify && { ...report.verify, name: verifyErrorName(report.verify.code) };
}

function classOf(fields: SSLErrorFields): typeof SSLError {
  if (fields.errno !== undefined) return SSLSyscallError;
  switch (fields.code) {
    case 'ERR_FREED':
      return FreedError;
    case 'ERR_SSL_ZERO_RETURN':
      return SSLZeroReturnError;
    case 'ERR_SSL_CERTIFICATE_VERIFY_FAILED':
      return CertificateVerifyError;
    default:
      return SSLError;
  }
}

/** `connect ECONNREFUSED (127.0.0.1, 1): Connection refused`. */
function describeSystem(report: NativeErrorReport, errno: number): string {
  const call = report.syscall === undefined ? '' : `${report.syscall} `;
  const target = /\(.+\)$/.exec(report.entries[0]?.data ?? '');
  return `${call}${getSystemErrorName(-errno)}${target === null ? '' : ` ${target[0]}`}: ${report.message}`;
}

function messageOf(report: NativeErrorReport, hint: string | undefined): string {
  return printable(describe(report, hint));
}

function describe(report: NativeErrorReport, hint: string | undefined): string {
  const { verify } = report;
  if (report.errno !== undefined) return describeSystem(report, report.errno);
  const where = verify?.subject === undefined ? '' : ` (depth ${verify.depth}, ${verify.subject})`;
  const what = verify === undefined ? report.message : `${report.message}: ${verify.message}${where}`;
  return hint === undefined ? what : `${what}; ${hint}`;
}

// What only the addon can tell about an argument.
const argumentErrors = new Map<string | undefined, typeof TypeError | typeof RangeError>([
  ['ERR_INVALID_ARG_TYPE', TypeError],
  ['ERR_INVALID_ARG_VALUE', TypeError],
  ['ERR_OUT_OF_RANGE', RangeError],
]);

/** Builds the error for a report of the addon. */
export function makeError(report: NativeErrorReport): Error {
  const ArgumentError = argumentErrors.get(report.code);
  if (ArgumentError !== undefined) {
    return Object.assign(new ArgumentError(report.message), { code: report.code });
  }
  const hint = hintFor(report);
  const fields: SSLErrorFields = {
    code: report.code ?? getSystemErrorName(-(report.errno ?? 0)),
    library: report.library,
    reason: report.reason,
    alert: alertInfo(report),
    verifyError: verifyInfo(report),
    syscall: report.syscall,
    errno: report.errno === undefined ? undefined : -report.errno,
    hint,
    errors: report.entries,
  };
  const error = new (classOf(fields))(messageOf(report, hint), fields);
  Error.captureStackTrace(error, makeError);
  return error;
}

/** Node's own error of a system call in the package's shape. */
export function systemError(error: NodeJS.ErrnoException): Error {
  if (error.errno === undefined || error.code === undefined) return error;
  const { code, errno, syscall } = error;
  return new SSLSyscallError(error.message, { code, errno, syscall, cause: error });
}

/** What the system would have said, as `{ code, errno, syscall }`, for something that was found out without it. */
export function syscallError(
  fields: { code: string; errno: number; syscall: string },
  message: string,
): SSLSyscallError {
  return new SSLSyscallError(`${fields.syscall} ${fields.code}: ${message}`, fields);
}

/** The package's own refusal, by code. */
export function usageError(code: string, message: string): SSLError {
  return makeError({ code, message, entries: [] }) as SSLError;
}

/** For members that need no call of the addon and must not outlive `free` all the same. */
export function requireAlive(object: { isFreed(): boolean }, name: string): void {
  if (object.isFreed()) throw usageError('ERR_FREED', `the ${name} has been freed`);
}

/** The error of a wait that took too long. */
export function timeoutError(what: string, timeout: number): TimeoutError {
  return new TimeoutError(`${what} took longer than ${timeout} ms`, { code: 'ERR_TIMEOUT' });
}

native.setErrorFactory(makeError);
