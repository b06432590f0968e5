// The real program for the scenarios: a database and a round made with its commands, people and cases given through its API. It can
// be killed and started again on the same port. `Line` is the network before it, which fails in every way a network fails.
import { spawn, execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as call } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sheets } from './forms.mjs';

const program = process.env.KHAOSAT_BIN ?? new URL('../../target/debug/khaosat', import.meta.url).pathname;
export const ROUND = 'bac-giang-2026';
export const LOGIN = 'huong';
export const VILLAGES = [['0720708', 'Tổ dân phố Trần Nguyên Hãn'], ['0720711', 'Thôn Mé'], ['0720719', 'Tổ dân phố Phú Mỹ 3']];
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

export const khaosat = (args, more = {}) => execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, ...more.env }, input: more.input ?? '', cwd: more.cwd });

/** A list of eight households in each of three villages, without a rule for the respondent. */
function sampleList() {
  const rows = VILLAGES.flatMap(([code, name]) => Array.from({ length: 8 }, (_, at) =>
    `24-213-07207-${code}-${at + 1},07207,Phường Dĩnh Kế,${code},${name},${at + 1},${at < 6 ? 'main' : 'reserve'},${at + 1},0.1,10`));
  return ['unit_id,commune_code,commune_name,village_code,village_name,household_number,role,visiting_order,inclusion_probability,base_weight', ...rows, ''].join('\n');
}

/** A folder with a round in its database: made once, copied for each scenario. */
function make(kind) {
  const folder = mkdtempSync(join(tmpdir(), 'khaosat-house-'));
  const database = join(folder, 'khaosat.db');
  const run = (...args) => khaosat([...args, '--database', database]);
  run('db', 'migrate');
  let questionnaire = join(folder, 'nho');
  const list = join(folder, 'sample.csv');
  if (kind === 'small') {
    mkdirSync(questionnaire);
    for (const [name, text] of Object.entries(sheets('1'))) writeFileSync(join(questionnaire, name), text);
    writeFileSync(list, sampleList());
  } else {
    // As in the demonstration: the example frame, a real draw, the roster rule.
    questionnaire = 'papi-2021';
    execFileSync(program, ['sample', 'draw', '--design', 'papi-3x2x2x20', '--frame', new URL('../../sampling/frames/bac-giang-2019-example.csv', import.meta.url).pathname, '--seed', '20241', '--out', list], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  run('round', 'create', '--code', ROUND, '--name', 'PAPI Bắc Giang 2026', '--sample', list, '--questionnaire', questionnaire);
  run('account', 'add', '--login', LOGIN, '--name', 'Nguyễn Thị Hương', '--role', 'enumerator', '--round', ROUND);
  const coordinator = /khs_\w+/.exec(run('token', 'add', '--role', 'coordinator', '--round', ROUND, '--name', 'Điều phối'))[0];
  return { folder, coordinator };
}

const made = new Map();
process.on('exit', () => { for (const { folder } of made.values()) rmSync(folder, { recursive: true, force: true }); });

export class House {
  static async open({ kind = 'small', villages = VILLAGES.map(([code]) => code) } = {}) {
    if (!made.has(kind)) made.set(kind, make(kind));
    const house = new House();
    house.folder = mkdtempSync(join(tmpdir(), 'khaosat-house-'));
    cpSync(made.get(kind).folder, house.folder, { recursive: true });
    house.coordinator = made.get(kind).coordinator;
    house.database = join(house.folder, 'khaosat.db');
    await house.start();
    if (villages.length) {
      const { status, text } = await house.api('POST', 'assignments', { enumerator: LOGIN, areas: villages, cases: [], even_started: false });
      if (status >= 300) throw new Error(`assignments: ${status} ${text}`);
    }
    return house;
  }

  /** Starts the service, on the same port if it had one. */
  async start() {
    this.child = spawn(program, ['serve', '--listen', `127.0.0.1:${this.port ?? 0}`, '--database', this.database], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.child.stdout });
    const line = await new Promise((resolve, reject) => { lines.once('line', resolve); this.child.once('exit', (code) => reject(new Error(`the service ended with ${code}`))); });
    this.port = Number(new URL(line.split(/\s/)[0]).port);
  }

  /** As a power cut of the server: no chance to finish anything. */
  async kill() {
    const gone = new Promise((resolve) => { this.child.once('exit', resolve); });
    this.child.kill('SIGKILL');
    await gone;
  }

  async close() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get url() { return `http://localhost:${this.port}/field/`; }

  cli(...args) { return khaosat([...args, '--database', this.database]); }

  /** The same with a line on standard input. It does not stand in the way of what else goes on: connections that wait while nothing
   * runs here are closed by the service, and the next call would find a dead one. */
  cliWith(input, ...args) {
    return new Promise((resolve, reject) => {
      const child = execFile(program, [...args, '--database', this.database], (error, out) => { if (error) reject(error); else resolve(out); });
      child.stdin.end(`${input}\n`);
    });
  }

  /** What a coordinator asks of the API; paths without a slash are of the round. */
  async api(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${this.port}${path.startsWith('/') ? path : `/api/v1/rounds/${ROUND}/${path}`}`, {
      method, headers: { Authorization: `Bearer ${this.coordinator}`, 'Content-Type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    let json = null;
    try { json = JSON.parse(text); } catch { /* an empty answer */ }
    return { status: response.status, json, text };
  }

  /** A one-time code, as the coordinator hands it out. */
  async code() {
    const { json } = await this.api('POST', 'activation-codes', { enumerator: LOGIN });
    return json;
  }

  async review(uuid, verdict, comment, question) {
    const { json } = await this.api('GET', 'reviews');
    const seen = json.interviews.find((one) => one.uuid === uuid).reviews.length;
    return this.api('POST', 'reviews', { uuid, verdict, comment, question, n_seen: seen });
  }

  /** All interviews in the database: with review state, every version kept, and the body of the first. */
  async interviews() {
    const { json } = await this.api('GET', 'reviews');
    return Promise.all(json.interviews.map(async (one) => {
      const { json: kept } = await this.api('GET', `/api/v1/responses/${one.uuid}`);
      return { ...one, versions: kept.versions, body: JSON.parse(kept.versions[0].body) };
    }));
  }

  /** Asks a further version of the small form. */
  ask(version) {
    const folder = join(this.folder, `nho-${version}`);
    mkdirSync(folder);
    for (const [name, text] of Object.entries(sheets(version))) writeFileSync(join(folder, name), text);
    return this.cli('round', 'ask', ROUND, '--questionnaire', folder);
  }
}

/** The network: what it passes on, keeps, loses or changes. `fault(n, put)` of the n-th PUT: null, a status, 'drop' (the server has
 * it, the phone hears nothing), 'other_hash'; `before(n, put)` happens before it is passed on. */
export class Line {
  constructor(house) { Object.assign(this, { house, puts: [], fault: null, before: null, clockMs: 0, edition: '' }); }

  async open() {
    this.server = createServer((request, response) => { this.pass(request, response).catch(() => request.socket.destroy()); });
    await new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    this.port = this.server.address().port;
    return this;
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }

  get url() { return `http://localhost:${this.port}/field/`; }

  forward(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const request = call({ host: '127.0.0.1', port: this.house.port, method, path, headers, agent: false }, async (reply) => {
        const chunks = [];
        try { for await (const chunk of reply) chunks.push(chunk); } catch (error) { reject(error); return; }
        resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(chunks) });
      });
      request.once('error', reject);
      request.end(body);
    });
  }

  async pass(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    // The reply is read here, so it is asked for as it is.
    const { 'accept-encoding': _coding, ...headers } = request.headers;
    // A browser that has the worker of the program as it is would be told that nothing is new.
    if (this.edition) delete headers['if-none-match'];
    let told = null;
    if (request.method === 'PUT') {
      const put = { uuid: request.url.split('/').at(-1), sha256: hash(body), path: request.url, headers, body };
      this.puts.push(put);
      const n = this.puts.length;
      await this.before?.(n, put);
      told = this.fault?.(n, put) ?? null;
    }
    if (typeof told === 'number') {
      response.writeHead(told, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ code: 'told', message: `lỗi ${told}` }));
      return;
    }
    const reply = await this.forward(request.method, request.url, headers, body);
    if (told === 'drop') { request.socket.destroy(); return; }
    let bytes = reply.body;
    if (told === 'other_hash') bytes = Buffer.from(bytes.toString().replace(/"sha256":"\w+"/, `"sha256":"${'0'.repeat(64)}"`));
    if (this.edition && request.url.endsWith('/sw.js')) bytes = Buffer.from(bytes.toString().replace('"version":"', `"version":"${this.edition}`));
    const sent = { ...reply.headers, date: new Date(Date.parse(reply.headers.date) + this.clockMs).toUTCString() };
    delete sent['transfer-encoding'];
    if (bytes.length || sent['content-length']) sent['content-length'] = bytes.length;
    if (this.edition) delete sent.etag;
    response.writeHead(reply.status, sent);
    response.end(bytes);
  }
}
