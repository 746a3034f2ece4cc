// The types of the public face as values, made of the compiler's types: what an argument may look like.

import ts from 'typescript';

/** One member of an object type. */
export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly optional: boolean;
}

/** What a value may look like. */
export type Shape =
  | { readonly kind: 'any' | 'string' | 'number' | 'bigint' | 'boolean' | 'bytes' }
  | { readonly kind: 'literal'; readonly value: unknown }
  /** An object of a class of the package. */
  | { readonly kind: 'instance'; readonly name: string }
  /** One of the exported constants that are of a type of their own. */
  | { readonly kind: 'constant'; readonly names: readonly string[] }
  /** Something of Node's or of the language's, by the name of its type. */
  | { readonly kind: 'foreign'; readonly name: string }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'tuple'; readonly items: readonly Shape[] }
  | { readonly kind: 'function'; readonly result: Shape }
  | { readonly kind: 'union'; readonly choices: readonly Shape[] };

/** What the names of the package stand for. */
export interface Names {
  readonly checker: ts.TypeChecker;
  /** Whether a declaration is the package's. */
  readonly isOwn: (node: ts.Declaration) => boolean;
  readonly classes: ReadonlyMap<ts.Symbol, string>;
  readonly constants: ReadonlyMap<ts.Type, readonly string[]>;
}

const any: Shape = { kind: 'any' };
const bytesName =
  /^((Big)?(Ui|I)nt\d+(Clamped)?|Float\d+|Shared)?Array(Buffer)?$|^(DataView|Buffer|ArrayBufferView)$/;

const simple: readonly (readonly [ts.TypeFlags, Shape])[] = [
  [ts.TypeFlags.Boolean, { kind: 'boolean' }],
  [ts.TypeFlags.String, { kind: 'string' }],
  [ts.TypeFlags.Number, { kind: 'number' }],
  [ts.TypeFlags.BigInt, { kind: 'bigint' }],
  [ts.TypeFlags.Undefined | ts.TypeFlags.Void, { kind: 'literal', value: undefined }],
  [ts.TypeFlags.Null, { kind: 'literal', value: null }],
];

/** Makes shapes of types; each type becomes one. */
export class Shapes {
  readonly #names: Names;
  readonly #known = new Map<ts.Type, Shape>();

  constructor(names: Names) {
    this.#names = names;
  }

  of(type: ts.Type): Shape {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const shape = this.#make(type);
    this.#known.set(type, shape);
    return shape;
  }

  /** The parameters of a function. */
  parameters(signature: ts.Signature): Field[] {
    return signature.parameters.map((symbol) => this.#field(symbol));
  }

  #make(type: ts.Type): Shape {
    for (const [flags, shape] of simple) if ((type.flags & flags) !== 0) return shape;
    if (type.isStringLiteral() || type.isNumberLiteral()) return { kind: 'literal', value: type.value };
    if ((type.flags & ts.TypeFlags.BooleanLiteral) !== 0) {
      return { kind: 'literal', value: this.#names.checker.typeToString(type) === 'true' };
    }
    if (type.isUnion())
      return { kind: 'union', choices: [...new Set(type.types.map((one) => this.of(one)))] };
    // `string & {}`: any string, with some of them named.
    if (type.isIntersection()) return this.of(type.types[0] as ts.Type);
    return (type.flags & ts.TypeFlags.Object) === 0 ? any : this.#ofObject(type as ts.ObjectType);
  }

  #ofObject(type: ts.ObjectType): Shape {
    const { checker, classes, constants, isOwn } = this.#names;
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type as ts.TypeReference);
      return { kind: 'tuple', items: items.map((item) => this.of(item)) };
    }
    if (checker.isArrayType(type)) {
      return {
        kind: 'list',
        item: this.of(checker.getTypeArguments(type as ts.TypeReference)[0] as ts.Type),
      };
    }
    const [call] = type.getCallSignatures();
    if (call !== undefined) return { kind: 'function', result: this.of(call.getReturnType()) };
    const symbol = type.getSymbol();
    const name = symbol && classes.get(symbol);
    if (name !== undefined) return { kind: 'instance', name };
    const names = constants.get(type);
    if (names !== undefined) return { kind: 'constant', names };
    if (symbol?.declarations?.some(isOwn)) return this.#ofFields(type);
    return bytesName.test(symbol?.name ?? '')
      ? { kind: 'bytes' }
      : { kind: 'foreign', name: symbol?.name ?? '' };
  }

  // A type may hold itself: the fields are filled in when the shape is known.
  #ofFields(type: ts.ObjectType): Shape {
    const fields: Field[] = [];
    const shape: Shape = { kind: 'object', fields };
    this.#known.set(type, shape);
    fields.push(...type.getProperties().map((symbol) => this.#field(symbol)));
    return shape;
  }

  #field(symbol: ts.Symbol): Field {
    const declared = symbol.valueDeclaration as ts.ParameterDeclaration | ts.PropertySignature | undefined;
    return {
      name: symbol.name,
      shape: this.of(this.#names.checker.getTypeOfSymbol(symbol)),
      optional: declared?.questionToken !== undefined,
    };
  }
}
