// Waiting for a descriptor on the event loop. However many wait for one descriptor, libuv watches it
// once. Who was woken mostly waits again at once: the watcher is given up when a turn of the loop ends
// and nobody does.

import { constants } from 'node:os';
import type { Deadline } from '../deadline';
import { syscallError } from '../errors';
import { type NativeWatcher, native } from '../native';

/** libuv's UV_READABLE. */
export const READABLE = 1;
/** libuv's UV_WRITABLE. */
export const WRITABLE = 2;

interface Wait {
  readonly events: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class DescriptorWaits {
  readonly #fd: number;
  readonly #watcher: NativeWatcher;
  readonly #waits = new Set<Wait>();
  #watched = 0;

  constructor(fd: number) {
    this.#fd = fd;
    this.#watcher = native.newWatcher(fd, (status, events) => this.#happened(status, events));
  }

  add(wait: Wait): void {
    this.#waits.add(wait);
    this.#update();
  }

  remove(wait: Wait): void {
    if (this.#waits.delete(wait)) this.#update();
  }

  watches(fd: number): boolean {
    return this.#watcher.watches(fd);
  }

  /** Nobody waits, and the descriptor may be closed: gives it up. */
  release(): void {
    if (this.#waits.size > 0) return;
    if (byDescriptor.get(this.#fd) === this) byDescriptor.delete(this.#fd);
    this.#watcher.free();
  }

  rejectAll(error: unknown): void {
    const waits = [...this.#waits];
    this.#waits.clear();
    idle.delete(this);
    this.release();
    for (const wait of waits) wait.reject(error);
  }

  wakeAll(): void {
    const waits = [...this.#waits];
    this.#waits.clear();
    this.#update();
    for (const wait of waits) wait.resolve();
  }

  // A descriptor in error is ready for everything: the call that follows finds out what it is.
  #happened(status: number, events: number): void {
    const ready = status === 0 ? events : READABLE | WRITABLE;
    const waits = [...this.#waits].filter((wait) => (wait.events & ready) !== 0);
    for (const wait of waits) this.#waits.delete(wait);
    this.#update();
    for (const wait of waits) wait.resolve();
  }

  #update(): void {
    if (this.#waits.size === 0) {
      if (idle.size === 0) setImmediate(releaseIdle);
      idle.add(this);
      return;
    }
    let events = 0;
    for (const wait of this.#waits) events |= wait.events;
    if (events !== this.#watched) this.#watcher.watch(events);
    this.#watched = events;
  }
}

const byDescriptor = new Map<number, DescriptorWaits>();
const idle = new Set<DescriptorWaits>();

function releaseIdle(): void {
  for (const waits of idle) waits.release();
  idle.clear();
}

const badDescriptor = { code: 'EBADF', errno: -constants.errno.EBADF, syscall: 'poll' };

function waitsOf(fd: number): DescriptorWaits {
  const known = byDescriptor.get(fd);
  if (known?.watches(fd)) return known;
  // Somebody has closed it, and its number has come back as another.
  known?.rejectAll(syscallError(badDescriptor, `descriptor ${fd} was closed while something waited for it`));
  const waits = new DescriptorWaits(fd);
  byDescriptor.set(fd, waits);
  return waits;
}

/** For the owner of a descriptor, before it closes it: nobody may go on waiting for it. */
export function abandon(fd: number, reason: () => unknown): void {
  byDescriptor.get(fd)?.rejectAll(reason());
}

/** For who has read what several wait for: each of them tries again. */
export function wake(fd: number): void {
  byDescriptor.get(fd)?.wakeAll();
}

/** Waits until one descriptor can be read from or the other written to; they may be the same one. */
export async function untilReady(
  deadline: Deadline,
  readable: number | undefined,
  writable: number | undefined,
): Promise<void> {
  await deadline.race<void>((resolve, reject) => {
    const cancels: (() => void)[] = [];
    const settle =
      <T>(how: (value: T) => void) =>
      (value: T): void => {
        for (const cancel of cancels) cancel();
        how(value);
      };
    const watch = (fd: number, events: number): void => {
      const waits = waitsOf(fd);
      const wait: Wait = { events, resolve: settle<void>(resolve), reject: settle(reject) };
      cancels.push(() => waits.remove(wait));
      waits.add(wait);
    };
    try {
      if (readable !== undefined) watch(readable, readable === writable ? READABLE | WRITABLE : READABLE);
      if (writable !== undefined && writable !== readable) watch(writable, WRITABLE);
    } catch (error) {
      settle(reject)(error);
    }
    return () => {
      for (const cancel of cancels) cancel();
    };
  });
}
