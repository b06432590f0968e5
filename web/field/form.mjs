// The form engine: which questions are due, what is calculated, what is wrong with an answer, what a label says.
// Pure: no screen, no clock, no store. The rules are those of src/questionnaire/routing.rs and validate/.

import { evaluate, holds, isByChance, isDate, isEmpty, isTime, parseMoment, parseNumber, questionsOf, toText } from './expression.mjs';

export const DONT_KNOW = '-888';
export const REFUSED = '-999';
export const NOT_APPLICABLE = '-777';
const MISSING = [DONT_KNOW, REFUSED, NOT_APPLICABLE];
export const isMissing = (raw) => MISSING.includes(String(raw));

const RARE = /"function":"(regex|digest|base64-decode|area|distance|(weighted-)?checklist|pi|pow|translate|substring-before|substring-after|(decimal-|format-)?date-time|decimal-time|sqrt|exp|exp10|log|log10|a?sin|a?cos|a?tan|atan2)"/;
const SILENT = ['start', 'end', 'today', 'deviceid', 'calculate', 'hidden', 'username', 'phonenumber', 'email', 'audit'];
const FILES = ['image', 'audio', 'video', 'file'];
const NUMBERS = ['integer', 'decimal', 'range'];
export const CONSENT = 'consent';

/** A kind comes as `"text"` or as `{select_one: "list"}`. */
function kindOf(kind) {
  if (typeof kind === 'string') return { type: kind.replaceAll('_', ''), list: null };
  const [type] = Object.keys(kind);
  return { type, list: typeof kind[type] === 'string' ? kind[type] : kind[type]?.list ?? null };
}

/** A formula comes as its tree, or as `{text, tree}`. */
const treeOf = (formula) => (formula && typeof formula === 'object' && 'tree' in formula ? formula.tree : formula ?? null);

const isBlank = (raw) => raw === undefined || raw === null || (typeof raw === 'string' && raw.trim() === '') || (Array.isArray(raw) && raw.length === 0);

/** Brings the functions that few forms need, where this one has them. */
export async function prepare(json) {
  if (RARE.test(JSON.stringify(json))) await import('./rare.mjs');
}

/** The form as the client works with it; made once from what the server sends. */
export class Form {
  constructor(json) {
    this.id = json.id;
    this.sha256 = json.sha256 ?? null;
    this.title = json.title ?? {};
    this.version = json.version ?? '';
    this.languages = json.languages?.length ? json.languages : [{ code: 'vi', name: 'Tiếng Việt' }];
    this.language = json.default_language || this.languages[0].code;
    this.instanceName = treeOf(json.instance_name);
    this.lists = new Map((json.choice_lists ?? []).map((list) => [list.name, list.choices]));
    this.groups = (json.groups ?? []).map((group) => ({
      ...group,
      parent: group.parent ?? null,
      relevant: treeOf(group.relevant),
      repeat: group.repeat ? { count: treeOf(group.repeat.count) } : null,
    }));
    this.questions = (json.questions ?? []).map((question) => this.question(question));
    this.byName = new Map(this.questions.map((question) => [question.name, question]));
  }

  question(json) {
    const { type, list } = kindOf(json.kind);
    const question = { ...json, type, list, group: json.group ?? null };
    for (const field of ['required', 'relevant', 'constraint', 'calculation', 'choice_filter', 'default_formula', 'read_only']) question[field] = treeOf(json[field]);
    question.chain = [];
    for (let at = question.group; at !== null; at = this.groups[at].parent) question.chain.unshift(at);
    question.repeats = question.chain.filter((at) => this.groups[at].repeat);
    question.trigger = json.trigger ?? [];
    question.calculated = Boolean(question.calculation) && SILENT.includes(type);
    question.byChance = question.calculated && question.trigger.length === 0 && isByChance(question.calculation);
    question.settings = Object.fromEntries((json.parameters ?? '').split(/[ ,;]+/).filter(Boolean).map((part) => part.split('=')));
    question.shown = !SILENT.includes(type);
    question.asked = question.shown && type !== 'note';
    return question;
  }

  /** The text in a language, else in the form's own, else in any. */
  text(texts, language) {
    return texts?.[language] || texts?.[this.language] || Object.values(texts ?? {})[0] || '';
  }
}

/** The code that means yes to the question for consent. */
export function agreeCode(form) {
  const question = form.byName.get(CONSENT);
  const codes = (question && form.lists.get(question.list) ? form.lists.get(question.list) : []).map((choice) => choice.name);
  return ['1', 'yes'].find((code) => codes.includes(code)) ?? codes[0] ?? null;
}

/** A place in an interview: a question and, inside repeats, which time. `members[0]/age` */
export const keyOf = (question, path) => path.map(([name, index]) => `${name}[${index}]/`).join('') + question.name;

/** An interview under way: a form and the answers so far. A route is worked out anew after each answer. */
export class Interview {
  constructor(form, answers = {}, { today = null } = {}) {
    this.form = form;
    this.answers = answers;
    this.today = today;
    this.drawn = new Map();
    this.forget();
    if (Object.keys(answers).length === 0) this.begin([]);
  }

  /** Answers that an interview or a turn begins with. */
  begin(path) {
    for (const question of this.form.questions) {
      const own = question.repeats.length === path.length && path.every(([name], depth) => this.form.groups[question.repeats[depth]].name === name);
      if (!own || (question.default === undefined || question.default === null) && !question.default_formula) continue;
      const value = question.default_formula ? rawOf(evaluate(question.default_formula, this.context(path))) : question.default;
      if (!isBlank(value)) this.holder(path, true)[question.name] = question.type === 'select_multiple' ? String(value).split(/\s+/) : NUMBERS.includes(question.type) ? parseNumber(toText(value)) ?? value : value;
      this.forget();
    }
  }

  forget() { this.known = new Map(); }

  /** The object that holds the answers at a path; made on the way if asked. */
  holder(path, make = false) {
    let at = this.answers;
    for (const [name, index] of path) {
      if (make) at[name] ??= [];
      if (make) while (at[name].length <= index) at[name].push({});
      at = at[name]?.[index];
      if (at === undefined) return null;
    }
    return at;
  }

  raw(question, path = []) { return this.holder(path)?.[question.name]; }

  /** Writes an answer; undefined takes it away. */
  set(question, path, raw) {
    const holder = this.holder(path, true);
    const before = JSON.stringify(holder[question.name]);
    if (isBlank(raw)) delete holder[question.name]; else holder[question.name] = raw;
    this.forget();
    if (JSON.stringify(holder[question.name]) !== before) this.triggered(question, path);
  }

  /** Calculations that wait for a question to change. Triggers do not set each other off. */
  triggered(question, path) {
    for (const waiting of this.form.questions.filter(({ trigger, calculation }) => calculation && trigger.includes(question.name))) {
      const own = path.slice(0, waiting.repeats.length);
      const paths = own.length === waiting.repeats.length ? [own] : this.paths(waiting, path);
      for (const at of paths) {
        const value = rawOf(evaluate(waiting.calculation, this.context(at, { this: read(waiting, this.raw(waiting, at)) })));
        const holder = this.holder(at, true);
        if (isBlank(value)) delete holder[waiting.name]; else holder[waiting.name] = value;
        this.forget();
      }
    }
  }

  /** How often a repeat is asked at a path. */
  times(group, path) {
    const { count } = this.form.groups[group].repeat;
    if (count) {
      const n = Number(evaluate(count, this.context(path)));
      return Number.isFinite(n) ? Math.min(Math.max(Math.trunc(n), 0), 200) : 0;
    }
    return this.holder(path)?.[this.form.groups[group].name]?.length ?? 0;
  }

  add(group, path) {
    const holder = this.holder(path, true);
    const { name } = this.form.groups[group];
    const turns = (holder[name] ??= []);
    turns.push({});
    this.forget();
    this.begin([...path, [name, turns.length - 1]]);
  }

  remove(group, path, index) {
    this.holder(path)[this.form.groups[group].name].splice(index, 1);
    this.forget();
  }

  /** What formulas see from a place. */
  context(path, more = {}) {
    return {
      today: this.today,
      question: (name) => this.seen(name, path),
      turns: (name) => this.all(name, path),
      inTurn: (name, given) => this.inTurn(name, path, given),
      position: path.length ? path.at(-1)[1] + 1 : '',
      now: moment,
      random: Math.random,
      uuid: () => crypto.randomUUID(),
      choiceLabel: (name, code) => {
        const choice = this.form.lists.get(this.form.byName.get(name)?.list)?.find((one) => one.name === code);
        return choice ? this.form.text(choice.label, this.language ?? this.form.language) : '';
      },
      lookup: (table, column, keyColumn, key) => {
        const cell = (choice, name) => (name === 'name' ? choice.name : name === 'label' ? this.form.text(choice.label, this.form.language) : choice.columns?.[name]);
        const found = this.form.lists.get(`${table}.csv`)?.find((choice) => cell(choice, keyColumn) === key);
        return found ? cell(found, column) ?? '' : '';
      },
      ...more,
    };
  }

  /** The path of another question as seen from here: the same turn of common repeats, the first of the others. */
  seen(name, path) {
    const question = this.form.byName.get(name);
    if (!question) return '';
    const at = this.paths(question, path)[0];
    return at ? this.value(question, at) : '';
  }

  /** Every value of a question below the turns that are common with the path; of a repeat, one for each of its turns. */
  all(name, path) {
    const question = this.form.byName.get(name);
    if (question) return this.paths(question, path).filter((at) => this.due(question, at)).map((at) => this.value(question, at));
    const group = this.form.groups.findIndex((one) => one.name === name);
    if (group < 0 || !this.form.groups[group].repeat) return [];
    const chain = [];
    for (let at = group; at !== null; at = this.form.groups[at].parent) if (this.form.groups[at].repeat) chain.unshift(at);
    const outer = this.below(chain.slice(0, -1), path);
    return outer.flatMap((at) => (this.groupDue(group, at) ? Array.from({ length: this.times(group, at) }, () => '') : []));
  }

  /** The value of a question in the turns given by number, otherwise in the reader's own, otherwise in the first. */
  inTurn(name, path, given) {
    const question = this.form.byName.get(name);
    if (!question) return '';
    let own = true;
    const at = [];
    for (const [depth, group] of question.repeats.entries()) {
      const repeat = this.form.groups[group].name;
      const number = given.find(([known]) => known === repeat)?.[1];
      const index = number !== undefined ? number - 1 : own && path[depth]?.[0] === repeat ? path[depth][1] : 0;
      own &&= number === undefined;
      if (index >= this.times(group, at)) return '';
      at.push([repeat, index]);
    }
    return this.value(question, at);
  }

  /** The paths of a question below the turns that are common with a path. */
  paths(question, path) { return this.below(question.repeats, path); }

  below(repeats, path) {
    let common = true;
    return repeats.reduce((paths, group, depth) => {
      const repeat = this.form.groups[group].name;
      common &&= path[depth]?.[0] === repeat;
      if (common) return paths.map((outer) => [...outer, path[depth]]);
      return paths.flatMap((outer) => Array.from({ length: this.times(group, outer) }, (_, index) => [...outer, [repeat, index]]));
    }, [[]]);
  }

  memo(key, work, whileOpen) {
    if (!this.known.has(key)) {
      this.known.set(key, whileOpen);
      this.known.set(key, work());
    }
    return this.known.get(key);
  }

  groupDue(group, path) {
    const { parent, relevant } = this.form.groups[group];
    return this.memo(`g${group}:${path.map(([n, i]) => n + i)}`, () =>
      (parent === null || this.groupDue(parent, path)) && (!relevant || holds(relevant, this.context(path))), false);
  }

  /** Whether a question is put. */
  due(question, path = []) {
    return this.memo(`d${keyOf(question, path)}`, () =>
      (question.group === null || this.groupDue(question.group, path)) && (!question.relevant || holds(question.relevant, this.context(path))), false);
  }

  /** What a question is worth to formulas: empty when it is not due. */
  value(question, path = []) {
    return this.memo(`v${keyOf(question, path)}`, () => {
      if (!this.due(question, path)) return '';
      if (question.byChance) return this.chance(question, path);
      if (question.calculated && question.trigger.length === 0) return evaluate(question.calculation, this.context(path));
      return read(question, this.raw(question, path));
    }, '');
  }

  /** What chance or the clock gave stays until something that it was made of changes. */
  chance(question, path) {
    const context = this.context(path, { this: read(question, this.raw(question, path)) });
    const made = JSON.stringify([...questionsOf(question.calculation)].map((name) => this.all(name, path)));
    const key = keyOf(question, path);
    const stored = this.raw(question, path);
    if (isBlank(stored) || (this.drawn.get(key) ?? made) !== made) {
      const raw = rawOf(evaluate(question.calculation, context));
      const holder = this.holder(path, true);
      if (isBlank(raw)) delete holder[question.name]; else holder[question.name] = raw;
    }
    this.drawn.set(key, made);
    return read(question, this.raw(question, path));
  }

  required(question, path = []) { return Boolean(question.required && holds(question.required, this.context(path))); }

  /** The choices that are offered, "don't know" and "refused" last. */
  offered(question, path = []) {
    const all = this.form.lists.get(question.list) ?? [];
    const filter = question.choice_filter;
    const column = (choice) => (name) => (name === 'name' ? choice.name : choice.columns?.[name]);
    const kept = filter ? all.filter((choice) => holds(filter, this.context(path, { column: column(choice) }))) : all;
    const due = question.settings.randomize === 'true' ? shuffled(kept, this.seed(question, path)) : kept;
    return [...due.filter((choice) => !isMissing(choice.name)), ...due.filter((choice) => isMissing(choice.name))];
  }

  /** What the order of choices is drawn from: given, or once for the interview. */
  seed(question, path) {
    const given = question.settings.seed;
    const name = /^\$\{\s*(.+?)\s*\}$/.exec(given ?? '')?.[1];
    if (given !== undefined) return Number(toText(name ? this.seen(name, path) : given));
    const key = `seed ${keyOf(question, path)}`;
    if (!this.drawn.has(key)) this.drawn.set(key, Math.floor(Math.random() * 2_147_483_646) + 1);
    return this.drawn.get(key);
  }

  readOnly(question, path = []) { return Boolean(question.read_only && holds(question.read_only, this.context(path))); }

  /** Missing codes that may be given to a question without choices. */
  missingOffered(question, path = []) {
    if (question.list || !question.asked || ['acknowledge', 'geopoint', 'geotrace', 'geoshape', 'range', ...FILES].includes(question.type)) return [];
    return [DONT_KNOW, REFUSED].filter((code) => {
      if (question.constraint) return holds(question.constraint, this.context(path, { this: read(question, code) }));
      return this.required(question, path) && question.type !== 'text';
    });
  }

  /** What is wrong with an answer: null, or {code} and what is needed to say it. */
  fault(question, path = [], raw = this.raw(question, path)) {
    if (!question.asked) return null;
    if (isBlank(raw)) return this.required(question, path) ? { code: 'required', texts: question.required_message } : null;
    const value = read(question, raw);
    const missing = isMissing(raw);
    if (!missing && (isEmpty(value) || (question.type === 'integer' && !Number.isInteger(value)))) return { code: `not_${question.type}` };
    if (question.constraint && !holds(question.constraint, this.context(path, { this: value }))) {
      return { code: 'constraint', texts: question.constraint_message };
    }
    if (question.list) {
      const codes = (Array.isArray(raw) ? raw : [raw]).map(String);
      const offered = this.offered(question, path).map((choice) => choice.name);
      if (codes.some((code) => !offered.includes(code))) return { code: 'not_offered' };
      if (codes.length > 1 && codes.some(isMissing)) return { code: 'mixed_missing' };
      if (question.type === 'rank' && offered.some((code) => !isMissing(code) && !codes.includes(code))) return { code: 'incomplete_order' };
    }
    return null;
  }

  /** A label with `${name}` replaced by what was answered, choices by their words. */
  label(texts, language, path = []) {
    return this.form.text(texts, language).replace(/\$\{\s*([^}\s]+)\s*\}/g, (whole, name) => {
      const question = this.form.byName.get(name);
      return question ? this.words(question, this.seen(name, path), language) || '…' : whole;
    });
  }

  /** An answer in words. */
  words(question, value, language) {
    if (question.list) {
      const list = this.form.lists.get(question.list) ?? [];
      const word = (code) => { const choice = list.find((one) => one.name === code); return choice ? this.form.text(choice.label, language) : code; };
      return toText(value).split(' ').filter(Boolean).map(word).join('; ');
    }
    if (value?.moment) return `${value.moment.slice(11, 16)} ${value.moment.slice(0, 10).split('-').reverse().join('/')}`;
    if (value && typeof value === 'object') return value.date.split('-').reverse().join('/');
    return typeof value === 'number' ? toText(value).replace('.', ',') : toText(value);
  }

  /** The screens of the interview in order: questions and notes that are due, and the end of each open repeat. */
  screens() {
    const { questions, groups } = this.form;
    const found = [];
    const walk = (from, to, path) => {
      for (let at = from; at < to;) {
        const question = questions[at];
        const inside = question.repeats[path.length];
        if (inside === undefined) {
          if (question.shown && this.due(question, path)) found.push({ key: keyOf(question, path), question, path, group: question.group });
          at += 1;
          continue;
        }
        let end = at;
        while (end < to && questions[end].repeats[path.length] === inside) end += 1;
        const { name, repeat } = groups[inside];
        if (this.groupDue(inside, path)) {
          const n = this.times(inside, path);
          for (let index = 0; index < n; index += 1) walk(at, end, [...path, [name, index]]);
          if (!repeat.count) found.push({ key: keyOf({ name: `+${name}` }, path), repeat: inside, times: n, path, group: inside });
        }
        at = end;
      }
    };
    walk(0, questions.length, []);
    return found;
  }

  /** All that stands in the way of finishing: [{screen, fault}]. */
  blocking() {
    return this.screens().filter((screen) => screen.question)
      .map((screen) => ({ screen, fault: this.fault(screen.question, screen.path) }))
      .filter(({ fault }) => fault);
  }

  agreed() { return !this.form.byName.has(CONSENT) || String(this.answers[CONSENT]) === agreeCode(this.form); }

  /** What is sent: answers of questions that are due, with what the device fills in and calculates. */
  document(filled = {}) {
    const { questions, groups } = this.form;
    const collect = (from, to, path, into) => {
      for (let at = from; at < to;) {
        const question = questions[at];
        const inside = question.repeats[path.length];
        if (inside === undefined) {
          const raw = this.toSend(question, path, filled);
          if (!isBlank(raw)) into[question.name] = raw;
          at += 1;
          continue;
        }
        let end = at;
        while (end < to && questions[end].repeats[path.length] === inside) end += 1;
        const n = this.groupDue(inside, path) ? this.times(inside, path) : 0;
        const turns = Array.from({ length: n }, (_, index) => collect(at, end, [...path, [groups[inside].name, index]], {}));
        if (turns.length) into[groups[inside].name] = turns;
        at = end;
      }
      return into;
    };
    return collect(0, questions.length, [], {});
  }

  toSend(question, path, filled) {
    if (question.type === 'note' || !this.due(question, path)) return undefined;
    if (question.calculated) return rawOf(this.value(question, path));
    if (question.type === 'hidden' || question.type === 'calculate') return this.raw(question, path);
    if (SILENT.includes(question.type)) return filled[question.type] ?? undefined;
    return this.raw(question, path);
  }
}

/** A value as it is kept and sent; no number is nothing. */
function rawOf(value) {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return toText(value);
}

/** This moment with the device's zone. */
function moment() {
  const now = new Date();
  const two = (number) => String(Math.floor(number)).padStart(2, '0');
  const east = -now.getTimezoneOffset();
  const local = new Date(now.getTime() + east * 60_000).toISOString().slice(0, 23);
  return `${local}${east < 0 ? '-' : '+'}${two(Math.abs(east) / 60)}:${two(Math.abs(east) % 60)}`;
}

/** The order that ODK Collect gives for a seed: Fisher and Yates inside out, with the generator of Park and Miller. */
export function shuffled(items, seed) {
  let state = (Number.isFinite(seed) ? Math.trunc(seed) : 0) % 2_147_483_647;
  if (state <= 0) state += 2_147_483_646;
  const order = [];
  items.forEach((item, at) => {
    state = (state * 16_807) % 2_147_483_647;
    const other = Math.floor(((state - 1) / 2_147_483_646) * (at + 1));
    if (other !== at) order[at] = order[other];
    order[other] = item;
  });
  return order;
}

/** What a raw answer is worth; what cannot be read is empty (text) or no number. */
export function read(question, raw) {
  if (isBlank(raw)) return '';
  if (typeof raw === 'number' && SILENT.includes(question.type)) return raw;
  const text = Array.isArray(raw) ? raw.map(String).join(' ') : toText(raw).trim();
  if (NUMBERS.includes(question.type)) return parseNumber(text) ?? NaN;
  if (isMissing(text)) return text;
  if (question.type === 'date' || question.type === 'today') return isDate(text) ? { date: text } : '';
  if (question.type === 'datetime') return parseMoment(text) ?? '';
  if (question.type === 'time') return isTime(text) ? text : '';
  return text.normalize('NFC');
}
