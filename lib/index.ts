export type { AlertName } from './alerts';
export type { Bytes, Data, Password } from './arguments';
export { BIO } from './bio/bio';
export type { HandshakeOptions } from './bio/handshaking';
export { BufferBIO, FdBIO, FileBIO, MemoryBIO, NullBIO, SocketBIO } from './bio/sources';
export { AcceptBIO, AcceptBIO as AcceptedBIO, type ConnectAddress, ConnectBIO, SSLBIO } from './bio/tls';
export {
  Certificate,
  type CheckHostOptions,
} from './certificate';
export type {
  AuthorityKeyIdentifier,
  CertificateExtension,
  NameConstraints,
} from './certificate-extensions';
export type { CertificateVersion } from './certificate-fields';
export type { CertificateInput, CertificatesInput } from './certificate-input';
export {
  CertificateStore,
  type CertificateStoreOptions,
  type ExportPKCS12Options,
} from './certificate-store';
export { ClientHello, type ClientHelloExtension } from './client-hello';
export type { ClientKeyShare, ClientPSKIdentity } from './client-hello-extensions';
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
export { CRL, type RevokedCertificate } from './crl';
export type { CRLGenerateOptions, CRLIssuer, CRLRevocation } from './crl-issuing';
export type { WaitOptions } from './deadline';
export { DistinguishedName, type NameAttribute } from './distinguished-name';
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
export type {
  CertificateExtensionOptions,
  ExtensionInput,
  KeyUsage,
  NameConstraintsInput,
} from './extension-options';
export {
  type CheckConfig,
  IGNORE_ALL,
  IGNORE_EXPIRED,
  IGNORE_HOSTNAME,
  IGNORE_NONE,
  IGNORE_NOT_YET_VALID,
  IGNORE_SELF_SIGNED,
} from './faults';
export {
  type AlgorithmFeature,
  type AsyncHandshakeFeature,
  type Feature,
  type Features,
  features,
} from './features';
export type {
  DirectoryName,
  GeneralName,
  OtherName,
  TextName,
  UnknownName,
} from './general-names';
export type {
  ALPNCallback,
  ALPNEvent,
  CertificateCallback,
  CertificateEvent,
  CertificateIdentity,
  ClientHelloCallback,
  ClientHelloEvent,
  ClientPSKEvent,
  HelloAnswer,
  HelloDecision,
  NewSessionCallback,
  NewSessionEvent,
  OCSPCallback,
  OCSPEvent,
  PSK,
  PSKCallback,
  ServerNameCallback,
  ServerNameEvent,
  ServerPSKEvent,
  SessionCallback,
  SessionEvent,
  TicketKey,
  TicketKeyCallback,
  TicketKeyEvent,
} from './handshake-advice';
export type { Awaitable, HandshakeQuestion } from './handshake-question';
export type {
  CertificateFault,
  CertificateGenerateOptions,
  CertificateIssuer,
  CertificateIssuingOptions,
  PublicKeyCertificateOptions,
} from './issuing';
export type {
  VerifyAlert,
  VerifyAnswer,
  VerifyCallback,
  VerifyChainCallback,
  VerifyChainEvent,
  VerifyEvent,
} from './judge';
export type { GeneratedKeyType, PrivateKeyGenerateOptions } from './key-generation';
export type { Flavour } from './loader';
export {
  BIO_f_buffer,
  BIO_f_ssl,
  BIO_s_accept,
  BIO_s_bio,
  BIO_s_connect,
  BIO_s_fd,
  BIO_s_file,
  BIO_s_mem,
  BIO_s_null,
  BIO_s_socket,
  type BIOMethod,
  type SSLMethod,
  SSLv23_client_method,
  SSLv23_method,
  SSLv23_server_method,
  TLS_client_method,
  TLS_method,
  TLS_server_method,
} from './methods';
export {
  type OCSPResponderId,
  OCSPResponse,
  type OCSPResponseStatus,
  type OCSPSingleResponse,
  type OCSPVerdict,
  type OCSPVerifyOptions,
} from './ocsp';
export type { OCSPResponseInput } from './ocsp-input';
export type { OCSPGenerateOptions, OCSPRefusal, OCSPStatement } from './ocsp-issuing';
export { type OCSPCertificateId, OCSPRequest, type OCSPRequestOptions } from './ocsp-request';
export type { AsyncPassword } from './password';
export { type KeyType, PrivateKey, type PrivateKeySummary } from './private-key';
export type { PrivateKeyExportOptions } from './private-key-export';
export type { PrivateKeySource } from './private-key-input';
export {
  RemoteKey,
  type RemoteKeyOptions,
  type RemoteSign,
  type RemoteSignatureAlgorithm,
  type RemoteSignInfo,
} from './remote-key';
export type { RevocationReason } from './revocation';
export type { CRLInput, StatusRequest } from './revocation-settings';
export type { ConnectOptions, FailedConnection, HandshakeErrorListener } from './socket/connectable-socket';
export type { UnixEndpoint } from './socket/endpoints';
export type { ListenOptions, SocketOptions, TLSSocketOptions } from './socket/options';
export { Socket } from './socket/socket';
export type { SocketOption, SocketOptionValue } from './socket/socket-options';
export type { SocketAddress } from './socket/socket-properties';
export { SocketStream } from './socket/socket-stream';
export type { Sendable } from './socket/sources';
export type { CloseOptions, SendOptions, ShutdownOptions } from './socket/stream-socket';
export { type SocketHandshakeOptions, TLSSocket, type TLSSocketInit } from './socket/tls-socket';
export { SSL } from './ssl';
export {
  type ContextStats,
  type PrivateKeyInput,
  SSLContext,
} from './ssl-context';
export type { CipherInfo, VerifyResult } from './ssl-types';
export type { StoredCertificateOptions } from './stores/stored';
export { CertStoreTypes } from './stores/types';
export type { SubjectInput } from './subject';
export type { DefaultTrust } from './trust';
export type { CertificateValidityOptions } from './validity';
export { type Verdict, type VerifyOptions, verify } from './verify';
export type { VerifyPurpose } from './verify-parameters';
export { type Versions, versions } from './versions';
export { type WaitingHandshakes, waitingHandshakes } from './waiting-handshakes';
