// The way out when nothing can be sent: all that waits, in one file that only the passphrase opens.
// The form of the file is described in docs/FIELD.md.

import { toBase64, toBytes } from './bytes.mjs';

export const FORMAT = 'khaosat-ksx-1';
const ITERATIONS = 600_000;
// Without letters that are mistaken for others when read out over the telephone.
const LETTERS = 'ABCDEFGHKMNPQRSTUVWXYZ23456789';

/** A passphrase of 16 letters (78 bits), to be read out: `ABCD-EFGH-KMNP-QRST`. */
export function newPassphrase() {
  let text = '';
  while (text.length < 16) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < 240) text += LETTERS[byte % LETTERS.length];
  }
  return text.match(/.{4}/g).join('-');
}

/** The file: items are `{kind, uuid, sha256, body}` as they would have been sent. */
export async function encrypted(content, passphrase) {
  const [salt, iv] = [crypto.getRandomValues(new Uint8Array(16)), crypto.getRandomValues(new Uint8Array(12))];
  const material = await crypto.subtle.importKey('raw', toBytes(passphrase), 'PBKDF2', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ITERATIONS }, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: toBytes(FORMAT) }, key, toBytes(JSON.stringify(content)));
  return JSON.stringify({ format: FORMAT, kdf: 'PBKDF2-SHA256', iterations: ITERATIONS, cipher: 'AES-256-GCM', salt: toBase64(salt), iv: toBase64(iv), data: toBase64(data) });
}
