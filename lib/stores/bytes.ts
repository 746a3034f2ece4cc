// Bytes as Node's Buffer, and bytes in base64.

/** A view on the same bytes: nothing of a key is copied. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The one SEQUENCE of DER that a text has in base64; undefined when it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const dense = text.replace(/\s+/g, '');
  if (!/^M[A-Za-z0-9+/]+={0,2}$/.test(dense) || dense.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(dense, 'base64');
  if (bytes[0] === 0x30 && isWhole(bytes)) return bytes;
  bytes.fill(0);
  return undefined;
}

/** Whether an object of DER says that it is as long as it is; BER may leave that open. */
function isWhole(bytes: Buffer): boolean {
  const first = bytes[1] ?? 0;
  if (first < 0x80) return bytes.length === 2 + first;
  const size = first & 0x7f;
  if (size === 0) return true;
  return size <= 6 && bytes.length > 2 + size && bytes.length === 2 + size + bytes.readUIntBE(2, size);
}
