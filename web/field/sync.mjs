// Sending what waits, and fetching what is new. Bytes are fixed when an interview is finished; the same bytes are sent until a
// receipt with our own hash comes back, and only then does the entry leave the outbox. One tab sends at a time.

import { sha256Hex } from './bytes.mjs';
import { prepare } from './form.mjs';
import * as storage from './storage.mjs';
import * as vault from './vault.mjs';

const TIMEOUT_MS = 40_000;
const WAIT_FIRST_MS = 5_000;
const WAIT_MAX_MS = 15 * 60_000;
export const KEEP_MS = 7 * 24 * 3_600_000;

/** What the last attempt said; screens listen for `sync`. */
export const state = { running: false, at: null, problem: null, tries: 0, nextAt: null, offsetMs: 0 };
export const events = new EventTarget();
const tell = () => events.dispatchEvent(new Event('sync'));
let timer = null;

/** A request with the token; the offset of the device's clock is learnt from every reply. */
export async function call(method, path, { body, token, headers = {} } = {}) {
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const sentAt = Date.now();
    const response = await fetch(path, {
      method,
      body,
      signal: abort.signal,
      cache: 'no-store',
      credentials: 'omit',
      headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), 'Accept-Language': document.documentElement.lang, ...headers },
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    const answered = Date.now();
    // The header has whole seconds; the middle of the second and of the way is the best guess.
    if (!Number.isNaN(date)) state.offsetMs = Math.round(date + 500 - (sentAt + answered) / 2);
    const text = await response.text();
    let json = null;
    try { json = text ? JSON.parse(text) : null; } catch { /* a gateway's page is no answer of ours */ }
    return { status: response.status, json, text, retryAfter: Number(response.headers.get('retry-after')) || 0 };
  } finally {
    clearTimeout(limit);
  }
}

const PATHS = { response: '/api/v1/responses/', contact_attempt: '/api/v1/contact-attempts/' };

/** Puts something into the outbox: its bytes never change from here on. Further steps go into the same transaction. */
export async function queue(kind, uuid, document, more = {}, steps = []) {
  const body = JSON.stringify(document);
  const entry = { uuid, kind, body, sha256: await sha256Hex(body), bytes: new Blob([body]).size, queued_at: new Date().toISOString(), tries: 0, state: 'waiting', problem: null, ...more };
  await storage.write([['outbox', 'put', await vault.seal('outbox', uuid, entry)], ...steps]);
  return entry;
}

/** What a reply means for one entry: 'received', 'conflict', 'refused', 'stop' or 'again'. */
export function verdict(entry, { status, json }) {
  if (status === 200 || status === 201) return json?.receipt?.sha256 === entry.sha256 ? 'received' : 'refused';
  if (status === 409) return 'conflict';
  if (status === 401 || status === 403 || status === 410) return 'stop';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'again';
  return 'refused';
}

const wordsOf = (reply) => reply.json?.message ?? `HTTP ${reply.status}`;

async function send(entry, token) {
  const reply = await call('PUT', PATHS[entry.kind] + entry.uuid, { body: entry.body, token });
  const now = verdict(entry, reply);
  const tries = entry.tries + 1;
  if (now === 'received') {
    // The respondent asked for erasure: the server kept nothing, and neither does this device.
    const erased = reply.json.receipt.state === 'erased' ? { body: null, draft: null } : {};
    const receipt = { ...entry, ...erased, tries, state: 'sent', receipt: reply.json.receipt, sent_at: new Date().toISOString() };
    await storage.write([['receipts', 'put', await vault.seal('receipts', entry.uuid, receipt)], ['outbox', 'delete', entry.uuid]]);
    return { now };
  }
  const state = now === 'conflict' ? 'conflict' : now === 'refused' ? 'refused' : 'waiting';
  const problem = reply.status < 300 ? { code: 'receipt_differs', status: reply.status } : { code: reply.json?.code ?? null, status: reply.status, message: wordsOf(reply) };
  await vault.put('outbox', entry.uuid, { ...entry, tries, state, problem, receipt: reply.json?.receipt ?? null });
  return { now, problem, retryAfter: reply.retryAfter };
}

/** The order of sending: as it was queued. */
export const waitingEntries = async () => (await vault.all('outbox')).sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1));

async function sendAll(token, byHand) {
  for (const entry of await waitingEntries()) {
    if (entry.state === 'conflict' || (entry.state === 'refused' && !byHand)) continue;
    const { now, problem, retryAfter } = await send(entry, token);
    tell();
    if (now === 'stop') return { problem: { ...problem, kind: problem.status === 410 ? 'revoked' : 'signed_out' } };
    if (now === 'again') return { problem: { ...problem, kind: 'server' }, retryAfter };
  }
  return {};
}

/** Bodies that were received longer than seven days ago go; the receipt stays. */
async function forget(now) {
  for (const receipt of await vault.all('receipts')) {
    if (receipt.body && Math.abs(now - Date.parse(receipt.sent_at)) > KEEP_MS) {
      await vault.put('receipts', receipt.uuid, { ...receipt, body: null, draft: null });
    }
  }
}

async function fetchNew(account) {
  const { token } = account;
  const fetched = {};
  for (const [name, path] of [['cases', '/api/v1/cases'], ['forms', '/api/v1/forms'], ['returned', '/api/v1/returned']]) {
    const reply = await call('GET', path, { token });
    if ([401, 403, 410].includes(reply.status)) return { problem: { kind: reply.status === 410 ? 'revoked' : 'signed_out', status: reply.status, message: wordsOf(reply) } };
    if (reply.status !== 200 || !reply.json) return { problem: { kind: 'server', status: reply.status, message: wordsOf(reply) } };
    fetched[name] = reply.json;
  }
  for (const { sha256 } of fetched.forms.forms) {
    if (await storage.get('forms', sha256)) continue;
    const reply = await call('GET', `/api/v1/forms/${sha256}`, { token });
    if (reply.status !== 200 || !reply.json) return { problem: { kind: 'server', status: reply.status, message: wordsOf(reply) } };
    await prepare(reply.json);
    await storage.write([['forms', 'put', { id: sha256, form: { ...reply.json, sha256 } }]]);
  }
  await storage.write([
    ['cases', 'put', await vault.seal('cases', 'list', fetched.cases)],
    ['cases', 'put', await vault.seal('cases', 'forms', fetched.forms.forms)],
    ['cases', 'put', await vault.seal('cases', 'returned', fetched.returned.returned ?? [])],
  ]);
  return {};
}

async function report(account, version) {
  const { persisted, usage, quota } = await storage.condition();
  const body = JSON.stringify({ unsent: (await storage.count('outbox')), drafts: await storage.count('drafts'), app_version: version, storage_persisted: persisted, storage_used_bytes: usage, storage_quota_bytes: quota, device_time: new Date().toISOString(), clock_offset_ms: state.offsetMs });
  await call('POST', '/api/v1/device/state', { body, token: account.token });
}

function later(ms) {
  clearTimeout(timer);
  state.nextAt = Date.now() + ms;
  timer = setTimeout(() => { sync(); }, ms);
}

/** Sends and fetches once; does nothing while locked or while another tab is at it. */
export async function sync({ byHand = false, version = '' } = {}) {
  if (!vault.isOpen()) return;
  await navigator.locks.request('khaosat-sync', { ifAvailable: true }, async (held) => {
    if (!held || !vault.isOpen()) return;
    clearTimeout(timer);
    Object.assign(state, { running: true, nextAt: null });
    tell();
    let found;
    try {
      const account = await vault.get('cases', 'account');
      if (!account) return;
      found = await sendAll(account.token, byHand);
      if (!found.problem) found = await fetchNew(account);
      if (!found.problem) { await report(account, version); await forget(Date.now() + state.offsetMs); await storage.putMeta('synced_at', new Date().toISOString()); }
    } catch (error) {
      if (!vault.isOpen()) return;
      found = { problem: error?.name === 'QuotaExceededError' ? { kind: 'full' } : error instanceof TypeError || error?.name === 'AbortError' ? { kind: 'network' } : { kind: 'inner', message: String(error) } };
    } finally {
      state.running = false;
      tell();
    }
    state.problem = found.problem ?? null;
    state.at = Date.now();
    if (['network', 'server'].includes(state.problem?.kind)) {
      state.tries += 1;
      const wait = Math.min(WAIT_FIRST_MS * 2 ** (state.tries - 1), WAIT_MAX_MS);
      later(Math.max(wait * (0.75 + Math.random() / 2), (found.retryAfter ?? 0) * 1000));
    } else {
      state.tries = 0;
    }
    tell();
  });
}
