// The options of a socket (setsockopt(2), socket(7), tcp(7), ip(7), ipv6(7)) by name.

import { invalidType, invalidValue, requireInteger } from '../arguments';
import * as constants from '../constants';
import {
  type Codec,
  flag,
  integer,
  linger,
  maxInt,
  milliseconds,
  type SocketOptionValue,
  text,
} from './option-values';

export type { SocketOptionValue } from './option-values';

interface Row {
  readonly level: number;
  readonly codec: Codec;
  readonly readOnly: boolean;
}

const anyInt = integer(-(2 ** 31), maxInt);
const count = integer(0, maxInt);
const unsigned = integer(0, 2 ** 32 - 1);
const byte = integer(0, 255);
// -1 stands for the system's default.
const byteOrDefault = integer(-1, 255);

const settable = (level: number, codec: Codec): Row => ({ level, codec, readOnly: false });
const readOnly = (level: number, codec: Codec): Row => ({ level, codec, readOnly: true });

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET } = constants;

const rows = {
  SO_ACCEPTCONN: readOnly(SOL_SOCKET, flag),
  SO_BINDTODEVICE: settable(SOL_SOCKET, text),
  SO_BROADCAST: settable(SOL_SOCKET, flag),
  SO_DEBUG: settable(SOL_SOCKET, flag),
  SO_DOMAIN: readOnly(SOL_SOCKET, anyInt),
  SO_DONTROUTE: settable(SOL_SOCKET, flag),
  SO_ERROR: readOnly(SOL_SOCKET, anyInt),
  SO_KEEPALIVE: settable(SOL_SOCKET, flag),
  SO_LINGER: settable(SOL_SOCKET, linger),
  SO_MARK: settable(SOL_SOCKET, unsigned),
  SO_OOBINLINE: settable(SOL_SOCKET, flag),
  SO_PRIORITY: settable(SOL_SOCKET, count),
  SO_PROTOCOL: readOnly(SOL_SOCKET, anyInt),
  SO_RCVBUF: settable(SOL_SOCKET, count),
  SO_RCVLOWAT: settable(SOL_SOCKET, count),
  SO_RCVTIMEO: settable(SOL_SOCKET, milliseconds),
  SO_REUSEADDR: settable(SOL_SOCKET, flag),
  SO_REUSEPORT: settable(SOL_SOCKET, flag),
  SO_SNDBUF: settable(SOL_SOCKET, count),
  SO_SNDLOWAT: settable(SOL_SOCKET, count),
  SO_SNDTIMEO: settable(SOL_SOCKET, milliseconds),
  SO_TYPE: readOnly(SOL_SOCKET, anyInt),
  TCP_CONGESTION: settable(IPPROTO_TCP, text),
  TCP_CORK: settable(IPPROTO_TCP, flag),
  TCP_DEFER_ACCEPT: settable(IPPROTO_TCP, count),
  TCP_FASTOPEN: settable(IPPROTO_TCP, count),
  TCP_KEEPCNT: settable(IPPROTO_TCP, count),
  TCP_KEEPIDLE: settable(IPPROTO_TCP, count),
  TCP_KEEPINTVL: settable(IPPROTO_TCP, count),
  TCP_MAXSEG: settable(IPPROTO_TCP, count),
  TCP_NODELAY: settable(IPPROTO_TCP, flag),
  TCP_QUICKACK: settable(IPPROTO_TCP, flag),
  TCP_USER_TIMEOUT: settable(IPPROTO_TCP, count),
  IP_TOS: settable(IPPROTO_IP, byte),
  IP_TTL: settable(IPPROTO_IP, byteOrDefault),
  IPV6_TCLASS: settable(IPPROTO_IPV6, byteOrDefault),
  IPV6_UNICAST_HOPS: settable(IPPROTO_IPV6, byteOrDefault),
  IPV6_V6ONLY: settable(IPPROTO_IPV6, flag),
} satisfies Record<string, Row>;

/**
 * An option by name. Its value is
 *
 * - a number of seconds, or false for off: SO_LINGER;
 * - a number of milliseconds, 0 for no limit: SO_RCVTIMEO, SO_SNDTIMEO. (The system may round it up, and
 *   tells a fraction then.)
 * - a string of 15 bytes at most: SO_BINDTODEVICE (empty for none), TCP_CONGESTION;
 * - a whole number, in the unit that the constant's description tells: SO_DOMAIN, SO_ERROR, SO_MARK,
 *   SO_PRIORITY, SO_PROTOCOL, SO_RCVBUF, SO_RCVLOWAT, SO_SNDBUF, SO_SNDLOWAT, SO_TYPE, TCP_DEFER_ACCEPT,
 *   TCP_FASTOPEN, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_MAXSEG, TCP_USER_TIMEOUT, IP_TOS, IP_TTL,
 *   IPV6_TCLASS, IPV6_UNICAST_HOPS;
 * - a boolean: all others.
 *
 * SO_ACCEPTCONN, SO_DOMAIN, SO_ERROR, SO_PROTOCOL and SO_TYPE are read only.
 */
export type SocketOption = keyof typeof rows;

/** An option and its value, as setsockopt(2) takes them. */
export interface EncodedOption {
  /** `SOL_SOCKET`, `IPPROTO_TCP` and so on. */
  readonly level: number;
  /** The option's number at that level. */
  readonly name: number;
  /** The value in C's form. */
  readonly bytes: Uint8Array;
}

/** An option, as getsockopt(2) takes it, and what to make of its answer. */
export interface DecodableOption {
  /** `SOL_SOCKET`, `IPPROTO_TCP` and so on. */
  readonly level: number;
  /** The option's number at that level. */
  readonly name: number;
  /** Bytes to make room for. */
  readonly size: number;
  /** The value of the bytes that getsockopt(2) has written. */
  readonly decode: (bytes: Uint8Array) => SocketOptionValue;
}

/**
 * An option with a value to set.
 *
 * @param option a name, or a number at `level`. A number that the package has no name for takes an int.
 * @param value see SocketOption.
 * @param level of a number; default: SOL_SOCKET. A name has its own.
 * @throws TypeError (ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE for a name that is unknown or that this
 * platform lacks, and for what is read only); RangeError (ERR_OUT_OF_RANGE).
 */
export function encodeOption(option: SocketOption | number, value: unknown, level?: number): EncodedOption {
  const found = findOption(option, level);
  if (found.readOnly) throw invalidValue('option', 'can only be read', option);
  const bytes = found.codec.encode(value, `value of ${option}`);
  return { level: found.level, name: found.number, bytes };
}

/** An option to read. Arguments and errors are those of `encodeOption`. */
export function decodeOption(option: SocketOption | number, level?: number): DecodableOption {
  const { level: foundLevel, number, codec } = findOption(option, level);
  return { level: foundLevel, name: number, size: codec.size, decode: codec.decode };
}

interface FoundOption extends Row {
  readonly number: number;
}

function findOption(option: unknown, level: unknown): FoundOption {
  if (level !== undefined) requireInteger(level, 'level', 0, maxInt);
  if (typeof option === 'number') return findNumber(option, (level as number | undefined) ?? SOL_SOCKET);
  if (typeof option !== 'string') throw invalidType('option', 'the name or the number of an option', option);
  return findName(option, level as number | undefined);
}

function findName(name: string, level: number | undefined): FoundOption {
  if (!isName(name)) throw invalidValue('option', 'is not the name of a known option', name);
  const number = constants[name];
  if (number === undefined) throw invalidValue('option', 'is not available on this platform', name);
  const row: Row = rows[name];
  if (level !== undefined && level !== row.level)
    throw invalidValue('level', `is not that of ${name}`, level);
  return { ...row, number };
}

function isName(name: string): name is SocketOption {
  return Object.hasOwn(rows, name);
}

function findNumber(option: number, level: number): FoundOption {
  const number = requireInteger(option, 'option', 0, maxInt);
  const names = Object.keys(rows).filter(isName);
  const known = names.find((name) => constants[name] === number && rows[name].level === level);
  return known === undefined ? { ...settable(level, anyInt), number } : { ...rows[known], number };
}
