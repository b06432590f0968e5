// New versions of the program: fetched in the background, waiting until the person says so, never in an interview.

let registration = null;

/** The version that waits. Asked of the browser each time: an event that came too early must not hide it for good. */
export const update = {
  get waiting() { return navigator.serviceWorker?.controller ? registration?.waiting ?? null : null; },
};

export async function watchForUpdates(onChange) {
  if (!('serviceWorker' in navigator)) return;
  registration = await navigator.serviceWorker.register('sw.js', { scope: './', updateViaCache: 'none' }).catch(() => null);
  if (!registration) return;
  if (update.waiting) onChange();
  registration.addEventListener('updatefound', () => {
    // It may be installed before this is heard; a few looks later on find it then.
    registration.installing?.addEventListener('statechange', onChange);
    for (const seconds of [1, 5, 20, 60]) setTimeout(() => { if (update.waiting) onChange(); }, seconds * 1_000);
  });
  window.addEventListener('online', () => registration.update().catch(() => {}));
}

/** The new version takes over and the page starts anew. The caller has seen to it that no interview is open. */
export function takeOver() {
  let [tries, again] = [0, null];
  navigator.serviceWorker.addEventListener('controllerchange', () => { clearTimeout(again); location.reload(); }, { once: true });
  // The browser may wait for the old worker, or miss the word while it puts the new one to sleep: said again; then the page starts anew.
  const ask = () => {
    update.waiting?.postMessage('take-over');
    tries += 1;
    again = setTimeout(tries < 4 ? ask : () => location.reload(), 1_000);
  };
  ask();
}
