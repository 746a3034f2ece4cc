// @ts-check
// What the demo tells, as lines of text.

import { SSLError, versions } from 'bladessl';
import { rateText, sizeText, timeText } from './units.mjs';

const valueColumn = 16;
const dayLength = 24 * 60 * 60 * 1000;
const mostNames = 4;

/**
 * @typedef {import('./screen.mjs').Screen} Screen
 * @typedef {import('bladessl').Certificate} Certificate
 */

/** @param {Screen} screen */
export function titleLine(screen) {
  const { bladessl, node, openssl } = versions;
  return `${screen.bold(`bladessl ${bladessl}`)} on Node.js ${node} with OpenSSL ${openssl}`;
}

/**
 * @param {Screen} screen
 * @param {import('./connection.mjs').Connection} connection
 * @param {string} trust where the trusted certificates come from
 */
export function connectionLines(screen, connection, trust) {
  const { ssl } = connection.chain;
  const { cipher } = ssl;
  const times = `TCP ${timeText(connection.connectTime)}, TLS ${timeText(connection.handshakeTime)}`;
  const row = rowOn(screen);
  return [
    '',
    screen.bold('Connection'),
    row('server', connection.server),
    row('time', times),
    row('version', ssl.version),
    row('cipher', cipher && `${cipher.standardName}, ${cipher.bits} bits`),
    row('group', ssl.group),
    row('verified', screen.green('yes'), `, trusting ${trust}`),
    '',
    screen.bold('Certificate chain'),
    ...ssl.peerChain.flatMap((certificate, depth) => certificateLines(screen, certificate, depth)),
  ];
}

/**
 * @param {Screen} screen
 * @param {Certificate} certificate
 * @param {number} depth
 */
function certificateLines(screen, certificate, depth) {
  const { subject, issuer, altNames, effectiveDate, expirationDate } = certificate;
  const row = rowOn(screen, 5);
  const days = Math.round((expirationDate.getTime() - Date.now()) / dayLength);
  return [
    `  ${String(depth).padEnd(3)}${screen.bold(printable(subject))}`,
    ...(altNames.length > 0 ? [row('names', printable(namesText(altNames)))] : []),
    row('issuer', issuer === subject ? 'itself' : printable(issuer)),
    row('valid', `${day(effectiveDate)} to ${day(expirationDate)}, ${days} more days`),
  ];
}

/** @param {readonly string[]} altNames */
function namesText(altNames) {
  const names = altNames.slice(0, mostNames).map((name) => name.replace(/^(DNS|IP):/, ''));
  const more = altNames.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * @param {Screen} screen
 * @param {number | undefined} serverId
 */
export function processLines(screen, serverId) {
  return ['', `${screen.bold('Files')}, from process ${serverId} to process ${process.pid}`];
}

/**
 * @param {Screen} screen
 * @param {string} name padded to the width of its column
 * @param {import('./file-client.mjs').Fetched} fetched
 * @param {boolean} intact
 */
export function fileLine(screen, name, { size, time, sha256 }, intact) {
  const columns = [
    name,
    sizeText(size).padStart(9),
    timeText(time).padStart(8),
    // The rate of a small file tells about the latency only.
    (size < 2 ** 20 ? '' : rateText(size, time)).padStart(9),
    `SHA-256 ${sha256.slice(0, 16)}`,
    intact ? screen.green('intact') : screen.red('DAMAGED'),
  ];
  return `  ${columns.join('  ')}`;
}

/**
 * One line that says what failed, and one with a hint where there is one.
 *
 * @param {Screen} screen
 * @param {Error} error
 */
export function failureLines(screen, error) {
  const hint = error instanceof SSLError ? error.hint : undefined;
  // Messages of SSLError end with their hint.
  const what = hint === undefined ? error.message : error.message.replace(`; ${hint}`, '');
  const lines = [`${screen.red('error:')} ${printable(what)}`];
  if (hint !== undefined) lines.push(`${screen.cyan('hint:')}  ${printable(hint)}`);
  if (isUntrusted(error))
    lines.push('       on this command line: --ca FILE, with the certificate of its issuer');
  return lines;
}

const untrusted = [
  'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT',
  'X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT',
  'X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN',
  'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** @param {Error} error */
function isUntrusted(error) {
  const { verifyError } = error instanceof SSLError ? error : {};
  return verifyError !== undefined && untrusted.includes(verifyError.name);
}

/**
 * @param {Screen} screen
 * @param {number} indent
 */
function rowOn(screen, indent = 2) {
  /**
   * @param {string} label
   * @param {string | undefined} value
   */
  return (label, value, more = '') => {
    const text = value === undefined ? screen.dim('none') : value;
    return `${' '.repeat(indent)}${screen.dim(label.padEnd(valueColumn - indent))}${text}${more}`;
  };
}

/** @param {Date} date */
function day(date) {
  return date.toISOString().slice(0, 10);
}

/**
 * Names come from the peer, and must not steer the terminal.
 *
 * @param {string} text
 */
function printable(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
