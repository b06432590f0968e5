// Comfort for pages that work without it: the progress page renews itself, lists filter while one types, keys in the review.
const main = document.querySelector('main');
const fetched = async (address) => {
  const reply = await fetch(address, { headers: { Accept: 'text/html' } });
  if (!reply.ok || reply.redirected) return null;
  return new DOMParser().parseFromString(await reply.text(), 'text/html').querySelector('main');
};
const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');

// Every half minute, where somebody looks and nobody types; the reader stays where he is.
if (document.querySelector('[data-renew]')) {
  setInterval(async () => {
    if (document.hidden || typing()) return;
    const fresh = await fetched(location.href).catch(() => null);
    if (!fresh || typing()) return;
    const open = [...main.querySelectorAll('details')].map((one) => one.open);
    const across = [...main.querySelectorAll('.scroll')].map((one) => one.scrollLeft);
    const [x, y] = [scrollX, scrollY];
    main.replaceChildren(...fresh.childNodes);
    main.querySelectorAll('details').forEach((one, at) => { one.open = open[at] ?? one.open; });
    main.querySelectorAll('.scroll').forEach((one, at) => { one.scrollLeft = across[at] ?? 0; });
    scrollTo(x, y);
  }, 30_000);
}

// A list follows what is typed; its address too, so that it can be kept.
const live = document.querySelector('form[data-live]');
let wait = 0;
live?.addEventListener('input', () => {
  clearTimeout(wait);
  wait = setTimeout(async () => {
    const address = `${location.pathname}?${new URLSearchParams(new FormData(live))}`;
    const fresh = await fetched(address).catch(() => null);
    const list = fresh?.querySelector('[data-list]');
    if (!list) return;
    document.querySelector('[data-list]').replaceWith(list);
    history.replaceState(null, '', address);
  }, 250);
});

// J and K go down and up a list; A and R choose approve and return, and leave the last word to Enter.
document.addEventListener('keydown', (event) => {
  if (typing() || event.ctrlKey || event.altKey || event.metaKey) return;
  const key = event.key.toLowerCase();
  const links = [...document.querySelectorAll('[data-list] tbody th a')];
  if ((key === 'j' || key === 'k') && links.length) {
    const at = links.indexOf(document.activeElement) + (key === 'j' ? 1 : -1);
    links[Math.max(0, Math.min(links.length - 1, at))].focus();
  }
  const verdict = { a: 'approved', r: 'returned' }[key];
  const choice = verdict && document.querySelector(`input[name=verdict][value=${verdict}]`);
  if (choice) {
    event.preventDefault();
    choice.checked = true;
    choice.form.querySelector(verdict === 'approved' ? 'button[type=submit]' : 'textarea').focus();
  }
});

// While totals of a margin are typed, their sum is told; the server reads the numbers anew.
const amount = (text) => Number(text.replace(/[\s%]/g, '').replace(/\.(?=\d{3}(\D|$))/g, '').replace(',', '.'));
const told = (at) => {
  const line = document.querySelector(`[data-sum="${at}"]`);
  const totals = [...document.querySelectorAll(`[data-total="${at}"]`)].map((one) => amount(one.value));
  line.hidden = totals.some(Number.isNaN) || totals.every((one) => one === 0);
  line.textContent = `${line.dataset.words} ${totals.reduce((sum, one) => sum + one, 0).toLocaleString(document.documentElement.lang)}`;
};
document.querySelectorAll('[data-sum]').forEach((line) => told(line.dataset.sum));
document.addEventListener('input', (event) => {
  if (event.target.dataset?.total) told(event.target.dataset.total);
});
