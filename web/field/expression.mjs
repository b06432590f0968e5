// What an expression is worth. The same tree, the same rules and the same table of cases as
// src/questionnaire/expression/evaluate.rs; a value is a number, a text, a truth or a day ({date: 'yyyy-mm-dd'}).

const BLANK = /\p{White_Space}+/u;
const words = (text) => text.split(BLANK).filter((word) => word !== '');
const trim = (text) => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
const isDay = (value) => typeof value === 'object' && value !== null;

/** A number by the grammar of XPath 1.0; null where the text is none. */
export function parseNumber(text) {
  const digits = trim(text);
  return /^-?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(digits) ? Number(digits) : null;
}

/** Milliseconds of a day written yyyy-mm-dd exactly; null for anything else. */
function dayTime(text) {
  const found = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (!found) return null;
  const [year, month, day] = found.slice(1).map(Number);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  return time.getUTCMonth() === month - 1 && time.getUTCDate() === day ? time.getTime() : null;
}

/** Whether the text is a day of the calendar. */
export const isDate = (text) => dayTime(text) !== null;

function dayFromNumber(days) {
  const whole = Math.floor(days);
  if (!(Math.abs(whole) < 4_000_000)) return null;
  const time = new Date(whole * 86_400_000);
  const year = time.getUTCFullYear();
  if (year < 0 || year > 9999) return null;
  const two = (number) => String(number).padStart(2, '0');
  return { date: `${String(year).padStart(4, '0')}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}` };
}

export function toNumber(value) {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isDay(value)) return dayTime(value.date) / 86_400_000;
  return parseNumber(value) ?? NaN;
}

export function toBoolean(value) {
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value);
  if (typeof value === 'string') return value !== '';
  return isDay(value) ? true : value;
}

/** Numbers without exponent, as XPath writes them. */
function numberText(number) {
  if (number === 0) return '0';
  const text = String(number);
  const parts = /^(-?)([0-9])(?:\.([0-9]+))?e([+-][0-9]+)$/.exec(text);
  if (!parts) return text;
  const [, sign, first, rest = '', power] = parts;
  const digits = first + rest;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + (digits.length <= point ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`);
}

export function toText(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  return isDay(value) ? value.date : String(value);
}

export const isEmpty = (value) => value === '' || Number.isNaN(value);

function equals(a, b) {
  if (typeof a === 'boolean' || typeof b === 'boolean') return toBoolean(a) === toBoolean(b);
  if (typeof a === 'number' || typeof b === 'number') return toNumber(a) === toNumber(b);
  if (isDay(a) && isDay(b)) return a.date === b.date;
  if (isDay(a)) return trim(b) === a.date;
  if (isDay(b)) return trim(a) === b.date;
  return a === b;
}

function binary({ operator, left, right }, context) {
  if (operator === 'or') return holds(left, context) || holds(right, context);
  if (operator === 'and') return holds(left, context) && holds(right, context);
  const [one, two] = [evaluate(left, context), evaluate(right, context)];
  if (operator === '=') return equals(one, two);
  if (operator === '!=') return !equals(one, two);
  const [a, b] = [toNumber(one), toNumber(two)];
  switch (operator) {
    case '<': return a < b;
    case '<=': return a <= b;
    case '>': return a > b;
    case '>=': return a >= b;
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case 'div': return a / b;
    case 'mod': return a % b;
    default: throw new Error(`operator ${operator}`);
  }
}

/** Halves go up; not floor(x + 0.5), which takes 0.49999999999999994 to 1. */
function halfUp(number) {
  const below = Math.floor(number);
  return number - below >= 0.5 ? below + 1 : below;
}

function round(number, places) {
  if (!Number.isInteger(places) || Math.abs(places) > 15) return NaN;
  let factor = 1;
  for (let i = 0; i < Math.abs(places); i += 1) factor *= 10;
  if (places < 0) return halfUp(number / factor) * factor;
  return Number.isInteger(number) ? number : halfUp(number * factor) / factor;
}

function toDay(value) {
  if (isDay(value)) return value;
  if (typeof value === 'number') return dayFromNumber(value);
  if (typeof value !== 'string') return null;
  const day = trim(value.split('T')[0]);
  return isDate(day) ? { date: day } : null;
}

function formatDate(day, pattern) {
  const [year, month, date] = day.date.split('-');
  const written = { Y: year, y: year.slice(2), m: month, n: String(Number(month)), d: date, e: String(Number(date)) };
  return pattern.replace(/%(.?)/gsu, (_, sign) => written[sign] ?? sign);
}

function substr(text, start, end) {
  const letters = [...text];
  if (Number.isNaN(start) || Number.isNaN(end)) return '';
  const at = (index) => (index < 0 ? Math.max(letters.length + index, 0) : Math.min(index, letters.length));
  return letters.slice(at(Math.trunc(start)), Math.max(at(Math.trunc(start)), at(end === undefined ? Infinity : Math.trunc(end)))).join('');
}

function translate(text, from, to) {
  const [sources, targets] = [[...from], [...to]];
  return [...text].map((letter) => {
    const index = sources.indexOf(letter);
    return index < 0 ? letter : targets[index] ?? '';
  }).join('');
}

const least = (numbers, better) => numbers.filter((n) => !Number.isNaN(n)).reduce((a, b) => (Number.isNaN(a) || better(b, a) ? b : a), NaN);

// Each function gets its arguments as functions of nothing, so that `if` and `coalesce` leave alone what they do not need.
const FUNCTIONS = {
  true: () => true,
  false: () => false,
  not: (a) => !toBoolean(a()),
  if: (condition, then, otherwise) => (toBoolean(condition()) ? then() : otherwise()),
  coalesce: (a, b) => { const first = a(); return isEmpty(first) ? b() : first; },
  boolean: (a) => toBoolean(a()),
  'boolean-from-string': (a) => ['true', '1'].includes(toText(a())),
  number: (a) => toNumber(a()),
  string: (a) => toText(a()),
  int: (a) => Math.trunc(toNumber(a())),
  round: (a, places) => round(toNumber(a()), places ? toNumber(places()) : 0),
  abs: (a) => Math.abs(toNumber(a())),
  min: (...all) => least(all.map((a) => toNumber(a())), (x, y) => x < y),
  max: (...all) => least(all.map((a) => toNumber(a())), (x, y) => x > y),
  date: (a) => toDay(a()) ?? '',
  'format-date': (a, pattern) => { const day = toDay(a()); return day ? formatDate(day, toText(pattern())) : ''; },
  selected: (list, code) => words(toText(list())).includes(trim(toText(code()))),
  'selected-at': (list, index) => {
    const [codes, at] = [words(toText(list())), toNumber(index())];
    return at >= 0 && Number.isInteger(at) ? codes[at] ?? '' : '';
  },
  'count-selected': (list) => words(toText(list())).length,
  'string-length': (a) => [...toText(a())].length,
  concat: (...all) => all.map((a) => toText(a())).join(''),
  contains: (a, part) => toText(a()).includes(toText(part())),
  'starts-with': (a, part) => toText(a()).startsWith(toText(part())),
  'ends-with': (a, part) => toText(a()).endsWith(toText(part())),
  substr: (a, start, end) => substr(toText(a()), toNumber(start()), end ? toNumber(end()) : undefined),
  'substring-before': (a, part) => { const [text, at] = cut(a, part); return at < 0 ? '' : text.slice(0, at); },
  'substring-after': (a, part) => { const [text, at, length] = cut(a, part); return at < 0 ? '' : text.slice(at + length); },
  'normalize-space': (a) => words(toText(a())).join(' '),
  translate: (a, from, to) => translate(toText(a()), toText(from()), toText(to())),
};

function cut(a, part) {
  const [text, piece] = [toText(a()), toText(part())];
  return [text, text.indexOf(piece), piece.length];
}

function call({ function: name, arguments: given }, context) {
  if (name === 'today') return context.today ? { date: context.today } : '';
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : null;
  if (!known) throw new Error(`function ${name}`);
  return known(...given.map((argument) => () => evaluate(argument, context)));
}

/**
 * The value of a tree. The context has `question(name)`, and where they make sense `this`, `today` (yyyy-mm-dd) and
 * `column(name)`. Throws only for a tree that this client does not know, which is found when a form arrives (`understands`).
 */
export function evaluate(tree, context) {
  if (tree === 'this') return context.this ?? '';
  const [kind] = Object.keys(tree);
  const inner = tree[kind];
  switch (kind) {
    case 'number': case 'text': return inner;
    case 'question': return context.question(inner);
    case 'choice_column': return context.column?.(inner) ?? '';
    case 'negate': return -toNumber(evaluate(inner, context));
    case 'binary': return binary(inner, context);
    case 'call': return call(inner, context);
    default: throw new Error(`expression ${kind}`);
  }
}

/** The tree as a condition. */
export const holds = (tree, context) => toBoolean(evaluate(tree, context));

/** The questions that a tree reads, each once. */
export function questionsOf(tree, found = new Set()) {
  if (typeof tree !== 'object' || tree === null) return found;
  if (typeof tree.question === 'string') found.add(tree.question);
  for (const inner of Object.values(tree)) questionsOf(inner, found);
  return found;
}
