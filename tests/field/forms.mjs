// Forms for the tests: built-in questionnaires read from their sheets, and a small one with a repeat, a filter and a calculation.
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { parse } from './parse.mjs';

function csv(text) {
  const rows = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') { cell += '"'; at += 1; } else if (sign === '"') quoted = false; else cell += sign;
    } else if (sign === '"') quoted = true;
    else if (sign === ',') { rows.at(-1).push(cell); cell = ''; } else if (sign === '\n') { rows.at(-1).push(cell); cell = ''; rows.push([]); } else if (sign !== '\r') cell += sign;
  }
  const [head, ...body] = rows.filter((row) => row.length > 1);
  return body.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])));
}

const texts = (row, column) => Object.fromEntries(['vi', 'en'].map((code) => [code, row[`${column}::${code}`]]).filter(([, text]) => text));
const tree = (text) => (text === 'yes' ? { call: { function: 'true', arguments: [] } } : text ? parse(text) : null);

export function build({ id, title, survey, choices, version = '1' }) {
  const [groups, questions, open] = [[], [], []];
  for (const row of survey) {
    const [type, list] = row.type.trim().split(/\s+/);
    const group = open.at(-1) ?? null;
    if (/^begin[_ ]/.test(row.type)) {
      groups.push({ name: row.name, parent: group, label: texts(row, 'label'), hint: texts(row, 'hint'), relevant: tree(row.relevant), appearance: null, ...(row.type.endsWith('repeat') ? { repeat: { count: tree(row.repeat_count) } } : {}) });
      open.push(groups.length - 1);
    } else if (/^end[_ ]/.test(row.type)) open.pop();
    else {
      const question = { name: row.name, kind: list ? { [type]: list } : type, group, label: texts(row, 'label'), hint: texts(row, 'hint'), required_message: {}, constraint_message: texts(row, 'constraint_message') };
      for (const field of ['required', 'relevant', 'constraint', 'calculation', 'choice_filter']) question[field] = tree(row[field]);
      questions.push(question);
    }
  }
  const lists = new Map();
  for (const { list_name, name, ...rest } of choices) {
    if (!lists.has(list_name)) lists.set(list_name, []);
    lists.get(list_name).push({ name, label: texts(rest, 'label'), columns: Object.fromEntries(Object.entries(rest).filter(([column]) => !column.startsWith('label'))) });
  }
  const form = { id, title, version, default_language: 'vi', languages: [{ code: 'vi', name: 'Tiếng Việt (vi)' }, { code: 'en', name: 'English (en)' }], groups, questions, choice_lists: [...lists].map(([name, all]) => ({ name, choices: all })) };
  form.sha256 = createHash('sha256').update(JSON.stringify(form)).digest('hex');
  return form;
}

export function builtin(id) {
  const sheet = (name) => csv(readFileSync(new URL(`../../questionnaires/${id}/${name}.csv`, import.meta.url), 'utf8'));
  return build({ id, title: { vi: sheet('settings')[0].form_title }, survey: sheet('survey'), choices: sheet('choices') });
}

const row = (type, name, vi, more = {}) => ({ type, name, 'label::vi': vi, 'label::en': `${name}?`, ...more });
export function small(version = '1') {
  return build({
    id: 'nho', version, title: { vi: `Phiếu thử, bản ${version}` },
    survey: [
      row('start', 'began', ''), row('end', 'ended', ''), row('today', 'today', ''),
      row('note', 'intro', 'Chào ông/bà. Chúng tôi hỏi ý kiến người dân về dịch vụ công ở địa phương.'),
      row('select_one consent', 'consent', 'Ông/bà có đồng ý trả lời không?', { required: 'yes' }),
      row('select_one reason', 'refusal_reason', 'Vì sao không tham gia?', { relevant: '${consent} = 0' }),
      row('begin_group', 'house', 'Gia đình', { relevant: '${consent} = 1' }),
      row('integer', 'age', version === '1' ? 'Năm nay ông/bà bao nhiêu tuổi?' : 'Ông/bà bao nhiêu tuổi (bản 2)?', { required: 'yes', constraint: '(. >= 18 and . <= 110) or . = -888', 'constraint_message::vi': 'Nhập tuổi từ 18 đến 110', 'constraint_message::en': 'An age from 18 to 110' }),
      row('begin_repeat', 'member', 'Thành viên'),
      row('text', 'nickname', 'Gọi người này là gì?', { required: 'yes' }),
      row('integer', 'member_age', '${nickname} bao nhiêu tuổi?', { required: 'yes', constraint: '. >= 0' }),
      row('end_repeat', '', ''),
      row('calculate', 'double', '', { calculation: '${age} * 2' }),
      row('select_one province', 'province', 'Sinh ở tỉnh nào?', { required: 'yes' }),
      row('select_one district', 'district', 'Huyện nào của tỉnh?', { required: 'yes', choice_filter: 'province = ${province}' }),
      row('select_multiple service', 'services', 'Đã dùng dịch vụ nào?', { required: 'yes' }),
      row('text', 'opinion', 'Ông/bà muốn góp ý gì thêm?'),
      row('end_group', '', ''),
    ],
    choices: [['consent', '1', 'Đồng ý'], ['consent', '0', 'Không đồng ý'], ['reason', '1', 'Bận'], ['reason', '2', 'Lý do khác'], ['province', '24', 'Bắc Giang'], ['province', '27', 'Bắc Ninh'],
      ['service', '1', 'Chứng thực'], ['service', '2', 'Đất đai'], ['service', '-888', '[Không biết]']].map(([list_name, name, vi]) => ({ list_name, name, 'label::vi': vi, 'label::en': vi, province: '' }))
      .concat([['213', 'Thành phố Bắc Giang', '24'], ['256', 'Thành phố Bắc Ninh', '27']].map(([name, vi, province]) => ({ list_name: 'district', name, 'label::vi': vi, 'label::en': vi, province }))),
  });
}
