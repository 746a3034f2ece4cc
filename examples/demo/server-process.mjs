// @ts-check
// The file server's process, as its parent sees it.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { atExit } from './at-exit.mjs';
import { DemoError } from './demo-error.mjs';

export class ServerProcess {
  #child = fork(new URL('./file-server.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

  constructor() {
    atExit(() => this.#child.kill());
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * @param {import('./file-server.mjs').Setup} setup
   * @returns {Promise<number>} the port that it listens on
   */
  async listen(setup) {
    this.#child.send(setup);
    const ended = once(this.#child, 'exit').then(([status]) => {
      throw new DemoError(`the file server has ended with status ${status}`);
    });
    const [{ port }] = await Promise.race([once(this.#child, 'message'), ended]);
    ended.catch(() => {});
    return port;
  }

  stop() {
    if (this.#child.connected) this.#child.disconnect();
  }
}
