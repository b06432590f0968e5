// The door of the client: starts it, locks it, and shows the screen of each address (`#/…`).

import * as storage from './storage.mjs';
import * as vault from './vault.mjs';
import * as syncing from './sync.mjs';
import { load } from './work.mjs';
import { changeSettings, canGrow, canShrink, loadSettings, say, settings } from './words.mjs';
import { h, button, notice } from './ui.mjs';
import { watchForUpdates, takeOver, update } from './update.mjs';
import { activation, lockScreen } from './screens/entry.mjs';
import { villages, households, household, outcome } from './screens/places.mjs';
import { roster } from './screens/roster.mjs';
import { interview, sections, review, flush } from './screens/interview.mjs';
import { outbox, returned } from './screens/office.mjs';
import { help, log } from './screens/help.mjs';

const LOCK_AFTER_MS = 5 * 60_000;
const ROUTES = [
  [/^$/, villages], [/^village\/([^/]+)$/, households], [/^case\/(\d+)$/, household], [/^case\/(\d+)\/outcome$/, outcome],
  [/^case\/(\d+)\/roster$/, roster], [/^interview\/([\w-]+)$/, interview], [/^interview\/([\w-]+)\/sections$/, sections],
  [/^interview\/([\w-]+)\/review$/, review], [/^outbox$/, outbox], [/^returned$/, returned], [/^help$/, help], [/^log\/([\w-]+)$/, log],
];

/** What every screen gets. */
export const app = {
  code: null,
  version: '',
  work: null,
  go(path) { if (location.hash === `#/${path}`) render(); else location.hash = `/${path}`; },
  reload: () => render(),
  sync: (byHand = false) => syncing.sync({ byHand, version: app.version }),
  lock,
};

let locking = null;
let turn = 0;

function touched() {
  clearTimeout(locking);
  if (vault.isOpen()) locking = setTimeout(lock, LOCK_AFTER_MS);
  lastTouch = Date.now();
}
let lastTouch = Date.now();
let pressedAt = 0;

async function lock() {
  await flush();
  vault.lock();
  app.work = null;
  render();
}

const inInterview = () => location.hash.startsWith('#/interview/');
const route = () => decodeURIComponent(location.hash.replace(/^#\/?/, ''));

/** The page around a screen. */
function frame(screen, { bare = false } = {}) {
  const nav = [['', say('Hộ', 'Homes'), '⌂'], ['outbox', say('Chờ gửi', 'Outbox'), '↑'], ['returned', say('Trả lại', 'Returned'), '↩'], ['help', say('Trợ giúp', 'Help'), '?']];
  const counts = { outbox: app.work?.outbox.length, returned: app.work?.returned.length };
  const small = (words, act, more) => button(words, act, { kind: 'small', ...more });
  return [
    h('header', { class: 'top' },
      h('strong', {}, screen.head ?? say('Khảo sát', 'Survey')),
      h('div', { class: 'tools' },
        small('A−', () => { changeSettings({ size: settings.size - 1 }); render(); }, { 'aria-label': say('Chữ nhỏ hơn', 'Smaller text'), disabled: !canShrink() }),
        small('A+', () => { changeSettings({ size: settings.size + 1 }); render(); }, { 'aria-label': say('Chữ to hơn', 'Larger text'), disabled: !canGrow() }),
        small(settings.language === 'vi' ? 'EN' : 'VI', () => { changeSettings({ language: say('en', 'vi') }); render(); }, { 'aria-label': say('English', 'Tiếng Việt'), lang: say('en', 'vi') }))),
    banner(bare),
    h('main', { id: 'main', class: screen.kind ?? '', tabindex: '-1' }, screen.body),
    bare || screen.plain ? null : h('nav', { class: 'bottom', 'aria-label': say('Các trang', 'Pages') }, nav.map(([path, words, mark]) =>
      h('a', { href: `#/${path}`, 'aria-current': route() === path ? 'page' : null }, h('span', { class: 'mark', 'aria-hidden': 'true' }, mark), words, counts[path] ? h('span', { class: 'badge' }, String(counts[path])) : null))),
  ];
}

/** What the person must know on every page. */
function banner(bare) {
  const shown = [];
  if (update.waiting) {
    shown.push(notice('', say('Có bản mới – cập nhật khi xong phiếu này.', 'A new version is here – update when this interview is done.'),
      inInterview() ? null : button(say('Cập nhật', 'Update'), () => takeOver(), { kind: 'small' })));
  }
  const off = syncing.state.offsetMs;
  if (!bare && Math.abs(off) > 5 * 60_000) {
    shown.push(notice('bad', say('Đồng hồ của máy sai. Vào cài đặt của máy, chọn giờ tự động. Phiếu vẫn an toàn.', 'The clock of this device is wrong. Set it to automatic. Interviews are safe.')));
  }
  if (!bare && ['signed_out', 'revoked'].includes(syncing.state.problem?.kind)) {
    shown.push(notice('bad', syncing.state.problem.kind === 'revoked'
      ? say('Máy này đã bị thu hồi quyền gửi. Phiếu vẫn còn trên máy.', 'This device was revoked. Interviews are still on it.')
      : say('Mã truy cập không còn dùng được. Phiếu vẫn an toàn trên máy; xin mã mới từ điều phối viên.', 'Access has ended. Interviews are safe here; ask the coordinator for a new code.'),
    h('a', { href: '#/help' }, say('Nhập mã mới', 'Enter a new code'))));
  }
  return shown.length ? h('div', { class: 'banners' }, shown) : null;
}

/** Shows the screen of the address. A slower render that was overtaken shows nothing. */
export async function render({ quiet = false } = {}) {
  // A page that changes by itself never overtakes one that somebody has asked for.
  if (!quiet) turn += 1;
  const mine = turn;
  const root = document.getElementById('app');
  let screen;
  let bare = true;
  try {
    if (!(await vault.exists())) screen = await activation(app);
    else if (!vault.isOpen()) screen = await lockScreen(app);
    else if (!(await vault.get('cases', 'account'))) screen = await activation(app, { known: true });
    else {
      bare = false;
      if (!inInterview() || !app.work) app.work = await load();
      for (const [pattern, show] of ROUTES) {
        const found = pattern.exec(route());
        if (found) { screen = await show(app, ...found.slice(1)); break; }
      }
      screen ??= { body: [h('h1', {}, say('Không có trang này', 'No such page')), h('a', { href: '#/' }, say('Về trang đầu', 'To the first page'))] };
    }
  } catch (error) {
    console.error(error);
    screen = failure(error);
  }
  if (mine !== turn || !screen) return;
  // A page that changes by itself does not change under a finger.
  if (quiet && Date.now() - pressedAt < 500) { refresh(); return; }
  document.title = `${screen.title ?? say('Khảo sát', 'Survey')} – ${say('điều tra viên', 'field')}`;
  root.replaceChildren(...frame(screen, { bare }).filter(Boolean));
  document.querySelector('.skip').textContent = say('Đến nội dung chính', 'To the content');
  if (screen.focus) root.querySelector(screen.focus)?.focus();
  else if (!screen.still) { window.scrollTo(0, 0); root.querySelector('h1')?.focus(); }
  screen.after?.();
  touched();
}

function failure(error) {
  const words = error?.name === 'QuotaExceededError'
    ? say('Máy hết chỗ lưu. Hãy xoá bớt ảnh, ứng dụng trên máy rồi thử lại. Không tắt trang này.', 'The device is full. Remove pictures or apps and try again. Do not close this page.')
    : say('Có lỗi trên máy này. Dữ liệu đã lưu vẫn còn.', 'Something failed on this device. What was saved is still there.');
  return { body: [h('h1', { tabindex: '-1' }, say('Có lỗi', 'Something failed')), notice('bad', words), h('p', { class: 'help' }, String(error?.message ?? error)), button(say('Thử lại', 'Try again'), () => render(), { kind: 'primary wide' })] };
}

async function begin() {
  loadSettings();
  const code = /^#t=([\w-]+)$/.exec(location.hash);
  if (code) {
    // The code is worth a token: it does not stay in the address or its history.
    [, app.code] = code;
    history.replaceState(null, '', location.pathname);
  }
  if (!window.isSecureContext || !navigator.locks || !crypto.subtle) {
    document.getElementById('app').replaceChildren(notice('bad', say('Trang này cần địa chỉ https:// và trình duyệt mới (Chrome, Edge, Safari).', 'This page needs an https:// address and a recent browser.')));
    return;
  }
  window.addEventListener('hashchange', async () => {
    const late = /^#t=([\w-]+)$/.exec(location.hash);
    if (late) { [, app.code] = late; history.replaceState(null, '', location.pathname); }
    await flush();
    render();
  });
  for (const event of ['pointerdown', 'keydown']) window.addEventListener(event, () => { pressedAt = Date.now(); touched(); }, { passive: true, capture: true });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') flush();
    else if (vault.isOpen() && Date.now() - lastTouch > LOCK_AFTER_MS) lock();
  });
  window.addEventListener('pagehide', () => { flush(); });
  window.addEventListener('online', () => app.sync());
  window.addEventListener('offline', () => syncing.events.dispatchEvent(new Event('sync')));
  syncing.events.addEventListener('sync', () => { refresh(); });
  watchForUpdates(refresh);
  await render();
}

/** The same screen again, without taking the person away from where they are. */
let pending = null;
function refresh() {
  clearTimeout(pending);
  pending = setTimeout(async () => {
    // Nothing that somebody is filling in, reading to a respondent or confirming is replaced under their hands.
    if (!vault.isOpen() || inInterview() || document.querySelector('dialog, main form')) return;
    const [y, focused] = [window.scrollY, document.activeElement?.getAttribute('href')];
    await render({ quiet: true });
    window.scrollTo(0, y);
    if (focused) document.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }, 150);
}

begin();
