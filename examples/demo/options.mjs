// @ts-check
// The command line of the demo.

import { parseArgs } from 'node:util';
import { complaintOf, fromUsersFolder } from './command-line.mjs';

export const usage = `Usage:
  npm run demo [-- --size MIB]
      Starts a TLS file server, fetches two files from it and checks them.
  npm run demo -- HOST:PORT [--ca FILE]
      Connects to a TLS server and tells about the connection.

Options:
  --size MIB   size of the random file, 1 to 4096; default: 64
  --ca FILE    trust the certificates of this PEM file; default: those that the system trusts
  -h, --help   this text`;

/**
 * @typedef {{ kind: 'help' } | { kind: 'wrong', complaint: string }} NothingToDo
 * @typedef {{ kind: 'transfer', mebibytes: number }} TransferOptions
 * @typedef {{ kind: 'inspect', host: string, port: number, caFile: string | undefined }} InspectOptions
 */

/**
 * @param {readonly string[]} args
 * @returns {NothingToDo | TransferOptions | InspectOptions}
 */
export function readOptions(args) {
  try {
    const { values, positionals } = parse(args);
    if (values.help) return { kind: 'help' };
    if (positionals.length > 1) return wrong(`one HOST:PORT at a time, not ${positionals.join(' ')}`);
    const [target] = positionals;
    return target === undefined ? transferOptions(values) : inspectOptions(target, values);
  } catch (error) {
    return wrong(complaintOf(error));
  }
}

/** @param {readonly string[]} args */
function parse(args) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      size: { type: 'string' },
      ca: { type: 'string' },
    },
  });
}

/**
 * @param {ReturnType<typeof parse>['values']} values
 * @returns {NothingToDo | TransferOptions}
 */
function transferOptions({ size = '64', ca }) {
  if (ca !== undefined) return wrong('--ca goes with HOST:PORT');
  const mebibytes = Number(size);
  if (!/^\d+$/.test(size) || mebibytes < 1 || mebibytes > 4096) {
    return wrong(`--size must be 1 to 4096, not ${size}`);
  }
  return { kind: 'transfer', mebibytes };
}

/**
 * @param {string} target
 * @param {ReturnType<typeof parse>['values']} values
 * @returns {NothingToDo | InspectOptions}
 */
function inspectOptions(target, { size, ca }) {
  if (size !== undefined) return wrong('--size does not go with HOST:PORT');
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(target) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65535) {
    return wrong(`${target} is not HOST:PORT, such as example.org:443 or [::1]:443`);
  }
  return { kind: 'inspect', host, port, caFile: ca === undefined ? undefined : fromUsersFolder('demo', ca) };
}

/**
 * @param {string} complaint
 * @returns {NothingToDo}
 */
function wrong(complaint) {
  return { kind: 'wrong', complaint };
}
