// A stand-in for the server, with its promises of docs/API.md, that can be told to fail in every way a network fails.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { readFileSync, readdirSync } from 'node:fs';
import { leanScript, leanStyle } from './lean.mjs';

const folder = new URL('../../web/field/', import.meta.url);
const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', mjs: 'text/javascript; charset=utf-8', js: 'text/javascript; charset=utf-8', png: 'image/png', svg: 'image/svg+xml', webmanifest: 'application/manifest+json' };
export const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

export const shellFiles = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replace(folder.pathname, '').replace(/^\//, '')).filter((name) => !['sw.js', 'rare.mjs'].includes(name) && !name.endsWith('.svg')).sort();

/** Scripts go out without what says nothing, as src/http/field.rs does it. */
export const lean = (name, bytes) => {
  if (/\.m?js$/.test(name)) return Buffer.from(leanScript(bytes.toString()));
  return name.endsWith('.css') ? Buffer.from(leanStyle(bytes.toString())) : bytes;
};

export class Stand {
  constructor({ forms, cases, returned = [] }) {
    Object.assign(this, { forms, cases, returned, kept: new Map(), puts: [], codes: new Map(), tokens: new Set(), states: [], fault: null, clockMs: 0, edition: '' });
    this.enumerator = { id: 7, name: 'Nguyễn Thị Hương' };
  }

  code(text) { this.codes.set(text, true); return text; }

  async start(port = 0) {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise((resolve) => { this.server.listen(port, '127.0.0.1', resolve); });
    this.port = this.server.address().port;
    return this;
  }

  /** Cuts every connection and listens no more. */
  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }

  get url() { return `http://localhost:${this.port}/field/`; }

  async answer(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const path = new URL(request.url, 'http://x').pathname;
    response.setHeader('Date', new Date(Date.now() + this.clockMs).toUTCString());
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const json = (status, value) => { response.statusCode = status; response.setHeader('Content-Type', 'application/json'); response.setHeader('Cache-Control', 'no-store'); response.end(JSON.stringify(value)); };
    if (path.startsWith('/field/')) return this.file(path.slice(7) || 'index.html', response);
    if (path === '/api/v1/activation') {
      const { code } = JSON.parse(body);
      if (!this.codes.get(code)) return json(401, { code: 'activation_code_invalid', message: 'mã đã dùng' });
      this.codes.set(code, false);
      const token = `khs_${hash(code + Math.random())}`;
      this.tokens.add(token);
      return json(201, { token, enumerator: this.enumerator, round: 'bac-giang-2026', server_time: new Date().toISOString(), forms: this.listed() });
    }
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    if (!this.tokens.has(token)) return json(401, { code: 'token_invalid', message: 'mã truy cập không còn dùng được' });
    const put = /^\/api\/v1\/(responses|contact-attempts)\/([\w-]+)$/.exec(path);
    if (put && request.method === 'PUT') {
      this.puts.push({ uuid: put[2], sha256: hash(body), bytes: body.toString() });
      const told = this.fault?.(this.puts.length, put[2]);
      if (typeof told === 'number') return json(told, { code: 'told', message: `lỗi ${told}` });
      const before = this.kept.get(put[2]);
      const receipt = before?.receipt ?? { uuid: put[2], version_no: 1, sha256: hash(body), sequence: this.kept.size + 1, received_at: new Date().toISOString(), state: 'accepted', flags: [] };
      if (!before) this.kept.set(put[2], { kind: put[1], body: JSON.parse(body), receipt });
      if (told === 'drop') { request.socket.destroy(); return undefined; }
      if (before && before.receipt.sha256 !== hash(body)) return json(409, { code: 'response_conflict', message: 'đã có phiếu khác', receipt: { ...receipt, sha256: hash(body), state: 'conflict' } });
      return json(before ? 200 : 201, { receipt: told === 'other_hash' ? { ...receipt, sha256: '0'.repeat(64) } : receipt });
    }
    if (path === '/api/v1/cases') return json(200, { round: 'bac-giang-2026', cases: this.cases });
    if (path === '/api/v1/forms') return json(200, { forms: this.listed() });
    if (path.startsWith('/api/v1/forms/')) return json(200, this.forms.find((form) => path.endsWith(form.sha256)));
    if (path === '/api/v1/returned') return json(200, { returned: this.returned });
    if (path === '/api/v1/device/state') { this.states.push(JSON.parse(body)); response.statusCode = 204; return response.end(); }
    return json(404, { code: 'route_unknown', message: 'không có địa chỉ này' });
  }

  listed() { return this.forms.filter((form) => !form.old).map(({ id, sha256, title, version }) => ({ form_id: id, sha256, title, version })); }

  file(name, response) {
    const type = TYPES[name.split('.').at(-1)];
    response.setHeader('Content-Type', type ?? 'text/plain');
    response.setHeader('Cache-Control', 'no-cache');
    try {
      let bytes = lean(name, readFileSync(new URL(name, folder)));
      if (name === 'sw.js') {
        const files = shellFiles();
        const version = hash(files.map((one) => hash(readFileSync(new URL(one, folder)))).join() + this.edition).slice(0, 16);
        bytes = Buffer.concat([Buffer.from(`self.SHELL = ${JSON.stringify({ version, files: ['', ...files] })};\n`), bytes]);
      }
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  }

  interviews() { return [...this.kept.values()].filter(({ kind }) => kind === 'responses'); }
}

const area = (code, name) => [{ level: 'province', code: '24', name: 'Tỉnh Bắc Giang' }, { level: 'district', code: '213', name: 'Thành phố Bắc Giang' }, { level: 'commune', code: '07207', name: 'Phường Dĩnh Kế' }, { level: 'village', code, name }];
export function sampleCases({ rule = 'roster' } = {}) {
  const villages = [['0720708', 'Tổ dân phố Trần Nguyên Hãn'], ['0720711', 'Thôn Mé'], ['0720719', 'Tổ dân phố Phú Mỹ 3']];
  return villages.flatMap(([code, name], at) => Array.from({ length: 8 }, (_, order) => ({
    case_id: `24-213-07207-${code}-${order + 1}`, area_path: area(code, name), role: order < 6 ? 'main' : 'reserve', visiting_order: order + 1, is_released: order < 6,
    ...(rule ? { respondent: rule === 'household' ? { rule } : { rule, number: 1_234_567_891 + order * 7 + at } } : {}), dispositions: [],
  })));
}
