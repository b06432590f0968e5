// Patterns of regex(): the part of the language that src/questionnaire/expression/pattern.rs lets through, walked in linear time
// (Thompson's machine), so that no pattern can stop a phone. Fits the whole text.

const known = new Map();
const SPACES = '\\t\\n\\x0b\\f\\r ';
const RAW = /[\^$\\.*+?()[\]{}|/]/;
const literal = (sign) => new RegExp(`^${RAW.test(sign) ? `\\${sign}` : sign}$`, 'su');

function escapeOf(signs, inClass) {
  const sign = signs.shift();
  if (sign === 'p' || sign === 'P') {
    let name = '';
    while (name.at(-1) !== '}') name += signs.shift();
    return `\\${sign}${name}`;
  }
  if (sign === 's') return inClass ? SPACES : `[${SPACES}]`;
  if (sign === 'S') return `[^${SPACES}]`;
  if (/[dDwWntr]/.test(sign)) return `\\${sign}`;
  return RAW.test(sign) || (inClass && sign === '-') ? `\\${sign}` : sign;
}

function classOf(signs) {
  let text = '[';
  if (signs[0] === '^') text += signs.shift();
  for (let sign = signs.shift(); sign !== ']'; sign = signs.shift()) text += sign === '\\' ? escapeOf(signs, true) : sign;
  return new RegExp(`^${text}]$`, 'su');
}

function bounds(signs) {
  if (signs[0] === '?') { signs.shift(); return [0, 1]; }
  if (signs[0] === '*') { signs.shift(); return [0, Infinity]; }
  if (signs[0] === '+') { signs.shift(); return [1, Infinity]; }
  if (signs[0] !== '{') return null;
  let text = '';
  for (signs.shift(); signs[0] !== '}';) text += signs.shift();
  signs.shift();
  const [least, most] = text.split(',');
  return [Number(least), most === undefined ? Number(least) : most === '' ? Infinity : Number(most)];
}

function alternatives(signs) {
  const all = [[]];
  while (signs.length && signs[0] !== ')') {
    const sign = signs.shift();
    if (sign === '|') { all.push([]); continue; }
    let item;
    if (sign === '(') {
      if (signs[0] === '?') signs.splice(0, 2);
      item = { any: alternatives(signs) };
      signs.shift();
    } else if (sign === '[') item = { test: classOf(signs) };
    else if (sign === '\\') item = { test: new RegExp(`^${escapeOf(signs, false)}$`, 'su') };
    else if (sign === '.') item = { test: /^[^\n\r\u0085\u2028\u2029]$/u };
    else if (sign === '^' || sign === '$') item = { edge: sign };
    else item = { test: literal(sign) };
    const times = bounds(signs);
    all.at(-1).push(times ? { ...item, times } : item);
  }
  return all;
}

/** Steps of the machine: {test}, {edge}, {to: [steps]}; the end of the list is a fit. */
function emit(program, item) {
  const once = () => {
    if (!item.any) { program.push(item); return; }
    const [fork, ends] = [{ to: [] }, []];
    program.push(fork);
    for (const sequence of item.any) {
      fork.to.push(program.length);
      for (const inner of sequence) emit(program, inner);
      const end = { to: [] };
      ends.push(end);
      program.push(end);
    }
    for (const end of ends) end.to.push(program.length);
  };
  const [least, most] = item.times ?? [1, 1];
  for (let n = 0; n < least; n += 1) once();
  if (most === Infinity) {
    const fork = { to: [program.length + 1] };
    const at = program.push(fork) - 1;
    once();
    program.push({ to: [at] });
    fork.to.push(program.length);
  }
  const forks = [];
  for (let n = least; n < most && most !== Infinity; n += 1) {
    const fork = { to: [program.length + 1] };
    program.push(fork);
    forks.push(fork);
    once();
  }
  for (const fork of forks) fork.to.push(program.length);
}

function follow(program, states, from, isStart, isEnd) {
  const open = [from];
  while (open.length) {
    const at = open.pop();
    if (states.has(at)) continue;
    states.add(at);
    const step = program[at];
    if (step?.to) open.push(...step.to);
    else if (step?.edge && (step.edge === '^' ? isStart : isEnd)) open.push(at + 1);
  }
}

export function fits(pattern, text) {
  if (!known.has(pattern)) {
    const program = [];
    emit(program, { any: alternatives([...pattern]) });
    known.set(pattern, program);
  }
  const program = known.get(pattern);
  const letters = [...text];
  let states = new Set();
  follow(program, states, 0, true, letters.length === 0);
  letters.forEach((letter, index) => {
    const next = new Set();
    for (const at of states) if (program[at]?.test?.test(letter)) follow(program, next, at + 1, false, index === letters.length - 1);
    states = next;
  });
  return states.has(program.length);
}
