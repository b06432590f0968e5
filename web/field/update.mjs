// New versions of the program: fetched in the background, waiting until the person says so, never in an interview.

export const update = { waiting: null };
let tell = () => {};

export async function watchForUpdates(onChange) {
  tell = onChange;
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.register('sw.js', { scope: './', updateViaCache: 'none' }).catch(() => null);
  if (!registration) return;
  const look = (worker) => {
    if (worker?.state === 'installed' && navigator.serviceWorker.controller) { update.waiting = worker; tell(); }
  };
  look(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing;
    worker?.addEventListener('statechange', () => look(worker));
  });
  window.addEventListener('online', () => registration.update().catch(() => {}));
}

/** The new version takes over and the page starts anew. The caller has seen to it that no interview is open. */
export function takeOver() {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  update.waiting?.postMessage('take-over');
}
