export type { Bytes, Data, Password } from './arguments';
export { BIO } from './bio/bio';
export type { HandshakeOptions } from './bio/handshaking';
export type { WaitOptions } from './bio/readiness';
export { BufferBIO, FdBIO, FileBIO, MemoryBIO, NullBIO, SocketBIO } from './bio/sources';
export { AcceptBIO, AcceptBIO as AcceptedBIO, type ConnectAddress, ConnectBIO, SSLBIO } from './bio/tls';
export * from './certificate';
export * from './constants';
export type { TLSVersion } from './context-settings';
export {
  SSLv23ClientContext,
  SSLv23Context,
  SSLv23ServerContext,
  TLSClientContext,
  TLSContext,
  TLSServerContext,
} from './contexts';
export {
  type AlertInfo,
  CertificateVerifyError,
  FreedError,
  type OpenSSLErrorEntry,
  SSLError,
  type SSLErrorFields,
  SSLSyscallError,
  SSLZeroReturnError,
  TimeoutError,
  type VerifyErrorInfo,
} from './errors';
export * from './methods';
export * from './private-key';
export { type CipherInfo, SSL, type VerifyResult } from './ssl';
export {
  type CertificateInput,
  type ContextStats,
  type PrivateKeyInput,
  SSLContext,
} from './ssl-context';
export { type Versions, versions } from './versions';
