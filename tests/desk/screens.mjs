// Every page at 360 and 1366 px in both languages: axe finds nothing serious, nothing runs off, the first stop of the keyboard leads
// past the menu. KHAOSAT_DESK_SHOTS: a folder for pictures.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { House, OPEN_ROUND, ROUND, axeSource, follow, launch, signIn } from './house.mjs';

const shots = process.env.KHAOSAT_DESK_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });
const house = await House.open();
const browser = await launch();
test.after(async () => { await browser.close(); await house.close(); });

const of = (path) => `/rounds/${ROUND}/${path}`;
const CHOICE = 'questionnaire=papi-2019&question=education&question=q_6_3_3&question=q_6_3_1&by=sex&n_min=10';
/** Name of the picture and address. */
const PAGES = [
  ['trang-dau', '/'], ['ket-qua', `/rounds/${ROUND}`], ['chi-so', of('index?index=papi-2019')], ['chi-so-sipas', of('index?index=sipas-2023')],
  ['cau-hoi', of('question?questionnaire=papi-2019&question=education&by=sex')], ['cau-hoi-trong', of('question')],
  ['cau-hoi-loi', of('question?question=khong-co')], ['cau-hoi-so', of('question?questionnaire=papi-2019&question=age_years&by=education')],
  ['bang-cheo', of('cross-table?questionnaire=papi-2019&row=sex&col=education&show=row')],
  ['so-sanh', of('comparison?questionnaire=papi-2019&question=age_years&groups=education')],
  ['trong-so', of('weights')], ['tinh-lai-trong-so', of('weights/margins')], ['quan-tri', '/administration'], ['quan-tri-kiem-tra', '/administration?check=machine'], ['nguoi-dung', '/administration/people'], ['mau-xep', of('design?sort=area&dir=desc')], ['du-lieu', of('data')], ['bao-cao', of('report?index=sipas-2023')], ['bao-cao-papi', of('report?index=papi-2019')], ['bao-cao-xem-truoc', of('report?index=sipas-2023&preview=yes')], ['bao-cao-chua-co', '/rounds/thu-dien-thoai/report'], ['cau-mau', '/sentences'], ['mau', of('design')], ['mau-khong-thay', of('design?q=khong-co-dau')],
  ['tien-do', of('field')], ['duyet-phieu', of('interviews?show=all')], ['chat-luong', of('quality')], ['phan-cong', of('assignment')],
  ['du-phong', of('reserves')], ['quyen', of('rights')], ['dieu-tra-vien', of('devices')], ['ke-hoach', '/plan'], ['nhiem-vu', '/plan/tasks/8'], ['khong-co', '/rounds/khong-co'],
  ['bang-hoi', of('questionnaire')], ['khoa-so', of('closing')], ['khoa-so-mo', `/rounds/${OPEN_ROUND}/closing`], ['cong-bo', of(`publication?${CHOICE}&preview=yes`)],
  ['cong-khai', `/public/${ROUND}`], ['cong-khai-khong', '/public/khong-co'], ['tao-dot', '/new-round'],
];

/** What only acts bring about: a publication, a round that is being put together, a file with problems. */
async function prepare(page) {
  await page.goto(`${house.url}${of(`publication?${CHOICE}&preview=yes`)}`);
  await page.check('input[name=confirmed]');
  await follow(page, 'button >> text=Công bố cho mọi người');
  await page.goto(`${house.url}/new-round`);
  await page.fill('input[name=name]', 'PAPI Bắc Giang 2026');
  await page.fill('input[name=code]', 'bac-giang-2026');
  await follow(page, 'main button >> text=Tiếp tục');
  await page.setInputFiles('input[name=frame]', join(house.folder, 'demo', 'frame.csv'));
  await follow(page, 'button >> text=Tải lên và kiểm tra');
  await page.fill('input[name=seed]', '20260401');
  await follow(page, 'button >> text=Rút và xem trước');
  PAGES.push(['ban-nhap', new URL(page.url()).pathname]);
  await page.goto(`${house.url}/new-round`);
  await page.fill('input[name=name]', 'Đợt có khung mẫu hỏng');
  await page.fill('input[name=code]', 'hong');
  await follow(page, 'main button >> text=Tiếp tục');
  await page.setInputFiles('input[name=frame]', { name: 'khung.csv', mimeType: 'text/csv', buffer: Buffer.from('province_code,thôn,Số hộ\n24,Thôn Hạ,-3\n') });
  await follow(page, 'button >> text=Tải lên và kiểm tra');
  PAGES.push(['ban-nhap-hong', new URL(page.url()).pathname]);
  await page.goto(`${house.url}${of('questionnaire')}`);
  await page.selectOption('select[name=template]', 'papi-2021');
  await follow(page, 'button >> text=Dùng mẫu này');
}

test('every page at 360 and 1366 px, in both languages', { timeout: 600_000 }, async () => {
  const problems = [];
  const context = await browser.newContext({ locale: 'vi-VN' });
  const page = await context.newPage();
  page.on('console', (message) => { if (/Content.Security.Policy/i.test(message.text())) problems.push(`${page.url()}: ${message.text()}`); });
  await signIn(page, house, 'quan-tri');
  await prepare(page);
  const axe = readFileSync(axeSource, 'utf8');
  const only = process.env.KHAOSAT_DESK_ONLY?.split(',');
  for (const [name, path] of PAGES.filter(([name]) => !only || only.includes(name))) {
    for (const language of ['vi', 'en']) {
      await page.setViewportSize({ width: 1366, height: 900 });
      const reply = await page.goto(`${house.url}${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
      const policy = reply.headers()['content-security-policy'] ?? '';
      if (!policy.includes("default-src 'none'") && !policy.includes("default-src 'self'")) problems.push(`${name}: no strict policy: ${policy}`);
      if (await page.locator('html').getAttribute('lang') !== language) problems.push(`${name}: not in ${language}`);
      if (await page.locator('h1').count() !== 1) problems.push(`${name}: ${await page.locator('h1').count()} first headings`);
      if (language === 'vi' && shots) await page.screenshot({ path: `${shots}/${name}-1366.png` });
      for (const width of [1366, 360]) {
        await page.setViewportSize({ width, height: 800 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (over > 0) {
          const who = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll')).map((one) => `${one.tagName}.${one.className}`).slice(0, 4).join(' '));
          problems.push(`${name} ${language} ${width}: ${over} px too wide: ${who}`);
        }
        await page.evaluate(axe);
        const found = await page.evaluate(async () => (await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })).violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0].html.slice(0, 140)}`));
        for (const one of found) problems.push(`${name} ${language} ${width}: axe ${one}`);
      }
      if (language === 'vi' && shots) await page.screenshot({ path: `${shots}/${name}-360.png`, fullPage: true });
      await page.keyboard.press('Tab');
      const first = await page.evaluate(() => document.activeElement?.className);
      if (first !== 'skip') problems.push(`${name}: the first stop of the keyboard is ${first}`);
    }
  }
  await context.close();
  assert.deepEqual(problems, []);
});
