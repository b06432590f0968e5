// E10: what waits to be sent and what was received. E11: interviews that came back.

import * as storage from '../storage.mjs';
import * as syncing from '../sync.mjs';
import { button, confirm, h, notice } from '../ui.mjs';
import { outcomeWords } from '../outcomes.mjs';
import { say, size, when } from '../words.mjs';
import { condition } from './places.mjs';
import { startInterview } from './interview.mjs';

function stateWords(entry) {
  if (entry.state === 'conflict') return say('Máy chủ đã có phiếu khác cùng số này. Cả hai được giữ; điều phối viên quyết định. Không cần gửi lại.', 'The server has another interview under this number. Both are kept; the coordinator decides.');
  if (entry.problem?.code === 'receipt_differs') return say('Biên nhận không khớp – phiếu được giữ lại trên máy. Báo điều phối viên.', 'The receipt differs – kept on this device. Tell the coordinator.');
  if (entry.state === 'refused') return say(`Máy chủ không nhận: ${entry.problem?.message ?? ''}`, `Refused by the server: ${entry.problem?.message ?? ''}`);
  if (entry.problem) return say(`Chưa gửi được: ${entry.problem.message ?? entry.problem.status}`, `Not sent: ${entry.problem.message ?? entry.problem.status}`);
  return say('Chờ gửi', 'Waiting');
}

const kindWords = (entry) => {
  const words = outcomeWords(entry.what ?? '');
  return entry.kind === 'response' ? say(`Phiếu: ${words.vi}`, `Interview: ${words.en}`) : say(`Lần đến: ${words.vi}`, `Visit: ${words.en}`);
};

export async function outbox(app) {
  const { work } = app;
  const waiting = [...work.outbox].sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1));
  const sent = [...work.receipts].sort((a, b) => (a.sent_at < b.sent_at ? 1 : -1));
  return {
    title: say('Hàng chờ gửi', 'Outbox'),
    body: [
      h('h1', { tabindex: '-1' }, say('Hàng chờ gửi', 'Outbox')),
      await condition(work),
      button(syncing.state.running ? say('Đang gửi…', 'Sending…') : say('Gửi ngay', 'Send now'), () => app.sync(true), { kind: 'primary wide', disabled: syncing.state.running }),
      waiting.length
        ? h('ul', { class: 'list' }, waiting.map((entry) => h('li', { class: 'card', 'data-uuid': entry.uuid },
          h('span', { class: `state ${entry.state === 'waiting' ? 'waiting' : 'closed'}`, 'aria-hidden': 'true' }, entry.state === 'waiting' ? '↑' : '!'),
          h('span', { class: 'grow' }, h('strong', {}, entry.title), h('span', {}, kindWords(entry)), h('span', { class: entry.problem ? 'error' : '' }, stateWords(entry)),
            h('span', { class: 'soft' }, `${when(entry.queued_at)} · ${size(entry.bytes)} · ${say(`đã thử ${entry.tries} lần`, `${entry.tries} tries`)}`)))))
        : notice('', say('Không có gì chờ gửi.', 'Nothing is waiting.')),
      sent.length ? h('section', {}, h('h2', {}, say(`Đã gửi, có biên nhận (${sent.length})`, `Sent, with receipt (${sent.length})`)),
        h('ul', { class: 'list' }, sent.map((entry) => h('li', { class: 'card', 'data-receipt': entry.uuid },
          h('span', { class: 'state sent', 'aria-hidden': 'true' }, '✔'),
          h('span', { class: 'grow' }, h('strong', {}, entry.title), h('span', {}, kindWords(entry)),
            h('span', { class: 'soft' }, say(`Biên nhận ${entry.receipt.sha256.slice(0, 8)} lúc ${when(entry.sent_at)}`, `Receipt ${entry.receipt.sha256.slice(0, 8)}, ${when(entry.sent_at)}`)),
            entry.receipt.state === 'erased' ? h('span', { class: 'soft' }, say('Người trả lời đã yêu cầu xóa: máy chủ không giữ phiếu này.', 'The respondent asked for erasure: the server does not keep this.')) : null,
            entry.receipt.flags?.length ? h('span', { class: 'soft' }, say(`Máy chủ lưu ý ${entry.receipt.flags.length} điểm`, `${entry.receipt.flags.length} remarks of the server`)) : null))))) : null,
    ],
  };
}

export async function returned(app) {
  const { work } = app;
  const repair = async (entry) => {
    const one = work.cases.find(({ case_id }) => case_id === entry.case_id);
    const kept = work.receipts.find(({ uuid }) => uuid === entry.uuid);
    const body = entry.answers ? entry : kept?.body ? JSON.parse(kept.body) : null;
    if (!one || !body) { await confirm({ title: say('Không sửa được ở đây', 'Cannot be corrected here'), text: say('Máy không còn giữ các câu trả lời. Gọi điều phối viên.', 'The answers are no longer here. Call the coordinator.'), act: say('Đã hiểu', 'I see') }); return; }
    const sha256 = entry.questionnaire_sha256 ?? body.questionnaire_sha256 ?? kept?.form_sha256;
    const form = (await storage.get('forms', sha256)) ? { sha256, form_id: entry.questionnaire ?? body.questionnaire } : work.forms[0];
    await startInterview(app, one, form, { answers: body.answers, corrects: { corrects: entry.uuid, returned: entry.uuid, at: entry.question ?? null } });
  };
  return {
    title: say('Phiếu bị trả lại', 'Returned'),
    body: [
      h('h1', { tabindex: '-1' }, say('Phiếu bị trả lại', 'Returned interviews')),
      work.returned.length
        ? h('ul', { class: 'list' }, work.returned.map((entry) => {
          const one = work.cases.find(({ case_id }) => case_id === entry.case_id);
          const draft = work.drafts.find((draft) => draft.returned === entry.uuid);
          return h('li', { class: 'card column' }, h('strong', {}, one?.title ?? entry.case_id), h('p', { class: 'soft' }, entry.case_id),
            h('blockquote', {}, entry.comment ?? entry.reason ?? say('Không có lời nhắn', 'No comment')),
            entry.question ? h('span', {}, say(`Câu được đánh dấu: ${entry.question}`, `Marked question: ${entry.question}`)) : null,
            draft ? h('a', { class: 'button primary wide', href: `#/interview/${draft.uuid}` }, say('Tiếp tục sửa', 'Go on correcting')) : button(say('Sửa', 'Correct'), () => repair(entry), { kind: 'primary wide' }));
        }))
        : notice('', say('Không có phiếu bị trả lại', 'Nothing was returned')),
    ],
  };
}
