// The hand of an enumerator: what the scenarios do on the screen.
import assert from 'node:assert/strict';

export const PIN = '271828';

export async function activate(page, { url, house }) {
  const { code } = await house.code();
  await page.goto(`${url}#t=${code}`);
  await page.getByLabel('Đặt PIN sáu số').fill(PIN);
  await page.getByLabel('Nhập lại PIN').fill(PIN);
  await page.getByRole('button', { name: 'Bắt đầu' }).click();
  await page.getByRole('heading', { name: 'Thôn của tôi' }).waitFor();
  assert.equal(new URL(page.url()).hash.includes('t='), false, 'the code stays out of the address');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await until(() => page.evaluate(async () => (await caches.keys()).length === 1 && (await (await caches.open((await caches.keys())[0])).keys()).length > 20), 'all files are kept');
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await until(async () => (await house.api('GET', 'devices')).json.devices.some((one) => one.synced_at), 'the first sync');
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
  await question(page, 'Sinh ở tỉnh nào?');
}

export async function answerRest(page, opinion = 'Nhanh hơn') {
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

/** What lies on the device of the interview that is open, encrypted: other bytes whenever it was saved again. */
export const draftBytes = (page) => page.evaluate(() => new Promise((resolve) => {
  const opening = indexedDB.open('khaosat-field');
  opening.onsuccess = () => {
    const asked = opening.result.transaction('drafts').objectStore('drafts').getAll();
    asked.onsuccess = () => { opening.result.close(); resolve(asked.result.map(({ data }) => Array.from(new Uint8Array(data)).join(' ')).join('; ')); };
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

/** In the server's database every interview stands once, in the very bytes that the phone sent; nothing is left on the phone. */
export async function nothingDoubled(page, { house, puts = [] }, n, nVisits = 0) {
  await until(async () => (await counts(page)).outbox === 0, 'the outbox is empty');
  assert.equal((await counts(page)).receipts, n + nVisits, 'a receipt for each');
  const kept = await house.interviews();
  assert.equal(kept.length, n);
  assert.equal(new Set(kept.map(({ uuid }) => uuid)).size, n);
  for (const { uuid, versions } of kept) {
    assert.equal(versions.length, 1, 'one version');
    for (const put of puts.filter((one) => one.uuid === uuid)) assert.equal(put.sha256, versions[0].receipt.sha256, 'the same bytes every time');
  }
  return kept;
}
