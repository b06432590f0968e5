// Two languages side by side where they are used: `say('Tiếp', 'Next')`. Numbers, days and times as people here write them.

export const settings = { language: 'vi', theme: 'auto', size: 1 };
const SIZES = [0.875, 1, 1.15, 1.3, 1.5];

export const say = (vi, en) => (settings.language === 'en' ? en : vi);

/** Settings of the screen hold nothing personal and must be there before the vault is open. */
export function loadSettings() {
  try { Object.assign(settings, JSON.parse(localStorage.getItem('khaosat-screen') ?? '{}')); } catch { /* damaged: begin anew */ }
  applySettings();
}

export function changeSettings(change) {
  Object.assign(settings, change);
  try { localStorage.setItem('khaosat-screen', JSON.stringify(settings)); } catch { /* full: it holds until the page is closed */ }
  applySettings();
}

export const canGrow = () => settings.size < SIZES.length - 1;
export const canShrink = () => settings.size > 0;

function applySettings() {
  const root = document.documentElement;
  root.lang = settings.language;
  root.dataset.theme = settings.theme;
  root.style.fontSize = `${SIZES[settings.size] * 100}%`;
}

const two = (number) => String(number).padStart(2, '0');
export const time = (at) => { const day = new Date(at); return `${two(day.getHours())}:${two(day.getMinutes())}`; };
export const date = (at) => { const day = new Date(at); return `${two(day.getDate())}/${two(day.getMonth() + 1)}/${day.getFullYear()}`; };
export const when = (at) => `${time(at)} ${date(at)}`;
/** yyyy-mm-dd by the clock on the wall. */
export const localDay = (at = new Date()) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** RFC 3339 with the offset of the place. */
export function moment(at = new Date()) {
  const minutes = -at.getTimezoneOffset();
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${localDay(at)}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${zone}`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const number = bytes < 1024 ** 2 ? bytes / 1024 : bytes < 1024 ** 3 ? bytes / 1024 ** 2 : bytes / 1024 ** 3;
  const unit = bytes < 1024 ** 2 ? 'KB' : bytes < 1024 ** 3 ? 'MB' : 'GB';
  const text = number < 10 ? number.toFixed(1) : number.toFixed(0);
  return `${settings.language === 'en' ? text : text.replace('.', ',')} ${unit}`;
}

export function duration(ms) {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return say(`${minutes} phút`, `${minutes} min`);
  if (minutes < 48 * 60) return say(`${Math.floor(minutes / 60)} giờ ${minutes % 60} phút`, `${Math.floor(minutes / 60)} h ${minutes % 60} min`);
  return say(`${Math.round(minutes / 1440)} ngày`, `${Math.round(minutes / 1440)} days`);
}
