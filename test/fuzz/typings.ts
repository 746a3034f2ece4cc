// What the package offers: the names that it exports, and what the typings say of them. Who adds a class, a
// member or a parameter adds it to the random caller.

import { dirname, join, sep } from 'node:path';
import { inspect } from 'node:util';
import * as bladessl from 'bladessl';
import ts from 'typescript';
import { type Field, Shapes } from './shapes';

/** Something that can be called, read or set. */
export interface Member {
  /** Its name in the report: `SSL#read()`, `SSL#hostname`, `SSL#hostname=`, `BIO.pair()`, `new SSL()`. */
  readonly key: string;
  /** Its name alone; of a constructor, the class. */
  readonly name: string;
  readonly property: PropertyKey;
  readonly kind: 'getter' | 'setter' | 'method' | 'constructor' | 'function';
  /** The parameters, of each way to call it; of a setter, the value. */
  readonly signatures: readonly (readonly Field[])[];
}

/** A class of the package. */
export interface Class {
  readonly name: string;
  readonly type: Constructor;
  /** With what it inherits from classes of the package. */
  readonly members: readonly Member[];
  /** Its static members, and its constructor if that is public. */
  readonly makers: readonly Member[];
}

export type Constructor = abstract new (...args: never[]) => object;

/** All that is public. */
export interface Model {
  readonly classes: readonly Class[];
  readonly functions: readonly Member[];
}

/** The keys of everything that can be called. */
export function keysOf({ classes, functions }: Model): string[] {
  const members = classes.flatMap((one) => [...one.members, ...one.makers]);
  return [...new Set([...members, ...functions].map(({ key }) => key))];
}

const exported = bladessl as unknown as Readonly<Record<string, unknown>>;

/** The symbols that members may be named by; those of the language are found by their names. */
const knownSymbols: Readonly<Record<string, symbol>> = { 'inspect.custom': inspect.custom };

/** Reads the typings. */
export function readTypings(): Model {
  return new Reader(join(dirname(require.resolve('bladessl')), 'index.d.ts')).model();
}

class Reader {
  readonly #checker: ts.TypeChecker;
  readonly #exports: ReadonlyMap<string, ts.Symbol>;
  readonly #isOwn: (node: ts.Declaration) => boolean;
  readonly #classes = new Map<ts.Symbol, string>();
  readonly #shapes: Shapes;

  constructor(file: string) {
    const program = ts.createProgram([file], {
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      module: ts.ModuleKind.Node16,
      types: ['node'],
      typeRoots: [join(dirname(require.resolve('@types/node/package.json')), '..')],
      strict: true,
      exactOptionalPropertyTypes: true,
    });
    const checker = program.getTypeChecker();
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`there is nothing in ${file}`);
    const folder = dirname(file) + sep;
    this.#checker = checker;
    this.#isOwn = (node) => node.getSourceFile().fileName.startsWith(folder);
    this.#exports = new Map(
      checker.getExportsOfModule(module).map((symbol) => [symbol.name, this.#target(symbol)]),
    );
    const constants = new Map<ts.Type, string[]>();
    for (const [name, symbol] of this.#exports) {
      // A class that is exported under two names is one class.
      if ((symbol.flags & ts.SymbolFlags.Class) !== 0 && !this.#classes.has(symbol)) {
        this.#classes.set(symbol, symbol.name);
      } else if ((symbol.flags & ts.SymbolFlags.Variable) !== 0) {
        const type = checker.getTypeOfSymbol(symbol);
        constants.set(type, [...(constants.get(type) ?? []), name]);
      }
    }
    this.#shapes = new Shapes({ checker, isOwn: this.#isOwn, classes: this.#classes, constants });
  }

  model(): Model {
    const functions = [...this.#exports].filter(([, { flags }]) => (flags & ts.SymbolFlags.Function) !== 0);
    return {
      classes: [...this.#classes].map(([symbol, name]) => this.#class(symbol, name)),
      functions: functions.map(([name, symbol]) => this.#function(symbol, `${name}()`, 'function')),
    };
  }

  #class(symbol: ts.Symbol, name: string): Class {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const typeOfClass = this.#checker.getTypeOfSymbol(symbol);
    const members = type.getProperties().filter((member) => this.#isPublic(member));
    const statics = typeOfClass.getProperties().filter((member) => this.#isPublic(member));
    return {
      name,
      type: exported[name] as Constructor,
      members: members.flatMap((member) => this.#members(member, `${this.#owner(symbol, member)}#`)),
      makers: [
        ...this.#publicConstructor(symbol, name),
        ...statics.flatMap((member) => this.#members(member, `${this.#owner(symbol, member)}.`)),
      ],
    };
  }

  #publicConstructor(symbol: ts.Symbol, name: string): Member[] {
    const isAbstract = symbol.declarations?.some(
      (node) => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Abstract) !== 0,
    );
    const signatures = this.#checker
      .getTypeOfSymbol(symbol)
      .getConstructSignatures()
      .filter(
        ({ declaration: node }) =>
          node === undefined || (this.#isOwn(node as ts.Declaration) && !isHidden(node)),
      );
    if (isAbstract || signatures.length === 0) return [];
    const kind = 'constructor';
    return [{ key: `new ${name}()`, name, property: name, kind, signatures: this.#signatures(signatures) }];
  }

  // Private members are not in the typings, nor those marked @internal.
  #isPublic({ declarations = [], flags }: ts.Symbol): boolean {
    if ((flags & ts.SymbolFlags.Prototype) !== 0) return false;
    return declarations.some((node) => {
      const name = (node as ts.NamedDeclaration).name;
      return this.#isOwn(node) && !isHidden(node) && (name === undefined || !ts.isPrivateIdentifier(name));
    });
  }

  /** The class whose member it is: the one that declares it, or the first exported one that inherits it. */
  #owner(symbol: ts.Symbol, member: ts.Symbol): string {
    let owner = '';
    for (let at: ts.Symbol | undefined = symbol; at !== undefined; at = this.#base(at)) {
      owner = this.#classes.get(at) ?? owner;
      const here = at;
      if (member.declarations?.some(({ parent }) => here.declarations?.includes(parent as ts.Declaration)))
        break;
    }
    return owner;
  }

  #base(symbol: ts.Symbol): ts.Symbol | undefined {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol) as ts.InterfaceType;
    return this.#checker.getBaseTypes(type)[0]?.getSymbol();
  }

  #members(symbol: ts.Symbol, prefix: string): Member[] {
    const { name, property } = this.#named(symbol);
    const label = typeof property === 'symbol' ? `[${name}]` : name;
    const { flags } = symbol;
    if ((flags & ts.SymbolFlags.Method) !== 0) {
      return [{ ...this.#function(symbol, `${prefix}${label}()`, 'method'), name, property }];
    }
    const setter = symbol.declarations?.find(ts.isSetAccessorDeclaration);
    const found: Member[] = [];
    if (setter === undefined || (flags & ts.SymbolFlags.GetAccessor) !== 0) {
      found.push({ key: `${prefix}${label}`, name, property, kind: 'getter', signatures: [[]] });
    }
    if (setter !== undefined) {
      const [value] = setter.parameters;
      const type = this.#checker.getTypeAtLocation(value as ts.ParameterDeclaration);
      const field = { name, shape: this.#shapes.of(type), optional: false };
      found.push({ key: `${prefix}${label}=`, name, property, kind: 'setter', signatures: [[field]] });
    }
    return found;
  }

  #function(symbol: ts.Symbol, key: string, kind: Member['kind']): Member {
    const signatures = this.#checker.getTypeOfSymbol(symbol).getCallSignatures();
    const { name } = symbol;
    return { key, name, property: name, kind, signatures: this.#signatures(signatures) };
  }

  #signatures(signatures: readonly ts.Signature[]): Field[][] {
    return signatures.map((signature) => this.#shapes.parameters(signature));
  }

  #named(symbol: ts.Symbol): { name: string; property: PropertyKey } {
    const node = symbol.declarations?.map((one) => (one as ts.NamedDeclaration).name)[0];
    if (node === undefined || !ts.isComputedPropertyName(node))
      return { name: symbol.name, property: symbol.name };
    const name = node.expression.getText();
    const wellKnown = Reflect.get(Symbol, name.replace(/^Symbol\./, '')) as symbol | undefined;
    const property = knownSymbols[name] ?? wellKnown;
    if (property === undefined) throw new Error(`the symbol ${name} is not known here`);
    return { name, property };
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol);
  }
}

function isHidden(node: ts.Node): boolean {
  const flags = ts.getCombinedModifierFlags(node as ts.Declaration);
  return (flags & ts.ModifierFlags.NonPublicAccessibilityModifier) !== 0;
}
