// The field of a question: what the enumerator touches. `change(raw, settled)` is told of every answer.

import { DONT_KNOW, REFUSED, isMissing } from '../form.mjs';
import { button, h } from '../ui.mjs';
import { date, say } from '../words.mjs';

const MISSING_WORDS = { [DONT_KNOW]: ['Không biết', 'Don’t know'], [REFUSED]: ['Không trả lời', 'No answer'] };

function choices({ interview, question, path, language, raw, change, described }) {
  const several = question.type === 'select_multiple';
  const offered = interview.offered(question, path);
  const chosen = () => [...box.querySelectorAll('input:checked')].map((input) => input.value);
  const picked = (event) => {
    if (!several) { change(event.target.value, true); return; }
    // "Don't know" stands alone.
    if (event.target.checked) for (const input of box.querySelectorAll('input')) if (input !== event.target && isMissing(input.value) !== isMissing(event.target.value)) input.checked = false;
    else if (event.target.checked && isMissing(event.target.value) && input !== event.target) input.checked = false;
    change(chosen(), true);
  };
  const given = new Set((Array.isArray(raw) ? raw : String(raw ?? '').split(' ')).map(String));
  const box = h('div', { class: 'choices', role: several ? 'group' : 'radiogroup', 'aria-labelledby': 'question', 'aria-describedby': described },
    offered.map(({ name, label }) => h('label', { class: `choice ${isMissing(name) ? 'missing' : ''}` },
      h('input', { type: several ? 'checkbox' : 'radio', name: 'answer', value: name, checked: given.has(name), onchange: picked }),
      h('span', {}, interview.label(label, language, path)))));
  if (!offered.length) box.append(h('p', { class: 'help' }, say('Không có phương án nào; xem lại các câu trước.', 'No choices; look at the earlier questions.')));
  return box;
}

/** `1,5` or `1.5` becomes a number as it is sent; what is no number stays as typed and is told on going on. */
function numberFrom(text) {
  const plain = text.trim().replace(/−/g, '-').replace(',', '.');
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : text.trim();
}

function typed({ question, raw, change, described, invalid }) {
  const common = { 'aria-labelledby': 'question', 'aria-describedby': described, 'aria-invalid': invalid ? 'true' : null, autocomplete: 'off', class: 'answer' };
  if (question.type === 'text' || question.type === 'barcode') {
    const area = /multiline/.test(question.appearance ?? '') || question.type === 'text';
    return h(area ? 'textarea' : 'input', { ...common, rows: area ? 3 : null, maxlength: 5000, value: isMissing(raw) ? '' : raw ?? '', oninput: (event) => change(event.target.value.trim().normalize('NFC'), false) });
  }
  if (question.type === 'date') return h('input', { ...common, type: 'date', min: '1900-01-01', max: '2100-12-31', value: isMissing(raw) ? '' : raw ?? '', onchange: (event) => change(event.target.value, true), oninput: (event) => change(event.target.value, false) });
  if (question.type === 'time') return h('input', { ...common, type: 'time', value: isMissing(raw) ? '' : raw ?? '', onchange: (event) => change(event.target.value, true) });
  const shown = raw === undefined || isMissing(raw) ? '' : String(raw).replace('.', ',');
  return h('input', { ...common, type: 'text', inputmode: question.type === 'decimal' ? 'decimal' : 'numeric', maxlength: 20, value: shown, oninput: (event) => change(event.target.value.trim() === '' ? undefined : numberFrom(event.target.value), false) });
}

function position({ raw, change }) {
  const shown = h('p', { 'aria-live': 'polite' }, raw ? say(`Đã có vị trí, sai số ${Math.round(Number(String(raw).split(' ')[3] ?? 0))} m`, `Position known to ${Math.round(Number(String(raw).split(' ')[3] ?? 0))} m`) : say('Chưa có vị trí', 'No position yet'));
  const take = () => {
    shown.textContent = say('Đang tìm vị trí… ra chỗ thoáng nếu lâu.', 'Searching… go into the open if it takes long.');
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      change([coords.latitude, coords.longitude, coords.altitude ?? 0, coords.accuracy].map((number) => String(Number(number.toFixed(7)))).join(' '), true);
      shown.textContent = say(`Đã có vị trí, sai số ${Math.round(coords.accuracy)} m`, `Position known to ${Math.round(coords.accuracy)} m`);
    }, () => { shown.textContent = say('Không lấy được vị trí. Bật định vị và cho phép trang này.', 'No position. Turn location on and allow it here.'); }, { enableHighAccuracy: true, timeout: 60_000, maximumAge: 0 });
  };
  return h('div', {}, shown, button(say('Lấy vị trí', 'Take the position'), take, { kind: 'wide' }));
}

/** The field, and the quiet ways of not answering. */
export function answerField(given) {
  const { interview, question, path, raw, change } = given;
  if (question.list) return choices(given);
  if (question.type === 'acknowledge') {
    return h('label', { class: 'choice' }, h('input', { type: 'checkbox', checked: raw === 'OK', onchange: (event) => change(event.target.checked ? 'OK' : undefined, true) }), h('span', {}, say('Đã xác nhận', 'Confirmed')));
  }
  if (question.type === 'geopoint') return position(given);
  if (!['text', 'integer', 'decimal', 'range', 'date', 'time', 'barcode'].includes(question.type)) {
    return h('p', { class: 'notice' }, say(`Câu loại “${question.type}” chưa trả lời được trên máy này; dùng ODK Collect.`, `Questions of type “${question.type}” cannot be answered here; use ODK Collect.`));
  }
  const input = typed(given);
  const quiet = interview.missingOffered(question, path).map((code) => {
    const box = h('input', { type: 'checkbox', value: code, checked: String(raw ?? '') === code, onchange: (event) => {
      for (const other of all.querySelectorAll('.missing input')) if (other !== event.target) other.checked = false;
      if (event.target.checked) input.value = '';
      const number = ['integer', 'decimal', 'range'].includes(question.type);
      change(event.target.checked ? (number ? Number(code) : code) : undefined, true);
    } });
    return h('label', { class: 'choice missing' }, box, h('span', {}, say(...MISSING_WORDS[code])));
  });
  input.addEventListener('input', () => { for (const box of all.querySelectorAll('.missing input')) box.checked = false; });
  const all = h('div', {}, input, question.type === 'date' && raw && !isMissing(raw) ? h('p', { class: 'soft' }, date(raw)) : null, quiet.length ? h('div', { class: 'choices quiet' }, quiet) : null);
  return all;
}

/** What a fault says, by the field: what is right. */
export function faultWords(interview, question, fault, language, path) {
  if (fault.texts && Object.keys(fault.texts).length) return interview.label(fault.texts, language, path);
  switch (fault.code) {
    case 'required': return question.list ? say('Chọn một phương án.', 'Choose an answer.') : say('Cần trả lời câu này.', 'This needs an answer.');
    case 'not_integer': return say('Nhập một số nguyên, ví dụ 35.', 'Enter a whole number, such as 35.');
    case 'not_decimal': case 'not_range': return say('Nhập một số, ví dụ 1,5.', 'Enter a number, such as 1.5.');
    case 'not_date': return say('Nhập đủ ngày, tháng, năm.', 'Enter day, month and year.');
    case 'not_offered': return say('Phương án đã chọn không còn đúng sau khi sửa câu trước. Chọn lại.', 'The choice no longer fits an earlier answer. Choose again.');
    case 'mixed_missing': return say('“Không biết”, “không trả lời” không đi cùng phương án khác.', '“Don’t know” stands alone.');
    default: return say('Câu trả lời chưa đúng điều kiện của câu hỏi.', 'The answer breaks the rule of the question.');
  }
}
