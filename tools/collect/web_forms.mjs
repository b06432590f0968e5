// web_forms.mjs ANSWERS.tsv FOLDER: an enumerator with ODK Web Forms. Forms are filled in by its own engine, which is stricter than
// Collect's, and written by its own serialiser. Lines come and go as in Collect.java; beside typed.jsonl and submission.xml stands
// upload.bin, the request body as a browser would send it, with its type in upload.type.
// FOLDER has node_modules with @getodk/xforms-engine and jsdom.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [, , answersFile, modules] = process.argv;
const require = createRequire(`${modules}/package.json`);
const { JSDOM } = require('jsdom');
// The engine is written for browsers.
const dom = new JSDOM('', { url: 'http://localhost/' });
for (const name of ['window', 'document', 'localStorage', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'XMLDocument', 'Attr', 'Text', 'Comment',
  'CDATASection', 'ProcessingInstruction', 'DocumentFragment', 'HTMLElement', 'NodeFilter', 'XPathResult', 'XPathEvaluator', 'XPathExpression', 'Range']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? dom.window : dom.window[name], configurable: true, writable: true });
}
globalThis.require = require;
globalThis.__dirname = modules;
const say = console.log;
console.log = console.warn = console.error = console.info = console.debug = () => {};
const { loadForm } = await import(pathToFileURL(`${modules}/node_modules/@getodk/xforms-engine/dist/index.js`));

const pool = {};
for (const line of readFileSync(answersFile, 'utf8').split('\n').filter(Boolean)) {
  const at = line.indexOf('\t');
  const [kind, form] = line.slice(0, at).split(':');
  const text = line.slice(at + 1).replaceAll('\\n', '\n');
  (pool[kind] ??= []).push(form ? text.normalize('NFD') : text);
}
const pooled = (kind, number) => pool[kind][number % pool[kind].length];

/** As in Collect.java, so that both engines are told the same. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const one of new TextEncoder().encode(text)) value = Math.imul(value ^ one, 0x01000193);
  return (value ^ (value >>> 15)) & 0x7fffffff;
}
const placeOf = (reference) => reference.replaceAll('[1]', '');
const nameOf = (reference) => reference.split('/').pop().replace(/\[\d+\]$/, '');

function candidate(job, node, number, attempt) {
  number &= 0x7fffffff;
  const place = placeOf(node.currentState.reference);
  const options = node.currentState.valueOptions ?? [];
  switch (node.nodeType) {
    case 'select': {
      if (node.selectType === 'select1') {
        const wanted = job.fixed[nameOf(place)];
        if (wanted && !options.some(({ value }) => value === wanted)) throw new Error(`${wanted} is not offered at ${place}`);
        const value = wanted ?? options[number % options.length]?.value;
        return value === undefined ? null : { kind: 'select', text: value, give: () => node.selectValues([value]) };
      }
      let picked = options.filter((_, at) => ((number >>> (at % 16)) & 1) === 1).map(({ value }) => value);
      // Some choices stand alone: after many refusals one by one.
      if (attempt >= 8) picked = [];
      if (picked.length === 0 && options.length) picked = [options[number % options.length].value];
      return picked.length ? { kind: 'select', text: picked.join(' '), give: () => node.selectValues(picked) } : null;
    }
    case 'rank': {
      const order = options.map(({ value }) => value);
      const by = number % Math.max(order.length, 1);
      const turned = [...order.slice(order.length - by), ...order.slice(0, order.length - by)];
      return order.length ? { kind: 'select', text: turned.join(' '), give: () => node.setValues(turned) } : null;
    }
    case 'trigger':
      return { kind: 'string', text: 'OK', give: () => node.setValue(true) };
    case 'range': {
      const { start, end, step } = node.definition.bodyElement.bounds;
      const [from, to, by] = [start, end, step].map(Number);
      const value = from + by * (number % (Math.floor((to - from) / by) + 1));
      return { kind: 'decimal', text: String(value), give: () => node.setValue(value) };
    }
    case 'upload': {
      const is = node.definition.bodyElement.mediaType?.toString?.() ?? '';
      const name = node.nodeOptions?.media?.type === 'file' || is === '*/*' ? `giấy tờ hộ Đặng – ${job.seed}.pdf` : `${1764120000000 + (number % 1000000)}.jpg`;
      return { kind: 'file', text: name, give: () => node.setValue(new File([Buffer.from([0xff, 0xd8, 0, 13, 10]), `${job.seed}${place}\r\n--khaosat\r\n`], name, { type: 'application/octet-stream' })) };
    }
    case 'input': {
      const type = node.valueType;
      switch (type) {
        // Web Forms holds an answer also where it breaks the rule: a large number of turns would be made at once.
        case 'int': { const text = pooled(attempt < pool.int.length ? 'int' : 'large', number); return { kind: 'decimal', text, give: () => node.setValue(BigInt(text)) }; }
        case 'decimal': { const text = pooled('decimal', number); return { kind: 'decimal', text, give: () => node.setValue(Number(text)) }; }
        case 'date': { const text = pooled('date', number); return { kind: 'date', text, give: () => node.setValue(text) }; }
        case 'time': { const text = pooled('time', number); return { kind: 'time', text, give: () => node.setValue(`${text}:00.000+07:00`) }; }
        case 'dateTime': { const text = pooled('dateTime', number); return { kind: 'dateTime', text, give: () => node.setValue(`${text}:00.000+07:00`) }; }
        case 'geopoint': case 'geotrace': case 'geoshape': { const text = pooled(type, number); return { kind: 'geo', text, give: () => node.setValue(text) }; }
        case 'barcode': { const text = pooled('barcode', number); return { kind: 'string', text, give: () => node.setValue(text) }; }
        default: { const text = pooled('string', number); return { kind: 'string', text, give: () => node.setValue(text) }; }
      }
    }
    default:
      throw new Error(`a node of an unknown kind, ${node.nodeType}, at ${place}`);
  }
}

const CONTROLS = new Set(['select', 'rank', 'trigger', 'range', 'upload', 'input']);

function clear(node) {
  if (node.nodeType === 'select') return node.selectValues([]);
  if (node.nodeType === 'rank') return node.setValues([]);
  if (node.nodeType === 'trigger') return node.setValue(false);
  return node.setValue(node.nodeType === 'upload' || node.nodeType === 'range' || node.valueType !== 'string' ? null : '');
}

function answer(job, node, typed) {
  const { reference, readonly, required } = node.currentState;
  if (readonly) return;
  const place = placeOf(reference);
  const isFixed = job.fixed[nameOf(place)] !== undefined;
  if (!required && hash(`${job.seed}:skip:${place}`) % 6 === 0 && !isFixed) { clear(node); return; }
  const first = hash(`${job.seed}:${place}`);
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const one = candidate(job, node, first + attempt, attempt);
    if (!one) { clear(node); return; }
    one.give();
    const violation = node.validationState.violation;
    if (!violation) { typed.set(place, one); return; }
    if (node.nodeType === 'rank') throw new Error(`${place}: ${violation.condition}`);
  }
  if (required) throw new Error(`no answer is taken at ${place}`);
  clear(node);
}

function walk(job, node, typed) {
  if (node.currentState.relevant === false) return;
  // What is shown is asked for, as on a screen: words with outputs in them must come out.
  void node.currentState.label?.asString;
  void node.currentState.hint?.asString;
  if (CONTROLS.has(node.nodeType)) answer(job, node, typed);
  if (node.nodeType === 'repeat-range:uncontrolled') {
    const turns = hash(`${job.seed}:turns:${placeOf(node.currentState.reference).replace(/\[\d+\]$/, '')}`) % 3;
    while (node.currentState.children.length > turns) node.removeInstances(node.currentState.children.length - 1, 1);
    if (node.currentState.children.length < turns) node.addInstances(node.currentState.children.length - 1, turns - node.currentState.children.length);
  }
  // Answers make and hide what follows: children are looked at one by one, as they are by then.
  for (let at = 0; at < (node.currentState.children?.length ?? 0); at += 1) walk(job, node.currentState.children[at], typed);
}

function leaves(element, place, visit) {
  const children = [...element.children];
  if (children.length === 0) { if (element.textContent !== '') visit(place, element.textContent); return; }
  const seen = {};
  for (const child of children) {
    seen[child.localName] = (seen[child.localName] ?? 0) + 1;
    leaves(child, `${place}/${child.localName}${seen[child.localName] > 1 ? `[${seen[child.localName]}]` : ''}`, visit);
  }
}

async function interview(line) {
  const [form, media, out, seed, language, ...fixed] = line.split('\t');
  const job = { seed, fixed: Object.fromEntries(['khs_case_id', 'khs_reached', 'khs_finish', 'consent'].map((name, at) => [name, fixed[at]])) };
  mkdirSync(`${out}/files`, { recursive: true });
  const loaded = await loadForm(readFileSync(form, 'utf8'), {
    fetchFormAttachment: async (url) => {
      const name = String(url).split('/').pop();
      return new Response(readFileSync(`${media}/${name}`), { headers: { 'content-type': name.endsWith('.csv') ? 'text/csv' : 'application/octet-stream' } });
    },
  });
  if (loaded.status === 'failure') throw loaded.error;
  const { root } = loaded.createInstance({
    preloadProperties: { deviceID: 'web:máy-của-hoa', username: 'hoa', phoneNumber: '0912345678', email: 'hoa@example.vn' },
    instanceAttachments: { fileNameFactory: ({ basename, extension }) => `${basename}${extension ?? ''}` },
  });
  root.setLanguage(root.languages[Number(language) % root.languages.length]);
  const typed = new Map();
  walk(job, root, typed);
  const payload = await root.prepareInstancePayload();
  if (payload.status !== 'ready') throw new Error((payload.violations ?? []).map(({ reference, violation }) => `${reference}: ${violation?.condition}`).join('; '));
  const [data] = payload.data;
  const xml = await data.get('xml_submission_file').text();
  writeFileSync(`${out}/submission.xml`, xml);
  const lines = [...typed].map(([place, { kind, text }]) => ({ place, kind, text }));
  leaves(new DOMParser().parseFromString(xml, 'text/xml').documentElement, '/data', (place, text) => {
    if (!typed.has(place)) lines.push({ place, kind: 'computed', text });
  });
  writeFileSync(`${out}/typed.jsonl`, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  for (const [name, value] of data.entries()) {
    if (name !== 'xml_submission_file') writeFileSync(`${out}/files/${value.name}`, Buffer.from(await value.arrayBuffer()));
  }
  const request = new Response(data);
  writeFileSync(`${out}/upload.type`, request.headers.get('content-type'));
  writeFileSync(`${out}/upload.bin`, Buffer.from(await request.arrayBuffer()));
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    await interview(line);
    say('ok');
  } catch (error) {
    say(String(error?.stack ?? error).replaceAll('\n', ' | '));
  }
}
process.exit(0);
