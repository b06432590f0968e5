// The hand of an enumerator: what the scenarios do on the screen.
import assert from 'node:assert/strict';

export const PIN = '271828';

export async function activate(page, server, code = 'ABCDEFGH') {
  server.code(code);
  await page.goto(`${server.url}#t=${code}`);
  await page.getByLabel('Đặt PIN sáu số').fill(PIN);
  await page.getByLabel('Nhập lại PIN').fill(PIN);
  await page.getByRole('button', { name: 'Bắt đầu' }).click();
  await page.getByRole('heading', { name: 'Thôn của tôi' }).waitFor();
  assert.equal(new URL(page.url()).hash.includes('t='), false, 'the code stays out of the address');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(async () => (await caches.keys()).length === 1 && (await (await caches.open((await caches.keys())[0])).keys()).length > 20);
}

export async function unlock(page) {
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await page.getByRole('button', { name: 'Mở khoá' }).click();
  await page.getByRole('button', { name: 'Mở khoá' }).waitFor({ state: 'detached' });
}

export const next = (page) => page.getByRole('button', { name: 'Tiếp', exact: true }).click();
export const question = (page, words) => page.getByRole('heading', { name: words }).waitFor();

/** To the first question after consent, in the household of that number. */
export async function open(page, number = 1, village = 'Tổ dân phố Trần Nguyên Hãn') {
  await page.evaluate(() => { location.hash = '/'; });
  await page.getByRole('link', { name: village }).click();
  await page.getByRole('link', { name: `Hộ số ${number}`, exact: false }).first().click();
  await page.getByRole('button', { name: 'Phỏng vấn' }).click();
  await page.getByRole('button', { name: 'Đồng ý, bắt đầu' }).click();
  await question(page, 'bao nhiêu tuổi');
}

export async function answerAge(page, age = '45') {
  await page.locator('input.answer').fill(age);
  await next(page);
  await question(page, 'Có “Thành viên” nào không?');
}

export async function answerRest(page, opinion = 'Nhanh hơn') {
  await page.getByRole('button', { name: 'Không, đi tiếp' }).click();
  await page.getByText('Bắc Giang', { exact: true }).click();
  await next(page);
  await page.getByText('Thành phố Bắc Giang', { exact: true }).click();
  await next(page);
  await page.getByText('Chứng thực', { exact: true }).click();
  await page.getByText('Đất đai', { exact: true }).click();
  await next(page);
  await page.locator('textarea.answer').fill(opinion);
  await next(page);
  await page.getByRole('heading', { name: 'Xem lại' }).waitFor();
}

export async function finish(page) {
  await page.getByRole('button', { name: 'Hoàn thành phiếu' }).click();
  const why = page.getByLabel('Vì sao nhanh như vậy?');
  const done = page.getByRole('heading', { name: 'Thôn của tôi' });
  await why.or(done).first().waitFor();
  if (await why.isVisible()) {
    await why.fill('Chạy thử');
    await page.locator('dialog').getByRole('button', { name: 'Hoàn thành phiếu' }).click();
  }
  await done.waitFor();
}

export async function wholeInterview(page, number, age) {
  await open(page, number);
  await answerAge(page, age);
  await answerRest(page);
  await finish(page);
}

export const counts = (page) => page.evaluate(() => new Promise((resolve) => {
  const opening = indexedDB.open('khaosat-field');
  opening.onsuccess = async () => {
    const read = (store) => new Promise((done) => { const request = opening.result.transaction(store).objectStore(store).count(); request.onsuccess = () => done(request.result); });
    const found = { drafts: await read('drafts'), outbox: await read('outbox'), receipts: await read('receipts') };
    opening.result.close();
    resolve(found);
  };
}));

export async function until(condition, words, ms = 15_000) {
  const end = Date.now() + ms;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `waited too long: ${words}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

export async function sendNow(page) {
  await page.evaluate(() => { location.hash = '/outbox'; });
  await page.getByRole('button', { name: 'Gửi ngay' }).click();
}

/** Every interview once, its receipt for the very bytes, nothing left on the device. */
export async function nothingDoubled(page, server, n) {
  await until(async () => (await counts(page)).outbox === 0, 'the outbox is empty');
  assert.equal(server.interviews().length, n);
  assert.equal((await counts(page)).receipts, server.kept.size);
  for (const [uuid, { receipt }] of server.kept) {
    for (const put of server.puts.filter((one) => one.uuid === uuid)) assert.equal(put.sha256, receipt.sha256, 'the same bytes every time');
  }
}
