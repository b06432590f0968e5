// The device's database. `meta` and `forms` lie open (nothing personal); everything else passes through the vault.

const NAME = 'khaosat-field';
const VERSION = 1;
export const STORES = ['meta', 'forms', 'cases', 'drafts', 'outbox', 'receipts', 'log'];

let opened = null;

function request(of) {
  return new Promise((resolve, reject) => {
    of.onsuccess = () => resolve(of.result);
    of.onerror = () => reject(of.error);
  });
}

function open() {
  opened ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, VERSION);
    opening.onupgradeneeded = () => {
      for (const store of STORES) if (!opening.result.objectStoreNames.contains(store)) opening.result.createObjectStore(store, { keyPath: 'id' });
    };
    opening.onblocked = () => reject(new Error('blocked'));
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      opening.result.onversionchange = () => { opening.result.close(); opened = null; };
      opening.result.onclose = () => { opened = null; };
      resolve(opening.result);
    };
  }).catch((error) => { opened = null; throw error; });
  return opened;
}

/**
 * Writes in one transaction, on the disk when the promise resolves: all of the steps or none.
 * Steps: `[store, 'put', record]` or `[store, 'delete', id]`.
 */
export async function write(steps) {
  const database = await open();
  await new Promise((resolve, reject) => {
    const stores = [...new Set(steps.map(([store]) => store))];
    const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' });
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
    for (const [store, act, what] of steps) transaction.objectStore(store)[act](what);
  });
}

export async function get(store, id) {
  return (await request((await open()).transaction(store).objectStore(store).get(id))) ?? null;
}

export async function all(store) {
  return request((await open()).transaction(store).objectStore(store).getAll());
}

export async function count(store) {
  return request((await open()).transaction(store).objectStore(store).count());
}

export const getMeta = async (id) => (await get('meta', id))?.value ?? null;
export const putMeta = (id, value) => write([['meta', 'put', { id, value }]]);

/** Removes everything. Called only after the person has confirmed twice. */
export async function wipe() {
  const database = await open();
  database.close();
  opened = null;
  await request(indexedDB.deleteDatabase(NAME));
}

/** Whether the browser may throw the data away, and how much room there is. */
export async function condition() {
  const storage = navigator.storage;
  const persisted = (await storage?.persisted?.()) ?? false;
  const { usage = null, quota = null } = (await storage?.estimate?.().catch(() => ({}))) ?? {};
  return { persisted, usage, quota };
}

export const askToPersist = async () => (await navigator.storage?.persist?.().catch(() => false)) ?? false;
