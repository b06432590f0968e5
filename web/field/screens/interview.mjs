// E6 consent, E7 one question a screen, E8 the list of sections, E9 the review.

import { CONSENT, agreeCode } from '../form.mjs';
import * as drafts from '../draft.mjs';
import * as paradata from '../paradata.mjs';
import { bar, button, confirm, field, h, lines, link, notice, toast } from '../ui.mjs';
import { duration, moment, say, time } from '../words.mjs';
import { answerField, faultWords } from './answer.mjs';

export const flush = drafts.flush;
const FAST_MS_PER_QUESTION = 3_000;

export async function startInterview(app, one, form, more = {}) {
  const draft = await drafts.create({ one, form, round: app.work.round, version: app.version, ...more });
  if (!draft) { toast(say('Chưa tải được bảng câu hỏi. Đồng bộ khi có mạng.', 'The questionnaire is not here yet. Synchronise.')); return; }
  app.work = null;
  app.go(`interview/${draft.uuid}`);
}

/** The screens without the words before consent, which stand on the page of consent. */
function pages(interview) {
  const all = interview.screens();
  const consent = all.findIndex((screen) => screen.question?.name === CONSENT);
  return consent < 0 ? all : all.filter((screen, index) => index >= consent || screen.question?.asked);
}

function problemPage(problem) {
  const words = {
    gone: say('Phiếu này đã hoàn thành hoặc đã xoá.', 'This interview is finished or was removed.'),
    elsewhere: say('Phiếu này đang mở ở một tab khác. Đóng tab kia rồi thử lại.', 'This interview is open in another tab. Close that one and try again.'),
    no_form: say('Bảng câu hỏi của phiếu này không còn trên máy. Đồng bộ khi có mạng.', 'The questionnaire of this interview is not on the device. Synchronise.'),
  }[problem];
  return { body: [h('h1', { tabindex: '-1' }, say('Không mở được phiếu', 'The interview cannot be opened')), notice('bad', words), link(say('Về danh sách thôn', 'To the villages'), '#/', 'wide')] };
}

/** The titles of the sections around a place, outermost first. */
function sectionOf(opened, group) {
  const names = [];
  for (let at = group; at !== null && at !== undefined; at = opened.form.groups[at].parent) {
    const words = opened.interview.label(opened.form.groups[at].label, opened.draft.language);
    if (words) names.unshift(words);
  }
  return names;
}

const saved = (opened) => (opened.failed
  ? say('CHƯA LƯU ĐƯỢC – máy hết chỗ', 'NOT SAVED – the device is full')
  : opened.savedAt ? say(`✔ Đã lưu ${time(opened.savedAt)}`, `✔ Saved ${time(opened.savedAt)}`) : '');

function showSaved(opened) {
  const line = document.getElementById('saved');
  if (!line) return;
  line.textContent = saved(opened);
  line.classList.toggle('bad', Boolean(opened.failed));
}

async function moveTo(app, opened, key) {
  if (opened.draft.at !== key) {
    paradata.record(opened.draft, 'leave', opened.draft.at);
    opened.draft.at = key;
  }
  try { await drafts.save(); } catch { await fullWarning(); }
  app.reload();
}

const fullWarning = () => confirm({
  title: say('Máy hết chỗ lưu', 'The device is full'),
  text: say('Câu vừa rồi CHƯA được lưu. Đừng tắt trang này. Xoá bớt ảnh, ứng dụng trên máy rồi bấm “Thử lại”.', 'The last answer is NOT saved. Do not close this page. Remove pictures or apps, then try again.'),
  act: say('Thử lại', 'Try again'),
}).then((again) => (again ? drafts.save().catch(fullWarning) : null));

export async function interview(app, uuid) {
  const opened = await drafts.openDraft(uuid);
  if (typeof opened === 'string') return problemPage(opened);
  const { draft, interview: engine, form } = opened;
  const screens = pages(engine);
  if (!screens.length) return { body: [h('h1', { tabindex: '-1' }, form.text(form.title, draft.language)), notice('bad', say('Bảng câu hỏi không có câu nào để hỏi.', 'The questionnaire asks nothing.'))] };
  let index = screens.findIndex((screen) => screen.key === draft.at);
  if (index < 0) index = Math.max(0, screens.findIndex((screen) => screen.question && engine.fault(screen.question, screen.path)));
  const screen = screens[index];
  if (draft.at !== screen.key || opened.entered !== screen.key) {
    draft.at = screen.key;
    opened.entered = screen.key;
    paradata.record(draft, 'enter', screen.key);
  }
  const forward = async () => {
    const next = pages(engine);
    const at = next.findIndex((one) => one.key === screen.key);
    if (at + 1 < next.length) await moveTo(app, opened, next[at + 1].key);
    else { await drafts.save().catch(fullWarning); app.go(`interview/${uuid}/review`); }
  };
  const back = async () => { if (index > 0) await moveTo(app, opened, screens[index - 1].key); };
  const given = { app, opened, screen, index, n: screens.length, forward, back };
  if (screen.repeat !== undefined) return repeatPage(given);
  return screen.question.name === CONSENT ? consentPage(given) : questionPage(given);
}

function shell({ app, opened, screen, index, n }, parts, extra = {}) {
  const { draft, form } = opened;
  const names = sectionOf(opened, screen.group);
  const others = form.languages.filter(({ code }) => code !== draft.language);
  return {
    title: names.at(-1) ?? draft.title,
    head: draft.title,
    plain: true,
    kind: 'interview',
    ...extra,
    body: [
      h('div', { class: 'where' }, h('span', {}, names.at(-1) ?? form.text(form.title, draft.language)), h('span', { class: 'count' }, `${index + 1}/${n}`)),
      bar(index, n, say(`Câu ${index + 1} trên ${n}`, `Question ${index + 1} of ${n}`)),
      ...parts,
      h('div', { class: 'row tools-row' },
        link(say('Mục lục', 'Sections'), `#/interview/${draft.uuid}/sections`, 'small'),
        button(say('Tạm dừng', 'Pause'), () => pause(app, draft), { kind: 'small' }),
        others.map(({ code, name }) => button(name.replace(/\s*\(.*\)$/, ''), async () => { draft.language = code; paradata.record(draft, 'language', screen.key, code); await drafts.save().catch(fullWarning); app.reload(); }, { kind: 'small', lang: code }))),
      h('p', { id: 'saved', class: opened.failed ? 'saved bad' : 'saved', role: 'status' }, saved(opened)),
    ],
  };
}

/** Saves and goes home; who has gone elsewhere while it was saved stays there. */
async function pause(app, draft) {
  const here = location.hash;
  paradata.record(draft, 'pause');
  await drafts.save().catch(fullWarning);
  drafts.letGo();
  toast(say('Đã lưu. Mở lại sẽ về đúng câu này.', 'Saved. It will open at this question.'));
  if (location.hash !== here) return;
  app.work = null;
  app.go('');
}

function questionPage(given, { fault = null } = {}) {
  const { app, opened, screen, index, forward, back } = given;
  const { interview: engine, draft } = opened;
  const { question, path } = screen;
  const language = draft.language;
  const label = engine.label(question.label, language, path);
  const hint = engine.label(question.hint, language, path);
  const change = (raw, settled) => {
    engine.set(question, path, raw);
    if (settled) {
      // What was changed, never to what: answers stand in the answers only.
      paradata.record(draft, 'change', screen.key);
      opened.typed = null;
      drafts.save().then(() => showSaved(opened), () => { showSaved(opened); fullWarning(); });
    } else {
      if (opened.typed !== screen.key) { paradata.record(draft, 'change', screen.key); opened.typed = screen.key; }
      drafts.saveSoon(() => showSaved(opened));
    }
  };
  const next = async (event) => {
    event.preventDefault();
    const wrong = engine.fault(question, path);
    if (wrong) {
      paradata.record(draft, 'fault', screen.key, wrong.code);
      const page = questionPage(given, { fault: wrong });
      document.getElementById('main').replaceChildren(...page.body.flat(Infinity).filter(Boolean));
      (document.querySelector('#main .answer') ?? document.querySelector('#main .choices input') ?? document.querySelector('#fault')).focus();
      return;
    }
    await forward();
  };
  const described = [hint && 'hint', fault && 'fault'].filter(Boolean).join(' ') || null;
  return shell(given, [
    path.length ? h('p', { class: 'soft' }, path.map(([name, turn]) => `${engine.label(opened.form.groups.find((group) => group.name === name).label, language)} ${turn + 1}`).join(' · ')) : null,
    h('form', { onsubmit: next, novalidate: true },
      h('h1', { id: 'question', tabindex: '-1' }, lines(label || question.name).map((line) => h('span', { class: 'line' }, line.textContent))),
      hint ? h('p', { class: 'hint', id: 'hint' }, hint) : null,
      question.asked ? answerField({ interview: engine, question, path, language, raw: engine.raw(question, path), change, described, invalid: Boolean(fault) }) : null,
      fault ? h('p', { class: 'error', id: 'fault', role: 'alert', tabindex: '-1' }, faultWords(engine, question, fault, language, path)) : null,
      h('div', { class: 'row steps' },
        button(say('Quay lại', 'Back'), back, { disabled: index === 0 }),
        h('button', { class: 'button primary', type: 'submit' }, say('Tiếp', 'Next')))),
  ]);
}

function consentPage(given) {
  const { opened, screen, forward, app } = given;
  const { interview: engine, draft, form } = opened;
  const language = draft.language;
  const yes = agreeCode(form);
  const before = engine.screens();
  const statement = before.slice(0, before.findIndex((one) => one.question?.name === CONSENT)).filter((one) => one.question && !one.question.asked);
  const answer = async (code) => {
    engine.set(screen.question, [], code);
    draft.consent = { answer: code, at: moment(), language };
    paradata.record(draft, 'consent', screen.key, code);
    await forward();
  };
  const refuse = engine.offered(screen.question).filter((choice) => choice.name !== yes);
  const now = engine.raw(screen.question);
  return shell(given, [
    h('h1', { tabindex: '-1' }, say('Xin phép phỏng vấn', 'Consent')),
    h('p', { class: 'hint' }, say('Đọc to lời giới thiệu cho người được chọn, rồi hỏi.', 'Read this aloud to the selected person, then ask.')),
    h('blockquote', {}, statement.map((one) => lines(engine.label(one.question.label, language)))),
    h('p', { class: 'big' }, engine.label(screen.question.label, language)),
    now !== undefined ? h('p', { class: 'soft' }, say(`Đã ghi: ${engine.words(screen.question, String(now), language)}${draft.consent ? `, lúc ${time(draft.consent.at)}` : ''}`, `Recorded: ${engine.words(screen.question, String(now), language)}`)) : null,
    h('div', { class: 'stack' },
      button(say('Đồng ý, bắt đầu', 'Agrees, begin'), () => answer(yes), { kind: 'primary wide' }),
      refuse.map((choice) => button(engine.label(choice.label, language), async () => {
        if (await confirm({ title: say('Ghi không đồng ý?', 'Record no consent?'), text: say('Phiếu kết thúc với kết quả “từ chối”; không giữ câu trả lời nào khác.', 'The interview ends as a refusal; no other answers are kept.'), act: say('Ghi không đồng ý', 'Record') })) await answer(choice.name);
      }, { kind: 'wide' }))),
  ], { app });
}

function repeatPage(given) {
  const { app, opened, screen, forward, back, index } = given;
  const { interview: engine, draft, form } = opened;
  const group = form.groups[screen.repeat];
  const name = engine.label(group.label, draft.language) || group.name;
  const add = async () => {
    engine.add(screen.repeat, screen.path);
    paradata.record(draft, 'repeat_add', screen.key);
    const prefix = `${screen.path.map(([repeat, turn]) => `${repeat}[${turn}]/`).join('')}${group.name}[${screen.times}]/`;
    const first = engine.screens().find((one) => one.key.startsWith(prefix));
    await moveTo(app, opened, first?.key ?? screen.key);
  };
  const drop = async () => {
    if (!(await confirm({ title: say(`Bỏ “${name}” cuối cùng?`, `Remove the last “${name}”?`), text: say('Các câu trả lời của mục này sẽ mất.', 'Its answers will be lost.'), act: say('Bỏ', 'Remove'), danger: true }))) return;
    engine.remove(screen.repeat, screen.path, screen.times - 1);
    paradata.record(draft, 'repeat_remove', screen.key);
    await moveTo(app, opened, screen.key);
  };
  return shell(given, [
    h('h1', { tabindex: '-1' }, screen.times ? say(`Thêm một “${name}” nữa?`, `Add another “${name}”?`) : say(`Có “${name}” nào không?`, `Is there any “${name}”?`)),
    h('p', {}, say(`Đã ghi: ${screen.times}`, `So far: ${screen.times}`)),
    h('div', { class: 'stack' },
      button(say('Thêm', 'Add'), add, { kind: 'wide' }),
      screen.times ? button(say('Bỏ mục cuối', 'Remove the last'), drop, { kind: 'wide' }) : null),
    h('div', { class: 'row steps' }, button(say('Quay lại', 'Back'), back, { disabled: index === 0 }), button(say('Không, đi tiếp', 'No, go on'), forward, { kind: 'primary' })),
  ]);
}

export async function sections(app, uuid) {
  const opened = await drafts.openDraft(uuid);
  if (typeof opened === 'string') return problemPage(opened);
  const { draft, interview: engine } = opened;
  const screens = pages(engine);
  const jump = (key) => async () => { await moveTo2(app, opened, key); };
  const found = [];
  for (const screen of screens) {
    const name = sectionOf(opened, screen.group).join(' › ') || say('Mở đầu', 'Beginning');
    if (found.at(-1)?.name !== name) found.push({ name, first: screen.key, asked: 0, open: [] });
    if (!screen.question?.asked) continue;
    const section = found.at(-1);
    section.asked += 1;
    if (engine.raw(screen.question, screen.path) === undefined || engine.fault(screen.question, screen.path)) section.open.push(screen);
  }
  const first = found.flatMap((section) => section.open)[0];
  const quit = async () => {
    const code = drafts.disposition(opened, true);
    const sure = await confirm({ title: say('Người trả lời dừng hẳn?', 'The respondent breaks off?'), text: say(`Phiếu kết thúc ở đây với kết quả “${code === '1.2' ? 'dở dang' : 'bỏ dở'}” và không mở lại được.`, `The interview ends here (${code}) and cannot be opened again.`), act: say('Kết thúc phiếu', 'End it'), danger: true });
    if (!sure) return;
    await drafts.finish({ brokenOff: true });
    app.work = null;
    app.go('');
    app.sync();
  };
  const remove = async () => {
    if (!(await confirm({ title: say('Xoá phiếu đang dở?', 'Remove this unfinished interview?'), text: say('Mọi câu trả lời của phiếu này sẽ mất. Chỉ xoá khi mở nhầm hộ.', 'All its answers will be lost. Only when the wrong household was opened.'), act: say('Xoá phiếu', 'Remove'), danger: true }))) return;
    await drafts.discard(uuid);
    app.work = null;
    app.go('');
  };
  return {
    title: say('Mục lục phiếu', 'Sections'),
    head: draft.title,
    plain: true,
    body: [
      h('h1', { tabindex: '-1' }, say('Mục lục phiếu', 'Sections')),
      first ? button(say('Đến câu chưa trả lời', 'To the first unanswered question'), jump(first.key), { kind: 'primary wide' }) : notice('', say('Đã trả lời hết các câu.', 'Everything is answered.')),
      h('ul', { class: 'list' }, found.map((section) => h('li', {}, h('button', { type: 'button', class: 'card tap', onclick: jump(section.first) },
        h('span', { class: `state ${section.open.length ? '' : 'sent'}`, 'aria-hidden': 'true' }, section.open.length ? '○' : '✔'),
        h('span', { class: 'grow' }, h('strong', {}, section.name), h('span', {}, say(`${section.asked - section.open.length}/${section.asked} câu`, `${section.asked - section.open.length}/${section.asked} answered`))))))),
      link(say('Về câu đang hỏi', 'Back to the question'), `#/interview/${uuid}`, 'wide'),
      link(say('Xem lại và hoàn thành', 'Review and finish'), `#/interview/${uuid}/review`, 'wide'),
      h('details', {}, h('summary', {}, say('Dừng hoặc xoá phiếu', 'End or remove')), h('div', { class: 'stack' },
        button(say('Người trả lời dừng hẳn', 'The respondent breaks off'), quit, { kind: 'wide' }),
        button(say('Xoá phiếu đang dở', 'Remove this interview'), remove, { kind: 'danger wide' }))),
    ],
  };
}

async function moveTo2(app, opened, key) {
  paradata.record(opened.draft, 'jump', key);
  opened.draft.at = key;
  await drafts.save().catch(fullWarning);
  app.go(`interview/${opened.draft.uuid}`);
}

export async function review(app, uuid) {
  const opened = await drafts.openDraft(uuid);
  if (typeof opened === 'string') return problemPage(opened);
  const { draft, interview: engine } = opened;
  const blocking = engine.blocking();
  const asked = pages(engine).filter((screen) => screen.question?.asked);
  const spent = (draft.paradata.at(-1)?.[0] ?? 0);
  const fast = engine.agreed() && asked.length > 5 && spent < asked.length * FAST_MS_PER_QUESTION;
  const edit = (key) => button(say('Sửa', 'Edit'), () => moveTo2(app, opened, key), { kind: 'small' });
  const complete = async () => {
    let remark = null;
    if (fast) {
      const why = h('textarea', { rows: 2, required: true, maxlength: 500 });
      const input = field(say('Vì sao nhanh như vậy?', 'Why was it so fast?'), why);
      if (!(await confirm({ title: say('Phiếu làm rất nhanh', 'A very fast interview'), text: say(`${asked.length} câu trong ${duration(spent)}. Ghi lý do để điều phối viên biết.`, `${asked.length} questions in ${duration(spent)}. Tell the coordinator why.`), input, act: say('Hoàn thành phiếu', 'Finish') }))) return;
      remark = why.value.trim().normalize('NFC');
    }
    try {
      await drafts.finish({ remark });
    } catch (error) {
      if (error?.name !== 'QuotaExceededError') throw error;
      await fullWarning();
      return;
    }
    toast(say('Phiếu đã hoàn thành, đang chờ gửi.', 'Finished and waiting to be sent.'));
    app.work = null;
    app.go('');
    app.sync();
  };
  let section = null;
  return {
    title: say('Xem lại', 'Review'),
    head: draft.title,
    plain: true,
    body: [
      h('h1', { tabindex: '-1' }, say('Xem lại', 'Review')),
      h('p', {}, say(`${asked.length} câu, bắt đầu ${time(draft.started_at)}, đã ${duration(spent)}.`, `${asked.length} questions, begun ${time(draft.started_at)}, ${duration(spent)} so far.`)),
      blocking.length ? h('div', { class: 'notice bad' }, h('h2', {}, say(`Còn ${blocking.length} câu phải xong`, `${blocking.length} to be settled first`)),
        h('ul', { class: 'plain' }, blocking.map(({ screen, fault }) => h('li', {}, h('span', { class: 'grow' }, engine.label(screen.question.label, draft.language, screen.path), h('span', { class: 'soft' }, faultWords(engine, screen.question, fault, draft.language, screen.path))), edit(screen.key))))) : null,
      h('dl', { class: 'answers' }, asked.map((screen) => {
        const name = sectionOf(opened, screen.group).at(-1) ?? null;
        const head = name !== section && name ? h('div', { class: 'section' }, h('dt', {}, h('strong', {}, name)), h('dd', {}, '')) : null;
        section = name;
        const value = engine.value(screen.question, screen.path);
        return [head, h('div', {}, h('dt', {}, engine.label(screen.question.label, draft.language, screen.path)),
          h('dd', {}, h('span', { class: 'grow' }, missingWords(engine.raw(screen.question, screen.path)) ?? (engine.words(screen.question, value, draft.language) || say('chưa trả lời', 'no answer'))), edit(screen.key)))];
      })),
      button(say('Hoàn thành phiếu', 'Finish the interview'), complete, { kind: 'primary wide', disabled: blocking.length > 0 }),
      link(say('Mục lục', 'Sections'), `#/interview/${uuid}/sections`, 'wide'),
    ],
  };
}

const missingWords = (raw) => (raw === -888 ? say('Không biết', 'Don’t know') : raw === -999 ? say('Không trả lời', 'No answer') : null);
