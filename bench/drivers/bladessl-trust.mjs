// @ts-check
// Contexts that trust the roots inside Node.

import { Certificate, TLSClientContext } from 'bladessl';
import { agreedOnRoots } from './scenario.mjs';

/**
 * @param {import('./scenario.mjs').TrustScenario} scenario
 * @returns {import('./scenario.mjs').Session}
 */
export function open({ task, identity }) {
  const own = new Certificate(identity.ca);
  const once = () => {
    const context = new TLSClientContext().loadDefaultTrust('node');
    if (task === 'trust-own') context.addCA(own);
    context.free();
  };
  const run = (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) once();
  };
  return { run, agreed: agreedOnRoots(), close: () => own.free() };
}
