// Functions that few forms need: patterns, digests, geometry, angles, moments. A form that has one of them brings this module to the phone with
// it (`prepare` in form.mjs); the others stay small. As src/questionnaire/expression/{pattern,digest,geometry,numbers}.rs.

import {
  dayFromNumber, define, formatDate, isDate, isDay, isMoment, isTime, parseMoment, parseNumber, toBoolean, toNumber, toText, trim, turns, words,
} from './expression.mjs';

// Patterns: the part of the language that the server lets through, walked in linear time (Thompson's machine), so that no pattern can
// stop a phone. A pattern fits the whole text.

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

function fits(pattern, text) {
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

// Digests: the browser's own answer later, an expression answers now.

const utf8 = (text) => new TextEncoder().encode(text);

/** The message in blocks of 64 bytes with its length at the end, as 32-bit words. */
function blocks(bytes, isLittle) {
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  const high = Math.floor(bytes.length / 0x2000_0000);
  view.setUint32(padded.length - (isLittle ? 8 : 4), (bytes.length << 3) >>> 0, isLittle);
  view.setUint32(padded.length - (isLittle ? 4 : 8), high, isLittle);
  return Array.from({ length: padded.length / 64 }, (_, block) => Array.from({ length: 16 }, (_, word) => view.getUint32(block * 64 + word * 4, isLittle)));
}

function bytesOf(words, isLittle) {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, at) => view.setUint32(at * 4, word >>> 0, isLittle));
  return new Uint8Array(view.buffer);
}

const left = (word, by) => (word << by) | (word >>> (32 - by));
const right = (word, by) => (word >>> by) | (word << (32 - by));

/** RFC 1321. */
function md5(bytes) {
  const turns = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (const words of blocks(bytes, true)) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i += 1) {
      const round = i >> 4;
      const [mixed, word] = [[(b & c) | (~b & d), i], [(d & b) | (~d & c), 5 * i + 1], [b ^ c ^ d, 3 * i + 5], [c ^ (b | ~d), 7 * i]][round];
      const sum = (a + mixed + Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) + words[word % 16]) | 0;
      [a, b, c, d] = [d, (b + left(sum, turns[round][i % 4])) | 0, b, c];
    }
    [a, b, c, d].forEach((word, at) => { state[at] = (state[at] + word) | 0; });
  }
  return bytesOf(state, true);
}

/** RFC 3174. */
function sha1(bytes) {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (const words of blocks(bytes, false)) {
    for (let i = 16; i < 80; i += 1) words[i] = left(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    let [a, b, c, d, e] = state;
    for (let i = 0; i < 80; i += 1) {
      const [mixed, constant] = i < 20 ? [(b & c) | (~b & d), 0x5a827999] : i < 40 ? [b ^ c ^ d, 0x6ed9eba1] : i < 60 ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc] : [b ^ c ^ d, 0xca62c1d6];
      [a, b, c, d, e] = [(left(a, 5) + mixed + e + constant + words[i]) | 0, a, left(b, 30), c, d];
    }
    [a, b, c, d, e].forEach((word, at) => { state[at] = (state[at] + word) | 0; });
  }
  return bytesOf(state, false);
}

/** FIPS 180-4: the fractions of the roots of the first primes. */
function sha256(bytes) {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (number) => ((number - Math.floor(number)) * 2 ** 32) | 0;
  const state = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const constants = primes.map((prime) => fraction(Math.cbrt(prime)));
  for (const words of blocks(bytes, false)) {
    for (let i = 16; i < 64; i += 1) {
      const [x, y] = [words[i - 15], words[i - 2]];
      words[i] = (words[i - 16] + (right(x, 7) ^ right(x, 18) ^ (x >>> 3)) + words[i - 7] + (right(y, 17) ^ right(y, 19) ^ (y >>> 10))) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const one = (h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + words[i]) | 0;
      const two = ((right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => { state[at] = (state[at] + word) | 0; });
  }
  return bytesOf(state, false);
}

const ALGORITHMS = { MD5: md5, 'SHA-1': sha1, 'SHA-256': sha256 };

function digest(text, algorithm, encoding = 'base64') {
  const bytes = ALGORITHMS[algorithm](utf8(text));
  return encoding === 'hex' ? Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') : btoa(String.fromCharCode(...bytes));
}

function base64Decode(text) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0)));
  } catch {
    return '';
  }
}

/** Corners of a line or shape: `lat lon alt acc; …`; null where one cannot be read. */
function corners(text) {
  const all = text.split(';').filter((part) => trim(part) !== '').map((part) => words(part).slice(0, 2).map((number) => parseNumber(number) ?? NaN));
  return all.every(([latitude, longitude]) => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) ? all : null;
}

const RADIUS = 6_378_100;
const radians = (degrees) => (degrees * Math.PI) / 180;

function between([latitude, longitude], [otherLatitude, otherLongitude]) {
  const half = Math.sin(radians(otherLatitude - latitude) / 2) ** 2 + Math.cos(radians(latitude)) * Math.cos(radians(otherLatitude)) * Math.sin(radians(otherLongitude - longitude) / 2) ** 2;
  return RADIUS * 2 * Math.atan2(Math.sqrt(half), Math.sqrt(1 - half));
}

const distance = (line) => line.slice(1).reduce((sum, corner, at) => sum + between(line[at], corner), 0);

function area(shape) {
  if (shape.length < 3) return 0;
  const around = 2 * Math.PI * RADIUS;
  const plane = shape.map(([latitude, longitude]) => [((longitude - shape[0][1]) * around * Math.cos(radians(latitude))) / 360, ((latitude - shape[0][0]) * around) / 360]);
  return Math.abs(plane.slice(1).reduce((sum, [x, y], at) => sum + (plane[at][1] * x - plane[at][0] * y) / 2, 0));
}

function checklist([least, most, ...rest], weighted) {
  let sum = 0;
  for (let at = 0; at < rest.length; at += weighted ? 2 : 1) if (toBoolean(rest[at]())) sum += weighted ? toNumber(rest[at + 1]()) : 1;
  const [low, high] = [toNumber(least()), toNumber(most())];
  return (low < 0 || sum >= low) && (high < 0 || sum <= high);
}

/** A moment, a day where no time is written, else ''. */
function toMoment(value) {
  if (isMoment(value) || isDay(value)) return value;
  if (typeof value === 'number') return dayFromNumber(value) ?? '';
  if (typeof value !== 'string') return '';
  const text = trim(value);
  return parseMoment(text) ?? (isDate(text) ? { date: text } : '');
}

function decimalTime(value) {
  const text = isMoment(value) ? value.moment : typeof value === 'string' ? trim(value) : '';
  const clock = parseMoment(text)?.moment.slice(11, 23) ?? (isTime(text) ? text.replace(/(Z|[+-].*)$/, '') : null);
  if (clock === null) return NaN;
  const [hour, minute, second = 0] = clock.split(':').map(Number);
  return Math.trunc(((hour * 60 + minute) * 60 + second) * 1000 + 1e-6) / 86_400_000;
}

function translate(text, from, to) {
  const [sources, targets] = [[...from], [...to]];
  return [...text].map((letter) => {
    const index = sources.indexOf(letter);
    return index < 0 ? letter : targets[index] ?? '';
  }).join('');
}

function cut(a, part) {
  const [text, piece] = [toText(a()), toText(part())];
  return [text, text.indexOf(piece), piece.length];
}

define({
  translate: (a, from, to) => translate(toText(a()), toText(from()), toText(to())),
  'substring-before': (a, part) => { const [text, at] = cut(a, part); return at < 0 ? '' : text.slice(0, at); },
  'substring-after': (a, part) => { const [text, at, length] = cut(a, part); return at < 0 ? '' : text.slice(at + length); },
  'date-time': (a) => toMoment(a()),
  'decimal-date-time': (a) => { const moment = toMoment(a()); return moment === '' ? NaN : toNumber(moment); },
  'decimal-time': (a) => decimalTime(a()),
  'format-date-time': (a, pattern) => { const moment = toMoment(a()); return moment === '' ? '' : formatDate(moment, toText(pattern())); },
  pi: () => Math.PI,
  pow: (a, b) => toNumber(a()) ** toNumber(b()),
  exp10: (a) => 10 ** toNumber(a()),
  ...Object.fromEntries(['sqrt', 'exp', 'log', 'log10', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan'].map((name) => [name, (a) => Math[name](toNumber(a()))])),
  atan2: (a, b) => Math.atan2(toNumber(a()), toNumber(b())),
  checklist: (...all) => checklist(all, false),
  'weighted-checklist': (...all) => checklist(all, true),
  area: (a) => { const shape = corners(toText(a())); return shape ? area(shape) : ''; },
  distance: (...all) => { const line = corners(turns(all).map(toText).filter((text) => text !== '').join(';')); return line ? distance(line) : ''; },
  regex: (a, pattern) => fits(toText(pattern()), toText(a())),
  digest: (a, algorithm, encoding) => digest(toText(a()), toText(algorithm()), encoding ? toText(encoding()) : 'base64'),
  'base64-decode': (a) => base64Decode(toText(a())),
});
