// OpenSSL's SSL_METHOD and BIO_METHOD as opaque values: compared, passed on, never looked into.

import { invalidType } from './arguments';
import { Role } from './native';

declare const kind: unique symbol;

/** An SSL_METHOD: which side of TLS a context is for. */
export interface SSLMethod {
  /** OpenSSL's name of it: `TLS_client_method`. */
  readonly name: string;
  /** Tells the opaque types apart. */
  readonly [kind]: 'SSL_METHOD';
}

/** A BIO_METHOD: what kind of BIO to make. */
export interface BIOMethod {
  /** OpenSSL's name of it: `BIO_s_mem`. */
  readonly name: string;
  /** Tells the opaque types apart. */
  readonly [kind]: 'BIO_METHOD';
}

const roles = new Map<unknown, Role>();
const bioMethods = new Map<unknown, string>();

function sslMethod(name: string, role: Role): SSLMethod {
  const method = Object.freeze({ name }) as SSLMethod;
  roles.set(method, role);
  return method;
}

function bioMethod(name: string): BIOMethod {
  const method = Object.freeze({ name }) as BIOMethod;
  bioMethods.set(method, name);
  return method;
}

/** The role that a method stands for; a TypeError for anything that is no SSLMethod. */
export function roleOfMethod(method: unknown): Role {
  const role = roles.get(method);
  if (role === undefined) throw invalidType('method', 'an SSLMethod such as TLS_method', method);
  return role;
}

/** The addon's name of a method; a TypeError for anything that is no BIOMethod. */
export function nameOfMethod(method: unknown): string {
  const name = bioMethods.get(method);
  if (name === undefined) throw invalidType('method', 'a BIOMethod such as BIO_s_mem', method);
  return name;
}

/** TLS for either side: the SSL says which with `setConnectState` or `setAcceptState`. */
export const TLS_method: SSLMethod = sslMethod('TLS_method', Role.unset);
/** TLS for clients. */
export const TLS_client_method: SSLMethod = sslMethod('TLS_client_method', Role.client);
/** TLS for servers. */
export const TLS_server_method: SSLMethod = sslMethod('TLS_server_method', Role.server);
/** The old name of `TLS_method`; the protocols are the same. */
export const SSLv23_method: SSLMethod = sslMethod('SSLv23_method', Role.unset);
/** The old name of `TLS_client_method`. */
export const SSLv23_client_method: SSLMethod = sslMethod('SSLv23_client_method', Role.client);
/** The old name of `TLS_server_method`. */
export const SSLv23_server_method: SSLMethod = sslMethod('SSLv23_server_method', Role.server);

/** A buffer in memory (BIO_s_mem(3)). */
export const BIO_s_mem: BIOMethod = bioMethod('BIO_s_mem');
/** One end of a pair joined in memory (BIO_s_bio(3)); `BIO.pair()` makes both. */
export const BIO_s_bio: BIOMethod = bioMethod('BIO_s_bio');
/** A TCP connection to be made (BIO_s_connect(3)). */
export const BIO_s_connect: BIOMethod = bioMethod('BIO_s_connect');
/** A listening TCP socket (BIO_s_accept(3)). */
export const BIO_s_accept: BIOMethod = bioMethod('BIO_s_accept');
/** A connected socket (BIO_s_socket(3)). */
export const BIO_s_socket: BIOMethod = bioMethod('BIO_s_socket');
/** A file descriptor (BIO_s_fd(3)). */
export const BIO_s_fd: BIOMethod = bioMethod('BIO_s_fd');
/** A file (BIO_s_file(3)); `FileBIO` opens one. */
export const BIO_s_file: BIOMethod = bioMethod('BIO_s_file');
/** Takes everything, gives nothing (BIO_s_null(3)). */
export const BIO_s_null: BIOMethod = bioMethod('BIO_s_null');
/** TLS over the BIO below it (BIO_f_ssl(3)). */
export const BIO_f_ssl: BIOMethod = bioMethod('BIO_f_ssl');
/** A buffer for small reads and writes (BIO_f_buffer(3)). */
export const BIO_f_buffer: BIOMethod = bioMethod('BIO_f_buffer');
