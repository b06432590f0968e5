// Interviews that survive: the network, the battery, the server, two tabs, a full device, a wrong clock.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, launchProfile } from '../browser.mjs';
import { House, LOGIN, Line } from '../house.mjs';
import { activate, answerAge, answerRest, counts, draftBytes, finish, next, nothingDoubled, open, question, sendNow, unlock, until, wholeInterview } from '../hand.mjs';

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

async function scene(run, more = {}) {
  const house = await House.open();
  const line = await new Line(house).open();
  const context = await browser.newContext({ locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh', viewport: { width: 360, height: 740 }, ...more });
  context.setDefaultTimeout(8_000);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => { if (/Content Security Policy|Uncaught/.test(message.text())) errors.push(message.text()); });
  try {
    await run({ house, line, context, page });
    assert.deepEqual(errors, []);
  } catch (error) {
    error.message += `\non the screen: ${await page.locator('body').innerText().catch(() => '?')}`;
    throw error;
  } finally {
    await context.close();
    await line.close();
    await house.close();
  }
}

test('1: installed, offline, three interviews, killed in the middle of a question, resumed there, sent once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'khaosat-field-'));
  // No line between them here: the browser speaks to the program itself.
  const house = await House.open();
  let context = await launchProfile(folder);
  context.setDefaultTimeout(8_000);
  let page = context.pages()[0];
  try {
    await activate(page, { url: house.url, house });
    // The strict test: no server at all.
    await house.kill();
    await page.reload();
    await unlock(page);
    for (const number of [1, 2, 3]) await wholeInterview(page, number, String(40 + number));
    assert.deepEqual(await counts(page), { drafts: 0, outbox: 3, receipts: 0 });
    await open(page, 4);
    await answerAge(page, '44');
    // The line on the screen may still speak of the answer before: what counts is what lies on the device.
    const before = await draftBytes(page);
    await page.getByText('Bắc Ninh', { exact: true }).click();
    await until(async () => (await draftBytes(page)) !== before, 'the answer is saved');
    await until(async () => /Đã lưu/.test(await page.locator('#saved').textContent()), 'it says so');
    // Killed, not closed: no page hears of it.
    killBrowserOf(folder);
    await context.close().catch(() => {});
    context = await launchProfile(folder);
    context.setDefaultTimeout(8_000);
    page = context.pages()[0];
    await page.goto(house.url);
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
    await house.start();
    await sendNow(page);
    const kept = await nothingDoubled(page, { house }, 4);
    assert.deepEqual(kept.map(({ body }) => body.answers.age).sort(), [41, 42, 43, 44]);
    assert.deepEqual(kept.flatMap(({ versions }) => versions[0].receipt.flags), [], 'nothing is odd about them');
    const last = kept.find(({ body }) => body.answers.age === 44).body;
    assert.equal(last.disposition, '1.1');
    assert.equal(last.paradata.sessions.length, 2, 'both sittings are told');
    const { json: progress } = await house.api('GET', 'progress');
    assert.equal(progress.total.n_complete, 4);
    const { json: { devices: [device] } } = await house.api('GET', 'devices');
    assert.deepEqual([device.enumerator, device.drafts], [LOGIN, 0]);
  } catch (error) {
    error.message += `\non the screen: ${await page.locator('body').innerText().catch(() => '?')}`;
    throw error;
  } finally {
    await context.close().catch(() => {});
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('2: the server kept it but the reply was lost: sent again, kept once', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
  line.fault = (n) => (n <= 2 ? 'drop' : null);
  await wholeInterview(page, 1, '50');
  await until(() => line.puts.length >= 1, 'a first try');
  await until(async () => (await house.interviews()).length === 1, 'the server has it');
  assert.equal((await counts(page)).outbox, 1, 'nothing leaves the device without a receipt');
  await sendNow(page);
  await until(() => line.puts.length >= 2, 'a second try');
  await until(() => page.getByRole('button', { name: 'Gửi ngay' }).isEnabled(), 'the button is back');
  await sendNow(page);
  await nothingDoubled(page, line, 1);
  assert.ok(line.puts.length >= 3);
}));

test('2b: a reply with another hash, or none, keeps the interview on the device', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
  line.fault = () => 'other_hash';
  await wholeInterview(page, 1, '50');
  await page.evaluate(() => { location.hash = '/outbox'; });
  await page.getByText('Biên nhận không khớp').waitFor();
  assert.equal((await counts(page)).outbox, 1);
}));

test('3: two tabs send what waits once', () => scene(async ({ house, line, context, page }) => {
  await activate(page, line);
  await context.setOffline(true);
  for (const number of [1, 2, 3]) await wholeInterview(page, number, String(30 + number));
  const other = await context.newPage();
  await other.goto(line.url);
  await unlock(other);
  await context.setOffline(false);
  await Promise.all([sendNow(page), sendNow(other)].map((one) => one.catch(() => {})));
  await nothingDoubled(page, line, 3);
  assert.equal(line.puts.length, 3, 'each was sent once');
  await open(page, 4);
  const address = page.url();
  await other.goto(address);
  if (await other.getByRole('button', { name: 'Mở khoá' }).isVisible()) await unlock(other);
  await other.getByText('đang mở ở một tab khác').waitFor();
}));

test('4: the device is revoked in the middle; nothing is lost; a new code sends the rest', () => scene(async ({ house, line, context, page }) => {
  await activate(page, line);
  await context.setOffline(true);
  for (const number of [1, 2, 3]) await wholeInterview(page, number, String(30 + number));
  const { json: { devices: [device] } } = await house.api('GET', 'devices');
  line.before = async (n) => { if (n === 2) assert.equal((await house.api('POST', `devices/${device.id}/revocation`)).status, 204); };
  await context.setOffline(false);
  await page.getByText('đã bị thu hồi quyền gửi').first().waitFor();
  assert.deepEqual(await counts(page), { drafts: 0, outbox: 2, receipts: 1 });
  assert.equal(new Set(line.puts.map(({ uuid }) => uuid)).size, 2, 'it stops at once');
  line.before = null;
  const { code } = await house.code();
  await page.getByRole('link', { name: 'Nhập mã mới' }).click();
  await page.getByLabel('Mã kích hoạt mới').fill(code.toLowerCase());
  await page.getByRole('button', { name: 'Dùng mã này' }).click();
  await nothingDoubled(page, line, 3);
  assert.equal((await house.api('GET', 'devices')).json.devices.length, 2);
}));

test('4b: a conflict, a refusal and a failing server are told apart, and only the last is tried again', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
  // Somebody else's bytes came first under the number of the first interview.
  line.before = async (n, { path, headers, body }) => {
    if (n !== 1) return;
    const other = Buffer.from(body.toString().replace('"age":31', '"age":99'));
    assert.equal((await line.forward('PUT', path, { ...headers, 'content-length': other.length }, other)).status, 201);
  };
  const told = [null, 400, 503];
  line.fault = (n) => told[n - 1] ?? null;
  for (const number of [1, 2, 3]) await wholeInterview(page, number, String(30 + number));
  await sendNow(page);
  await until(async () => (await house.interviews()).length === 3, 'what was refused and what failed went out by hand');
  await page.getByText('Cả hai được giữ').waitFor();
  assert.equal((await counts(page)).outbox, 1, 'the conflict stays to be seen');
  const both = (await house.interviews()).find(({ versions }) => versions.length === 2).versions;
  assert.deepEqual(both.map(({ receipt, body }) => [receipt.state, JSON.parse(body).answers.age]), [['accepted', 99], ['conflict', 31]]);
}));

test('5: version 2 comes while a draft of version 1 is open: each interview keeps its own', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
  await open(page, 1);
  house.ask('2');
  await page.getByRole('button', { name: 'Tạm dừng' }).click();
  const synced = async () => (await house.api('GET', 'devices')).json.devices[0].synced_at;
  const before = await synced();
  await page.getByRole('button', { name: 'Đồng bộ' }).click();
  await until(async () => (await synced()) !== before, 'synchronised');
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
  const kept = await nothingDoubled(page, line, 2);
  assert.equal(new Set(kept.map(({ versions }) => versions[0].questionnaire_sha256)).size, 2);
  assert.deepEqual(kept.flatMap(({ versions }) => versions[0].receipt.flags), [], 'both versions are asked');
}));

test('6: a full device says so, loses nothing that was saved, and goes on when there is room', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
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
  await question(page, 'Sinh ở tỉnh nào?');
  await answerRest(page);
  await finish(page);
  const [{ body }] = await nothingDoubled(page, line, 1);
  assert.equal(body.answers.age, 61);
}));

test('7: a clock two days wrong is told, accepted and measured', () => scene(async ({ line, page }) => {
  line.clockMs = 2 * 86_400_000;
  await activate(page, line);
  await page.getByText('Đồng hồ của máy sai').waitFor();
  await wholeInterview(page, 1, '33');
  const [{ body }] = await nothingDoubled(page, line, 1);
  assert.ok(Math.abs(body.paradata.clock_offset_ms - 2 * 86_400_000) < 5_000);
  assert.match(body.device_started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$/);
}));

test('8: an interview with the keyboard only', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
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
  const [{ body }] = await nothingDoubled(page, line, 1);
  assert.deepEqual(body.answers.services, ['-888']);
}));

test('a refusal of consent keeps nothing else; visits are sent with their outcome', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
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
  const [{ body }] = await nothingDoubled(page, line, 1, 3);
  assert.equal(body.disposition, '2.112');
  const { began, ended, today, ...rest } = body.answers;
  assert.ok(began && ended && today);
  assert.deepEqual(rest, { consent: '0', refusal_reason: '1' });
  const { json: { total } } = await house.api('GET', 'progress');
  assert.deepEqual([total.n_asked, total.n_refusal, total.n_non_contact], [2, 1, 1]);
}));

test('what lies on the device is encrypted; a wrong PIN opens nothing and has to wait', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
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

test('a new version of the program waits until no interview is open', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
  await open(page, 1);
  line.edition = '2';
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await until(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting !== null), 'the new version waits');
  await answerAge(page);
  await page.getByText('Có bản mới – cập nhật khi xong phiếu này.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Cập nhật' }).count(), 0, 'no button in an interview');
  await answerRest(page);
  await finish(page);
  await page.getByRole('button', { name: 'Cập nhật' }).click();
  await unlock(page);
  await until(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting === null), 'the new version has taken over', 40_000);
  await nothingDoubled(page, line, 1);
}));

test('a returned interview is corrected as a new one that takes the place of the old', () => scene(async ({ house, line, page }) => {
  await activate(page, line);
  await wholeInterview(page, 1, '33');
  const [{ uuid }] = await nothingDoubled(page, line, 1);
  assert.equal((await house.review(uuid, 'returned', 'Xem lại tuổi', 'age')).status, 201);
  await page.getByRole('button', { name: 'Đồng bộ' }).click();
  await page.getByRole('link', { name: '1 phiếu bị trả lại' }).click();
  await page.getByText('Xem lại tuổi').waitFor();
  await page.getByRole('button', { name: 'Sửa' }).click();
  await question(page, 'bao nhiêu tuổi');
  assert.equal(await page.locator('input.answer').inputValue(), '33');
  await answerAge(page, '38');
  for (const words of ['Sinh ở tỉnh nào?', 'Huyện nào', 'Đã dùng dịch vụ nào?', 'góp ý gì thêm']) { await question(page, words); await next(page); }
  await finish(page);
  const [first, second] = await nothingDoubled(page, line, 2);
  assert.deepEqual([first.uuid, first.state, first.counts, first.replaced_by], [uuid, 'corrected', false, second.uuid]);
  assert.deepEqual([second.replaces, second.state, second.counts, second.body.answers.age], [uuid, 'received', true, 38]);
  assert.equal((await house.review(second.uuid, 'approved')).status, 201);
  await page.getByRole('button', { name: 'Đồng bộ' }).click();
  await page.getByRole('link', { name: 'Tổ dân phố Trần Nguyên Hãn' }).click();
  await page.getByText('Đã duyệt').waitFor();
}));

test('a phone that can send no more: its backup file is rescued, once, and the phone may still send', () => scene(async ({ house, line, context, page }) => {
  await activate(page, line);
  await context.setOffline(true);
  for (const number of [1, 2]) await wholeInterview(page, number, String(30 + number));
  await open(page, 3);
  await page.getByRole('button', { name: 'Tạm dừng' }).click();
  await page.evaluate(() => { location.hash = '/help'; });
  await page.getByRole('button', { name: 'Xuất tệp dự phòng' }).click();
  const passphrase = await page.locator('.passphrase').textContent();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Lưu tệp' }).click()]);
  const file = join(house.folder, download.suggestedFilename());
  await download.saveAs(file);
  const rescue = (typed, ...more) => house.cliWith(typed, 'rescue', file, ...more);
  await assert.rejects(rescue('AAAA-AAAA-AAAA-AAAA'), /mật khẩu không mở được tệp/);
  assert.match(await rescue(passphrase, '--check'), /2 để nhận, 1 phiếu dở dang/);
  assert.equal((await house.interviews()).length, 0, 'only looked at');
  assert.match(await rescue(passphrase.toLowerCase().replaceAll('-', ' ')), /2 mới nhận, 0 đã có từ trước, 1 phiếu dở dang/);
  assert.match(await rescue(passphrase), /0 mới nhận, 2 đã có từ trước/);
  assert.equal((await house.interviews()).length, 2);
  await context.setOffline(false);
  await sendNow(page);
  const kept = await nothingDoubled(page, line, 2);
  assert.deepEqual(kept.flatMap(({ versions }) => versions[0].receipt.flags), []);
}));
