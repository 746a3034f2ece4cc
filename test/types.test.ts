// What is exported, and what the declarations say of it. The types themselves are tested in test/types.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import * as bladessl from 'bladessl';
import * as typescript from 'typescript';
import { root } from './helpers/programs';

const declarations = join(root, 'dist/index.d.ts');
const typeTests = join(root, 'test/types');

/** A name that the declarations export. */
interface Declared {
  readonly name: string;
  /** What kind of value it is; undefined for what is only a type. */
  readonly type: typescript.Type | undefined;
}

function declared(): Declared[] {
  const options = { strict: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
  const program = typescript.createProgram([declarations], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(declarations) ?? assert.fail(`no ${declarations}`);
  const module = checker.getSymbolAtLocation(source) ?? assert.fail('no module');
  return checker.getExportsOfModule(module).map((symbol) => {
    const isAlias = (symbol.flags & typescript.SymbolFlags.Alias) !== 0;
    const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    const isValue = (target.flags & typescript.SymbolFlags.Value) !== 0;
    return { name: symbol.name, type: isValue ? checker.getTypeOfSymbol(target) : undefined };
  });
}

const exported = declared();

/** The names that the type tests import; the compiler refuses those that they do not use. */
function testedNames(): Set<string> {
  const names = new Set<string>();
  for (const file of readdirSync(typeTests).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(typeTests, file), 'utf8');
    for (const [, list] of text.matchAll(/^import (?:type )?\{([^}]*)\} from 'bladessl';/gm)) {
      for (const [name] of (list ?? '').replaceAll(/\btype\b/g, '').matchAll(/\w+/g)) names.add(name);
    }
  }
  return names;
}

test('what the declarations promise is there, and nothing else is', () => {
  const values = exported.filter(({ type }) => type !== undefined).map(({ name }) => name);
  assert.deepEqual(Object.keys(bladessl).toSorted(), values.toSorted());
});

const functions = ['verify'];

test('what is exported is a class, one of the functions, a constant, a method of OpenSSL or the versions', () => {
  for (const [name, value] of Object.entries(bladessl)) {
    const kind = typeof value;
    if (functions.includes(name)) assert.equal(kind, 'function');
    else if (kind === 'function') assert.match(name, /^[A-Z]/, name);
    else if (kind === 'number') assert.match(name, /^[A-Z0-9]+_[A-Za-z0-9_]+$/, name);
    else assert.ok(Object.isFrozen(value), name);
  }
});

test('a constant that is the same everywhere has its value for a type', () => {
  const literals = exported.flatMap(({ name, type }) =>
    type?.isNumberLiteral() ? [[name, type.value]] : [],
  );
  assert.ok(literals.length > 200, `${literals.length} constants`);
  const values = literals.map(([name]) => [name, bladessl[name as keyof typeof bladessl]]);
  assert.deepEqual(values, literals);
});

/** A number, or on other systems undefined. */
function isConstant({ type }: Declared): boolean {
  const parts = type?.isUnion() ? type.types : [type];
  return parts.some((part) => ((part?.flags ?? 0) & typescript.TypeFlags.NumberLike) !== 0);
}

test('all that is exported but the constants is in the type tests', () => {
  const tested = testedNames();
  const untested = exported.filter((item) => !isConstant(item) && !tested.has(item.name));
  assert.deepEqual(
    untested.map(({ name }) => name),
    [],
  );
});
