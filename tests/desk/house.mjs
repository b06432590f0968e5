// The real program on the database of the demonstration, with people who sign in by their passwords.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.env.KHAOSAT_FIELD_NPM}/`);
const { chromium } = require('playwright-core');
export const axeSource = require.resolve('axe-core/axe.min.js');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const launch = () => chromium.launch({ executablePath: process.env.KHAOSAT_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

const program = process.env.KHAOSAT_BIN ?? new URL('../../target/debug/khaosat', import.meta.url).pathname;
export const ROUND = 'bac-giang-mo-phong';
export const OPEN_ROUND = 'thu-dien-thoai';
export const PASSWORD = 'mat khau dai cua ban lam viec';

/** Login, name, role; the round is that of the demonstration, or all where it says so. */
const PEOPLE = [
  ['lan', 'Nguyễn Thị Lan', 'coordinator'], ['son', 'Phạm Văn Sơn', 'supervisor'], ['minh', 'Trần Quang Minh', 'analyst'],
  ['hung', 'Lê Đức Hùng', 'auditor'], ['chu-tich', 'Đỗ Thị Hà', 'analyst', 'all'], ['quan-tri', 'Vũ Thị Mai', 'administrator', 'all'],
];

const run = (args, input = '') => execFileSync(program, args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'inherit'] });

export class House {
  /** `empty`: a database with nothing in it. */
  static async open({ empty = false } = {}) {
    const house = new House();
    house.folder = mkdtempSync(join(tmpdir(), 'khaosat-desk-'));
    house.database = join(house.folder, 'khaosat.db');
    if (empty) house.cli('db', 'migrate');
    else {
      run(['demo', '--seed', '20241', '--out', join(house.folder, 'demo'), '--database', house.database]);
      for (const [login, name, role, scope] of PEOPLE) {
        const round = scope === 'all' ? [] : ['--round', ROUND];
        run(['account', 'add', '--login', login, '--name', name, '--role', role, ...round, '--password-stdin', '--database', house.database], `${PASSWORD}\n`);
      }
      house.cli('account', 'grant', 'son', '--role', 'supervisor', '--round', OPEN_ROUND);
    }
    house.child = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--database', house.database], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: house.child.stdout });
    const line = await new Promise((resolve, reject) => {
      lines.once('line', resolve);
      house.child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
    });
    house.url = `http://127.0.0.1:${new URL(line.split(/\s/)[0]).port}`;
    return house;
  }

  cli(...args) { return run([...args, '--database', this.database]); }

  async close() {
    const gone = new Promise((resolve) => { this.child.once('exit', resolve); });
    if (this.child.exitCode === null) { this.child.kill('SIGKILL'); await gone; }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Clicks something that leads to another page, and waits for it. */
export async function follow(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** Signs in by the form, as a person does. */
export async function signIn(page, house, login) {
  await page.goto(`${house.url}/sign-in`);
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', PASSWORD);
  await follow(page, 'main button[type=submit]');
  if (await page.locator('[role=alert]').count()) throw new Error(await page.locator('[role=alert]').innerText());
}
