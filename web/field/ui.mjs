// Making elements. Everything is text or an element: no markup is ever built from words.

import { say } from './words.mjs';

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (['value', 'checked', 'disabled', 'open'].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export const button = (words, act, { kind = '', ...more } = {}) => h('button', { type: 'button', class: `button ${kind}`, onclick: act, ...more }, words);
export const link = (words, hash, kind = '') => h('a', { class: `button ${kind}`, href: hash }, words);

/** Lines of a text as paragraphs; `**bold**` and `*italic*` of XLSForm labels lose their stars. */
export const lines = (text, kind = '') => text.split(/\n+/).map((line) => h('p', { class: kind }, line.replace(/\*{1,2}([^*]+)\*{1,2}/g, '$1')));

/** A ring that fills; its numbers stand beside it as text. */
export function ring(done, all) {
  const around = 2 * Math.PI * 20;
  return s('svg', { viewBox: '0 0 48 48', class: 'ring', 'aria-hidden': 'true' },
    s('circle', { cx: 24, cy: 24, r: 20, class: 'track' }),
    s('circle', { cx: 24, cy: 24, r: 20, class: done >= all && all > 0 ? 'fill done' : 'fill', 'stroke-dasharray': `${all ? (around * Math.min(done, all)) / all : 0} ${around}`, transform: 'rotate(-90 24 24)' }),
    s('text', { x: 24, y: 28.5, 'text-anchor': 'middle' }, String(done)));
}

export const bar = (done, all, label) => h('progress', { max: Math.max(all, 1), value: done, 'aria-label': label });

export const field = (label, input, { help, error } = {}) => {
  const id = input.id || `f${Math.random().toString(36).slice(2)}`;
  input.id = id;
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ');
  if (described) input.setAttribute('aria-describedby', described);
  if (error) input.setAttribute('aria-invalid', 'true');
  return h('div', { class: 'field' }, h('label', { for: id }, label), help && h('p', { class: 'help', id: `${id}-help` }, help), input, error && h('p', { class: 'error', id: `${id}-error`, role: 'alert' }, error));
};

/** A question with two ways out; resolves to true only for the act itself. */
export function confirm({ title, text, act, danger = false, input = null, back = say('Quay lại', 'Back') }) {
  return new Promise((resolve) => {
    const done = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = h('dialog', { 'aria-labelledby': 'dialog-title', oncancel: (event) => { event.preventDefault(); done(false); } },
      h('h2', { id: 'dialog-title', tabindex: '-1' }, title), lines(text), input,
      h('div', { class: 'row' }, button(back, () => done(false)), button(act, () => { if (!input || input.querySelector(':invalid') === null) done(true); }, { kind: danger ? 'danger' : 'primary' })));
    document.body.append(dialog);
    dialog.showModal();
    (input?.querySelector('input,textarea') ?? dialog.querySelector('h2')).focus();
  });
}

export const notice = (kind, ...children) => h('div', { class: `notice ${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, children);

/** A short word at the bottom that goes away by itself. */
export function toast(words) {
  const box = document.getElementById('toast');
  box.textContent = words;
  box.classList.add('seen');
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.classList.remove('seen'), 4000);
}
