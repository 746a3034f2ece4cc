// @ts-check

/** @param {number} bytes */
export function sizeText(bytes) {
  return bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** @param {number} time in milliseconds */
export function timeText(time) {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`;
}

/**
 * @param {number} bytes
 * @param {number} time in milliseconds
 */
export function rateText(bytes, time) {
  return `${(bytes / 1000 / time).toFixed(0)} MB/s`;
}
