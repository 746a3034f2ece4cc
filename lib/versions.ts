import type { Flavour } from './loader';
import { native } from './native';

/** What runs here. */
export interface Versions {
  /** This package. */
  readonly bladessl: string;
  /** The addon that is loaded: the same, or it would not be. */
  readonly addon: string;
  /** Node.js. */
  readonly node: string;
  /** OpenSSL at run time: the one inside Node, or that of the static flavour. */
  readonly openssl: string;
  /** The OpenSSL whose headers the addon was compiled with. */
  readonly opensslHeaders: string;
  /** The version of Node-API that the addon asks for. */
  readonly napi: number;
  /** Where the OpenSSL comes from: `node`, or `static` when it is linked into the addon. */
  readonly flavour: Flavour;
}

/** The versions of the package, of Node and of OpenSSL. */
export const versions: Versions = Object.freeze({
  // The loader refuses an addon of another version than the package's.
  bladessl: native.versions.addon,
  node: process.versions.node,
  ...native.versions,
});
