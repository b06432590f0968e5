// The form engine, the choice of the respondent and the rules of sending, without a browser.
import test from 'node:test';
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { readFileSync, readdirSync } from 'node:fs';
import { Form, Interview, agreeCode } from '../../web/field/form.mjs';
import { choose, kishTable, ordered } from '../../web/field/respondent.mjs';
import { questionsOf } from '../../web/field/expression.mjs';
import { outcomeGroup, OUTCOMES } from '../../web/field/outcomes.mjs';
import { verdict } from '../../web/field/sync.mjs';
import { builtin, small } from './forms.mjs';
import { lean, shellFiles } from './server.mjs';

const keys = (interview) => interview.screens().map((screen) => screen.key);
const begin = (answers = {}) => new Interview(new Form(small()), answers, { today: '2026-11-26' });
const at = (interview, key) => interview.screens().find((screen) => screen.key === key);

test('nothing is asked before consent, and a refusal asks for the reason only', () => {
  const interview = begin();
  assert.equal(agreeCode(interview.form), '1');
  assert.deepEqual(keys(interview), ['intro', 'consent']);
  interview.set(interview.form.byName.get('consent'), [], '0');
  assert.deepEqual(keys(interview), ['intro', 'consent', 'refusal_reason']);
  assert.equal(interview.agreed(), false);
  assert.deepEqual(interview.document({}), { consent: '0' });
});

test('a changed answer takes later ones out of what is sent, and brings them back', () => {
  const interview = begin({ consent: '1', age: 40, opinion: 'tốt' });
  interview.set(interview.form.byName.get('consent'), [], '0');
  assert.deepEqual(interview.document({}), { consent: '0' });
  interview.set(interview.form.byName.get('consent'), [], '1');
  assert.deepEqual(interview.document({ start: 's', end: 'e', today: '2026-11-26' }), { began: 's', ended: 'e', today: '2026-11-26', consent: '1', age: 40, double: 80, opinion: 'tốt' });
});

test('faults: required, kind, constraint, filter, don’t know', () => {
  const interview = begin({ consent: '1' });
  const age = interview.form.byName.get('age');
  assert.equal(interview.fault(age).code, 'required');
  assert.equal(interview.fault(age, [], 'bốn mươi').code, 'not_integer');
  assert.equal(interview.fault(age, [], 40.5).code, 'not_integer');
  assert.equal(interview.fault(age, [], 17).code, 'constraint');
  assert.equal(interview.fault(age, [], -888), null);
  assert.deepEqual(interview.missingOffered(age), ['-888'], 'only what the constraint allows is offered');
  interview.set(interview.form.byName.get('province'), [], '24');
  const district = interview.form.byName.get('district');
  assert.deepEqual(interview.offered(district).map(({ name }) => name), ['213']);
  assert.equal(interview.fault(district, [], '256').code, 'not_offered');
  const services = interview.form.byName.get('services');
  assert.equal(interview.fault(services, [], ['1', '-888']).code, 'mixed_missing');
  assert.equal(interview.fault(services, [], ['1', '2']), null);
  assert.deepEqual(interview.offered(services).map(({ name }) => name), ['1', '2', '-888'], 'missing codes stand last');
});

test('repeats: each turn has its own answers, its own label, and can be taken away', () => {
  const interview = begin({ consent: '1', age: 30 });
  const member = interview.form.groups.findIndex((group) => group.repeat);
  assert.ok(keys(interview).includes('+member'));
  interview.add(member, []);
  interview.add(member, []);
  const [first, second] = [at(interview, 'member[0]/nickname'), at(interview, 'member[1]/nickname')];
  interview.set(first.question, first.path, 'Lan');
  interview.set(second.question, second.path, 'Ba');
  const age = at(interview, 'member[1]/member_age');
  assert.equal(interview.label(age.question.label, 'vi', age.path), 'Ba bao nhiêu tuổi?');
  interview.set(age.question, age.path, 7);
  assert.deepEqual(interview.document({}).member, [{ nickname: 'Lan' }, { nickname: 'Ba', member_age: 7 }]);
  assert.deepEqual(interview.all('member_age', []), ['', 7]);
  interview.remove(member, [], 0);
  assert.deepEqual(interview.document({}).member, [{ nickname: 'Ba', member_age: 7 }]);
});

test('a circle of conditions ends', () => {
  const form = small();
  const [age, opinion] = ['age', 'opinion'].map((name) => form.questions.find((question) => question.name === name));
  age.relevant = { binary: { operator: '=', left: { question: 'opinion' }, right: { text: 'x' } } };
  opinion.relevant = { binary: { operator: '=', left: { question: 'age' }, right: { number: 1 } } };
  assert.ok(new Interview(new Form(form), { consent: '1' }, {}).screens().length > 0);
});

for (const id of readdirSync(new URL('../../questionnaires/', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'indices').map(({ name }) => name)) {
  test(`${id}: the first offered answer everywhere leads to the end without a fault`, () => {
    const form = new Form(builtin(id));
    for (const question of form.questions) for (const name of questionsOf([question.relevant, question.constraint, question.calculation])) assert.ok(form.byName.has(name), `${question.name} reads ${name}`);
    const interview = new Interview(form, {}, { today: '2026-11-26' });
    let steps = 0;
    for (let index = 0; index < interview.screens().length; index += 1) {
      const { question, path } = interview.screens()[index];
      if (!question.asked) continue;
      steps += 1;
      const tries = question.name === 'consent' ? [agreeCode(form)] : question.list ? [interview.offered(question, path)[0].name] : question.type === 'text' ? ['ý kiến'] : [40, 1, 5, 2020, 0, 100];
      const raw = tries.find((one) => interview.fault(question, path, question.type === 'select_multiple' ? [one] : one) === null);
      assert.notEqual(raw, undefined, `${question.name}: no answer fits`);
      interview.set(question, path, question.type === 'select_multiple' ? [raw] : raw);
    }
    assert.ok(steps > 20, `${steps} questions`);
    assert.deepEqual(interview.blocking().map(({ screen }) => screen.key), []);
  });
}

test('the roster decides, not the order in which it was written down', () => {
  const members = [{ name: 'Đào', sex: 'female', age: 50 }, { name: 'Ánh', sex: 'female', age: 50 }, { name: 'Bình', sex: 'male', age: 20 }, { name: 'Cường', sex: 'male', age: 70 }];
  assert.deepEqual(ordered(members).map(({ name }) => name), ['Cường', 'Bình', 'Ánh', 'Đào']);
  for (let number = 0; number < 12; number += 1) {
    const one = choose('roster', number, members);
    const other = choose('roster', number, [...members].reverse());
    assert.equal(members[one.position].name, [...members].reverse()[other.position].name);
    assert.equal(one.number, (number % 4) + 1);
  }
  const nfd = [{ name: 'Ánh'.normalize('NFD'), sex: 'female', age: 50 }, { name: 'Anh', sex: 'female', age: 50 }];
  assert.deepEqual(ordered(nfd).map(({ name }) => name.normalize('NFC')), ['Anh', 'Ánh']);
});

test('Kish tables have their twelfths; birthdays count round the year', () => {
  const shares = {};
  for (let number = 0; number < 12; number += 1) shares[kishTable(number).name] = (shares[kishTable(number).name] ?? 0) + 1;
  assert.deepEqual(shares, { A: 2, B1: 1, B2: 1, C: 2, D: 2, E1: 1, E2: 1, F: 2 });
  const born = (name, month, day) => ({ name, sex: 'male', age: 30, birthday: { month, day } });
  const members = [born('a', 11, 26), born('b', 11, 27), born('c', 11, 25)];
  const today = { month: 11, day: 26 };
  assert.equal(members[choose('last_birthday', 5, members, today).position].name, 'a');
  assert.equal(members[choose('next_birthday', 5, members, today).position].name, 'b');
  assert.deepEqual(choose('next_birthday', 5, [{ name: 'x', sex: 'male', age: 30 }], today), { problem: 'birthday' });
  assert.deepEqual(choose('roster', 5, [], today), { problem: 'nobody' });
});

test('every outcome has a group, and a reply means what the contract says', () => {
  for (const { code } of OUTCOMES) assert.notEqual(outcomeGroup(code).vi, code);
  const entry = { sha256: 'a' };
  const said = (status, sha256) => verdict(entry, { status, json: sha256 ? { receipt: { sha256 } } : null });
  assert.equal(said(201, 'a'), 'received');
  assert.equal(said(200, 'a'), 'received');
  assert.equal(said(200, 'b'), 'refused', 'a receipt for other bytes is none');
  assert.equal(said(200), 'refused', 'a captive portal says 200 to everything');
  assert.equal(said(409, 'a'), 'conflict');
  for (const status of [401, 403, 410]) assert.equal(said(status), 'stop');
  for (const status of [408, 429, 500, 502, 503]) assert.equal(said(status), 'again');
  for (const status of [400, 404, 413, 415]) assert.equal(said(status), 'refused');
});

test('the whole client is at most 60 KB compressed, and nothing in it is inline or from elsewhere', () => {
  const folder = new URL('../../web/field/', import.meta.url);
  const sizes = [...shellFiles(), 'sw.js'].map((name) => gzipSync(lean(name, readFileSync(new URL(name, folder))), { level: 9 }).length);
  const total = sizes.reduce((a, b) => a + b, 0);
  assert.ok(total <= 60_000, `${total} bytes`);
  for (const name of shellFiles().filter((one) => /\.(mjs|html|css)$/.test(one))) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org\/)[a-z]|innerHTML|eval\(|new Function|style="|<script>|onclick="/, name);
  }
});
