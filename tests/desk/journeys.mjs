// What coordinator, supervisor, analyst, leader and auditor do at the desk, without JavaScript: every page is plain HTML and forms.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { House, OPEN_ROUND, ROUND, axeSource, follow, launch, signIn } from './house.mjs';

const house = await House.open();
const browser = await launch();
test.after(async () => { await browser.close(); await house.close(); });

/** A page of a person in a browser that runs no scripts. */
async function sitting(login) {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'vi-VN', viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  if (login) await signIn(page, house, login);
  return { context, page, go: (path) => page.goto(`${house.url}${path}`) };
}
const of = (path) => `/rounds/${ROUND}/${path}`;
const heading = (page) => page.locator('h1').innerText();

test('the coordinator finds a household without diacritics, and the analysis is a click away', async () => {
  const { context, page, go } = await sitting('lan');
  await go(`/rounds/${ROUND}`);
  await follow(page, 'nav.tabs >> text=Mẫu');
  assert.equal(await heading(page), 'Mẫu của đợt khảo sát');
  const all = Number((await page.locator('#list ~ p.lede').innerText()).split('/')[1].match(/\d+/)[0]);
  const area = await page.locator('#list ~ .scroll tbody tr td').first().innerText();
  const plain = area.split(' › ').at(-1).normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();
  await page.fill('input[name=q]', plain);
  await follow(page, 'form[action$="#list"] button >> text=Tìm');
  const found = Number((await page.locator('#list ~ p.lede').innerText()).match(/\d+/)[0]);
  assert.ok(found > 0 && found < all, `${plain}: ${found} of ${all}`);
  await page.fill('input[name=deff]', 'không phải số');
  await follow(page, 'button >> text=Tính lại');
  assert.match(await page.locator('[role=alert]').innerText(), /Hệ số thiết kế/);
  await follow(page, 'nav.tabs >> text=Phân tích');
  assert.equal(await heading(page), 'Chỉ số');
  await context.close();
});

test('the supervisor sees the queue of the open round, and no analysis of answers', async () => {
  const { context, page, go } = await sitting('son');
  await go(`/rounds/${OPEN_ROUND}/interviews`);
  assert.match(await page.locator('main').innerText(), /Không còn phiếu cần xem/);
  await go(of('interviews?show=all'));
  await follow(page, 'tbody a >> nth=0');
  assert.match(page.url(), /\/interviews\/[0-9a-f-]{36}/);
  const refused = await go(of('question'));
  assert.equal(refused.status(), 403);
  assert.ok(await page.locator('main').innerText());
  await context.close();
});

test('the analyst goes from the index to a question, a table, a comparison, and takes the data along', async () => {
  const { context, page, go } = await sitting('minh');
  await go(of('index?index=sipas-2023'));
  assert.match(await page.locator('main').innerText(), /Mục tiêu của kế hoạch/);
  assert.match(await page.locator('tr.depth-0 .verdict').first().innerText(), /^[▲▼●]/);
  await follow(page, 'nav.sub >> text=Câu hỏi');
  await page.fill('input[name=find]', 'gioi tinh');
  await follow(page, 'button >> text=Tìm');
  assert.ok(await page.locator('select[name=question] option').count() >= 1, 'found without diacritics');
  await go(of('question?questionnaire=papi-2019'));
  await page.selectOption('select[name=question]', 'sex');
  await page.selectOption('select[name=by]', 'education');
  await follow(page, 'button >> text=Tính');
  assert.match(page.url(), /question=sex&by=education/);
  assert.ok(await page.locator('#answers').isVisible());
  const permanent = await page.locator('a.long').getAttribute('href');
  await page.goto(permanent);
  assert.equal(await page.locator('.elsewhere .notice').count(), 0, 'the data are the same');
  await page.goto(permanent.replace(/input=\w+/, 'input=00000000'));
  assert.match(await page.locator('.elsewhere .notice').innerText(), /đã thay đổi/);

  await go(of('cross-table?questionnaire=papi-2019'));
  await page.selectOption('select[name=row]', 'sex');
  await page.selectOption('select[name=col]', 'education');
  await follow(page, 'button >> text=Tính bảng');
  assert.match(await page.locator('main').innerText(), /Rao–Scott.*F\(/);

  await go(of('comparison?questionnaire=papi-2019'));
  await page.selectOption('select[name=question]', 'education');
  await page.selectOption('select[name=groups]', 'sex');
  await follow(page, 'section[aria-labelledby=groups] button');
  // The answer whose share is compared is asked for next.
  await page.selectOption('select[name=value]', '3');
  await follow(page, 'section[aria-labelledby=groups] button');
  assert.match(await page.locator('main').innerText(), /p \(Holm\)/);

  await go(of('data'));
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('a[download] >> text=CSV').first().click()]);
  assert.match(file.suggestedFilename(), /\.zip$/);
  assert.equal(readFileSync(await file.path()).subarray(0, 2).toString(), 'PK');
  await go(of('data'));
  assert.match(await page.locator('#exports ~ .scroll').innerText(), /Trần Quang Minh/);
  await context.close();
});

test('the analyst makes the report of the round, and a colleague overwrites nothing', async () => {
  const { context, page, go } = await sitting('minh');
  await go(of('index?index=sipas-2023'));
  await follow(page, 'nav.sub >> text=Báo cáo');
  assert.equal(await heading(page), 'Báo cáo');
  await go(of('report?index=sipas-2023'));
  const titles = () => page.locator('ol.outline > li h3').allInnerTexts();
  const before = await titles();
  assert.ok(before.length > 15, `${before.length} blocks`);
  assert.match(await page.locator('#checks ~ ul').innerText(), /Chưa chấp nhận[^]*Chưa viết/);

  // Another person opens the same page now and tries to save later.
  const other = await sitting('lan');
  await other.go(of('report?index=sipas-2023'));

  await follow(page, 'ol.outline > li >> nth=1 >> button[value=down]');
  assert.deepEqual((await titles()).slice(1, 3), [before[2], before[1]]);
  await follow(page, 'ol.outline > li >> nth=2 >> button[value=up]');
  assert.deepEqual(await titles(), before);

  const overall = page.locator('ol.outline > li', { hasText: 'Câu về kết quả chung' });
  assert.match(await overall.innerText(), /\[DỰ THẢO\]/);
  await Promise.all([page.waitForNavigation(), overall.locator('button[value=accept]').first().click()]);
  assert.match(await overall.innerText(), /Đã chấp nhận: Trần Quang Minh, \d\d\/\d\d\/\d{4}/);
  const target = page.locator('ol.outline > li', { hasText: 'Câu so với mục tiêu' });
  assert.match(await target.innerText(), /So với mục tiêu trên 90,00%[^]*: (đạt|chưa đạt|chưa đủ cơ sở khẳng định)/);

  const prompt = page.locator('ol.outline > li', { hasText: 'hạn chế và nguyên nhân' });
  await prompt.locator('textarea').fill('Tỷ lệ chung là {{sipas.total}} ({{sipas.total.range}}).\nTiếp cận đã tăng lên 80 điểm.\nSai tên: {{sipas.khong_co}}.');
  await Promise.all([page.waitForNavigation(), prompt.locator('button[value=write]').click()]);
  assert.match(await page.locator('.notice').first().innerText(), /Còn lỗi/);
  assert.match(await page.locator('#checks ~ ul').innerText(), /Lỗi[^]*không có số liệu mang tên này/);
  const written = page.locator('ol.outline > li', { has: page.locator('textarea', { hasText: 'Sai tên' }) });
  await written.locator('textarea').fill('Tỷ lệ chung là {{sipas.total}} ({{sipas.total.range}}).\nTiếp cận đã tăng lên 80 điểm.');
  await Promise.all([page.waitForNavigation(), written.locator('button[value=write]').click()]);
  assert.match(await page.locator('ol.outline').innerText(), /\[lời văn tự viết, chưa đối chiếu\]/);

  await go(of('question?questionnaire=sipas-2023'));
  await page.selectOption('select[name=by]', { index: 0 });
  await follow(page, 'button >> text=Tính');
  await follow(page, 'button >> text=Thêm vào báo cáo');
  assert.match(await page.locator('.done').first().innerText(), /Đã thêm/);
  await go(of('report?index=sipas-2023'));

  for (const [name, ending, begin] of [['DOCX', 'docx', 'PK'], ['PDF', 'pdf', '%PDF'], ['XLSX', 'xlsx', 'PK'], ['HTML', 'html', '<!doctype']]) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.click(`a[download] >> text=${name}`)]);
    assert.equal(file.suggestedFilename(), `bao-cao_sipas-2023_${ROUND}.${ending}`);
    assert.ok(readFileSync(await file.path()).subarray(0, 9).toString().startsWith(begin), name);
  }
  await go(of('report/paper.html?index=sipas-2023&preview=yes'));
  assert.match(await page.locator('main').innerText(), /\[DỰ THẢO\]/);

  // The colleague saves what she wrote on the page as it was: told, and her words are given back.
  const mine = other.page.locator('ol.outline > li', { hasText: 'hạn chế và nguyên nhân' });
  await mine.locator('textarea').fill('Lời của chị Lan');
  await Promise.all([other.page.waitForNavigation(), mine.locator('button[value=write]').click()]);
  assert.match(await other.page.locator('[role=alert]').innerText(), /không có gì bị ghi đè/);
  assert.match(await other.page.locator('#yours ~ pre').innerText(), /Lời của chị Lan/);
  assert.doesNotMatch(await other.page.locator('ol.outline').innerText(), /Lời của chị Lan/);
  await other.context.close();

  // The auditor reads it and has no button.
  const auditor = await sitting('hung');
  await auditor.go(of('report?index=sipas-2023'));
  assert.equal(await auditor.page.locator('ol.outline button').count(), 0);
  await auditor.context.close();
  await context.close();
});

test('the leader reads plan and index, in both languages and on paper', async () => {
  const { context, page, go } = await sitting('chu-tich');
  await go('/');
  await follow(page, 'main a >> nth=0');
  await follow(page, 'nav.tabs >> text=Phân tích');
  await follow(page, 'header >> text=English');
  assert.equal(await heading(page), 'Index');
  assert.match(page.url(), /lang=en/);
  await follow(page, 'header >> text=Tiếng Việt');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('nav.tabs').first().isVisible(), false);
  assert.ok((await page.pdf({ format: 'A4' })).length > 10_000);
  await page.emulateMedia({ media: 'screen' });
  await follow(page, 'header >> text=Kế hoạch');
  assert.match(await heading(page), /Kế hoạch/);
  await context.close();
});

test('the auditor reads certificate and weights, and takes no data along', async () => {
  const { context, page, go } = await sitting('hung');
  await go(of('design'));
  assert.match(await page.locator('#certificate ~ dl').innerText(), /20241/);
  await go(of('weights'));
  assert.match(await page.locator('main').innerText(), /Hệ số Kish/);
  assert.equal(await page.locator('nav.sub >> text=Dữ liệu').count(), 0);
  const refused = await go(of('data'));
  assert.equal(refused.status(), 403);
  await context.close();
});

/** Margins of sex typed into the form, looked at, kept and chosen; `withScripts` also reads the sum that is told while one types. */
async function weighs(page, go, name, withScripts) {
  const sum = page.locator('[data-sum="0"]');
  await go(of('weights'));
  await follow(page, 'main a >> text=Tính lại trọng số >> nth=0');
  assert.equal(await heading(page), 'Tính lại trọng số theo biên');
  await page.selectOption('select[name=add]', 'sex');
  await follow(page, 'button[value=add]');
  const totals = page.locator('input[name=m0_total]');
  const n = await totals.count();
  assert.ok(n >= 2, `${n} cells of sex`);
  // A margin that no weights can meet is told by margin and cell, and nothing is kept.
  await totals.nth(0).fill('480000');
  await follow(page, 'button[value=preview] >> visible=true');
  assert.match(await page.locator('[role=alert]').innerText(), /sex = 2/);
  await page.locator('input[name=m0_total]').nth(1).fill('520.000,5');
  if (withScripts) assert.match(await sum.innerText(), /Cộng: 1\.000\.000,5/);
  else assert.equal(await sum.isVisible(), false);
  await page.selectOption('select[name=missing]', 'share');
  await page.fill('input[name=m0_source]', 'Dân số giả định');
  await follow(page, 'button[value=preview] >> visible=true');
  const seen = await page.locator('#preview').innerText();
  for (const expected of [/Hội tụ sau/, /480\.000/, /Hệ số Kish/, /phần dư của hiệu chỉnh/, /Dân số giả định/]) assert.match(seen, expected);
  await page.fill('input[name=name]', name);
  await follow(page, 'button[value=keep]');
  assert.match(await page.locator('[role=status]').innerText(), /Đã lưu thành bản/);
  await page.selectOption('select[name=version]', { label: `${withScripts ? 2 : 1}. ${name}` });
  await page.fill('input[name=reason]', 'biên đã kiểm tra');
  await follow(page, 'button >> text=Chọn');
  assert.match(await page.locator('[role=status]').innerText(), /Đã chọn/);
  await go(of('index?index=papi-2019'));
  assert.match(await page.locator('main').innerText(), new RegExp(name));
  await go(of('question?questionnaire=papi-2019&question=education'));
  assert.equal(await page.locator('[role=alert]').count(), 0);
  // And back to the design weights, for whoever comes next.
  await go(of('weights/margins?questionnaire=papi-2019'));
  await page.selectOption('select[name=version]', 'design');
  await page.fill('input[name=reason]', 'thử xong');
  await follow(page, 'button >> text=Chọn');
  await go(of('index?index=papi-2019'));
  assert.doesNotMatch(await page.locator('main').innerText(), new RegExp(name));
}

test('the analyst makes weights meet margins without scripts, and results use them only when chosen', async () => {
  const { context, page, go } = await sitting('minh');
  await weighs(page, go, 'Bản không kịch bản', false);
  await context.close();
});

test('the same with scripts, under axe', async () => {
  const context = await browser.newContext({ locale: 'vi-VN', viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  await signIn(page, house, 'minh');
  const go = (path) => page.goto(`${house.url}${path}`);
  await weighs(page, go, 'Bản có kịch bản', true);
  await go(of('weights/margins?questionnaire=papi-2019'));
  await page.selectOption('select[name=add]', 'age_years');
  await follow(page, 'button[value=add]');
  await page.locator('input[name=m0_category]').nth(0).fill('18-39');
  await page.locator('input[name=m0_total]').nth(0).fill('45');
  await page.locator('input[name=m0_category]').nth(1).fill('40+');
  await page.locator('input[name=m0_total]').nth(1).fill('55');
  await page.selectOption('select[name=m0_unit]', 'share');
  await page.selectOption('select[name=missing]', 'share');
  await follow(page, 'button[value=preview] >> visible=true');
  assert.match(await page.locator('#preview').innerText(), /Hội tụ sau/);
  await page.evaluate(readFileSync(axeSource, 'utf8'));
  const found = await page.evaluate(async () => (await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })).violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)}`));
  assert.deepEqual(found, []);
  for (const width of [1366, 360]) {
    await page.setViewportSize({ width, height: 800 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${width} px`);
  }
  await context.close();
});

test('two people close a round, one publishes it, everybody reads it, and it can be taken back', async () => {
  const [first, second, stranger] = [await sitting('lan'), await sitting('quan-tri'), await sitting()];
  // Opening and closing make every score anew.
  for (const { context } of [first, second, stranger]) context.setDefaultTimeout(60_000);
  assert.equal((await stranger.go(`/public/${ROUND}`)).status(), 404);
  await first.go(of('closing'));
  await first.page.fill('textarea[name=reason]', 'thử khoá lại');
  await follow(first.page, 'button >> text=Mở lại đợt khảo sát');
  await first.page.fill('textarea[name=reason]', 'đã xem hết');
  await follow(first.page, 'button >> text=Đề nghị khoá sổ');
  assert.equal(await first.page.locator('button >> text=Xác nhận khoá sổ').count(), 0, 'nobody confirms alone');
  await second.go(of('closing'));
  assert.match(await second.page.locator('main').innerText(), /Nguyễn Thị Lan đề nghị khoá sổ.*đã xem hết/);
  await follow(second.page, 'button >> text=Xác nhận khoá sổ');
  await follow(second.page, 'nav.tabs >> text=Công bố');
  await second.page.check('input[name=question][value=education]');
  await second.page.selectOption('select[name=by]', 'sex');
  await follow(second.page, 'button >> text=Xem trước');
  const seen = await second.page.locator('table').last().innerText();
  await second.page.check('input[name=confirmed]');
  await follow(second.page, 'button >> text=Công bố cho mọi người');
  assert.equal((await stranger.go(`/public/${ROUND}`)).status(), 200);
  assert.equal(await stranger.page.locator('table').last().innerText(), seen, 'as the preview said');
  const [file] = await Promise.all([stranger.page.waitForEvent('download'), stranger.page.click('.links >> text=CSV')]);
  assert.match(readFileSync(await file.path(), 'utf8'), /^\ufeff?kind,of,/);
  await second.go(of('publication'));
  await follow(second.page, 'button >> text=Gỡ xuống');
  // A browser that has the page may keep it for five minutes; another finds nothing.
  const other = await sitting();
  assert.equal((await other.go(`/public/${ROUND}`)).status(), 404);
  for (const { context } of [first, second, stranger, other]) await context.close();
});

test('an empty database leads by the hand', async () => {
  const empty = await House.open({ empty: true });
  try {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'vi-VN' });
    const page = await context.newPage();
    await page.goto(empty.url);
    const command = await page.locator('pre').first().innerText();
    assert.match(command, /^khaosat account add /);
    // The very command that is shown, with its own database, makes the administrator.
    const words = command.match(/"[^"]*"|\S+/g).map((word) => word.replaceAll('"', ''));
    const link = empty.cli(...words.slice(1, words.indexOf('--database'))).match(/\/set-password\?link=\S+/)[0];
    await page.goto(`${empty.url}${link}`);
    for (const field of await page.locator('input[type=password]').all()) await field.fill('mot mat khau that dai 2026');
    await follow(page, 'main button[type=submit]');
    await page.goto(`${empty.url}/sign-in`);
    if (await page.locator('input[name=login]').count()) {
      await page.fill('input[name=login]', 'lan');
      await page.fill('input[name=password]', 'mot mat khau that dai 2026');
      await follow(page, 'main button[type=submit]');
    }
    await page.goto(empty.url);
    assert.match(await page.locator('main').innerText(), /Nạp dữ liệu minh hoạ Bắc Giang[^]*Tạo đợt khảo sát từ mẫu/);
    // From nothing to a round, by forms alone.
    await follow(page, 'a >> text=Tạo đợt khảo sát từ mẫu');
    await page.fill('input[name=name]', 'PAPI Bắc Giang 2026');
    await page.fill('input[name=code]', 'bac-giang-2026');
    await page.check('input[value=papi-2021]');
    await follow(page, 'main button >> text=Tiếp tục');
    await page.setInputFiles('input[name=frame]', new URL('../../sampling/frames/bac-giang-2019-example.csv', import.meta.url).pathname);
    await follow(page, 'button >> text=Tải lên và kiểm tra');
    assert.match(await page.locator('main').innerText(), /Đọc được, không có vấn đề[^]*2\.095/);
    await page.fill('input[name=seed]', '20260401');
    await follow(page, 'button >> text=Rút và xem trước');
    assert.match(await page.locator('main').innerText(), /240 đơn vị chính thức và 120 dự phòng/);
    await page.check('input[name=confirmed]');
    await follow(page, 'button >> text=Chốt mẫu và tạo đợt khảo sát');
    assert.match(page.url(), /\/rounds\/bac-giang-2026\/design/);
    assert.equal(await heading(page), 'Mẫu của đợt khảo sát');
    await context.close();
  } finally { await empty.close(); }
});
