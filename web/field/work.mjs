// What there is to do: cases with all that the device and the server know of them.

import { sha256Hex } from './bytes.mjs';
import { isAbsent, outcomeWords } from './outcomes.mjs';
import * as storage from './storage.mjs';
import * as vault from './vault.mjs';
import { say } from './words.mjs';

const noteId = async (caseId) => `case-${(await sha256Hex(caseId)).slice(0, 32)}`;

/** What this device knows of a case: roster, chosen person, its own contact attempts. */
export const getNote = async (caseId) => (await vault.get('cases', await noteId(caseId))) ?? { case_id: caseId, attempts: [], roster: [], chosen: null };
export async function sealedNote(note) {
  const id = await noteId(note.case_id);
  return ['cases', 'put', await vault.seal('cases', id, note)];
}
export const putNote = async (note) => storage.write([await sealedNote(note)]);

const STATES = {
  draft: ['◐', 'Đang làm dở', 'In progress'],
  returned: ['↩', 'Bị trả lại', 'Returned'],
  waiting: ['↑', 'Hoàn thành, chờ gửi', 'Complete, waiting to be sent'],
  sent: ['✔', 'Đã gửi', 'Sent'],
  new: ['○', 'Chưa bắt đầu', 'Not started'],
  locked: ['–', 'Dự phòng, chưa được phép', 'Reserve, not released'],
};

/** The state of a case: mark, words, kind. */
function stateOf(one) {
  const named = (kind, extra = '') => { const [mark, vi, en] = STATES[kind]; return { kind, mark, words: say(vi, en) + extra }; };
  if (one.draft) return named('draft');
  if (one.returned) return named('returned');
  if (one.outbox) return named('waiting');
  if (one.reviewed === 'approved') return { kind: 'sent', mark: '✔', words: say('Đã duyệt', 'Approved') };
  if (one.reviewed === 'rejected') return { kind: 'closed', mark: '✕', words: say('Phiếu không được chấp nhận', 'Interview rejected') + (one.rejected ? `: ${one.rejected}` : '') };
  if (one.receipt) return named('sent');
  if (!one.is_released) return named('locked');
  const last = one.history.at(-1);
  if (!last) return named('new');
  const words = outcomeWords(last.disposition);
  const text = say(words.vi, words.en);
  if (isAbsent(last.disposition)) {
    const times = one.history.filter((visit) => isAbsent(visit.disposition)).length;
    return { kind: 'again', mark: '↻', words: say(`${text} (lần ${times})`, `${text} (visit ${times})`) };
  }
  return { kind: last.disposition.startsWith('1.') ? 'sent' : 'closed', mark: last.disposition.startsWith('1.') ? '✔' : '✕', words: text };
}

/** Everything, read anew. */
export async function load() {
  const [account, list, forms, returned, drafts, outbox, receipts, records] = await Promise.all([
    vault.get('cases', 'account'), vault.get('cases', 'list'), vault.get('cases', 'forms'), vault.get('cases', 'returned'),
    vault.all('drafts'), vault.all('outbox'), vault.all('receipts'), storage.all('cases'),
  ]);
  const notes = new Map();
  for (const record of records.filter(({ id }) => id.startsWith('case-'))) {
    const note = await vault.unseal('cases', record);
    notes.set(note.case_id, note);
  }
  const of = (entries, caseId) => entries.filter((entry) => entry.case_id === caseId);
  const interviews = (entries) => entries.filter((entry) => entry.kind === 'response');
  const open = (returned ?? []).filter((one) => !interviews(outbox).some((entry) => entry.returned === one.uuid) && !interviews(receipts).some((entry) => entry.returned === one.uuid && entry.sent_at > (one.returned_at ?? '')));
  const cases = (list?.cases ?? []).map((given, index) => {
    const note = notes.get(given.case_id);
    const known = given.dispositions ?? [];
    // Attempts of this device come back from the server some time; the longer list knows more.
    const own = note?.attempts ?? [];
    const sentOwn = own.filter((attempt) => !outbox.some((entry) => entry.uuid === attempt.uuid)).length;
    const history = [...known.map((disposition) => ({ disposition })), ...own.slice(Math.min(sentOwn, known.length))];
    const one = {
      ...given, reviewed: given.state, index, note, history: known.length ? history : own.map((attempt) => ({ ...attempt })),
      draft: of(drafts, given.case_id).at(-1) ?? null,
      outbox: interviews(of(outbox, given.case_id)).at(-1) ?? null,
      receipt: interviews(of(receipts, given.case_id)).at(-1) ?? null,
      returned: open.find((entry) => entry.case_id === given.case_id) ?? null,
      title: given.household?.name ?? say(`Hộ số ${given.visiting_order}`, `Household ${given.visiting_order}`),
    };
    return { ...one, own, state: stateOf(one) };
  });
  const villages = [];
  for (const one of cases) {
    const area = one.area_path?.at(-1) ?? { code: '', name: say('Chưa rõ thôn', 'Unknown village') };
    let village = villages.find(({ code }) => code === area.code);
    if (!village) villages.push(village = { code: area.code, name: area.name, above: (one.area_path ?? []).slice(-3, -1).map(({ name }) => name).reverse().join(', '), cases: [] });
    village.cases.push(one);
  }
  for (const village of villages) {
    village.cases.sort((a, b) => a.visiting_order - b.visiting_order);
    village.target = village.cases.filter((one) => one.role === 'main').length;
    village.done = village.cases.filter((one) => ['waiting', 'sent'].includes(one.state.kind)).length;
  }
  const age = (a, b) => (a.started_at < b.started_at ? 1 : -1);
  return { account, round: list?.round ?? account?.round?.code ?? account?.round ?? null, forms: forms ?? [], cases, villages, drafts: drafts.sort(age), outbox, receipts, returned: open };
}
