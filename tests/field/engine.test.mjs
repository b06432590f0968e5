// The form engine on what the small form of the other tests does not have: repeats in repeats, triggers, chance, defaults, orders.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Form, Interview, prepare, shuffled } from '../../web/field/form.mjs';
import { parse } from './parse.mjs';

const FORMULAS = ['required', 'relevant', 'constraint', 'calculation', 'choice_filter', 'default_formula', 'read_only'];
const repeat = (name, parent, count) => ({ name, parent, label: {}, hint: {}, relevant: null, repeat: { count: count ? parse(count) : null } });
function question(name, kind, group, more = {}) {
  const found = { name, kind, group, label: { vi: name }, hint: {}, required_message: {}, constraint_message: {}, ...more };
  for (const field of FORMULAS) found[field] = more[field] ? parse(more[field]) : null;
  return found;
}
const form = (questions, groups = [], lists = []) => new Form({ id: 'f', default_language: 'vi', languages: [{ code: 'vi', name: 'vi' }], groups, questions, choice_lists: lists });
const list = (name, ...codes) => ({ name, choices: codes.map((code) => ({ name: code, label: { vi: `chữ ${code}` }, columns: { half: String(Number(code) / 2) } })) });

function house() {
  const groups = [repeat('member', null, '${n}'), repeat('job', 0)];
  return form([
    question('n', 'integer', null),
    question('number', 'calculate', 0, { calculation: 'position(..)' }),
    question('age', 'integer', 0),
    question('hours', 'integer', 1, { default: '40' }),
    question('n_jobs', 'calculate', 0, { calculation: 'count(${job})' }),
    question('week', 'calculate', 0, { calculation: 'sum(${hours})' }),
    question('oldest', 'calculate', null, { calculation: 'max(${age})' }),
    question('first', 'calculate', null, { calculation: 'indexed-repeat(${age}, ${member}, 1)' }),
    question('second_job', 'calculate', null, { calculation: 'indexed-repeat(${hours}, ${member}, 1, ${job}, 2)' }),
    question('size', 'calculate', null, { calculation: 'count(${member})' }),
  ], groups);
}

test('formulas in repeats read their own turn, formulas outside all of them', () => {
  const engine = new Interview(house(), {});
  const set = (name, path, raw) => engine.set(engine.form.byName.get(name), path, raw);
  set('n', [], 2);
  set('age', [['member', 0]], 40);
  set('age', [['member', 1]], 7);
  engine.add(1, [['member', 0]]);
  engine.add(1, [['member', 0]]);
  set('hours', [['member', 0], ['job', 1]], 5);
  assert.deepEqual(engine.document({}), {
    n: 2,
    member: [{ number: 1, age: 40, n_jobs: 2, week: 45, job: [{ hours: 40 }, { hours: 5 }] }, { number: 2, age: 7, n_jobs: 0, week: 0 }],
    oldest: 40, first: 40, second_job: 5, size: 2,
  });
  set('n', [], 1);
  assert.equal(engine.document({}).oldest, 40);
  assert.equal(engine.document({}).member.length, 1, 'the count rules');
});

test('defaults stand there from the beginning, once for the interview and once for each turn', () => {
  const made = form([
    question('a', 'integer', null, { default: '5' }),
    question('b', 'text', null, { default_formula: "concat('x', ${a})" }),
    question('c', 'text', 0, { default_formula: 'position(..)' }),
  ], [repeat('r', null)]);
  const engine = new Interview(made, {});
  assert.deepEqual(engine.answers, { a: 5, b: 'x5' });
  engine.add(0, []);
  engine.add(0, []);
  assert.deepEqual(engine.answers.r, [{ c: 1 }, { c: 2 }]);
  assert.deepEqual(new Interview(made, { a: 9 }).answers, { a: 9 }, 'an interview under way keeps what it has');
});

test('a triggered calculation is made when its question changes, and not otherwise', () => {
  const engine = new Interview(form([
    question('a', 'integer', null), question('b', 'integer', null), question('sum', 'calculate', null, { calculation: '${a} + ${b}', trigger: ['a'] }),
  ]), {});
  const set = (name, raw) => engine.set(engine.form.byName.get(name), [], raw);
  set('b', 1);
  assert.equal(engine.document({}).sum, undefined);
  set('a', 2);
  set('b', 10);
  assert.equal(engine.document({}).sum, 3);
  set('a', 2);
  assert.equal(engine.document({}).sum, 3, 'the same answer again is no change');
  set('a', 3);
  assert.equal(engine.document({}).sum, 13);
});

test('what chance gave stays, also after the phone was off, until what it was made of changes', () => {
  const made = () => form([question('a', 'integer', null), question('luck', 'calculate', null, { calculation: 'random() + ${a}' }), question('once', 'calculate', null, { calculation: 'once(random() + ${a})' })]);
  const engine = new Interview(made(), { a: 1 });
  const set = (raw) => engine.set(engine.form.byName.get('a'), [], raw);
  const { luck, once } = engine.document({});
  assert.ok(luck >= 1 && luck < 2);
  assert.deepEqual(engine.document({}), { a: 1, luck, once });
  assert.deepEqual(new Interview(made(), structuredClone(engine.answers)).document({}), { a: 1, luck, once });
  set(5);
  assert.ok(engine.document({}).luck >= 5);
  assert.equal(engine.document({}).once, once);
});

test('words of choices, tables, the order for a seed, a whole order', async () => {
  const json = { questions: [{ calculation: parse("regex(${q}, '[0-9]+')") }] };
  await prepare(json);
  const made = form([
    question('q', { select_one: 'l' }, null), question('r', { rank: 'l' }, null, { parameters: 'randomize=true seed=7' }),
    question('word', 'calculate', null, { calculation: "jr:choice-name(${q}, '${q}')" }),
    question('half', 'calculate', null, { calculation: "pulldata('t', 'half', 'name', ${q})" }),
    question('fits', 'calculate', null, { calculation: "regex(${q}, '[0-9]+')" }),
  ], [], [list('l', '1', '2', '3'), list('t.csv', '1', '2')]);
  const engine = new Interview(made, { q: '2' });
  assert.deepEqual(engine.document({}), { q: '2', word: 'chữ 2', half: '1', fits: 'true' });
  const rank = engine.form.byName.get('r');
  assert.equal(engine.fault(rank, [], ['1', '2']).code, 'incomplete_order');
  assert.equal(engine.fault(rank, [], ['3', '1', '2']), null);
  assert.deepEqual(engine.offered(rank).map(({ name }) => name), shuffled(['1', '2', '3'], 7));
  // As JavaRosa orders them.
  assert.equal(shuffled([...'abcdefg'], 7).join(' '), 'd b g f c e a');
  assert.equal(shuffled([...'abcdefg'], 42).join(' '), 'a f c b d e g');
});

test('a pattern that takes other engines for ever takes no time', async () => {
  await prepare({ function: 'regex', x: { call: { function: 'regex' } } });
  const engine = new Interview(form([question('a', 'text', null, { constraint: "regex(., '(a+)+')" })]), {});
  const begin = performance.now();
  assert.equal(engine.fault(engine.form.byName.get('a'), [], `${'a'.repeat(2000)}!`).code, 'constraint');
  assert.ok(performance.now() - begin < 5000);
});
