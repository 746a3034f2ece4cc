// The callbacks of a handshake as the addon calls them: events made of what it tells, answers checked and made
// into what it takes.

import { type AlertName, alertNumber } from './alerts';
import { type Bytes, invalidType, invalidValue, outOfRange, readList, toBytes } from './arguments';
import { Certificate } from './certificate';
import { certificateListOf, certificatesOf } from './certificate-input';
import { CertificateQuestion } from './certificate-question';
import { ClientHello } from './client-hello';
import { nativeOf } from './handle';
import type {
  Advice,
  CertificateIdentity,
  ClientHelloEvent,
  ClientPSKEvent,
  HelloDecision,
  PSK,
  ServerNameEvent,
  ServerPSKEvent,
  TicketKey,
} from './handshake-advice';
import { ask, Question } from './handshake-question';
import { chainAdvice, findingAdvice } from './judge';
import type {
  NativeAdvisor,
  NativeHelloAnswer,
  NativeIdentity,
  NativePSK,
  NativeTicketKey,
} from './native-advisor';
import type { NativeCertificate } from './native-certificate';
import { responseOf } from './ocsp-input';
import { PrivateKey, readPrivateKey } from './private-key';
import { RemoteKey } from './remote-key';
import { requireVerifyMode } from './verification-settings';

type Checked<Name extends keyof Advice> = NonNullable<Advice[Name]>;

const answerOf = (name: string): string => `the value that ${name} returned`;

function optional(text: string): string | undefined {
  return text === '' ? undefined : text;
}

// --- ClientHello, server name ---

let isContext: (value: unknown) => boolean = () => false;

/** Tells what a context is: this file is below it. */
export function setContextTest(test: (value: unknown) => boolean): void {
  isContext = test;
}

function helloAnswer(value: unknown, name: string): NativeHelloAnswer | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    const alert = alertNumber(value as AlertName);
    // close_notify is none: it says that all is well, and its number is 0, as of no alert.
    if (alert === undefined || alert === 0) {
      throw invalidValue(answerOf(name), 'must be the name of an alert that refuses', value);
    }
    return { alert };
  }
  if (isContext(value)) return { context: nativeOf(value as never) };
  if (typeof value !== 'object' || value === null) {
    throw invalidType(
      answerOf(name),
      'undefined, an SSLContext, { context?, verifyMode? } or the name of an alert',
      value,
    );
  }
  const { context, verifyMode } = value as HelloDecision;
  if (context !== undefined && !isContext(context)) {
    throw invalidType(`${answerOf(name)}.context`, 'an SSLContext', context);
  }
  return {
    context: context && nativeOf(context),
    verifyMode:
      verifyMode === undefined ? undefined : requireVerifyMode(verifyMode, `${answerOf(name)}.verifyMode`),
  };
}

class ClientHelloQuestion extends Question implements ClientHelloEvent {
  constructor(readonly clientHello: ClientHello) {
    super();
  }
}

function helloAdvice(callback: Checked<'onClientHello'>): NonNullable<NativeAdvisor['clientHello']> {
  const read = (value: unknown) => helloAnswer(value, 'onClientHello');
  return (message) => {
    const event = new ClientHelloQuestion(ClientHello.of(message));
    return ask('onClientHello', event, callback, read);
  };
}

class ServerNameQuestion extends Question implements ServerNameEvent {
  constructor(readonly serverName: string) {
    super();
  }
}

function serverNameAdvice(callback: Checked<'onServerName'>): NonNullable<NativeAdvisor['serverName']> {
  const read = (value: unknown) => helloAnswer(value, 'onServerName');
  return (serverName) => ask('onServerName', new ServerNameQuestion(serverName), callback, read);
}

// --- OCSP ---

function statusAdvice(callback: Checked<'onOcsp'>): NonNullable<NativeAdvisor['status']> {
  return (certificate, serverName) => {
    const event = Question.about({
      certificate: Certificate.wrap(certificate),
      serverName: optional(serverName),
    });
    return ask('onOcsp', event, callback, (value) =>
      value === undefined ? undefined : responseOf(value, answerOf('onOcsp')).raw,
    );
  };
}

// --- ALPN ---

function alpnAdvice(callback: Checked<'onAlpn'>): NonNullable<NativeAdvisor['alpn']> {
  return (protocols, serverName) => {
    const event = Question.about({ protocols, serverName: optional(serverName) });
    return ask('onAlpn', event, callback, (value) => {
      if (value === undefined) return '';
      if (value === false) return null;
      if (typeof value === 'string' && protocols.includes(value)) return value;
      if (typeof value === 'string') {
        throw invalidValue(answerOf('onAlpn'), `must be one of ${protocols.join(', ')}`, value);
      }
      throw invalidType(answerOf('onAlpn'), 'a protocol, undefined or false', value);
    });
  };
}

// --- Certificates ---

function identityOf(value: unknown, name: string): NativeIdentity {
  if (typeof value !== 'object' || value === null) {
    throw invalidType(name, '{ certificate, privateKey, chain? }', value);
  }
  const { certificate, privateKey, chain } = value as CertificateIdentity;
  const [leaf, ...rest] = certificatesOf(certificate, `${name}.certificate`);
  const links = chain === undefined ? rest : certificateListOf(chain, `${name}.chain`);
  return {
    certificate: nativeOf(leaf),
    chain: links.map(nativeOf<NativeCertificate>),
    ...keyOf(privateKey, `${name}.privateKey`),
  };
}

function keyOf(key: unknown, name: string): Pick<NativeIdentity, 'privateKey' | 'remoteKey'> {
  if (key instanceof RemoteKey) return { remoteKey: nativeOf(key) };
  return { privateKey: nativeOf(key instanceof PrivateKey ? key : readPrivateKey(key, name, undefined)) };
}

function certificateAnswer(value: unknown): NativeIdentity[] | undefined {
  const name = answerOf('onCertificate');
  if (value === undefined) return undefined;
  return Array.isArray(value) ? readList(value, name, 'a list', identityOf) : [identityOf(value, name)];
}

function certificateAdvice(callback: Checked<'onCertificate'>): NonNullable<NativeAdvisor['certificate']> {
  return (toClient, serverName, schemes, suites, authorities) => {
    const event = new CertificateQuestion(toClient, serverName, schemes, suites, authorities);
    return ask('onCertificate', event, callback, certificateAnswer);
  };
}

// --- Keys that both sides have ---

type PSKQuestion = Question & (ServerPSKEvent | ClientPSKEvent);

const maxIdentitySize = 128;

function identityBytes(value: string | Bytes | undefined, role: string, name: string): Uint8Array {
  if (role === 'server') return Buffer.alloc(0);
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : toBytes(value, name);
  if (bytes.length > 0 && bytes.length <= maxIdentitySize) return bytes;
  throw outOfRange(name, `1 to ${maxIdentitySize} bytes long`, value);
}

function pskAnswer(value: unknown, event: PSKQuestion): NativePSK | undefined {
  if (value === undefined) return undefined;
  const name = answerOf('onPsk');
  if (typeof value !== 'object' || value === null)
    throw invalidType(name, '{ key, identity?, hash? }', value);
  const { identity, key, hash = 'sha256' } = value as PSK;
  const secret = toBytes(key, `${name}.key`);
  const most = event.version === 'TLSv1.3' ? 256 : 512;
  if (secret.length === 0 || secret.length > most) {
    throw outOfRange(`${name}.key.length`, `from 1 to ${most}`, secret.length);
  }
  if (hash !== 'sha256' && hash !== 'sha384') {
    throw invalidValue(`${name}.hash`, "must be 'sha256' or 'sha384'", hash);
  }
  const called = identityBytes(identity, event.role, `${name}.identity`);
  if (event.version === 'TLSv1.2' && called.includes(0)) {
    throw invalidValue(`${name}.identity`, 'must not have a NUL character in TLS 1.2', identity);
  }
  return { identity: called, key: secret, sha384: hash === 'sha384' };
}

function pskAdvice(callback: Checked<'onPsk'>): NonNullable<NativeAdvisor['psk']> {
  return (ofServer, isTLS13, identity, hint) => {
    const version = isTLS13 ? 'TLSv1.3' : 'TLSv1.2';
    const event: PSKQuestion = ofServer
      ? Question.about({ role: 'server', version, identity } as const)
      : Question.about({ role: 'client', version, hint: optional(hint.toString()) } as const);
    return ask('onPsk', event, callback, pskAnswer);
  };
}

// --- Sessions and tickets ---

function sessionAdvice(callback: Checked<'onSession'>): NonNullable<NativeAdvisor['session']> {
  return (id) => {
    const event = Question.about({ id });
    return ask('onSession', event, callback, (value) =>
      value === undefined ? undefined : toBytes(value, answerOf('onSession')),
    );
  };
}

const keySizes = { name: 16, aesKey: 32, hmacKey: 32 } as const;

function keyPart(key: TicketKey, part: keyof typeof keySizes): Uint8Array {
  const name = `${answerOf('onTicketKey')}.${part}`;
  const bytes = toBytes(key[part], name);
  if (bytes.length === keySizes[part]) return bytes;
  throw outOfRange(`${name}.length`, `${keySizes[part]}`, bytes.length);
}

function ticketKeyAnswer(value: unknown): NativeTicketKey | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) {
    throw invalidType(answerOf('onTicketKey'), '{ name, aesKey, hmacKey, renew? }', value);
  }
  const key = value as TicketKey;
  const { renew = false } = key;
  if (typeof renew !== 'boolean') throw invalidType(`${answerOf('onTicketKey')}.renew`, 'a boolean', renew);
  return {
    name: keyPart(key, 'name'),
    aesKey: keyPart(key, 'aesKey'),
    hmacKey: keyPart(key, 'hmacKey'),
    renew,
  };
}

function ticketKeyAdvice(callback: Checked<'onTicketKey'>): NonNullable<NativeAdvisor['ticketKey']> {
  return (name) => {
    const event = Question.about({ name });
    return ask('onTicketKey', event, callback, ticketKeyAnswer);
  };
}

function newSessionAdvice(callback: Checked<'onNewSession'>): NonNullable<NativeAdvisor['newSession']> {
  return (id, session) => {
    try {
      callback({ id, session });
    } catch (error) {
      // The connection is not to blame.
      process.nextTick(() => {
        throw error;
      });
    }
  };
}

/** The function for one callback; undefined for one that was set to `undefined`; nothing for one that was not set. */
function entry<Name extends keyof Advice, Asked extends keyof NativeAdvisor>(
  advice: Advice,
  name: Name,
  asked: Asked,
  make: (callback: Checked<Name>) => NonNullable<NativeAdvisor[Asked]>,
): NativeAdvisor {
  if (!Object.hasOwn(advice, name)) return {};
  const callback = advice[name];
  return { [asked]: callback && make(callback) };
}

/** What the addon calls. Whom it has as undefined nobody is asked in place of. */
export function advisorOf(advice: Advice): NativeAdvisor {
  return {
    ...entry(advice, 'onVerify', 'finding', findingAdvice),
    ...entry(advice, 'verifyChain', 'chain', chainAdvice),
    ...entry(advice, 'onOcsp', 'status', statusAdvice),
    ...entry(advice, 'onClientHello', 'clientHello', helloAdvice),
    ...entry(advice, 'onServerName', 'serverName', serverNameAdvice),
    ...entry(advice, 'onAlpn', 'alpn', alpnAdvice),
    ...entry(advice, 'onCertificate', 'certificate', certificateAdvice),
    ...entry(advice, 'onPsk', 'psk', pskAdvice),
    ...entry(advice, 'onSession', 'session', sessionAdvice),
    ...entry(advice, 'onTicketKey', 'ticketKey', ticketKeyAdvice),
    ...entry(advice, 'onNewSession', 'newSession', newSessionAdvice),
  };
}
