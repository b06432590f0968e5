// Every case of the table that the Rust evaluator passes too.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { evaluate, questionsOf } from '../../web/field/expression.mjs';
import '../../web/field/rare.mjs';
import { parse } from './parse.mjs';

const cases = JSON.parse(readFileSync(new URL('../questionnaire/expressions.json', import.meta.url)));
const value = (json) => (json?.number === undefined ? json : Number(json.number));
// Powers, roots and angles may differ in the last digit from one library to another.
const near = (one, two) => typeof one === 'number' && typeof two === 'number' && Math.abs(one - two) <= 1e-12 * Math.max(1, Math.abs(two));

test('every case of the shared table gives what is expected', () => {
  const wrong = [];
  let tried = 0;
  for (const { expression, tree, context = {}, expected } of cases) {
    if (expected?.error !== undefined) continue;
    tried += 1;
    const answers = context.answers ?? {};
    const given = {
      question: (name) => (Object.hasOwn(answers, name) ? value(answers[name]) : ''),
      this: value(context.this),
      today: context.today,
      column: (name) => context.choice?.[name],
      turns: (name) => (context.turns?.[name] ?? [answers[name] ?? '']).map(value),
      inTurn: (name, given) => value(context.turns?.[name]?.[given[0][1] - 1] ?? ''),
      position: context.position ?? '',
      now: () => context.now,
      random: () => context.random,
      choiceLabel: (question, code) => context.labels?.[question]?.[code] ?? '',
      lookup: (table, column, keyColumn, key) => context.tables?.[table]?.find((row) => row[keyColumn] === key)?.[column] ?? '',
    };
    try {
      const got = evaluate(tree ?? parse(expression), given);
      if (!near(got, value(expected))) assert.deepEqual(got, value(expected));
    } catch (error) {
      // Negative zero is zero in XPath.
      if (!(/-0/.test(error.message) && value(expected) === 0)) wrong.push(`${expression}: ${error.message}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(tried >= 300, `${tried} cases`);
});

test('the questions that a tree reads', () => {
  assert.deepEqual([...questionsOf(parse('${a} = 1 and not(selected(${b}, ${a}))'))], ['a', 'b']);
});

test('a tree that the client does not know is an error and no silent answer', () => {
  assert.throws(() => evaluate({ call: { function: 'constructor', arguments: [] } }, {}));
  assert.throws(() => evaluate({ unheard_of: 1 }, {}));
});
