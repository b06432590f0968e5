// What an expression is worth. The same tree, the same rules and the same table of cases as
// src/questionnaire/expression/; a value is a number, a text, a truth, a day ({date: 'yyyy-mm-dd'}) or a moment ({moment: '…'}).

const BLANK = /\p{White_Space}+/u;
export const words = (text) => text.split(BLANK).filter((word) => word !== '');
export const trim = (text) => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
export const isDay = (value) => typeof value === 'object' && value !== null && 'date' in value;
export const isMoment = (value) => typeof value === 'object' && value !== null && 'moment' in value;
const DAY = 86_400_000;

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

export function dayFromNumber(days) {
  const whole = Math.floor(days);
  if (!(Math.abs(whole) < 4_000_000)) return null;
  const time = new Date(whole * DAY);
  const year = time.getUTCFullYear();
  if (year < 0 || year > 9999) return null;
  const two = (number) => String(number).padStart(2, '0');
  return { date: `${String(year).padStart(4, '0')}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}` };
}

const CLOCK = '([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]{1,9}))?)?';
const MOMENT = new RegExp(`^([0-9]{4}-[0-9]{2}-[0-9]{2})T${CLOCK}(Z|[+-][0-9]{2}(?::[0-9]{2})?)$`);
const TIME = new RegExp(`^${CLOCK}(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$`);

function clockOf([hour, minute, second = '00', fraction = '0']) {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return `${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`;
}

/** The moment written with its zone, in one form; null for anything else. */
export function parseMoment(text) {
  const found = MOMENT.exec(text);
  if (!found) return null;
  const [, day, hour, minute, second, fraction, zone] = found;
  const clock = clockOf([hour, minute, second, fraction]);
  const offset = zone === 'Z' ? '+00:00' : zone.length === 3 ? `${zone}:00` : zone;
  if (!isDate(day) || clock === null || Number(offset.slice(1, 3)) > 23 || Number(offset.slice(4)) > 59) return null;
  const moment = `${day}T${clock}${offset}`;
  const time = Date.parse(moment);
  return Number.isNaN(time) ? null : { moment };
}

/** Whether the text is a time of day, with or without a zone. */
export const isTime = (text) => { const found = TIME.exec(text); return Boolean(found && clockOf(found.slice(1, 5))); };

export function toNumber(value) {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isDay(value)) return dayTime(value.date) / DAY;
  if (isMoment(value)) return Date.parse(value.moment) / DAY;
  return parseNumber(value) ?? NaN;
}

export function toBoolean(value) {
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value);
  if (typeof value === 'string') return value !== '';
  return typeof value === 'boolean' ? value : true;
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
  if (isMoment(value)) return value.moment;
  return isDay(value) ? value.date : String(value);
}

export const isEmpty = (value) => value === '' || Number.isNaN(value);

function equals(a, b) {
  if (typeof a === 'boolean' || typeof b === 'boolean') return toBoolean(a) === toBoolean(b);
  if (typeof a === 'number' || typeof b === 'number') return toNumber(a) === toNumber(b);
  if (isDay(a) && isDay(b)) return a.date === b.date;
  if (isMoment(a) || isMoment(b)) {
    const [one, two] = [a, b].map((side) => (typeof side === 'string' ? parseMoment(trim(side)) : side));
    return one !== null && two !== null && toNumber(one) === toNumber(two);
  }
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
  if (isMoment(value)) return { date: value.moment.slice(0, 10) };
  if (typeof value === 'number') return dayFromNumber(value);
  if (typeof value !== 'string') return null;
  const day = trim(value.split('T')[0]);
  return isDate(day) ? { date: day } : null;
}

export function formatDate(value, pattern) {
  const [day, clock = '00:00:00.000'] = isMoment(value) ? [value.moment.slice(0, 10), value.moment.slice(11, 23)] : [value.date];
  const [year, month, date] = day.split('-');
  const [hour, minute, second] = clock.split(/[:.]/);
  const written = { Y: year, y: year.slice(2), m: month, n: String(Number(month)), d: date, e: String(Number(date)), H: hour, h: String(Number(hour)), M: minute, S: second, 3: clock.slice(9) };
  return pattern.replace(/%(.?)/gsu, (_, sign) => written[sign] ?? sign);
}

function substr(text, start, end) {
  const letters = [...text];
  if (Number.isNaN(start) || Number.isNaN(end)) return '';
  const at = (index) => (index < 0 ? Math.max(letters.length + index, 0) : Math.min(index, letters.length));
  return letters.slice(at(Math.trunc(start)), Math.max(at(Math.trunc(start)), at(end === undefined ? Infinity : Math.trunc(end)))).join('');
}

const least = (numbers, better) => numbers.filter((n) => !Number.isNaN(n)).reduce((a, b) => (Number.isNaN(a) || better(b, a) ? b : a), NaN);

/** The values of arguments, each in all turns where it is a question of a repeat. */
export const turns = (all) => all.flatMap((argument) => argument.turns?.() ?? [argument()]);

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
  min: (...all) => least(turns(all).map(toNumber), (x, y) => x < y),
  max: (...all) => least(turns(all).map(toNumber), (x, y) => x > y),
  sum: (...all) => turns(all).filter((value) => toText(value) !== '').reduce((sum, value) => sum + toNumber(value), 0),
  count: (...all) => turns(all).length,
  'count-non-empty': (...all) => turns(all).filter((value) => toText(value) !== '').length,
  join: (separator, ...all) => turns(all).map(toText).join(toText(separator())),
  date: (a) => toDay(a()) ?? '',
  'format-date': (a, pattern) => { const day = toDay(a()); return day ? formatDate(day, toText(pattern())) : ''; },
  selected: (list, code) => words(toText(list())).includes(trim(toText(code()))),
  'selected-at': (list, index) => {
    const [codes, at] = [words(toText(list())), toNumber(index())];
    return at >= 0 && Number.isInteger(at) ? codes[at] ?? '' : '';
  },
  'count-selected': (list) => words(toText(list())).length,
  'string-length': (a) => [...toText(a())].length,
  concat: (...all) => turns(all).map(toText).join(''),
  contains: (a, part) => toText(a()).includes(toText(part())),
  'starts-with': (a, part) => toText(a()).startsWith(toText(part())),
  'ends-with': (a, part) => toText(a()).endsWith(toText(part())),
  substr: (a, start, end) => substr(toText(a()), toNumber(start()), end ? toNumber(end()) : undefined),
  'normalize-space': (a) => words(toText(a())).join(' '),
};

/** Adds functions that few forms need (rare.mjs). */
export const define = (more) => Object.assign(FUNCTIONS, more);

/** Functions that ask the context. Names of questions stand in the tree as they are. */
const ASKING = {
  today: (_, context) => (context.today ? { date: context.today } : ''),
  now: (_, context) => { const now = context.now?.(); return now ? parseMoment(now) ?? '' : ''; },
  random: (_, context) => context.random?.() ?? NaN,
  uuid: (_, context) => context.uuid?.() ?? '',
  once: ([given], context) => { const there = context.this ?? ''; return isEmpty(there) ? evaluate(given, context) : there; },
  position: (_, context) => context.position ?? '',
  'indexed-repeat': ([question, ...pairs], context) => {
    const given = [];
    for (let at = 0; at < pairs.length; at += 2) {
      const number = toNumber(evaluate(pairs[at + 1], context));
      if (!(number >= 1 && number <= 1e6)) return '';
      given.push([pairs[at].question, Math.trunc(number)]);
    }
    return context.inTurn?.(question.question, given) ?? '';
  },
  'jr:choice-name': ([code, question], context) => context.choiceLabel?.(question.question, toText(evaluate(code, context))) ?? '',
  pulldata: (given, context) => context.lookup?.(...given.map((argument) => toText(evaluate(argument, context)))) ?? '',
};

function call({ function: name, arguments: given }, context) {
  if (Object.hasOwn(ASKING, name)) return ASKING[name](given, context);
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : null;
  if (!known) throw new Error(`function ${name}`);
  return known(...given.map((argument) => {
    const value = () => evaluate(argument, context);
    if (typeof argument.question === 'string' && context.turns) value.turns = () => context.turns(argument.question);
    return value;
  }));
}

/**
 * The value of a tree. The context has `question(name)`, and where they make sense `this`, `today` (yyyy-mm-dd),
 * `column(name)`, `turns(name)`, `inTurn(name, [[repeat, number]])`, `position`, `now()`, `random()`, `uuid()`, `choiceLabel(name, code)` and
 * `lookup(table, column, key column, key)`. Throws only for a tree that this client does not know, which is found when a form arrives (`understands`).
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

const BY_CHANCE = ['now', 'random', 'uuid', 'once'];

/** Whether a tree may give something else each time. */
export function isByChance(tree) {
  if (typeof tree !== 'object' || tree === null) return false;
  return BY_CHANCE.includes(tree.function) || Object.values(tree).some(isByChance);
}
