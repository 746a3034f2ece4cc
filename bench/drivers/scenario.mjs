// @ts-check
// What a driver is told, what it answers, and the settings that all drivers share. common.h repeats them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

/**
 * @typedef {object} Settings
 * @property {'TLSv1.2' | 'TLSv1.3'} version
 * @property {Identity} identity
 *
 * @typedef {{ task: 'handshake' | 'echo' | 'bulk', size: number } & Settings} Scenario
 * @typedef {{ task: 'trust' | 'trust-own' } & Settings} TrustScenario
 *
 * @typedef {object} Identity PEM texts
 * @property {Buffer} ca what the client trusts
 * @property {Buffer} certificate
 * @property {Buffer} key
 *
 * @typedef {object} Agreed what client and server agreed on
 * @property {string | undefined} version
 * @property {string | undefined} cipher the IANA name
 * @property {string | undefined} group
 *
 * @typedef {object} Session
 * @property {(count: number) => void | Promise<void>} run does `count` operations
 * @property {Agreed} agreed
 * @property {() => void} close
 */

export const hostname = 'localhost';

export const ciphers = {
  'TLSv1.2': 'ECDHE-ECDSA-AES128-GCM-SHA256',
  'TLSv1.3': 'TLS_AES_128_GCM_SHA256',
};

/** X25519 is taken. TLS 1.2 wants the curve of the certificate in the list too (RFC 8422, 5.1). */
export const groups = ['X25519', 'P-256'];

/** The names of the files in the directory of the identity. */
export const identityFiles = { ca: 'ca.pem', certificate: 'cert.pem', key: 'key.pem' };

/**
 * @param {string} directory
 * @returns {Identity}
 */
export function readIdentity(directory) {
  const read = (/** @type {string} */ name) => readFileSync(join(directory, name));
  return {
    ca: read(identityFiles.ca),
    certificate: read(identityFiles.certificate),
    key: read(identityFiles.key),
  };
}

/**
 * What the drivers of contexts agree on.
 *
 * @returns {Agreed}
 */
export function agreedOnRoots() {
  return { version: process.version, cipher: `${rootCertificates.length} roots`, group: undefined };
}

/**
 * A driver that silently did less than it should would win.
 *
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} what
 */
export function expect(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`);
}
