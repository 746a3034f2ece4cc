// Sessions of node:tls: since Node 22.23 the server's name stands before the DER.

const label = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

/** The DER of a session, also of one that is node:tls's. */
export function derOfSession(bytes: Uint8Array): Uint8Array {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = label.length + 2;
  if (start.length < size || !start.subarray(0, label.length).equals(label)) return bytes;
  // For whom a session may be resumed is judged by its certificates.
  return bytes.subarray(size + start.readUInt16BE(label.length));
}
