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

/** Starts `openssl s_server` with an identity. It answers each line with its reverse, and tells of alerts. */
export async function opensslServer(
  t: TestContext,
  identity: IdentityFiles,
  args: readonly string[] = ['-rev'],
): Promise<Server> {
  const own = ['-cert', identity.certificate, '-key', identity.key];
  const program = new Program(t, 'openssl', [
    's_server',
    '-accept',
    '127.0.0.1:0',
    ...own,
    '-state',
    ...args,
  ]);
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
