// What the hostile caller learns of the package by itself: a member that it does not see is one that nobody
// calls.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as bladessl from 'bladessl';
import { judgeCoverage } from './coverage';
import type { Shape } from './shapes';
import { keysOf, type Member, readTypings } from './typings';

const model = readTypings();
const keys = new Set(keysOf(model));

function memberOf(key: string): Member {
  const all = model.classes.flatMap(({ members, makers }) => [...members, ...makers]);
  const found = all.find((member) => member.key === key);
  assert.ok(found, key);
  return found;
}

function shapeOf(key: string, parameter: string): Shape {
  const found = memberOf(key).signatures[0]?.find(({ name }) => name === parameter);
  assert.ok(found, `${key} has no ${parameter}`);
  return found.shape;
}

/** Whether a shape is one of a kind, or a union with one. */
function allows(shape: Shape, kind: Shape['kind']): boolean {
  return shape.kind === kind || (shape.kind === 'union' && shape.choices.some((one) => allows(one, kind)));
}

test('every class and function that is exported is known', () => {
  const classes = new Set(model.classes.map(({ type }) => type));
  const functions = new Set(model.functions.map(({ name }) => name));
  for (const [name, value] of Object.entries(bladessl)) {
    if (typeof value !== 'function') continue;
    assert.ok(classes.has(value as never) || functions.has(name), name);
  }
  for (const { name, type } of model.classes) assert.equal(typeof type, 'function', name);
});

test('every member that is declared is there', () => {
  for (const { members, makers, type } of model.classes) {
    for (const { key, property, kind } of members) {
      // What an error is made with it has as properties of its own.
      const isOwn = type.prototype instanceof Error && kind === 'getter';
      assert.ok(isOwn || property in type.prototype, key);
    }
    for (const { key, property, kind } of makers) {
      if (kind === 'method') assert.equal(typeof Reflect.get(type, property), 'function', key);
    }
  }
});

test('a member belongs to the class that declares it, or to the first one that shows it', () => {
  for (const key of ['BIO#read()', 'BIO#freed', 'MemoryBIO#end()', 'SSL#hostname', 'SSL#hostname=']) {
    assert.ok(keys.has(key), key);
  }
  for (const key of [
    'Socket#send()',
    'TLSSocket#send()',
    'BIO.pair()',
    'new SSL()',
    'BIO#[Symbol.dispose]()',
  ]) {
    assert.ok(keys.has(key), key);
  }
  for (const key of ['MemoryBIO#read()', 'SSL#native', 'SocketStream#pipe()', 'new SocketStream()']) {
    assert.ok(!keys.has(key), key);
  }
});

test('parameters have the shapes of their types', () => {
  assert.deepEqual(shapeOf('new SSL()', 'context'), { kind: 'instance', name: 'SSLContext' });
  assert.ok(allows(shapeOf('SSL#write()', 'data'), 'bytes'));
  assert.ok(allows(shapeOf('SSL#write()', 'data'), 'string'));
  assert.ok(allows(shapeOf('TLSSocket#connect()', 'options'), 'object'));
  assert.ok(allows(shapeOf('TLSSocket#onData()', 'listener'), 'function'));
  assert.ok(allows(shapeOf('Certificate.parse()', 'input'), 'foreign'));
  assert.equal(shapeOf('SSL#writev()', 'list').kind, 'list');
  const method = shapeOf('BIO#find()', 'method');
  assert.ok(method.kind === 'constant' && method.names.includes('BIO_s_mem'));
});

test('what has never succeeded needs a reason, and what has none', () => {
  const members = new Set(['works', 'fails', 'cannot', 'learned']);
  const succeeded = new Map([
    ['works', 5],
    ['learned', 1],
  ]);
  const reasons = {
    cannot: 'there is no such key',
    learned: 'once it could not',
    gone: 'is no more',
    fails: ' ',
  };
  assert.deepEqual(judgeCoverage(members, succeeded, reasons), {
    known: ['cannot'],
    unexplained: ['fails'],
    outdated: ['learned', 'gone'],
  });
});
