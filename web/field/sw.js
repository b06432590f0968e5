// The service worker. The server puts a line before this text: `self.SHELL = {version, files}`, the hash of all files and their
// names. It serves the shell from the cache and nothing else; it never sees to a request that is not a GET of the shell.
// `rare.mjs` comes with the first form that needs it, and stays from then on.

const { version, files } = self.SHELL;
const CACHE = `khaosat-field-${version}`;
const base = new URL('./', self.location).pathname;
const RARE = 'rare.mjs';

self.addEventListener('install', (event) => {
  // All files or none; around the browser's cache, so that the files of one version belong together.
  event.waitUntil(Promise.all([caches.open(CACHE), caches.match(base + RARE)])
    .then(([cache, rare]) => cache.addAll([...files, ...(rare ? [RARE] : [])].map((name) => new Request(base + name, { cache: 'reload' })))));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith('khaosat-field-') && name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || !url.pathname.startsWith(base)) return;
  const name = request.mode === 'navigate' ? '' : url.pathname.slice(base.length);
  if (!files.includes(name) && name !== RARE) return;
  event.respondWith(caches.open(CACHE).then(async (cache) => {
    const kept = await cache.match(base + name);
    if (kept || name !== RARE) return kept ?? fetch(request);
    const reply = await fetch(request);
    if (reply.ok) await cache.put(base + name, reply.clone());
    return reply;
  }));
});

// The page asks, and only when no interview is open.
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') self.skipWaiting();
  if (event.data === 'version') event.source?.postMessage({ version });
});
