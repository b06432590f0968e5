// Interviews that survive: the network, the battery, the server, two tabs, a full device, a wrong clock.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, launchProfile } from '../browser.mjs';
import { small } from '../forms.mjs';
import { Stand, sampleCases } from '../server.mjs';
import { activate, answerAge, answerRest, counts, finish, next, nothingDoubled, open, question, sendNow, unlock, until, wholeInterview } from './hand.mjs';

/** Kills the main process of the browser with this profile, by its id, as a dead battery does. */
function killBrowserOf(folder) {
  const ours = readdirSync('/proc').filter((id) => /^\d+$/.test(id)).find((id) => {
    try {
      const line = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      return line.includes(`--user-data-dir=${folder}`) && !line.includes('--type=');
    } catch { return false; }
  });
  assert.ok(ours, 'the browser is found');
  process.kill(Number(ours), 'SIGKILL');
}

const browser = await launch();
test.after(() => browser.close());

async function scene(run, { forms = [small()], returned = [], ...more } = {}) {
  const server = await new Stand({ forms, cases: sampleCases({ rule: 'household' }), returned }).start();
  const context = await browser.newContext({ locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh', viewport: { width: 360, height: 740 }, ...more });
  context.setDefaultTimeout(8_000);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => { if (/Content Security Policy|Uncaught/.test(message.text())) errors.push(message.text()); });
  try {
    await run({ server, context, page });
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await server.stop().catch(() => {});
  }
}

test('1: installed, offline, three interviews, killed in the middle of a question, resumed there, sent once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'khaosat-field-'));
  const server = await new Stand({ forms: [small()], cases: sampleCases({ rule: 'household' }) }).start();
  const { port } = server;
  let context = await launchProfile(folder);
  context.setDefaultTimeout(8_000);
  try {
    let page = context.pages()[0];
    await activate(page, server);
    // The strict test: no server at all.
    await server.stop();
    await page.reload();
    await unlock(page);
    for (const number of [1, 2, 3]) await wholeInterview(page, number, String(40 + number));
    assert.deepEqual(await counts(page), { drafts: 0, outbox: 3, receipts: 0 });
    await open(page, 4);
    await answerAge(page, '44');
    await page.getByRole('button', { name: 'Không, đi tiếp' }).click();
    await page.getByText('Bắc Ninh', { exact: true }).click();
    await until(async () => /Đã lưu/.test(await page.locator('#saved').textContent()), 'the answer is saved');
    // Killed, not closed: no page hears of it.
    killBrowserOf(folder);
    await context.close().catch(() => {});
    context = await launchProfile(folder);
    context.setDefaultTimeout(8_000);
    page = context.pages()[0];
    await page.goto(server.url.replace(/:\d+/, `:${port}`));
    await unlock(page);
    assert.deepEqual(await counts(page), { drafts: 1, outbox: 3, receipts: 0 });
    await page.getByRole('link', { name: 'Tiếp tục phiếu đang dở' }).click();
    await question(page, 'Sinh ở tỉnh nào?');
    assert.equal(await page.locator('input[value="27"]').isChecked(), true, 'the very answer is there');
    await page.getByText('Bắc Giang', { exact: true }).click();
    await next(page);
    await page.getByText('Thành phố Bắc Giang', { exact: true }).click();
    await next(page);
    await page.getByText('Chứng thực', { exact: true }).click();
    await next(page);
    await next(page);
    await finish(page);
    await server.start(port);
    await sendNow(page);
    await nothingDoubled(page, server, 4);
    const ages = server.interviews().map(({ body }) => body.answers.age).sort();
    assert.deepEqual(ages, [41, 42, 43, 44]);
    const last = server.interviews().find(({ body }) => body.answers.age === 44).body;
    assert.equal(last.disposition, '1.1');
    assert.equal(last.paradata.sessions.length, 2, 'both sittings are told');
    assert.equal(last.questionnaire_sha256, server.forms[0].sha256);
  } finally {
    await context.close().catch(() => {});
    await server.stop().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
});

test('2: the server kept it but the reply was lost: sent again, kept once', () => scene(async ({ server, page }) => {
  await activate(page, server);
  server.fault = (n) => (n <= 2 ? 'drop' : null);
  await wholeInterview(page, 1, '50');
  await until(() => server.puts.length >= 1, 'a first try');
  assert.equal(server.interviews().length, 1);
  assert.equal((await counts(page)).outbox, 1, 'nothing leaves the device without a receipt');
  await sendNow(page);
  await until(() => server.puts.length >= 2, 'a second try');
  await until(() => page.getByRole('button', { name: 'Gửi ngay' }).isEnabled(), 'the button is back');
  await sendNow(page);
  await nothingDoubled(page, server, 1);
  assert.ok(server.puts.length >= 3);
}));

test('2b: a reply with another hash, or none, keeps the interview on the device', () => scene(async ({ server, page }) => {
  await activate(page, server);
  server.fault = () => 'other_hash';
  await wholeInterview(page, 1, '50');
  await page.evaluate(() => { location.hash = '/outbox'; });
  await page.getByText('Biên nhận không khớp').waitFor();
  assert.equal((await counts(page)).outbox, 1);
}));

test('3: two tabs send what waits once', () => scene(async ({ server, context, page }) => {
  await activate(page, server);
  await context.setOffline(true);
  for (const number of [1, 2, 3]) await wholeInterview(page, number, String(30 + number));
  const other = await context.newPage();
  await other.goto(server.url);
  await unlock(other);
  await context.setOffline(false);
  await Promise.all([sendNow(page), sendNow(other)].map((one) => one.catch(() => {})));
  await nothingDoubled(page, server, 3);
  assert.equal(server.puts.length, 3, 'each was sent once');
  await open(page, 4);
  const address = page.url();
  await other.goto(address);
  if (await other.getByRole('button', { name: 'Mở khoá' }).isVisible()) await unlock(other);
  await other.getByText('đang mở ở một tab khác').waitFor();
}));

test('4: access ends in the middle; nothing is lost; a new code sends the rest', () => scene(async ({ server, context, page }) => {
  await activate(page, server);
  await context.setOffline(true);
  for (const number of [1, 2, 3]) await wholeInterview(page, number, String(30 + number));
  server.fault = (n) => { if (n === 2) server.tokens.clear(); return n >= 2 ? 401 : null; };
  await context.setOffline(false);
  await sendNow(page);
  await page.getByText('xin mã mới').first().waitFor();
  assert.deepEqual(await counts(page), { drafts: 0, outbox: 2, receipts: 1 });
  assert.equal(server.puts.length, 2, 'it stops at once');
  server.fault = null;
  server.code('NEWCODEX');
  await page.getByRole('link', { name: 'Nhập mã mới' }).click();
  await page.getByLabel('Mã kích hoạt mới').fill('NEWC-ODEX');
  await page.getByRole('button', { name: 'Dùng mã này' }).click();
  await nothingDoubled(page, server, 3);
}));

test('4b: a conflict, a refusal and a failing server are told apart, and only the last is tried again', () => scene(async ({ server, page }) => {
  await activate(page, server);
  const told = [409, 400, 503];
  server.fault = (n) => told[n - 1] ?? null;
  for (const number of [1, 2, 3]) await wholeInterview(page, number, String(30 + number));
  await sendNow(page);
  await until(() => server.interviews().length === 2, 'what was refused and what failed went out by hand');
  await page.getByText('Cả hai được giữ').waitFor();
  assert.equal((await counts(page)).outbox, 1, 'the conflict stays to be seen');
}));

test('5: version 2 comes while a draft of version 1 is open: each interview keeps its own', () => {
  const [one, two] = [small('1'), small('2')];
  return scene(async ({ server, page }) => {
    await activate(page, server);
    await open(page, 1);
    one.old = true;
    server.forms.push(two);
    await page.getByRole('button', { name: 'Tạm dừng' }).click();
    await page.getByRole('button', { name: 'Đồng bộ' }).click();
    await until(() => server.states.length >= 2, 'synchronised');
    await page.getByRole('link', { name: 'Tiếp tục phiếu đang dở' }).click();
    await question(page, 'Năm nay ông/bà bao nhiêu tuổi?');
    await answerAge(page);
    await answerRest(page);
    await finish(page);
    await open(page, 2);
    await question(page, '(bản 2)');
    await answerAge(page);
    await answerRest(page);
    await finish(page);
    await nothingDoubled(page, server, 2);
    assert.deepEqual(new Set(server.interviews().map(({ body }) => body.questionnaire_sha256)), new Set([one.sha256, two.sha256]));
  }, { forms: [one] });
});

test('6: a full device says so, loses nothing that was saved, and goes on when there is room', () => scene(async ({ server, page }) => {
  await activate(page, server);
  await open(page, 1);
  await page.evaluate(() => {
    const put = IDBObjectStore.prototype.put;
    window.full = true;
    IDBObjectStore.prototype.put = function full(...given) { if (window.full) throw new DOMException('full', 'QuotaExceededError'); return put.apply(this, given); };
  });
  await page.locator('input.answer').fill('61');
  await next(page);
  await page.getByRole('heading', { name: 'Máy hết chỗ lưu' }).waitFor();
  await page.evaluate(() => { window.full = false; });
  await page.getByRole('button', { name: 'Thử lại' }).click();
  await question(page, 'Có “Thành viên” nào không?');
  await answerRest(page);
  await finish(page);
  await nothingDoubled(page, server, 1);
  assert.equal(server.interviews()[0].body.answers.age, 61);
}));

test('7: a clock two days wrong is told, accepted and measured', () => scene(async ({ server, page }) => {
  server.clockMs = 2 * 86_400_000;
  await activate(page, server);
  await page.getByText('Đồng hồ của máy sai').waitFor();
  await wholeInterview(page, 1, '33');
  await nothingDoubled(page, server, 1);
  const { body } = server.interviews()[0];
  assert.ok(Math.abs(body.paradata.clock_offset_ms - 2 * 86_400_000) < 5_000);
  assert.match(body.device_started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$/);
}));

test('8: an interview with the keyboard only', () => scene(async ({ server, page }) => {
  await activate(page, server);
  const press = async (key, n = 1) => { for (let i = 0; i < n; i += 1) await page.keyboard.press(key); };
  const tabTo = async (words) => {
    for (let i = 0; i < 60; i += 1) {
      await press('Tab');
      const here = await page.evaluate(() => { const at = document.activeElement; return at?.matches('input') ? at.closest('label')?.textContent ?? at.className : at?.textContent ?? ''; });
      if (here.includes(words)) return;
    }
    assert.fail(`no way to ${words} with Tab`);
  };
  const go = async (words) => { await tabTo(words); await press('Enter'); };
  await go('Tổ dân phố Trần Nguyên Hãn');
  await page.getByRole('heading', { name: 'Danh sách hộ' }).waitFor();
  await go('Hộ số 1');
  await page.getByRole('button', { name: 'Phỏng vấn' }).waitFor();
  await go('Phỏng vấn');
  await page.getByRole('heading', { name: 'Xin phép phỏng vấn' }).waitFor();
  await go('Đồng ý, bắt đầu');
  await question(page, 'bao nhiêu tuổi');
  await tabTo('answer');
  await page.keyboard.type('17');
  await press('Enter');
  await page.getByText('Nhập tuổi từ 18 đến 110').waitFor();
  await press('Control+A');
  await page.keyboard.type('71');
  await press('Enter');
  await question(page, 'Có “Thành viên” nào không?');
  await go('Không, đi tiếp');
  await question(page, 'Sinh ở tỉnh nào?');
  await tabTo('Bắc Giang');
  await press('Space');
  await press('Enter');
  await question(page, 'Huyện nào');
  await tabTo('Thành phố Bắc Giang');
  await press('Space');
  await press('Enter');
  await question(page, 'Đã dùng dịch vụ nào?');
  await tabTo('Không biết');
  await press('Space');
  await press('Enter');
  await question(page, 'góp ý gì thêm');
  await go('Tiếp');
  await page.getByRole('heading', { name: 'Xem lại' }).waitFor();
  await go('Hoàn thành phiếu');
  await page.getByLabel('Vì sao nhanh như vậy?').waitFor({ timeout: 1500 }).then(async () => { await page.keyboard.type('Chạy thử'); await go('Hoàn thành phiếu'); }).catch(() => {});
  await page.getByRole('heading', { name: 'Thôn của tôi' }).waitFor();
  await nothingDoubled(page, server, 1);
  assert.deepEqual(server.interviews()[0].body.answers.services, ['-888']);
}));

test('a refusal of consent keeps nothing else; visits are sent with their outcome', () => scene(async ({ server, page }) => {
  await activate(page, server);
  await page.getByRole('link', { name: 'Thôn Mé' }).click();
  await page.getByRole('link', { name: 'Hộ số 1' }).click();
  await page.getByRole('button', { name: 'Phỏng vấn' }).click();
  await page.getByRole('button', { name: 'Không đồng ý', exact: true }).click();
  await page.getByRole('button', { name: 'Ghi không đồng ý' }).click();
  await page.getByText('Bận', { exact: true }).click();
  await next(page);
  await finish(page);
  await page.getByRole('link', { name: 'Thôn Mé' }).click();
  await page.getByRole('link', { name: 'Hộ số 2' }).click();
  for (const visit of [1, 2, 3]) {
    await page.getByRole('link', { name: 'Ghi kết quả tiếp cận' }).click();
    await page.getByRole('heading', { name: `lần ${visit}` }).waitFor();
    await page.getByText('Vắng nhà', { exact: true }).click();
    await page.getByRole('button', { name: 'Ghi kết quả' }).click();
    if (visit === 3) { await page.getByRole('heading', { name: 'Vắng lần 3?' }).waitFor(); await page.getByRole('button', { name: 'Đúng, ghi lại' }).click(); }
    await page.getByText(`(lần ${visit})`).waitFor();
  }
  await nothingDoubled(page, server, 1);
  const [{ body }] = server.interviews();
  assert.equal(body.disposition, '2.112');
  const { began, ended, today, ...rest } = body.answers;
  assert.ok(began && ended && today);
  assert.deepEqual(rest, { consent: '0', refusal_reason: '1' });
  const visits = [...server.kept.values()].filter(({ kind }) => kind === 'contact-attempts').map((one) => one.body);
  assert.deepEqual(visits.map(({ attempt_no, disposition }) => [attempt_no, disposition]), [[1, '2.24'], [2, '2.24'], [3, '2.24']]);
}));

test('what lies on the device is encrypted; a wrong PIN opens nothing and has to wait', () => scene(async ({ server, page }) => {
  await activate(page, server);
  await open(page, 1);
  await answerAge(page, '45');
  await answerRest(page, 'Bí mật của tôi');
  const plain = await page.evaluate(() => new Promise((resolve) => {
    const opening = indexedDB.open('khaosat-field');
    opening.onsuccess = async () => {
      let text = '';
      for (const store of ['meta', 'cases', 'drafts', 'outbox', 'receipts', 'log']) {
        const rows = await new Promise((done) => { const request = opening.result.transaction(store).objectStore(store).getAll(); request.onsuccess = () => done(request.result); });
        for (const row of rows) text += JSON.stringify(row) + (row.data ? new TextDecoder().decode(row.data) : '');
      }
      opening.result.close();
      resolve(text);
    };
  }));
  for (const word of ['Bí mật', '24-213-07207', 'khs_', 'Trần Nguyên Hãn', 'Hương']) assert.equal(plain.includes(word), false, word);
  await page.reload();
  for (let guess = 0; guess < 5; guess += 1) {
    await page.getByLabel('PIN', { exact: true }).fill('111222');
    await page.getByRole('button', { name: 'Mở khoá' }).click();
    await page.getByRole('button', { name: 'Đang mở…' }).waitFor({ state: 'detached' });
    await page.getByText(guess < 4 ? 'PIN không đúng.' : 'Sai nhiều lần').waitFor();
  }
  assert.equal(await page.getByLabel('PIN', { exact: true }).isDisabled(), true);
  await page.reload();
  await page.getByText('Sai nhiều lần').waitFor();
}));

test('a new version of the program waits until no interview is open', () => scene(async ({ server, page }) => {
  await activate(page, server);
  await open(page, 1);
  server.edition = '2';
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration()).waiting !== null);
  await answerAge(page);
  await page.getByText('Có bản mới – cập nhật khi xong phiếu này.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Cập nhật' }).count(), 0, 'no button in an interview');
  await answerRest(page);
  await finish(page);
  await page.getByRole('button', { name: 'Cập nhật' }).click();
  await unlock(page);
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting), null);
  await nothingDoubled(page, server, 1);
}));

test('a returned interview is corrected as a new one that names the old', () => scene(async ({ server, page }) => {
  await activate(page, server);
  await wholeInterview(page, 1, '33');
  await nothingDoubled(page, server, 1);
  const [{ body, receipt }] = server.interviews();
  server.returned = [{ uuid: receipt.uuid, case_id: body.case_id, comment: 'Xem lại tuổi', question: 'age', returned_at: new Date().toISOString() }];
  await page.getByRole('button', { name: 'Đồng bộ' }).click();
  await page.getByRole('link', { name: '1 phiếu bị trả lại' }).click();
  await page.getByText('Xem lại tuổi').waitFor();
  await page.getByRole('button', { name: 'Sửa' }).click();
  await question(page, 'bao nhiêu tuổi');
  assert.equal(await page.locator('input.answer').inputValue(), '33');
  await answerAge(page, '38');
  await page.getByRole('button', { name: 'Không, đi tiếp' }).click();
  for (const words of ['Sinh ở tỉnh nào?', 'Huyện nào', 'Đã dùng dịch vụ nào?', 'góp ý gì thêm']) { await question(page, words); await next(page); }
  await finish(page);
  await nothingDoubled(page, server, 2);
  const corrected = server.interviews().find((one) => one.body.corrects);
  assert.equal(corrected.body.corrects, receipt.uuid);
  assert.equal(corrected.body.answers.age, 38);
}));
