// E5: who lives here, and whom chance has chosen.

import { choose, ordered } from '../respondent.mjs';
import { button, confirm, field, h, notice } from '../ui.mjs';
import { localDay, say } from '../words.mjs';
import { getNote, putNote } from '../work.mjs';
import { recordAttempt } from './places.mjs';

const SEXES = [['male', 'Nam', 'Male'], ['female', 'Nữ', 'Female'], ['other', 'Khác', 'Other']];
const REASONS = {
  roster: (k, n) => say(`Máy đánh số thành viên theo giới, tuổi, tên. Số của hộ, định sẵn khi rút mẫu, chọn người thứ ${k} trong ${n}.`, `Members are numbered by sex, age and name. The household's number, fixed at the draw, selects number ${k} of ${n}.`),
  kish: (k, n) => say(`Theo bảng Kish của hộ, định sẵn khi rút mẫu: người thứ ${k} trong ${n}.`, `By the household's Kish table, fixed at the draw: number ${k} of ${n}.`),
  next_birthday: (k, n) => say(`Người có sinh nhật sắp tới gần nhất, trong ${n} người.`, `The member of ${n} who has the next birthday.`),
  last_birthday: (k, n) => say(`Người có sinh nhật vừa qua gần nhất, trong ${n} người.`, `The member of ${n} who had the last birthday.`),
};

export async function roster(app, index) {
  const one = app.work.cases[Number(index)];
  if (!one) return null;
  const note = await getNote(one.case_id);
  const rule = one.respondent?.rule ?? 'household';
  const number = one.respondent?.number ?? 0;
  const birthdays = rule.endsWith('birthday');
  const today = { month: Number(localDay().slice(5, 7)), day: Number(localDay().slice(8, 10)) };
  const name = h('input', { type: 'text', autocomplete: 'off', maxlength: 80 });
  const age = h('input', { type: 'text', inputmode: 'numeric', maxlength: 3, autocomplete: 'off' });
  const [day, month] = [h('input', { type: 'text', inputmode: 'numeric', maxlength: 2 }), h('input', { type: 'text', inputmode: 'numeric', maxlength: 2 })];
  const problem = h('div', {});
  const bad = (words, where) => { problem.replaceChildren(notice('bad', words)); where?.focus(); };
  const add = async (event) => {
    event.preventDefault();
    const sex = event.target.elements.sex.value;
    const years = /^\d{1,3}$/.test(age.value.trim()) ? Number(age.value) : NaN;
    if (!name.value.trim()) return bad(say('Ghi tên hoặc cách gọi, ví dụ “bác Lan”.', 'Write a name, such as “aunt Lan”.'), name);
    if (!sex) return bad(say('Chọn giới tính.', 'Choose the sex.'));
    if (!(years >= 18 && years <= 120)) return bad(say('Nhập tuổi từ 18 đến 120. Người dưới 18 tuổi không ghi vào đây.', 'An age from 18 to 120. Nobody under 18 is listed.'), age);
    const member = { name: name.value.trim().normalize('NFC'), sex, age: years };
    if (birthdays) {
      const birthday = { month: Number(month.value), day: Number(day.value) };
      const days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][birthday.month - 1] ?? 0;
      if (!(birthday.day >= 1 && birthday.day <= days)) return bad(say('Nhập ngày, tháng sinh nhật.', 'Enter day and month of the birthday.'), day);
      member.birthday = birthday;
    }
    note.roster.push(member);
    await putNote(note);
    return app.reload();
  };
  const members = ordered(note.roster);
  const chosen = note.roster.length ? choose(rule, number, note.roster, today) : null;
  // Nobody sees who would be chosen before the roster is closed: else one could list people until the choice suits.
  const draw = async () => {
    const n = note.roster.length;
    if (!(await confirm({ title: say(`Đủ ${n} người chưa?`, `Are these ${n} all?`), text: say('Sau khi chọn, danh sách này không sửa được nữa.', 'After the choice the list cannot be changed.'), act: say('Đủ, chọn đi', 'All, choose') }))) return;
    const member = note.roster[chosen.position];
    note.chosen = { ...member, number: chosen.number, n: chosen.n, rule, at: new Date().toISOString() };
    await putNote(note);
    app.reload();
  };
  const nobody = async () => {
    if (!(await confirm({ title: say('Không có ai từ 18 tuổi?', 'Nobody of 18 or over?'), text: say('Hộ sẽ được ghi “không có ai đủ điều kiện”.', 'The household will be recorded as “nobody eligible”.'), act: say('Đúng, ghi lại', 'Yes, record it') }))) return;
    await recordAttempt(app, one, { disposition: '4.70' });
    app.go(`case/${one.index}`);
    app.sync();
  };
  return {
    title: say('Chọn người trả lời', 'Choose the respondent'),
    head: one.title,
    still: note.roster.length > 0,
    focus: note.chosen ? '.chosen button' : note.roster.length ? '#roster-name' : null,
    body: [
      h('p', { class: 'crumb' }, h('a', { href: `#/case/${one.index}` }, `‹ ${one.title}`)),
      h('h1', { tabindex: '-1' }, say('Chọn người trả lời', 'Choose the respondent')),
      h('p', {}, say('Ghi mọi người từ đủ 18 tuổi đang sống trong hộ. Máy chọn một người; không được tự đổi. Tên chỉ nằm trên máy này.', 'List everyone of 18 or over who lives here. One person is selected; nobody may change that. Names stay on this device.')),
      members.length ? h('ol', { class: 'list roster' }, members.map((member) => h('li', { class: 'card' },
        h('span', { class: 'grow' }, h('strong', {}, member.name), h('span', {}, `${say(...SEXES.find(([code]) => code === member.sex).slice(1))}, ${member.age} ${say('tuổi', 'years')}`)),
        note.chosen ? null : button(say('Bỏ', 'Remove'), async () => { note.roster.splice(member.position, 1); await putNote(note); app.reload(); }, { kind: 'small', 'aria-label': say(`Bỏ ${member.name}`, `Remove ${member.name}`) })))) : null,
      note.chosen ? null : h('form', { class: 'card', onsubmit: add, novalidate: true },
        h('h2', {}, say('Thêm một người', 'Add a person')),
        field(say('Tên hoặc cách gọi', 'Name'), Object.assign(name, { id: 'roster-name' })),
        h('fieldset', {}, h('legend', {}, say('Giới tính', 'Sex')), h('div', { class: 'row' }, SEXES.map(([code, vi, en]) => h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'sex', value: code }), h('span', {}, say(vi, en)))))),
        field(say('Tuổi (dương lịch)', 'Age in completed years'), age),
        birthdays ? h('div', { class: 'row' }, field(say('Ngày sinh', 'Day of birth'), day), field(say('Tháng sinh', 'Month'), month)) : null,
        problem,
        h('button', { class: 'button wide', type: 'submit' }, say('Thêm người này', 'Add'))),
      chosen && !chosen.problem && !note.chosen ? button(say('Đủ người – chọn người trả lời', 'All listed – choose the respondent'), draw, { kind: 'primary wide' }) : null,
      note.chosen ? h('section', { class: 'card chosen' },
        h('h2', {}, say('Người được chọn', 'Selected person')),
        h('p', { class: 'big' }, `${note.chosen.name}, ${note.chosen.age} ${say('tuổi', 'years')}`),
        h('p', { class: 'soft' }, REASONS[note.chosen.rule](note.chosen.number, note.chosen.n)),
        button(say('Xác nhận người được chọn', 'Confirm this person'), () => app.go(`case/${one.index}`), { kind: 'primary wide' })) : null,
      chosen?.problem === 'too_many' ? notice('bad', say('Quá 30 người: có phải một hộ không? Gọi điều phối viên.', 'More than 30: is this one household? Call the coordinator.')) : null,
      note.roster.length ? null : button(say('Không có ai đủ điều kiện', 'Nobody is eligible'), nobody, { kind: 'wide' }),
    ],
  };
}
