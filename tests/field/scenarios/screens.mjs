// Every screen, with the longest words we have: axe finds nothing serious, nothing is cut or runs off at 360 px, 200 % text, night.
// KHAOSAT_FIELD_SHOTS: a folder for the pictures; the guide's pictures are copies of them.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { axeSource, launch } from '../browser.mjs';
import { builtin, small } from '../forms.mjs';
import { Stand, sampleCases } from '../server.mjs';
import { PIN, next, question, until } from './hand.mjs';

const shots = process.env.KHAOSAT_FIELD_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });
const browser = await launch();
test.after(() => browser.close());

test('9, 10, 11: every screen at 360, 768 and 1366 px', async () => {
  const server = await new Stand({ forms: [builtin('papi-2021')], cases: sampleCases() }).start();
  const context = await browser.newContext({ locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh', viewport: { width: 360, height: 740 }, bypassCSP: true });
  context.setDefaultTimeout(8_000);
  const page = await context.newPage();
  const problems = [];
  const look = async (name) => {
    await page.evaluate(() => document.getElementById('toast').classList.remove('seen'));
    for (const width of shots ? [360, 768, 1366] : [360, 1366]) {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) problems.push(`${name} at ${width}: ${wide} px too wide`);
      if (shots) await page.screenshot({ path: `${shots}/${name}-${width}.png`, fullPage: width !== 360 });
    }
    await page.setViewportSize({ width: 360, height: 740 });
    const low = await page.evaluate(() => [...document.querySelectorAll('button, a.button, .choice, nav a, summary')].filter((one) => one.offsetParent && one.getBoundingClientRect().height < 48).map((one) => `${one.textContent} ${one.getBoundingClientRect().height}`));
    for (const one of low) problems.push(`${name}: lower than 48 px: ${one}`);
    await page.evaluate(readFileSync(axeSource, 'utf8'));
    const found = await page.evaluate(async () => (await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })).violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`));
    for (const one of found) problems.push(`${name}: axe ${one}`);
    await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
    const large = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (large > 0) {
      const who = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => `${one.tagName}.${one.className}`).slice(0, 4).join(' '));
      problems.push(`${name} at 200 %: ${large} px too wide: ${who}`);
    }
    await page.evaluate(() => { document.documentElement.style.fontSize = '100%'; });
  };
  const go = async (hash, heading) => { await page.evaluate((to) => { location.hash = to; }, hash); await page.getByRole('heading', { name: heading, level: 1 }).waitFor(); };
  try {
    server.code('ABCDEFGH');
    await page.goto(`${server.url}#t=ABCDEFGH`);
    await page.getByLabel('Đặt PIN sáu số').waitFor();
    await look('kich-hoat');
    await page.getByLabel('Đặt PIN sáu số').fill(PIN);
    await page.getByLabel('Nhập lại PIN').fill(PIN);
    await page.getByRole('button', { name: 'Bắt đầu' }).click();
    await page.getByRole('heading', { name: 'Thôn của tôi' }).waitFor();
    await page.getByText('Đồng bộ lúc').waitFor();
    await page.waitForTimeout(4500);
    await look('thon');
    await go('/village/0720708', 'Danh sách hộ');
    await look('ho');
    await go('/case/2/outcome', 'Kết quả tiếp cận');
    await look('tiep-can');
    await page.getByText('Vắng nhà', { exact: true }).click();
    await page.getByRole('button', { name: 'Ghi kết quả' }).click();
    await page.getByText('(lần 1)').waitFor();
    await look('mot-ho');
    await go('/case/0/roster', 'Chọn người trả lời');
    for (const [name, sex, age] of [['Nguyễn Văn Trường', 'Nam', '67'], ['Nguyễn Thị Phương Thảo', 'Nữ', '41']]) {
      await page.getByLabel('Tên hoặc cách gọi').fill(name);
      await page.getByText(sex, { exact: true }).click();
      await page.getByLabel('Tuổi (dương lịch)').fill(age);
      await page.getByRole('button', { name: 'Thêm người này' }).click();
      await page.getByText(`${age} tuổi`).first().waitFor();
    }
    await look('bang-ke');
    await page.getByRole('button', { name: 'chọn người trả lời' }).click();
    await page.getByRole('button', { name: 'Đủ, chọn đi' }).click();
    await page.getByRole('button', { name: 'Xác nhận người được chọn' }).waitFor();
    assert.equal(await page.getByLabel('Tên hoặc cách gọi').count(), 0, 'the roster is closed');
    await look('chon-nguoi');
    await page.getByRole('button', { name: 'Xác nhận người được chọn' }).click();
    await page.getByRole('button', { name: 'Phỏng vấn' }).click();
    await page.getByRole('heading', { name: 'Xin phép phỏng vấn' }).waitFor();
    await look('dong-y');
    await page.getByRole('button', { name: 'Đồng ý, bắt đầu' }).click();
    await page.getByText('Dành cho điều tra viên').first().waitFor();
    await next(page);
    await question(page, 'bao nhiêu người từ đủ 18 tuổi');
    await look('cau-so');
    await next(page);
    await page.getByRole('alert').waitFor();
    await look('cau-loi');
    await page.locator('input.answer').fill('3');
    await next(page);
    await page.getByText('Nam', { exact: true }).click();
    await next(page);
    await page.locator('input.answer').fill('41');
    await next(page);
    await page.locator('.choices input').first().check();
    await next(page);
    await question(page, 'Bậc học cao nhất');
    await page.locator('.choices input').nth(2).check();
    await until(async () => /Đã lưu/.test(await page.locator('#saved').textContent()), 'saved');
    await look('cau-chon');
    await page.getByRole('link', { name: 'Mục lục' }).click();
    await page.getByRole('heading', { name: 'Mục lục phiếu' }).waitFor();
    await look('muc-luc');
    await page.getByRole('link', { name: 'Xem lại và hoàn thành' }).click();
    await page.getByRole('heading', { name: 'Xem lại' }).waitFor();
    await look('xem-lai');
    await context.setOffline(true);
    await go('/outbox', 'Hàng chờ gửi');
    await look('cho-gui');
    server.returned = [{ uuid: '00000000-0000-4000-8000-000000000001', case_id: server.cases[4].case_id, comment: 'Xem lại câu về nguồn nước: hộ bên cạnh dùng nước máy.' }];
    await context.setOffline(false);
    await go('/', 'Thôn của tôi');
    await page.getByText('1 phiếu bị trả lại').waitFor();
    await go('/returned', 'Phiếu bị trả lại');
    await look('tra-lai');
    await go('/help', 'Trợ giúp');
    await look('tro-giup');
    await page.getByText('Tối (ban đêm)').click();
    await look('tro-giup-dem');
    await go('/village/0720708', 'Danh sách hộ');
    await look('ho-dem');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Households' }).waitFor();
    await look('ho-en');
    await page.reload();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    await look('khoa');
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    await server.stop();
  }
});

test('12: on paper there are no buttons', async () => {
  const server = await new Stand({ forms: [small()], cases: sampleCases() }).start();
  const page = await browser.newPage();
  try {
    await page.goto(server.url);
    await page.emulateMedia({ media: 'print' });
    await page.getByRole('heading', { name: 'Kích hoạt máy này' }).waitFor();
    assert.equal(await page.locator('button:visible').count(), 0);
  } finally {
    await page.close();
    await server.stop();
  }
});
