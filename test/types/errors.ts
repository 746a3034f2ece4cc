// The errors.

import type { AlertInfo, OpenSSLErrorEntry, SSLErrorFields, VerifyErrorInfo } from 'bladessl';
import {
  CertificateVerifyError,
  FreedError,
  SSLError,
  SSLSyscallError,
  SSLZeroReturnError,
  TimeoutError,
} from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Own } from './face';

expectTypeOf<Own<SSLError, Error>>().toEqualTypeOf<{
  readonly code: string;
  readonly library?: string;
  readonly reason?: string;
  readonly alert?: AlertInfo;
  readonly verifyError?: VerifyErrorInfo;
  readonly syscall?: string;
  readonly errno?: number;
  readonly hint?: string;
  readonly errors: readonly OpenSSLErrorEntry[];
}>();
expectTypeOf<SSLError>().toExtend<Error>();
expectTypeOf(SSLError).constructorParameters.toEqualTypeOf<[message: string, fields: SSLErrorFields]>();

for (const error of [
  new SSLZeroReturnError('', { code: '' }),
  new SSLSyscallError('', { code: '' }),
  new CertificateVerifyError('', { code: '' }),
  new TimeoutError('', { code: '' }),
  new FreedError('', { code: '' }),
]) {
  expectTypeOf(error).toExtend<SSLError>();
}
expectTypeOf<keyof Own<SSLZeroReturnError, SSLError>>().toBeNever();
expectTypeOf<keyof Own<SSLSyscallError, SSLError>>().toBeNever();
expectTypeOf<keyof Own<CertificateVerifyError, SSLError>>().toBeNever();
expectTypeOf<keyof Own<TimeoutError, SSLError>>().toBeNever();
expectTypeOf<keyof Own<FreedError, SSLError>>().toBeNever();

expectTypeOf<SSLErrorFields>().toEqualTypeOf<{
  readonly code: string;
  readonly library?: string | undefined;
  readonly reason?: string | undefined;
  readonly alert?: AlertInfo | undefined;
  readonly verifyError?: VerifyErrorInfo | undefined;
  readonly syscall?: string | undefined;
  readonly errno?: number | undefined;
  readonly hint?: string | undefined;
  readonly errors?: readonly OpenSSLErrorEntry[] | undefined;
  readonly cause?: unknown;
}>();
expectTypeOf<AlertInfo>().toEqualTypeOf<{
  readonly name: string;
  readonly number: number;
  readonly direction: 'sent' | 'received';
}>();
expectTypeOf<VerifyErrorInfo>().toEqualTypeOf<{
  readonly name: string;
  readonly code: number;
  readonly depth: number;
  readonly message: string;
  readonly subject?: string;
  readonly expected?: string;
}>();
expectTypeOf<OpenSSLErrorEntry>().toEqualTypeOf<{
  readonly code: number;
  readonly library: string;
  readonly reason: string;
  readonly function?: string;
  readonly file?: string;
  readonly line?: number;
  readonly data?: string;
}>();

declare const thrown: unknown;
if (thrown instanceof SSLError) {
  expectTypeOf(thrown).toEqualTypeOf<SSLError>();
  // @ts-expect-error only to be read
  thrown.code = 'other';
}
