import { type InspectOptions, inspect } from 'node:util';
import { knownMembers } from './handle';
import type { CertificateEvent } from './handshake-advice';
import { Question } from './handshake-question';
import { cipherSuiteNames } from './iana-cipher-suites';
import { type NameTable, nameOf, signatureSchemeNames } from './iana-names';

const members = ['role', 'serverName', 'signatureAlgorithms', 'cipherSuites', 'authorities'] as const;

/** `numbers` has one in each of its characters. */
function namesOf(numbers: string, names: NameTable): readonly string[] {
  return Object.freeze(Array.from(numbers.split(''), (number) => nameOf(number.charCodeAt(0), names)));
}

/** What `onCertificate` is told. Numbers become names when they are looked at: most callbacks go by `serverName`. */
export class CertificateQuestion extends Question implements CertificateEvent {
  readonly role: 'server' | 'client';
  readonly serverName: string | undefined;
  readonly authorities: readonly string[];
  readonly #schemes: string;
  readonly #suites: string;
  #signatureAlgorithms: readonly string[] | undefined;
  #cipherSuites: readonly string[] | undefined;

  constructor(
    toClient: boolean,
    serverName: string,
    schemes: string,
    suites: string,
    authorities: readonly string[],
  ) {
    super();
    this.role = toClient ? 'server' : 'client';
    this.serverName = serverName === '' ? undefined : serverName;
    this.authorities = authorities;
    this.#schemes = schemes;
    this.#suites = suites;
  }

  get signatureAlgorithms(): readonly string[] {
    this.#signatureAlgorithms ??= namesOf(this.#schemes, signatureSchemeNames);
    return this.#signatureAlgorithms;
  }

  get cipherSuites(): readonly string[] {
    this.#cipherSuites ??= namesOf(this.#suites, cipherSuiteNames);
    return this.#cipherSuites;
  }

  [inspect.custom](_depth: number, options: InspectOptions): unknown {
    return `CertificateEvent ${inspect(knownMembers(this, members), options)}`;
  }
}
