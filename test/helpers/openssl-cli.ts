// The `openssl` command as the other end of a connection.

import type { TestContext } from 'node:test';
import type { Identity } from './identities';
import { authority } from './identities';
import { write } from './openssl-files';
import { Program } from './programs';

/** The files of an identity, as programs want them. */
export interface IdentityFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Writes an identity to two files. */
export function filesOf(name: string, { certificate, privateKey }: Identity): IdentityFiles {
  return {
    certificate: write(`${name}.pem`, certificate.pem),
    key: write(`${name}-key.pem`, privateKey.pem),
  };
}

/** The file with the certificate of the tests' CA. */
export const authorityFile: string = write('authority.pem', authority.certificate.pem);

/** The option that holds `openssl` to a version of TLS. */
export const versionOptions = { 'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3' } as const;

/** A server that runs. */
export interface Server {
  readonly program: Program;
  readonly port: number;
}

/** The options that give an identity to a server of `openssl`, or to its client. */
export function showing({ certificate, key }: IdentityFiles): string[] {
  return ['-cert', certificate, '-key', key];
}

// What a server says about connections and about alerts comes on two streams; here it comes on one.
const onOneStream = ['-c', 'exec openssl s_server "$@" 2>&1', 'sh'];

/** Starts `openssl s_server` on a port of 127.0.0.1, or of another address. */
export async function opensslServer(
  t: TestContext,
  args: readonly string[],
  address = '127.0.0.1',
): Promise<Server> {
  const program = new Program(t, 'sh', [...onOneStream, '-accept', `${address}:0`, ...args]);
  const [, port] = await program.shows(/^ACCEPT .*:(\d+)$/m);
  return { program, port: Number(port) };
}

/** Starts `openssl s_client`, which trusts the tests' CA alone, insists on its verdict, and tells of alerts. */
export function opensslClient(t: TestContext, port: number, args: readonly string[] = []): Program {
  const trust = ['-CAfile', authorityFile, '-verify_return_error', '-verify_hostname', 'localhost'];
  return new Program(t, 'openssl', [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    '-state',
    ...trust,
    ...args,
  ]);
}
