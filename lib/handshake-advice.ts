// What a handshake leaves to callbacks, beside verification: what they are told, and what they may answer.

import type { AlertName } from './alerts';
import type { Bytes } from './arguments';
import type { Certificate } from './certificate';
import type { CertificateInput, CertificatesInput } from './certificate-input';
import type { ClientHello } from './client-hello';
import type { VerifyMode } from './constants';
import type { Awaitable, HandshakeQuestion } from './handshake-question';
import type { VerifyCallback, VerifyChainCallback } from './judge';
import type { OCSPResponseInput } from './ocsp-input';
import type { RemoteKey } from './remote-key';
import type { PrivateKeyInput, SSLContext } from './ssl-context';

/** How a server goes on after a ClientHello. */
export interface HelloDecision {
  /**
   * The context to go on with, in place of the connection's own: its certificates, trust, callbacks, versions, ciphers,
   * protocols and options. What was set on the SSL itself stays, and so do the first context's `onTicketKey`,
   * `onSession` and `onNewSession`, and its `groups` where this one has none.
   */
  readonly context?: SSLContext | undefined;
  /**
   * Whether and how the client's certificate is asked for: SSL_VERIFY_NONE, or SSL_VERIFY_PEER with flags. A connection
   * whose mode is not its context's resumes no session.
   */
  readonly verifyMode?: VerifyMode | undefined;
}

/** `undefined` goes on; a context goes on with that one; the name of an alert refuses, any but `'close_notify'`. */
export type HelloAnswer = undefined | SSLContext | HelloDecision | AlertName;

/** A client asks for the OCSP response about the certificate that it is shown. */
export interface OCSPEvent extends HandshakeQuestion {
  /** The server's own, of those that it may show. */
  readonly certificate: Certificate;
  /** The name that the client has asked for; undefined for none. */
  readonly serverName: string | undefined;
}

/** A client has come. */
export interface ClientHelloEvent extends HandshakeQuestion {
  /** What it has said. */
  readonly clientHello: ClientHello;
}

/** A client has asked for a name (SNI). */
export interface ServerNameEvent extends HandshakeQuestion {
  /** The name, as it came. */
  readonly serverName: string;
}

/** A client has offered protocols (ALPN). */
export interface ALPNEvent extends HandshakeQuestion {
  /** In the client's order. */
  readonly protocols: readonly string[];
  /** The name that the client has asked for; undefined for none. */
  readonly serverName: string | undefined;
}

/** A certificate is to be shown to the peer. */
export interface CertificateEvent extends HandshakeQuestion {
  /** Who shows it. */
  readonly role: 'server' | 'client';
  /** On a server: the name that the client has asked for; undefined for none. */
  readonly serverName: string | undefined;
  /** The signatures that the peer takes, by the names of the IANA registry, the best first; empty when it has not said. */
  readonly signatureAlgorithms: readonly string[];
  /** On a server: the cipher suites that the client has, by the names of the IANA registry. */
  readonly cipherSuites: readonly string[];
  /** The subjects of the CAs whose certificates the peer asks for (RFC 2253); empty: anybody's. */
  readonly authorities: readonly string[];
}

/** A certificate with its private key. */
export interface CertificateIdentity {
  /** Certificates after the first one are its chain. */
  readonly certificate: CertificateInput;
  /** Of the first certificate; here, or elsewhere. */
  readonly privateKey: PrivateKeyInput | RemoteKey;
  /** The intermediate certificates, from the issuer upwards; replaces those in `certificate`. */
  readonly chain?: CertificatesInput | undefined;
}

/** A client has named a key that both sides may have. */
export interface ServerPSKEvent extends HandshakeQuestion {
  /** Who is asked. */
  readonly role: 'server';
  /** Of the handshake. */
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  /** What the client calls it. In TLS 1.3 session tickets come here too: answer undefined to what is unknown. */
  readonly identity: Buffer;
}

/** A client may use a key that both sides have. */
export interface ClientPSKEvent extends HandshakeQuestion {
  /** Who is asked. */
  readonly role: 'client';
  /** Of the handshake, or that it may come to. */
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  /** In TLS 1.2: what the server has said about it, if anything. */
  readonly hint: string | undefined;
}

/** A key that both sides have. */
export interface PSK {
  /** What it is called: needed from a client. Of 1 to 128 bytes; text in TLS 1.2. */
  readonly identity?: string | Bytes | undefined;
  /** 1 to 512 bytes; in TLS 1.3 at most 256. */
  readonly key: Bytes;
  /** The hash of the cipher suite that it goes with, in TLS 1.3. Default: `'sha256'`. */
  readonly hash?: 'sha256' | 'sha384' | undefined;
}

/** A client would like to go on with a session. */
export interface SessionEvent extends HandshakeQuestion {
  /** Its number, as `onNewSession` has told it. */
  readonly id: Buffer;
}

/** A session can be resumed from now on. */
export interface NewSessionEvent {
  /** Its number, by which `onSession` asks for it: 1 to 32 bytes. */
  readonly id: Buffer;
  /** DER, as `ssl.session` takes it and `onSession` answers it: a secret. */
  readonly session: Buffer;
}

/** A ticket is to be sealed or opened. */
export interface TicketKeyEvent extends HandshakeQuestion {
  /** Of the key that it was sealed with; undefined when a new ticket is to be sealed. */
  readonly name: Buffer | undefined;
}

/** What tickets are sealed with: AES-256-CBC and HMAC-SHA256 (RFC 5077, 4). */
export interface TicketKey {
  /** 16 bytes, by which the key is found again. */
  readonly name: Bytes;
  /** 32 bytes. */
  readonly aesKey: Bytes;
  /** 32 bytes. */
  readonly hmacKey: Bytes;
  /** Whether a client that shows such a ticket is to have a new one; in TLS 1.3 it always has. Default: false. */
  readonly renew?: boolean | undefined;
}

/** The response, as an object or in DER; `undefined` for none. */
export type OCSPCallback = (event: OCSPEvent) => Awaitable<OCSPResponseInput | undefined>;
/** How the handshake goes on. */
export type ClientHelloCallback = (event: ClientHelloEvent) => Awaitable<HelloAnswer>;
/** How the handshake goes on. */
export type ServerNameCallback = (event: ServerNameEvent) => Awaitable<HelloAnswer>;
/** One of the client's protocols; `undefined` for none; `false` refuses with `no_application_protocol`. */
export type ALPNCallback = (event: ALPNEvent) => Awaitable<string | undefined | false>;
/** What is shown; `undefined` for what the context has; an empty list for no certificate. */
export type CertificateCallback = (
  event: CertificateEvent,
) => Awaitable<CertificateIdentity | readonly CertificateIdentity[] | undefined>;
/** The key; `undefined` when there is none. */
export type PSKCallback = (event: ServerPSKEvent | ClientPSKEvent) => Awaitable<PSK | undefined>;
/** The session in DER; `undefined` when it is not known. */
export type SessionCallback = (event: SessionEvent) => Awaitable<Bytes | undefined>;
/** What it returns is not looked at. */
export type NewSessionCallback = (event: NewSessionEvent) => void;
/** The key; `undefined` when it is not known, or no ticket is to be sent. */
export type TicketKeyCallback = (event: TicketKeyEvent) => Awaitable<TicketKey | undefined>;

/** The callbacks of a context, or of one connection. */
export interface Advice {
  readonly onVerify?: VerifyCallback | undefined;
  readonly verifyChain?: VerifyChainCallback | undefined;
  readonly onOcsp?: OCSPCallback | undefined;
  readonly onClientHello?: ClientHelloCallback | undefined;
  readonly onServerName?: ServerNameCallback | undefined;
  readonly onAlpn?: ALPNCallback | undefined;
  readonly onCertificate?: CertificateCallback | undefined;
  readonly onPsk?: PSKCallback | undefined;
  readonly onSession?: SessionCallback | undefined;
  readonly onNewSession?: NewSessionCallback | undefined;
  readonly onTicketKey?: TicketKeyCallback | undefined;
}
