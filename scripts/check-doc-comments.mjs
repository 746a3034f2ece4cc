// Every exported name, and every public member of exported classes, interfaces and enums, has a doc
// comment with text. Usage: node scripts/check-doc-comments.mjs [entry.ts]
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = resolve(process.argv[2] ?? join(root, 'lib', 'index.ts'));

function main() {
  if (!existsSync(entry)) throw new Error(`${shown(entry)} does not exist.`);
  const program = ts.createProgram([entry], { ...compilerOptions(), noEmit: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${shown(entry)} exports nothing.`);

  const audit = new Audit(checker);
  audit.visitModule(module);
  const lines = [...new Set(audit.offenders)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const line of lines) console.log(line);
  console.log(`doc-comments: ${audit.checked} names, ${lines.length} without a comment`);
  if (lines.length > 0) process.exitCode = 1;
}

class Audit {
  offenders = [];
  checked = 0;
  #checker;
  #seen = new Set();

  constructor(checker) {
    this.#checker = checker;
  }

  visitModule(module) {
    for (const exported of this.#checker.getExportsOfModule(module)) this.#visitExport(exported);
  }

  #visitExport(exported) {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? this.#checker.getAliasedSymbol(exported) : exported;
    if (!symbol.declarations?.length) {
      this.#offend(exported.declarations?.[0], `${exported.name} (cannot be resolved)`);
      return;
    }
    if (this.#seen.has(symbol)) return;
    this.#seen.add(symbol);
    // `export * as name from './file'`
    if (symbol.declarations.every(ts.isSourceFile)) {
      this.visitModule(symbol);
      return;
    }
    if (symbol.declarations.every(isForeign) || symbol.declarations.some(isInternal)) return;
    this.#check(symbol, exported.name);
    this.#visitMembers(symbol, exported.name);
  }

  /** Own members only: what is inherited is checked where it is declared. */
  #visitMembers(symbol, path) {
    const statics = [...(symbol.exports?.values() ?? [])].filter((member) => member.name !== 'prototype');
    for (const member of [...(symbol.members?.values() ?? []), ...statics]) {
      if (needsComment(member)) this.#check(member, `${path}.${memberName(member)}`);
    }
    // `type Options = { ... }`: the literal's members are the type's.
    for (const declaration of symbol.declarations ?? []) {
      if (ts.isTypeAliasDeclaration(declaration)) this.#visitLiterals(declaration.type, path);
    }
  }

  #visitLiterals(node, path) {
    if (ts.isTypeLiteralNode(node)) {
      const literal = this.#checker.getTypeAtLocation(node).symbol;
      if (literal) this.#visitMembers(literal, path);
    } else if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) {
      for (const part of node.types) this.#visitLiterals(part, path);
    } else if (ts.isParenthesizedTypeNode(node)) {
      this.#visitLiterals(node.type, path);
    }
  }

  #check(symbol, path) {
    this.checked += 1;
    // The compiler hands down the comment of a base class or interface to an override without one.
    const parts = symbol.getDocumentationComment(this.#checker);
    if (ts.displayPartsToString(parts).trim() !== '') return;
    this.#offend(symbol.declarations?.[0], path);
  }

  #offend(node, name) {
    if (!node) {
      this.offenders.push(`${shown(entry)}:1 ${name}`);
      return;
    }
    const file = node.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition((node.name ?? node).getStart(file));
    this.offenders.push(`${shown(file.fileName)}:${line + 1} ${name}`);
  }
}

function needsComment(member) {
  const declarations = member.declarations ?? [];
  if (declarations.length === 0 || declarations.every(isForeign)) return false;
  if (declarations.some((node) => ts.isTypeParameterDeclaration(node))) return false;
  if (declarations.some(isHidden) || declarations.some(isInternal)) return false;
  // The class's own comment says enough about a constructor that takes nothing.
  const constructors = declarations.filter(ts.isConstructorDeclaration);
  return constructors.length === 0 || constructors.some((node) => node.parameters.length > 0);
}

function isHidden(node) {
  if (node.name && ts.isPrivateIdentifier(node.name)) return true;
  const hiding = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(node) & hiding) !== 0;
}

function isInternal(node) {
  return ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal');
}

function isForeign(node) {
  const { fileName } = node.getSourceFile();
  return fileName.includes('/node_modules/') || fileName.endsWith('.d.ts');
}

/** `__@dispose@12` is how the compiler spells `[Symbol.dispose]`. */
function memberName(member) {
  if (member.name === '__constructor') return 'constructor';
  const declared = member.declarations?.[0]?.name;
  return declared ? declared.getText() : member.name.replace(/^__/, '');
}

function compilerOptions() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  // An entry elsewhere (a test of this script) is outside of the configured root.
  return ts.convertCompilerOptionsFromJson({ ...config?.compilerOptions, rootDir: undefined }, root).options;
}

function shown(file) {
  const path = relative(root, file);
  return (path.startsWith('..') ? file : path).split(sep).join('/');
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
