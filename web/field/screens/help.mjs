// E12: help that works offline, the backup file, the settings, the log.

import { encrypted, newPassphrase } from '../backup.mjs';
import * as storage from '../storage.mjs';
import * as syncing from '../sync.mjs';
import * as vault from '../vault.mjs';
import { button, confirm, field, h, link, notice, toast } from '../ui.mjs';
import { changeSettings, duration, localDay, say, settings, size, when } from '../words.mjs';
import { exchange, wipe } from './entry.mjs';
import { update } from '../update.mjs';

/** All that waits and all that is unfinished, as the office imports it. */
export async function backup(app) {
  const { work } = app;
  const items = [
    ...work.outbox.map(({ kind, uuid, sha256, body }) => ({ kind, uuid, sha256, body })),
    ...work.drafts.map((draft) => ({ kind: 'draft', uuid: draft.uuid, body: JSON.stringify(draft) })),
  ];
  const passphrase = newPassphrase();
  const text = await encrypted({ round: work.round, enumerator: work.account.enumerator ?? null, exported_at: new Date().toISOString(), items }, passphrase);
  const name = `khaosat_${work.round ?? 'dot'}_${localDay().replaceAll('-', '')}.ksx`;
  return { name, text, passphrase, n: items.length };
}

async function exportFile(app) {
  const made = await backup(app);
  const file = new File([made.text], made.name, { type: 'application/octet-stream' });
  const sure = await confirm({
    title: say('Mật khẩu của tệp', 'Passphrase of the file'),
    text: say('Ghi lại mật khẩu này và đọc cho điều phối viên qua điện thoại. Không gửi cùng với tệp. Phiếu vẫn còn trên máy.', 'Write this down and read it to the coordinator by telephone. Do not send it with the file. Interviews stay on the device.'),
    input: h('p', { class: 'passphrase' }, made.passphrase),
    act: say('Lưu tệp', 'Save the file'),
  });
  if (!sure) return;
  if (navigator.canShare?.({ files: [file] })) {
    try { await navigator.share({ files: [file], title: made.name }); return; } catch { /* closed: offer the download */ }
  }
  const url = URL.createObjectURL(file);
  const anchor = h('a', { href: url, download: made.name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  toast(say(`Đã lưu ${made.name}`, `Saved ${made.name}`));
}

const digits = () => h('input', { type: 'password', inputmode: 'numeric', autocomplete: 'off', maxlength: 6, class: 'pin' });

function pinForm() {
  const [old, fresh] = [digits(), digits()];
  const problem = h('div', {});
  const change = async (event) => {
    event.preventDefault();
    if (!vault.isPin(fresh.value) || vault.isWeakPin(fresh.value)) { problem.replaceChildren(notice('bad', say('PIN mới cần 6 chữ số, không dễ đoán.', 'The new PIN needs 6 digits that are not easy to guess.'))); return; }
    // A wrong old PIN counts as a guess, so that nobody tries them out here.
    const result = await vault.unlock(old.value);
    if (result !== 'open') { problem.replaceChildren(notice('bad', result === 'wait' ? say('Sai nhiều lần. Chờ rồi thử lại.', 'Too many tries. Wait.') : say('PIN cũ không đúng.', 'The old PIN is wrong.'))); return; }
    await vault.changePin(old.value, fresh.value);
    event.target.reset();
    problem.replaceChildren(notice('', say('Đã đổi PIN.', 'The PIN is changed.')));
  };
  return h('form', { onsubmit: change, novalidate: true }, field(say('PIN cũ', 'Old PIN'), old), field(say('PIN mới', 'New PIN'), fresh), problem, h('button', { class: 'button wide', type: 'submit' }, say('Đổi PIN', 'Change the PIN')));
}

function codeForm(app) {
  const code = h('input', { type: 'text', class: 'code', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', value: app.code ?? '' });
  const problem = h('div', {});
  const send = async (event) => {
    event.preventDefault();
    const words = await exchange(code.value.trim().replace(/[\s-]/g, ''));
    if (words) { problem.replaceChildren(notice('bad', words)); return; }
    app.code = null;
    toast(say('Đã nhận mã mới.', 'The new code works.'));
    await app.sync(true);
    app.reload();
  };
  return h('form', { onsubmit: send, novalidate: true }, field(say('Mã kích hoạt mới', 'New activation code'), code), problem, h('button', { class: 'button wide', type: 'submit' }, say('Dùng mã này', 'Use this code')));
}

export async function help(app) {
  const { work } = app;
  const { persisted, usage, quota } = await storage.condition();
  const phone = work.account.coordinator?.phone ?? null;
  const signedOut = ['signed_out', 'revoked'].includes(syncing.state.problem?.kind);
  const theme = (value, words) => h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'theme', value, checked: settings.theme === value, onchange: () => changeSettings({ theme: value }) }), h('span', {}, words));
  return {
    title: say('Trợ giúp', 'Help'),
    body: [
      h('h1', { tabindex: '-1' }, say('Trợ giúp', 'Help')),
      phone ? link(say(`Gọi điều phối viên ${phone}`, `Call the coordinator ${phone}`), `tel:${phone.replace(/[^\d+]/g, '')}`, 'primary wide')
        : notice('', say('Gọi điều phối viên theo số ghi trên thẻ điều tra viên.', 'Call the coordinator at the number on your card.')),
      signedOut || app.code ? h('section', { class: 'card column' }, h('h2', {}, say('Nhập mã mới', 'Enter a new code')), codeForm(app)) : null,
      h('section', { class: 'card column' }, h('h2', {}, say('Tệp dự phòng', 'Backup file')),
        h('p', {}, say('Khi lâu không gửi được: lưu mọi phiếu chưa gửi vào một tệp đã mã hoá, chuyển cho điều phối viên qua USB hoặc tin nhắn.', 'When sending fails for long: put everything unsent into an encrypted file and hand it to the coordinator.')),
        button(say('Xuất tệp dự phòng', 'Export the backup file'), () => exportFile(app), { kind: 'wide', disabled: work.outbox.length + work.drafts.length === 0 })),
      h('section', { class: 'card column' }, h('h2', {}, say('Hiển thị', 'Display')),
        h('fieldset', {}, h('legend', {}, say('Màu nền', 'Background')), theme('auto', say('Theo máy', 'As the device')), theme('light', say('Sáng', 'Light')), theme('dark', say('Tối (ban đêm)', 'Dark (night)'))),
        h('p', { class: 'soft' }, say('Cỡ chữ: A− và A+ ở đầu trang.', 'Text size: A− and A+ at the top.'))),
      h('section', { class: 'card column' }, h('h2', {}, say('Máy này', 'This device')),
        h('dl', { class: 'facts' },
          h('div', {}, h('dt', {}, say('Bộ nhớ', 'Storage')), h('dd', {}, persisted ? say('được bảo vệ', 'protected') : say('có thể bị xoá khi máy đầy', 'may be cleared when full'))),
          h('div', {}, h('dt', {}, say('Đã dùng', 'Used')), h('dd', {}, usage === null ? '–' : `${size(usage)} / ${size(quota)}`)),
          h('div', {}, h('dt', {}, say('Đồng hồ', 'Clock')), h('dd', {}, Math.abs(syncing.state.offsetMs) < 60_000 ? say('đúng', 'right') : say(`lệch ${duration(Math.abs(syncing.state.offsetMs))}`, `off by ${duration(Math.abs(syncing.state.offsetMs))}`))),
          h('div', {}, h('dt', {}, say('Đợt khảo sát', 'Round')), h('dd', {}, work.round ?? '–')),
          h('div', {}, h('dt', {}, say('Bảng câu hỏi', 'Questionnaires')), h('dd', {}, work.forms.map((form) => `${form.form_id ?? form.id} (${form.sha256.slice(0, 8)})`).join(', ') || '–')),
          h('div', {}, h('dt', {}, say('Cập nhật', 'Update')), h('dd', {}, update.waiting ? say('có bản mới', 'a new version waits') : say('bản mới nhất đã tải', 'up to date')))),
        persisted ? null : button(say('Xin bảo vệ bộ nhớ', 'Ask for protected storage'), async () => { const given = await storage.askToPersist(); toast(given ? say('Bộ nhớ được bảo vệ.', 'Storage is protected.') : say('Trình duyệt chưa đồng ý. Đưa ứng dụng lên màn hình chính rồi thử lại.', 'Not granted. Put the app on the home screen and try again.')); app.reload(); }, { kind: 'wide' }),
        button(say('Khoá ngay', 'Lock now'), () => app.lock(), { kind: 'wide' })),
      h('details', {}, h('summary', {}, say('Đổi PIN', 'Change the PIN')), pinForm()),
      h('details', {}, h('summary', {}, say('Máy ghi lại những gì', 'What is recorded')),
        h('p', {}, say('Cùng với câu trả lời, máy ghi lúc vào, rời từng câu, câu nào đã sửa, lúc tạm dừng, giờ máy. Máy không ghi âm, không theo dõi vị trí; vị trí chỉ lấy khi câu hỏi yêu cầu và bạn bấm nút.', 'With the answers: when each screen was entered and left, what was changed, pauses, the clock. No sound, no tracking; a position only when a question asks and you press the button.')),
        h('ul', {}, work.drafts.map((draft) => h('li', {}, h('a', { href: `#/log/${draft.uuid}` }, draft.title))))),
      h('details', {}, h('summary', {}, say('Câu hỏi thường gặp', 'Frequent questions')),
        [[say('Tắt máy, hết pin giữa chừng?', 'Battery dead in the middle?'), say('Mỗi câu được lưu ngay. Mở lại, nhập PIN, bấm “Tiếp tục phiếu đang dở”: máy về đúng câu đó.', 'Each answer is saved at once. Open, enter the PIN and go on at that very question.')],
          [say('Sửa phiếu đã hoàn thành?', 'Correct a finished interview?'), say('Phiếu hoàn thành không sửa được. Báo điều phối viên trả lại phiếu.', 'Not possible. Ask the coordinator to return it.')],
          [say('Gửi hai lần thì sao?', 'Sent twice?'), say('Máy chủ nhận ra và chỉ giữ một.', 'The server notices and keeps one.')]].map(([question, answer]) => [h('h3', {}, question), h('p', {}, answer)])),
      h('details', {}, h('summary', {}, say('Xoá dữ liệu trên máy', 'Wipe this device')), button(say('Xoá hết dữ liệu trên máy', 'Wipe this device'), () => wipe(), { kind: 'danger wide' })),
    ],
  };
}

export async function log(app, uuid) {
  const draft = await vault.get('drafts', uuid);
  if (!draft) return null;
  return {
    title: say('Nhật ký của phiếu', 'Log'),
    body: [h('h1', { tabindex: '-1' }, say('Nhật ký của phiếu', 'Log of the interview')), h('p', {}, `${draft.title}, ${when(draft.started_at)}`),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': say('Nhật ký', 'Log') }, h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, say('Giây', 'Second')), h('th', {}, say('Việc', 'Event')), h('th', {}, say('Nơi', 'Where')))),
        h('tbody', {}, draft.paradata.map(([ms, what, where]) => h('tr', {}, h('td', {}, (ms / 1000).toFixed(0)), h('td', {}, what), h('td', {}, where ?? '')))))),
      h('a', { class: 'button wide', href: '#/help' }, say('Về trợ giúp', 'Back to help'))],
  };
}
