// Chains: what push, pop, next, find, free and freeAll make of them, and what they refuse.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  BIO,
  BIO_f_buffer,
  BIO_s_mem,
  BIO_s_null,
  BufferBIO,
  MemoryBIO,
  NullBIO,
  SSL,
  SSLBIO,
} from 'bladessl';
import { linksOf } from '../helpers/chains';
import { clientContext } from '../helpers/identities';

const cycle = { name: 'SSLError', code: 'ERR_BIO_CYCLE' };
const inChain = { name: 'SSLError', code: 'ERR_BIO_IN_CHAIN' };
const tooLong = { name: 'SSLError', code: 'ERR_BIO_CHAIN_TOO_LONG' };
const freedError = { name: 'FreedError', code: 'ERR_FREED' };

/** Buffers, one below the other. */
function buffers(count: number): BIO[] {
  const links = Array.from({ length: count }, () => new BufferBIO());
  for (const [index, link] of links.entries()) if (index > 0) links[index - 1]?.push(link);
  return links;
}

/** Two buffers on a memory BIO that has a text. */
function chainOf(text: string): [BIO, BIO, BIO] {
  const links: [BIO, BIO, BIO] = [new BufferBIO(), new BufferBIO(), new MemoryBIO(text)];
  links[0].push(links[1]).push(links[2]);
  return links;
}

suite('push', () => {
  test('appends below the last link, and returns the first', () => {
    const [one, two, three] = [new BufferBIO(), new BufferBIO(), new MemoryBIO()];
    assert.equal(one.push(two), one);
    assert.equal(one.push(three), one);
    assert.deepEqual(linksOf(one), [one, two, three]);
    assert.equal(three.next, undefined);
  });

  test('takes a whole chain', () => {
    const [upper, lower] = [buffers(2), chainOf('x')];
    upper[0]?.push(lower[0]);
    assert.deepEqual(linksOf(upper[0] as BIO), [...upper, ...lower]);
    assert.equal(upper[0]?.read()?.toString(), 'x');
  });

  test('onto a link in the middle appends to its chain', () => {
    const [one, two] = buffers(2) as [BIO, BIO];
    const source = new MemoryBIO('x');
    assert.equal(two.push(source), two);
    assert.deepEqual(linksOf(one), [one, two, source]);
    assert.equal(one.read()?.toString(), 'x');
  });

  test('a link onto itself is a cycle', () => {
    const bio = new BufferBIO();
    assert.throws(() => bio.push(bio), cycle);
    assert.equal(bio.next, undefined);
  });

  test('a chain onto one of its links is a cycle', () => {
    const [one, two, three] = chainOf('x');
    for (const link of [one, two, three]) assert.throws(() => link.push(one), cycle);
    assert.deepEqual(linksOf(one), [one, two, three]);
    assert.equal(one.read()?.toString(), 'x');
  });

  test('a link that has one above it is refused, in its own chain and in another', () => {
    const [one, two, three] = chainOf('x');
    for (const link of [two, three]) {
      assert.throws(() => one.push(link), inChain);
      assert.throws(() => new BufferBIO().push(link), inChain);
      assert.throws(() => link.push(link), inChain);
    }
    assert.deepEqual(linksOf(one), [one, two, three]);
  });

  test('twice is refused', () => {
    const [bio, source] = [new BufferBIO(), new MemoryBIO()];
    bio.push(source);
    assert.throws(() => bio.push(source), inChain);
    assert.deepEqual(linksOf(bio), [bio, source]);
  });

  test('a link that was popped may be pushed again', () => {
    const [one, two, three] = chainOf('x');
    two.pop();
    one.push(two);
    assert.deepEqual(linksOf(one), [one, three, two]);
  });

  test('a source may have links below it, which it does not use', () => {
    const source = new MemoryBIO('above').push(new MemoryBIO('below'));
    assert.equal(source.read()?.toString(), 'above');
    assert.equal(source.read(), null);
  });
});

suite('pop', () => {
  test('the first link leaves the rest', () => {
    const [one, two, three] = chainOf('x');
    assert.equal(one.pop(), two);
    assert.equal(one.next, undefined);
    assert.deepEqual(linksOf(two), [two, three]);
    assert.equal(two.read()?.toString(), 'x');
  });

  test('a link in the middle joins its neighbours', () => {
    const [one, two, three] = chainOf('x');
    assert.equal(two.pop(), three);
    assert.equal(two.next, undefined);
    assert.deepEqual(linksOf(one), [one, three]);
    assert.equal(one.read()?.toString(), 'x');
  });

  test('the last link leaves a chain without a source', () => {
    const [one, two, three] = chainOf('x');
    assert.equal(three.pop(), undefined);
    assert.deepEqual(linksOf(one), [one, two]);
    assert.deepEqual(one.read(), Buffer.alloc(0));
    assert.equal(three.read()?.toString(), 'x');
  });

  test('a link alone stays what it is', () => {
    const bio = new MemoryBIO('x');
    assert.equal(bio.pop(), undefined);
    assert.equal(bio.read()?.toString(), 'x');
  });

  test('keeps what the link has read ahead', () => {
    const [one, two, three] = chainOf('abc');
    assert.equal(one.read(1)?.toString(), 'a');
    one.pop();
    assert.deepEqual([one.pending, two.pending, three.pending], [2, 0, 0]);
    three.write('d');
    assert.equal(one.push(two).read(2)?.toString(), 'bc');
    assert.equal(one.read()?.toString(), 'd');
  });
});

suite('find', () => {
  test('gives the first link from here down', () => {
    const [one, two, three] = chainOf('x');
    assert.equal(one.find(BIO_f_buffer), one);
    assert.equal(two.find(BIO_f_buffer), two);
    assert.equal(three.find(BIO_f_buffer), undefined);
    assert.equal(one.find(BIO_s_mem), three);
    assert.equal(one.find(BIO_s_null), undefined);
    assert.equal(one.push(new NullBIO()).find(BIO_s_null)?.method, BIO_s_null);
  });
});

suite('free', () => {
  test('takes the link out; the others go on', () => {
    for (const index of [0, 1, 2]) {
      const chain = chainOf('x');
      chain[index]?.free();
      const left = chain.filter((_, other) => other !== index);
      assert.deepEqual(
        chain.map(({ freed }) => freed),
        [0, 1, 2].map((other) => other === index),
      );
      assert.deepEqual(linksOf(left[0] as BIO), left);
    }
  });

  test('what is left of a chain still works', () => {
    const [one, two, three] = chainOf('x');
    two.free();
    assert.equal(one.read()?.toString(), 'x');
    one.free();
    three.write('y');
    assert.equal(three.read()?.toString(), 'y');
  });

  test('freeAll frees from here down, and no more', () => {
    const [one, two, three] = chainOf('x');
    two.freeAll();
    assert.deepEqual([one.freed, two.freed, three.freed], [false, true, true]);
    assert.equal(one.next, undefined);
    one.freeAll();
    one.freeAll();
    assert.equal(one.freed, true);
  });

  test('a chain is disposed of as a whole', () => {
    const [one, two, three] = chainOf('x');
    one[Symbol.dispose]();
    assert.deepEqual([one.freed, two.freed, three.freed], [true, true, true]);
  });

  test('a freed neighbour is no neighbour', () => {
    const [one, two, three] = chainOf('x');
    three.free();
    assert.equal(two.next, undefined);
    assert.equal(one.find(BIO_s_mem), undefined);
    assert.throws(() => one.push(three), freedError);
    one.push(new MemoryBIO('new'));
    assert.equal(one.read()?.toString(), 'new');
  });
});

suite('through an SSL', () => {
  test('an SSL link whose SSL reads from the chain is a cycle', () => {
    const head = new BufferBIO();
    const ssl = new SSL(clientContext()).setBio(head);
    const link = new SSLBIO(ssl);
    assert.deepEqual(linksOf(link), [link, head]);
    assert.throws(() => head.push(link), cycle);
    assert.throws(() => link.push(link), cycle);
    assert.equal(head.next, undefined);
  });

  test('an SSL cannot be its own transport', () => {
    const ssl = new SSL(clientContext());
    const link = new SSLBIO(ssl);
    assert.throws(() => ssl.setBio(link), { name: 'SSLError', code: /^ERR_BIO_(CYCLE|IN_CHAIN)$/ });
    const upper = new SSL(clientContext()).setBio(link);
    const top = new SSLBIO(upper);
    assert.throws(() => link.push(top), cycle);
    assert.deepEqual(linksOf(top), [top, link]);
  });

  test('a cycle of two SSLs is refused at its last step', () => {
    const [first, second] = [new SSL(clientContext()), new SSL(clientContext())];
    const [near, far] = [new BufferBIO(), new BufferBIO()];
    first.setBio(near);
    second.setBio(far);
    const [onFirst, onSecond] = [new SSLBIO(first), new SSLBIO(second)];
    near.push(onSecond);
    assert.throws(() => far.push(onFirst), cycle);
    assert.deepEqual(linksOf(onFirst), [onFirst, near, onSecond, far]);
  });

  test('the write side counts as well', () => {
    const sink = new BufferBIO();
    const raw = new SSL(clientContext()).setBio(new MemoryBIO(), sink);
    const upper = new SSLBIO(new SSL(clientContext()));
    assert.throws(() => raw.setBio(new MemoryBIO(), raw as never), { name: 'TypeError' });
    upper.push(new BufferBIO());
    sink.push(upper);
    assert.throws(() => (upper.next as BIO).push(sink), cycle);
    assert.equal(raw.wbio, sink);
  });
});

suite('64 links, with the SSLs and what lies below them', () => {
  test('are a chain, one more is refused', () => {
    const links = buffers(64);
    const more = new BufferBIO();
    for (const link of [links[0], links[30], links[63]]) assert.throws(() => link?.push(more), tooLong);
    assert.equal(linksOf(links[0] as BIO).length, 64);
    assert.equal(more.push(new MemoryBIO('x')).read()?.toString(), 'x');
    assert.deepEqual(links[0]?.read(), Buffer.alloc(0));
    links[0]?.freeAll();
    assert.ok(links.every(({ freed }) => freed));
  });

  test('two chains that are too long together stay two', () => {
    const [upper, lower] = [buffers(40), buffers(25)];
    assert.throws(() => upper[0]?.push(lower[0] as BIO), tooLong);
    assert.throws(() => upper[39]?.push(lower[0] as BIO), tooLong);
    assert.equal(linksOf(upper[0] as BIO).length, 40);
    lower[0]?.pop();
    upper[0]?.push(lower[1] as BIO);
    assert.equal(linksOf(upper[0] as BIO).length, 64);
  });

  test('an SSL counts as one', () => {
    const links = buffers(62);
    const top = new SSLBIO(new SSL(clientContext()));
    top.push(links[0] as BIO);
    assert.throws(() => top.push(new BufferBIO()), tooLong);
    top.freeAll();
  });

  test('putting an SSL into a long chain, or below one, is refused when it makes it too long', () => {
    const links = buffers(64);
    const ssl = new SSL(clientContext());
    assert.throws(() => ssl.setBio(links[0]), tooLong);
    const last = links[63] as BIO;
    last.pop();
    ssl.setBio(links[0]);
    assert.throws(() => new SSLBIO(ssl), tooLong);
    assert.equal(ssl.rbio, links[0]);
  });

  test('a long chain can be taken apart in any order', () => {
    for (const order of ['down', 'up', 'across'] as const) {
      const links = buffers(64);
      for (const turn of links.keys()) {
        const link = links.at(order === 'down' ? turn : order === 'up' ? -1 - turn : (turn * 37) % 64) as BIO;
        link.pop();
        link.free();
      }
      assert.ok(links.every(({ freed }) => freed));
    }
  });
});
