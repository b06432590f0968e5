// The interview that is open: its answers are on the disk before the next question is shown.

import { newUuid } from './bytes.mjs';
import { Form, Interview, agreeCode, CONSENT, prepare } from './form.mjs';
import * as paradata from './paradata.mjs';
import * as storage from './storage.mjs';
import * as syncing from './sync.mjs';
import * as vault from './vault.mjs';
import { localDay, moment, settings } from './words.mjs';

let open = null;
let held = null;

/** One tab holds an interview. Resolves to whether it is ours. A lock that this tab has just let go takes a moment to be free. */
async function hold(uuid, tries = 5) {
  if (held?.uuid === uuid) return true;
  held?.release();
  held = null;
  if (await take(uuid)) return true;
  if (tries <= 1) return false;
  await new Promise((resolve) => { setTimeout(resolve, 100); });
  return hold(uuid, tries - 1);
}

function take(uuid) {
  return new Promise((resolve) => {
    navigator.locks.request(`khaosat-interview-${uuid}`, { ifAvailable: true }, (lock) => {
      if (!lock) { resolve(false); return null; }
      return new Promise((release) => { held = { uuid, release }; resolve(true); });
    });
  });
}

export function letGo() {
  held?.release();
  held = null;
  open = null;
}

/** A new draft for a case, under the version of the form that holds now; with earlier answers where it corrects. */
export async function create({ one, form, round, answers = {}, corrects = null, version = '' }) {
  const stored = await storage.get('forms', form.sha256);
  if (!stored) return null;
  const draft = {
    uuid: newUuid(), round, case_id: one.case_id, title: one.title, form_id: form.form_id ?? form.id ?? stored.form.id, form_sha256: form.sha256,
    language: null, answers, at: null, started_at: moment(), started_day: localDay(), sessions: [], paradata: [], app_version: version,
    respondent: one.respondent ? {
      ...one.respondent,
      ...(one.note?.chosen ? { n_eligible: one.note.chosen.n, selected: one.note.chosen.number, roster: one.note.roster.map(({ sex, age }) => ({ sex, age_years: age })) } : {}),
    } : null,
    ...corrects,
  };
  await vault.put('drafts', draft.uuid, draft);
  return draft;
}

/** Opens a draft: {draft, interview, form}, or 'gone', 'elsewhere' (another tab has it), 'no_form'. Two that ask at once get the
 * same one: answers put into a second copy would never be saved. */
export function openDraft(uuid) {
  if (open?.draft.uuid === uuid) return Promise.resolve(open);
  if (opening?.uuid !== uuid) {
    const mine = { uuid, done: null };
    mine.done = opened(uuid).finally(() => { if (opening === mine) opening = null; });
    opening = mine;
  }
  return opening.done;
}

let opening = null;

async function opened(uuid) {
  if (!(await hold(uuid))) return 'elsewhere';
  const draft = await vault.get('drafts', uuid);
  if (!draft) return 'gone';
  const stored = await storage.get('forms', draft.form_sha256);
  if (!stored) return 'no_form';
  await prepare(stored.form);
  const form = new Form(stored.form);
  draft.language ??= form.languages.some(({ code }) => code === settings.language) ? settings.language : form.language;
  draft.sessions.push(moment());
  open = { draft, form, interview: new Interview(form, draft.answers, { today: draft.started_day }), writing: Promise.resolve(), timer: null, savedAt: null, failed: null };
  paradata.record(draft, 'open');
  return open;
}

/** Writes the draft, after what is being written. Rejects when the disk did not take it. */
export function save() {
  if (!open) return Promise.resolve();
  const mine = open;
  clearTimeout(mine.timer);
  mine.timer = null;
  mine.writing = mine.writing.catch(() => {}).then(async () => {
    try {
      await vault.put('drafts', mine.draft.uuid, mine.draft);
    } catch (error) {
      if (error?.name !== 'QuotaExceededError' || !(await makeRoom())) { mine.failed = error; throw error; }
      await vault.put('drafts', mine.draft.uuid, mine.draft);
    }
    mine.failed = null;
    mine.savedAt = Date.now();
  });
  return mine.writing;
}

/** Copies that the server has confirmed go first when there is no room. */
async function makeRoom() {
  let made = false;
  for (const receipt of await vault.all('receipts')) {
    if (!receipt.body) continue;
    await storage.write([['receipts', 'delete', receipt.uuid]]);
    try { await vault.put('receipts', receipt.uuid, { ...receipt, body: null }); } catch { /* the server has it */ }
    made = true;
  }
  return made;
}

/** Soon, for keystrokes. */
export function saveSoon(then) {
  clearTimeout(open.timer);
  open.timer = setTimeout(() => { save().then(then, then); }, 250);
}

/** Everything typed so far is on the disk, or `failed` says why not. */
export async function flush() {
  if (open?.timer) await save().catch(() => {});
  else await open?.writing.catch(() => {});
  if (!vault.isOpen()) open = null;
}
export const forget = () => { open = null; };

/** What came of the interview, by what was answered. */
export function disposition({ interview, form }, brokenOff) {
  const given = interview.answers[CONSENT];
  if (form.byName.has(CONSENT) && given !== undefined && String(given) !== agreeCode(form)) return '2.112';
  if (!brokenOff) return '1.1';
  const asked = interview.screens().filter((screen) => screen.question?.asked);
  const answered = asked.filter((screen) => interview.raw(screen.question, screen.path) !== undefined);
  return answered.length * 2 >= asked.length ? '1.2' : '2.12';
}

/** Ends the interview: its bytes are fixed and go into the outbox, its draft goes, in one transaction. */
export async function finish({ brokenOff = false, remark = null } = {}) {
  await save();
  const mine = open;
  const { draft, interview } = mine;
  paradata.record(draft, brokenOff ? 'broken_off' : 'finish');
  const ended = moment();
  const code = disposition(mine, brokenOff);
  const answers = interview.document({ start: draft.started_at, end: ended, today: draft.started_day });
  const body = {
    round: draft.round, questionnaire: draft.form_id, questionnaire_sha256: draft.form_sha256, case_id: draft.case_id, disposition: code,
    device_started_at: draft.started_at, device_ended_at: ended, language: draft.language, answers,
    ...(draft.consent ? { consent: draft.consent } : {}),
    ...(draft.respondent ? { respondent: draft.respondent } : {}),
    ...(draft.corrects ? { corrects: draft.corrects } : {}),
    ...(remark ? { enumerator_remark: remark } : {}),
    app_version: draft.app_version,
    paradata: paradata.document(draft, syncing.state.offsetMs, draft.sessions),
  };
  const entry = await syncing.queue('response', draft.uuid, body, { case_id: draft.case_id, title: draft.title, what: code, returned: draft.returned ?? null, form_sha256: draft.form_sha256, ended_at: ended },
    [['drafts', 'delete', draft.uuid]]);
  letGo();
  return entry;
}

/** Throws a draft away. The caller has asked. */
export async function discard(uuid) {
  await storage.write([['drafts', 'delete', uuid]]);
  letGo();
}
