// Certificates and CRLs by recipe: the openssl command makes each when it is first asked for.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Certificate } from 'bladessl';
import { openssl, pathOf, read, write } from '../helpers/openssl-files';

/** The kinds of keys: what they are, not how good they are. */
export type KeyKind = 'P-256' | 'P-256 spelled out' | 'RSA-1024' | 'RSA-2048' | 'RSA-PSS' | 'Ed25519';

/** How a certificate is made. */
export interface Recipe {
  /** As `openssl ca -subj` takes it: `/CN=Root`. */
  readonly subject: string;
  /** The recipe of its issuer. Default: itself. */
  readonly issuer?: string;
  /** The name of its key; recipes may share one. Default: that of the recipe. */
  readonly key?: string;
  readonly kind?: KeyKind;
  /** Lines of x509v3_config(5); sections of their own may follow. */
  readonly extensions?: readonly string[];
  /** YYYYMMDDHHMMSSZ. Default: since 2020. */
  readonly from?: string;
  /** Default: until 2090. */
  readonly until?: string;
  readonly digest?: 'sha1' | 'md5';
  /** Makes strings of the subject PrintableString; they are UTF8String otherwise. */
  readonly printable?: boolean;
  /** Flips the last bit of the signature. */
  readonly damaged?: boolean;
  /** Options of `openssl x509` that make a TRUSTED CERTIFICATE of it. */
  readonly trust?: string;
}

/** How a CRL is made. */
export interface CrlRecipe {
  /** The recipe of the CA that signs it. */
  readonly issuer: string;
  /** Two hex digits. Default: 01. */
  readonly number?: string;
  /** The recipes of the certificates that it names, and why. */
  readonly revoked?: Readonly<Record<string, string>>;
  readonly extensions?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly digest?: 'sha1';
  readonly damaged?: boolean;
}

const since = '20200101000000Z';
const until = '20900101000000Z';

const keyMakers: Readonly<Record<KeyKind, () => { privateKey: KeyObject }>> = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-256 spelled out': () => generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }),
  'RSA-1024': () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RSA-PSS': () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  Ed25519: () => generateKeyPairSync('ed25519'),
};

/** Makes what recipes describe, each once, in the directory of openssl-files. */
export class Mint {
  readonly #recipes: Readonly<Record<string, Recipe>>;
  readonly #crlRecipes: Readonly<Record<string, CrlRecipe>>;
  readonly #made = new Map<string, string>();
  readonly #certificates = new Map<string, Certificate>();

  constructor(
    recipes: Readonly<Record<string, Recipe>>,
    crlRecipes: Readonly<Record<string, CrlRecipe>> = {},
  ) {
    this.#recipes = recipes;
    this.#crlRecipes = crlRecipes;
  }

  /** The file with a certificate. */
  file(name: string): string {
    return this.#once(`certificate-${name}`, () => this.#sign(name, this.#recipe(name)));
  }

  certificate(name: string): Certificate {
    const certificate = this.#certificates.get(name) ?? new Certificate(this.file(name));
    this.#certificates.set(name, certificate);
    return certificate;
  }

  /** The file with the key of a certificate. */
  keyFile(name: string): string {
    return this.#keyOf(name, this.#recipe(name));
  }

  /** The file with a CRL. */
  crlFile(name: string): string {
    return this.#once(`crl-${name}`, () => this.#revoke(name, required(this.#crlRecipes, name)));
  }

  /** A directory of certificates and CRLs, their files named by hash. */
  directory(names: readonly string[]): string {
    const directory = pathOf(`directory-${names.join('-')}`);
    return this.#once(directory, () => {
      mkdirSync(directory);
      for (const name of names) {
        const file = Object.hasOwn(this.#crlRecipes, name) ? this.crlFile(name) : this.file(name);
        copyFileSync(file, join(directory, `${name}.pem`));
      }
      openssl('rehash', directory);
      return directory;
    });
  }

  #once(what: string, make: () => string): string {
    const made = this.#made.get(what) ?? make();
    this.#made.set(what, made);
    return made;
  }

  #recipe(name: string): Recipe {
    return required(this.#recipes, name);
  }

  #keyOf(name: string, { key = name, kind = 'P-256' }: Recipe): string {
    return this.#once(`key-${key}`, () => {
      const { privateKey } = keyMakers[kind]();
      return write(`${key}-key.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    });
  }

  // One request for each key: `openssl ca` gives it the subject.
  #request(name: string, recipe: Recipe): string {
    const key = this.#keyOf(name, recipe);
    return this.#once(`request-${key}`, () => {
      openssl(`req -new -subj /CN=x -key ${key} -out ${key}.csr`);
      return `${key}.csr`;
    });
  }

  #sign(name: string, recipe: Recipe): string {
    const { issuer = name, subject, from = since, digest = 'sha256' } = recipe;
    const own = issuer === name;
    const signer = own ? '-selfsign' : `-cert ${this.file(issuer)}`;
    const key = this.keyFile(issuer);
    const config = configuration(name, recipe.extensions, recipe.printable);
    const dates = `-startdate ${from} -enddate ${recipe.until ?? until}`;
    const file = `${name}.pem`;
    openssl(
      `ca -batch -notext -preserveDN -utf8 -config ${config} ${signer} -keyfile ${key} ${dates} -md ${digest}`,
      ...['-in', this.#request(name, recipe), '-subj', subject, '-out', file],
    );
    if (recipe.damaged) damage(file, 'CERTIFICATE');
    if (recipe.trust !== undefined) openssl(`x509 -in ${file} -trustout ${recipe.trust} -out ${file}`);
    return pathOf(file);
  }

  #revoke(name: string, recipe: CrlRecipe): string {
    const revoked = Object.entries(recipe.revoked ?? {}).map(([one, reason]) => {
      const { serialNumber } = this.certificate(one);
      return `R\t900101000000Z\t210101000000Z,${reason}\t${serialNumber}\tunknown\t/CN=x\n`;
    });
    const config = configuration(name, recipe.extensions);
    write(`${name}-database`, revoked.join(''));
    write(`${name}-number`, recipe.number ?? '01');
    const signer = `-cert ${this.file(recipe.issuer)} -keyfile ${this.keyFile(recipe.issuer)}`;
    const dates = `-crl_lastupdate ${recipe.from ?? since} -crl_nextupdate ${recipe.until ?? until}`;
    const digest = `-md ${recipe.digest ?? 'sha256'}`;
    openssl(`ca -gencrl -crlexts extensions -config ${config} ${signer} ${dates} ${digest} -out ${name}.pem`);
    if (recipe.damaged) damage(`${name}.pem`, 'X509 CRL');
    return pathOf(`${name}.pem`);
  }
}

function required<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = table[name];
  if (found === undefined) throw new Error(`there is no recipe for ${name}`);
  return found;
}

function configuration(name: string, extensions: readonly string[] = [], printable = false): string {
  const database = write(`${name}-database`, '');
  write(`${name}-database.attr`, 'unique_subject = no\n');
  const lines = [
    ...['[ca]', 'default_ca = x', '[x]', `database = ${database}`, `new_certs_dir = ${pathOf('.')}`],
    ...[`crlnumber = ${pathOf(`${name}-number`)}`],
    ...['rand_serial = yes', 'default_md = sha256', 'policy = p'],
    ...[`string_mask = ${printable ? 'nombstr' : 'utf8only'}`],
    ...(extensions.length > 0 ? ['x509_extensions = extensions'] : []),
    ...['[p]', 'commonName = optional', '[extensions]', ...extensions],
  ];
  return write(`${name}.conf`, `${lines.join('\n')}\n`);
}

/** Turns the last bit of what a file has. */
function damage(file: string, label: string): void {
  const [, base64 = ''] = /-----\n([^-]*)-----/.exec(read(file).toString()) ?? [];
  const der = Buffer.from(base64, 'base64');
  der[der.length - 1] = (der.at(-1) as number) ^ 1;
  write(file, `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`);
}
