// E2 villages, E3 households, the page of one household, E4 the outcome of a visit.

import { newUuid } from '../bytes.mjs';
import { LAST_VISIT, OUTCOMES, isAbsent, outcomeWords } from '../outcomes.mjs';
import * as storage from '../storage.mjs';
import * as syncing from '../sync.mjs';
import { bar, button, confirm, field, h, link, notice, ring, toast } from '../ui.mjs';
import { moment, say, when } from '../words.mjs';
import { getNote, sealedNote } from '../work.mjs';
import { startInterview } from './interview.mjs';

const heading = (words) => h('h1', { tabindex: '-1' }, words);

/** "Đã gửi 7 · chờ gửi 2 · đang dở 1", the network, the storage. */
export async function condition({ outbox, receipts, drafts }) {
  const interviews = (entries) => entries.filter((entry) => entry.kind === 'response').length;
  const [synced, { persisted }] = [await storage.getMeta('synced_at'), await storage.condition()];
  const { running, problem } = syncing.state;
  const line = running ? say('Đang gửi…', 'Sending…')
    : !navigator.onLine || problem?.kind === 'network' ? say('Không có mạng – phiếu an toàn trên máy. Sẽ tự gửi khi có mạng.', 'No network – interviews are safe here and will be sent later.')
      : problem?.kind === 'server' ? say('Máy chủ chưa nhận được – sẽ tự thử lại.', 'The server could not take it – it will be tried again.')
        : problem?.kind === 'full' ? say('Máy hết chỗ lưu – xoá bớt ảnh, ứng dụng.', 'The device is full – remove pictures or apps.')
          : problem ? say('Chưa gửi được.', 'Not sent.')
            : synced ? say(`Đồng bộ lúc ${when(synced)}`, `Synchronised ${when(synced)}`) : say('Chưa đồng bộ lần nào', 'Never synchronised');
  return h('div', { class: 'condition' },
    h('p', { class: 'sums' }, say(`Đã gửi ${interviews(receipts)} · chờ gửi ${interviews(outbox)} · đang dở ${drafts.length}`, `Sent ${interviews(receipts)} · waiting ${interviews(outbox)} · unfinished ${drafts.length}`)),
    h('p', {}, line),
    h('p', {}, persisted ? say('Bộ nhớ: được bảo vệ', 'Storage: protected') : say('Bộ nhớ: có thể bị xoá khi máy đầy', 'Storage: may be cleared when the device is full')));
}

export async function villages(app) {
  const { work } = app;
  const draft = work.drafts[0];
  return {
    title: say('Thôn của tôi', 'My villages'),
    head: work.account.enumerator?.name ?? work.account.enumerator ?? say('Khảo sát', 'Survey'),
    body: [
      heading(say('Thôn của tôi', 'My villages')),
      await condition(work),
      draft ? link(say('Tiếp tục phiếu đang dở', 'Go on with the unfinished interview'), `#/interview/${draft.uuid}`, 'primary wide') : null,
      work.returned.length ? link(say(`${work.returned.length} phiếu bị trả lại`, `${work.returned.length} returned`), '#/returned', 'wide warn') : null,
      work.villages.length
        ? h('ul', { class: 'list' }, work.villages.map((village) => h('li', {}, h('a', { class: 'card tap', href: `#/village/${encodeURIComponent(village.code)}` },
          ring(village.done, village.target),
          h('span', { class: 'grow' }, h('strong', {}, village.name), h('span', { class: 'soft' }, village.above), h('span', {}, say(`${village.done} trên ${village.target} hộ`, `${village.done} of ${village.target} households`)))))))
        : notice('', say('Chưa được phân công. Bấm “Đồng bộ” khi có mạng.', 'Nothing is assigned yet. Press “Synchronise” when there is a network.')),
      button(say('Đồng bộ', 'Synchronise'), () => app.sync(true), { kind: 'wide', disabled: syncing.state.running }),
    ],
  };
}

export async function households(app, code) {
  const village = app.work.villages.find((one) => one.code === code);
  if (!village) return null;
  return {
    title: village.name,
    head: village.name,
    body: [
      h('p', { class: 'crumb' }, h('a', { href: '#/' }, say('‹ Thôn của tôi', '‹ My villages'))),
      heading(say(`Danh sách hộ – ${village.name}`, `Households – ${village.name}`)),
      h('p', {}, say(`Xong ${village.done} trên ${village.target} hộ. Đi theo thứ tự dưới đây.`, `${village.done} of ${village.target} done. Visit in this order.`)),
      bar(village.done, village.target, say('Hộ đã xong', 'Households done')),
      h('ul', { class: 'list' }, village.cases.map((one) => {
        const inside = [
          h('span', { class: `state ${one.state.kind}`, 'aria-hidden': 'true' }, one.state.mark),
          h('span', { class: 'grow' }, h('strong', {}, one.title), h('span', { class: 'soft' }, one.case_id), h('span', {}, one.state.words,
            one.history.length ? say(` · ${one.history.length} lần đến`, ` · ${one.history.length} visits`) : '')),
        ];
        return h('li', {}, one.state.kind === 'locked' ? h('div', { class: 'card tap locked' }, inside) : h('a', { class: 'card tap', href: `#/case/${one.index}` }, inside));
      })),
    ],
  };
}

/** One household: what happened so far and what can be done. */
export async function household(app, index) {
  const one = app.work.cases[Number(index)];
  if (!one) return null;
  const forms = app.work.forms;
  const begin = async (form) => {
    if (one.receipt || one.outbox) {
      const sure = await confirm({ title: say('Hộ này đã có phiếu', 'This household has an interview'), text: say('Phỏng vấn thêm lần nữa sẽ thành phiếu thứ hai của cùng một hộ. Chỉ làm khi điều phối viên yêu cầu.', 'Another one would be a second interview of the same household. Only when the coordinator asks for it.'), act: say('Vẫn phỏng vấn', 'Interview anyway') });
      if (!sure) return;
    }
    const rule = one.respondent?.rule;
    if (rule && rule !== 'household' && !one.note?.chosen) { app.go(`case/${one.index}/roster`); return; }
    await startInterview(app, one, form);
  };
  const actions = one.draft
    ? [link(say('Tiếp tục phiếu đang dở', 'Go on with the unfinished interview'), `#/interview/${one.draft.uuid}`, 'primary wide')]
    : one.returned ? [link(say('Xem phiếu bị trả lại', 'See the returned interview'), '#/returned', 'primary wide')]
      : !one.is_released ? [notice('', say('Hộ dự phòng: chưa được phép đến. Điều phối viên cấp khi một hộ chính không phỏng vấn được.', 'A reserve: not released yet.'))]
        : forms.length === 0 ? [notice('bad', say('Chưa có bảng câu hỏi trên máy. Đồng bộ khi có mạng.', 'No questionnaire on this device yet. Synchronise.'))]
          : forms.map((form) => button(forms.length === 1 ? say('Phỏng vấn', 'Interview') : `${say('Phỏng vấn', 'Interview')}: ${form.title?.vi ?? form.title ?? form.form_id ?? form.id}`, () => begin(form), { kind: one.receipt || one.outbox ? 'wide' : 'primary wide' }));
  return {
    title: one.title,
    head: one.title,
    body: [
      h('p', { class: 'crumb' }, h('a', { href: `#/village/${encodeURIComponent(one.area_path?.at(-1)?.code ?? '')}` }, say('‹ Danh sách hộ', '‹ Households'))),
      heading(one.title),
      h('p', { class: 'soft' }, `${one.case_id} · ${(one.area_path ?? []).slice(-2).map(({ name }) => name).reverse().join(', ')}`),
      one.household?.address ? h('p', {}, one.household.address) : null,
      h('p', { class: `pill ${one.state.kind}` }, h('span', { 'aria-hidden': 'true' }, `${one.state.mark} `), one.state.words),
      one.note?.chosen ? notice('', h('strong', {}, say('Người được chọn: ', 'Selected person: ')), `${one.note.chosen.name}, ${one.note.chosen.age} ${say('tuổi', 'years')}`) : null,
      ...actions,
      one.is_released ? link(say('Ghi kết quả tiếp cận', 'Record the outcome of the visit'), `#/case/${one.index}/outcome`, 'wide') : null,
      one.history.length ? h('section', {}, h('h2', {}, say('Các lần đến', 'Visits')), h('ol', {}, one.history.map((visit) => {
        const words = outcomeWords(visit.disposition);
        return h('li', {}, `${say(words.vi, words.en)} (${visit.disposition})${visit.at ? ` – ${when(visit.at)}` : ''}`);
      }))) : null,
      one.own.some((visit) => visit.next_visit) ? h('p', {}, say('Hẹn đến lại: ', 'Come again: '), when(one.own.filter((visit) => visit.next_visit).at(-1).next_visit)) : null,
    ],
  };
}

export async function outcome(app, index) {
  const one = app.work.cases[Number(index)];
  if (!one) return null;
  const number = one.history.length + 1;
  const next = h('input', { type: 'datetime-local' });
  const note = h('textarea', { rows: 2, maxlength: 500 });
  const problem = h('div', {});
  const save = async (event) => {
    event.preventDefault();
    const code = event.target.elements.outcome.value;
    if (!code) { problem.replaceChildren(notice('bad', say('Chọn một kết quả.', 'Choose an outcome.'))); return; }
    const absences = one.history.filter((visit) => isAbsent(visit.disposition)).length + 1;
    if (isAbsent(code) && absences >= LAST_VISIT) {
      const sure = await confirm({ title: say(`Vắng lần ${absences}?`, `Not met for the ${absences}rd time?`), text: say('Đã đến vào ngày, giờ khác nhau chưa? Sau lần này điều phối viên có thể cấp hộ dự phòng.', 'Were the visits on different days and hours? After this the coordinator may release a reserve.'), act: say('Đúng, ghi lại', 'Yes, record it') });
      if (!sure) return;
    }
    if (!isAbsent(code) && !(await confirm({ title: say('Ghi kết quả này?', 'Record this outcome?'), text: `${one.title}: ${say(outcomeWords(code).vi, outcomeWords(code).en)}`, act: say('Ghi kết quả', 'Record') }))) return;
    await recordAttempt(app, one, { disposition: code, next_visit: next.value ? moment(new Date(next.value)) : null, note: note.value.trim().normalize('NFC') || null });
    toast(say('Đã ghi. Sẽ gửi khi có mạng.', 'Recorded. It will be sent.'));
    app.go(`case/${one.index}`);
    app.sync();
  };
  return {
    title: say('Kết quả tiếp cận', 'Outcome of the visit'),
    head: one.title,
    body: [
      h('p', { class: 'crumb' }, h('a', { href: `#/case/${one.index}` }, `‹ ${one.title}`)),
      heading(say(`Kết quả tiếp cận, lần ${number}`, `Outcome of visit ${number}`)),
      h('form', { onsubmit: save },
        h('fieldset', {}, h('legend', {}, say('Lần này thế nào?', 'How did it go?')),
          OUTCOMES.map(({ code, vi, en }) => h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'outcome', value: code }), h('span', {}, say(vi, en))))),
        field(say('Hẹn đến lại (nếu có)', 'Come again at (if agreed)'), next),
        field(say('Ghi chú cho điều phối viên', 'Note to the coordinator'), note, { help: say('Không ghi tên, số điện thoại của dân.', 'No names or telephone numbers.') }),
        problem,
        h('button', { class: 'button primary wide', type: 'submit' }, say('Ghi kết quả', 'Record the outcome'))),
      h('p', { class: 'soft' }, say('Gặp và đồng ý trả lời: quay lại, bấm “Phỏng vấn”.', 'Met and willing: go back and press “Interview”.')),
    ],
  };
}

/** A contact attempt: into the notes of the case and into the outbox, at once. */
export async function recordAttempt(app, one, { disposition, next_visit = null, note: words = null }) {
  const note = await getNote(one.case_id);
  const [uuid, at] = [newUuid(), moment()];
  const attempt_no = Math.max(one.history.length, ...note.attempts.map((visit) => visit.attempt_no)) + 1;
  note.attempts.push({ uuid, disposition, at, attempt_no, next_visit });
  await syncing.queue('contact_attempt', uuid, { round: app.work.round, case_id: one.case_id, attempt_no, disposition, at, ...(next_visit ? { next_visit } : {}), ...(words ? { note: words } : {}) },
    { case_id: one.case_id, title: one.title, what: disposition }, [await sealedNote(note)]);
}
