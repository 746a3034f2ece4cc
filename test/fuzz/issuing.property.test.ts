// Subjects and JWKs in text. What a certificate prints of its name is read as that name again.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { Certificate, PrivateKey } from 'bladessl';
import fc from 'fast-check';
import { holds } from './property';

const key = PrivateKey.generate({ type: 'ed25519' });

function generate(subject: string | Record<string, string[]>): Certificate {
  return Certificate.generate({ subject, key }).certificate;
}

const attributes = fc.dictionary(
  fc.constantFrom('O', 'OU', 'L', 'ST', 'CN', 'street', '2.5.4.12'),
  fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
  { maxKeys: 5 },
);

holds('a subject of attributes is printed, and the print is read as the same name', 300, () =>
  fc.property(attributes, (subject) => {
    const made = attempt(() => generate(subject));
    if (made === undefined) return;
    const again = generate(made.subject);
    assert.equal(again.subject, made.subject);
    assert.equal(new X509Certificate(again.raw).subject, new X509Certificate(made.raw).subject);
  }),
);

const nameLike = fc.oneof(
  fc.stringMatching(/^((CN|O|1\.2\.3|x) ?= ?[a-z\\#",+ 0-9é]{0,8}[,+;]?){0,4}$/),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

holds('a subject of text is a name or is refused, and names stay what they are', 1000, () =>
  fc.property(nameLike, (text) => {
    const made = attempt(() => generate(text));
    // Values of attributes that OpenSSL does not know are printed in hexadecimal, which is not taken.
    if (made === undefined || made.subject.includes('=#')) return;
    assert.equal(generate(made.subject).subject, made.subject);
  }),
);

holds('text in braces is a JWK or is refused', 500, () =>
  fc.property(
    fc.oneof(
      fc.json().map((text) => `{"kty":"OKP","crv":"Ed25519","d":${text},"x":${text}}`),
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `{${text.replaceAll('\0', '')}}`),
    ),
    (text) => {
      assert.throws(() => new PrivateKey(text), { name: 'SSLError', code: 'ERR_INVALID_JWK' });
    },
  ),
);

function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    const { name, code } = error as Error & { code?: string };
    assert.deepEqual({ name, code }, { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    return undefined;
  }
}
