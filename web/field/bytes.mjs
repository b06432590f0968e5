// Bytes, texts and hashes. No address of the page needs more than `crypto.getRandomValues`.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const toBytes = (text) => encoder.encode(text);
export const fromBytes = (bytes) => decoder.decode(bytes);

export function toBase64(bytes) {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export async function sha256Hex(text) {
  const hash = await crypto.subtle.digest('SHA-256', toBytes(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A random UUID (version 4). */
export function newUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
