// What is read of C's memory and of others' iterables: the values of socket options, and sources of data.

import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import fc from 'fast-check';
import * as values from '../../dist/socket/option-values';
import { chunksOf, knownSize } from '../../dist/socket/sources';
import { holds } from './property';

const outOfRange = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
const littleEndian = endianness() === 'LE';

function intAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset, littleEndian);
}

holds('integers of socket options: those in range are an int of C, and the others are refused', 500, () => {
  const bound = fc.integer({ min: -(2 ** 31), max: values.maxInt });
  const value = fc.oneof(bound, fc.double(), fc.maxSafeInteger());
  return fc.property(bound, bound, value, (one, other, given) => {
    const [min, max] = one < other ? [one, other] : [other, one];
    const codec = values.integer(min, max);
    if (Number.isInteger(given) && given >= min && given <= max) {
      const bytes = codec.encode(given, 'value');
      assert.equal(bytes.byteLength, codec.size);
      const whole = given === 0 ? 0 : given; // not -0
      assert.equal(intAt(bytes, 0), whole);
      assert.equal(codec.decode(bytes), whole);
    } else {
      assert.throws(() => codec.encode(given, 'value'), outOfRange);
    }
  });
});

holds('times, lingers, flags and texts of socket options come back as they were', 500, () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 16 }).filter((name) => !name.includes('\0'));
  return fc.property(fc.nat(values.maxInt), fc.boolean(), text, (number, truth, name) => {
    assert.equal(values.milliseconds.decode(values.milliseconds.encode(number, 'value')), number);
    assert.equal(values.linger.decode(values.linger.encode(number, 'value')), number);
    assert.equal(values.linger.decode(values.linger.encode(false, 'value')), false);
    assert.equal(values.flag.decode(values.flag.encode(truth, 'value')), truth);
    if (Buffer.byteLength(name) < values.text.size) {
      const bytes = values.text.encode(name, 'value');
      assert.equal(bytes.at(-1), 0);
      assert.equal(values.text.decode(bytes), name);
    } else {
      assert.throws(() => values.text.encode(name, 'value'), outOfRange);
    }
  });
});

holds('any bytes of the right size are a value of a socket option', 300, () => {
  const codecs = [values.flag, values.milliseconds, values.linger, values.text, values.integer(0, 255)];
  return fc.property(
    fc.constantFrom(...codecs),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    (codec, all) => {
      const value = codec.decode(all.subarray(0, codec.size));
      assert.match(typeof value, /^(boolean|number|string)$/);
      if (typeof value === 'string') assert.ok(!value.includes('\0'));
    },
  );
});

async function* slowly<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield await item;
}

holds('chunksOf: the bytes of a source, in order, and no empty piece', 50, () => {
  const text = fc.string({ unit: 'binary', maxLength: 50 });
  const view = fc.uint8Array({ maxLength: 50 });
  const words = fc.uint16Array({ maxLength: 20 });
  const data = fc.oneof(
    text,
    view,
    words,
    view.map((bytes) => bytes.slice().buffer),
  );
  const shape = fc.constantFrom('list', 'iterator', 'async');
  return fc.asyncProperty(fc.array(data, { maxLength: 8 }), shape, async (items, form) => {
    const expected = items.map((item) => {
      if (typeof item === 'string') return Buffer.from(item);
      return item instanceof ArrayBuffer
        ? Buffer.from(item)
        : Buffer.from(item.buffer, item.byteOffset, item.byteLength);
    });
    const source = { list: items, iterator: items.values(), async: slowly(items) }[form];
    const chunks: Buffer[] = [];
    for await (const chunk of chunksOf(source, 'source')) {
      assert.ok(chunk.byteLength > 0);
      chunks.push(Buffer.from(chunk));
    }
    assert.deepEqual(Buffer.concat(chunks), Buffer.concat(expected));
    for (const [index, item] of items.entries()) {
      assert.equal(await knownSize(item), expected[index]?.byteLength);
    }
  });
});
