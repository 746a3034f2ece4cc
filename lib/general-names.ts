// GENERAL_NAME (RFC 5280, 4.2.1.6): what alternative names and name constraints are made of.

import { DistinguishedName } from './distinguished-name';
import type { NativeGeneralName } from './native-certificate';

/** A DNS name, e-mail address, URI, IP address or object identifier. */
export interface TextName {
  /** What it is. */
  readonly type: 'dns' | 'email' | 'uri' | 'ip' | 'rid';
  /**
   * The name, in ASCII, with all that is in it: control characters too. An address as `192.0.2.1` or `::1`,
   * in name constraints with its mask: `192.0.2.0/255.255.255.0`.
   */
  readonly value: string;
}

/** A distinguished name among general names. */
export interface DirectoryName {
  /** What it is. */
  readonly type: 'dirName';
  /** The name. */
  readonly value: DistinguishedName;
}

/** A name of a kind that somebody else has defined, such as Microsoft's user principal name. */
export interface OtherName {
  /** What it is. */
  readonly type: 'otherName';
  /** The kind of name, an object identifier. */
  readonly oid: string;
  /** The name as DER. */
  readonly value: Buffer;
  /** The name where it is a character string, as that of a user principal name is. */
  readonly text?: string;
}

/**
 * A name that has no type of its own here (x400Address, ediPartyName), or one that is not what its kind
 * asks for: an address of five bytes, a DNS name that is not ASCII.
 */
export interface UnknownName {
  /** What it is. */
  readonly type: 'unknown';
  /** The number of its kind: 1 for an e-mail address, 2 for a DNS name, 6 for a URI, 7 for an IP address. */
  readonly tag: number;
  /** The whole of it as DER. */
  readonly value: Buffer;
}

/** One name of `Certificate.subjectAltNames`; its `type` tells which. */
export type GeneralName = TextName | DirectoryName | OtherName | UnknownName;

/** The addon's names as the public ones. */
export function generalNames(names: readonly NativeGeneralName[]): GeneralName[] {
  return names.map((name) =>
    name.type === 'dirName' ? { ...name, value: DistinguishedName.of(name.value) } : name,
  );
}
