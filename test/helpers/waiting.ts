// Handshakes that all wait at once: who is asked, where, and who answers when.

import {
  type Awaitable,
  Certificate,
  type HandshakeQuestion,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type TLSServerContext,
} from 'bladessl';
import type { Random } from '../fuzz/random';
import { authority, serverContext } from './identities';

/**
 * What becomes of what is asked: it is answered at once (`now`), all are answered in random order when all wait
 * (`later`), or all that wait are ended (`abandoned`).
 */
export const rounds = ['now', 'later', 'abandoned'] as const;
export type Round = (typeof rounds)[number];

/** The rounds that a program has been told to go through. */
export function roundsOf(names: readonly string[]): Round[] {
  return names.map((name) => {
    const round = rounds.find((known) => known === name);
    if (round === undefined) throw new Error(`'${name}' is none of ${rounds.join(', ')}`);
    return round;
  });
}

/** The server names of those who wait: the callback that waits. */
export const waitingNames = ['hello', 'certificate', 'verify'] as const;

const identity = Certificate.generate({
  commonName: 'localhost',
  altNames: [...waitingNames, 'nothing'],
  issuer: authority,
});

/** What has been asked, and has no answer yet. */
export class Questions {
  readonly #answers: (() => void)[] = [];
  readonly #round: Round;
  asked = 0;
  aborted = 0;

  constructor(round: Round) {
    this.#round = round;
  }

  ask<T>(event: HandshakeQuestion, answer: T): Awaitable<T> {
    this.asked += 1;
    if (this.#round === 'now') return answer;
    if (this.#round === 'abandoned') {
      event.signal.onabort = () => {
        this.aborted += 1;
      };
    }
    return new Promise((resolve) => this.#answers.push(() => resolve(answer)));
  }

  get open(): number {
    return this.#answers.length;
  }

  answerAny(random: Random): void {
    const [answer] = this.#answers.splice(random.below(this.#answers.length), 1);
    answer?.();
  }
}

/** Asks each connection once; by its server name it says where. */
export function contextAsking(questions: Questions): TLSServerContext {
  const context = serverContext(identity).addCA(authority.certificate);
  context.onClientHello = (event) => {
    const { serverName } = event.clientHello;
    if (serverName === 'hello') return questions.ask(event, undefined);
    if (serverName !== 'verify') return undefined;
    return { verifyMode: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT };
  };
  context.onCertificate = (event) =>
    event.serverName === 'certificate' ? questions.ask(event, identity) : undefined;
  context.onVerify = (event) => (event.depth === 0 ? questions.ask(event, event.ok) : event.ok);
  return context;
}
