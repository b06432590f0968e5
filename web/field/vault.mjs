// The vault: a random data key encrypts every personal record (AES-GCM); the PIN's key (PBKDF2) wraps it. Neither key can be
// read back by a script while the vault is open, and none is there while it is locked.

import { fromBase64, fromBytes, toBase64, toBytes } from './bytes.mjs';
import * as storage from './storage.mjs';

export const ITERATIONS = 600_000;
const FREE_GUESSES = 5;
const WAIT_FIRST_MS = 60_000;
const WAIT_MAX_MS = 3_600_000;

let key = null;
export const isOpen = () => key !== null;
export const lock = () => { key = null; };
export const exists = async () => (await storage.getMeta('vault')) !== null;
export const isPin = (pin) => /^[0-9]{6}$/.test(pin);
/** 000000, 123456, 654321, 121212 … are the first that a thief tries. */
export const isWeakPin = (pin) => /^(\d)\1{5}$/.test(pin) || /^(\d\d)\1\1$/.test(pin) || '01234567890'.includes(pin) || '09876543210'.includes(pin);

async function pinKey(pin, salt, iterations) {
  const material = await crypto.subtle.importKey('raw', toBytes(pin), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, material, { name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey']);
}

async function wrapped(dataKey, pin) {
  const [salt, iv] = [crypto.getRandomValues(new Uint8Array(16)), crypto.getRandomValues(new Uint8Array(12))];
  const data = await crypto.subtle.wrapKey('raw', dataKey, await pinKey(pin, salt, ITERATIONS), { name: 'AES-GCM', iv });
  return { salt: toBase64(salt), iv: toBase64(iv), data: toBase64(data), iterations: ITERATIONS };
}

async function unwrapped(vault, pin, extractable) {
  const algorithm = { name: 'AES-GCM', iv: fromBase64(vault.iv) };
  return crypto.subtle.unwrapKey('raw', fromBase64(vault.data), await pinKey(pin, fromBase64(vault.salt), vault.iterations), algorithm, 'AES-GCM', extractable, ['encrypt', 'decrypt']);
}

/** A new vault under a PIN; it is open afterwards. */
export async function create(pin) {
  if (!isPin(pin)) throw new Error('a PIN has six digits');
  const dataKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']);
  const vault = await wrapped(dataKey, pin);
  await storage.putMeta('vault', vault);
  key = await unwrapped(vault, pin, false);
}

/** How long until the next guess is allowed, in milliseconds. A clock that was moved cannot lock for longer than the longest wait. */
export async function waitMs(now = Date.now()) {
  const guesses = await storage.getMeta('guesses');
  return guesses ? Math.min(Math.max(guesses.until - now, 0), WAIT_MAX_MS) : 0;
}

/** Opens the vault: 'open', 'wrong' or 'wait'. The guess is counted before it is tried, so that a killed page counts too. */
export async function unlock(pin, now = Date.now()) {
  return navigator.locks.request('khaosat-unlock', async () => {
    if (await waitMs(now)) return 'wait';
    const failed = ((await storage.getMeta('guesses'))?.failed ?? 0) + 1;
    const wait = failed < FREE_GUESSES ? 0 : Math.min(WAIT_FIRST_MS * 2 ** (failed - FREE_GUESSES), WAIT_MAX_MS);
    await storage.putMeta('guesses', { failed, until: now + wait });
    try {
      key = await unwrapped(await storage.getMeta('vault'), pin, false);
    } catch {
      return 'wrong';
    }
    await storage.putMeta('guesses', { failed: 0, until: 0 });
    return 'open';
  });
}

/** Another PIN for the same data. */
export async function changePin(old, pin) {
  if (!isPin(pin)) throw new Error('a PIN has six digits');
  const dataKey = await unwrapped(await storage.getMeta('vault'), old, true);
  await storage.putMeta('vault', await wrapped(dataKey, pin));
}

/** A record as it lies in the store; its store and name are bound to it, so that records cannot be exchanged. */
export async function seal(store, id, value) {
  if (!key) throw new DOMException('locked', 'InvalidStateError');
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: toBytes(`${store}/${id}`) }, key, toBytes(JSON.stringify(value)));
  return { id, iv, data };
}

export async function unseal(store, record) {
  if (!key) throw new DOMException('locked', 'InvalidStateError');
  const { id, iv, data } = record;
  return JSON.parse(fromBytes(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: toBytes(`${store}/${id}`) }, key, data)));
}

export async function put(store, id, value) { await storage.write([[store, 'put', await seal(store, id, value)]]); }
export async function get(store, id) { const record = await storage.get(store, id); return record ? unseal(store, record) : null; }
export async function all(store) { return Promise.all((await storage.all(store)).map((record) => unseal(store, record))); }
