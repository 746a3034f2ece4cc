// @ts-check
// Secure contexts of node:tls, which trust the roots inside Node unless told otherwise.

import { createSecureContext } from 'node:tls';
import { agreedOnRoots } from './scenario.mjs';

/**
 * @param {import('./scenario.mjs').TrustScenario} scenario
 * @returns {import('./scenario.mjs').Session}
 */
export function open({ task, identity }) {
  const own = identity.ca.toString();
  const once = () => {
    const context = createSecureContext();
    // The option `ca` would take the place of the roots.
    if (task === 'trust-own') context.context.addCACert(own);
  };
  const run = (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) once();
  };
  return { run, agreed: agreedOnRoots(), close: () => {} };
}
