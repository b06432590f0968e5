// E1: activation with a one-time code, and the lock before everything.

import * as storage from '../storage.mjs';
import * as vault from '../vault.mjs';
import * as syncing from '../sync.mjs';
import { button, confirm, field, h, notice, toast } from '../ui.mjs';
import { duration, say } from '../words.mjs';

const digits = () => h('input', { type: 'password', inputmode: 'numeric', autocomplete: 'off', maxlength: 6, class: 'pin' });

function deviceName() {
  const agent = navigator.userAgent;
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? 'máy';
  const browser = /Edg|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? '';
  return `${system} · ${browser}`.slice(0, 60);
}

/** Exchanges the code for a token. Returns null when all is well, else words for the person. */
export async function exchange(code) {
  let reply;
  try {
    reply = await syncing.call('POST', '/api/v1/activation', { body: JSON.stringify({ code, device_name: deviceName() }) });
  } catch {
    return say('Không có mạng. Cần mạng một lần để kích hoạt; sau đó phỏng vấn không cần mạng.', 'No network. It is needed once to activate; afterwards interviews work without.');
  }
  if (reply.status === 200 || reply.status === 201) {
    const { token, enumerator, round, coordinator } = reply.json ?? {};
    if (!token) return say('Máy chủ trả lời không đúng. Báo điều phối viên.', 'The server gave a wrong answer. Tell the coordinator.');
    const old = await vault.get('cases', 'account');
    const same = (a, b) => JSON.stringify(a?.enumerator ?? null) === JSON.stringify(b?.enumerator ?? null);
    if (old && !same(old, { enumerator }) && (await storage.count('outbox')) + (await storage.count('drafts')) > 0) {
      return say('Mã này của người khác, mà trên máy còn phiếu chưa gửi. Hãy xin mã của chính mình.', 'This code is for somebody else, and unsent interviews are on this device. Ask for your own code.');
    }
    await vault.put('cases', 'account', { ...(old ?? {}), token, enumerator, round, coordinator: coordinator ?? old?.coordinator ?? null, activated_at: new Date().toISOString() });
    syncing.state.problem = null;
    return null;
  }
  if ([400, 401, 403, 404, 409, 410, 422].includes(reply.status)) {
    const phone = reply.json?.phone ?? reply.json?.coordinator_phone;
    return say('Mã đã dùng hoặc không đúng – xin mã mới từ điều phối viên.', 'The code was used or is wrong – ask the coordinator for a new one.') + (phone ? ` ${phone}` : '');
  }
  if (reply.status === 429) return say('Thử quá nhiều lần. Chờ vài phút rồi thử lại.', 'Too many tries. Wait some minutes and try again.');
  return say(`Máy chủ chưa trả lời được (${reply.status}). Thử lại sau ít phút.`, `The server could not answer (${reply.status}). Try again in some minutes.`);
}

export async function activation(app, { known = false, problems = {}, typed = '' } = {}) {
  const code = h('input', { type: 'text', class: 'code', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', maxlength: 64, value: app.code ?? typed });
  const [pin, again] = [digits(), digits()];
  const submit = h('button', { class: 'button primary wide', type: 'submit' }, say('Bắt đầu', 'Begin'));
  const show = async (found) => { app.code = code.value; replace(await activation(app, { known, problems: found, typed: code.value })); };
  const replace = (screen) => { const main = document.getElementById('main'); main.replaceChildren(...screen.body.flat(Infinity).filter(Boolean)); main.querySelector('[aria-invalid],[role=alert]')?.focus(); };
  const begin = async (event) => {
    event.preventDefault();
    const given = code.value.trim().replace(/[\s-]/g, '');
    if (!given) return show({ code: say('Quét mã QR điều phối viên đưa, hoặc gõ mã.', 'Scan the QR code of the coordinator, or type the code.') });
    if (!known) {
      if (!vault.isPin(pin.value)) return show({ pin: say('PIN cần đúng 6 chữ số.', 'The PIN needs exactly 6 digits.') });
      if (vault.isWeakPin(pin.value)) return show({ pin: say('PIN này dễ đoán. Chọn số khác.', 'This PIN is easy to guess. Choose another.') });
      if (pin.value !== again.value) return show({ again: say('Hai lần nhập không giống nhau.', 'The two PINs differ.') });
    }
    submit.disabled = true;
    submit.textContent = say('Đang kích hoạt…', 'Activating…');
    if (!known) { await vault.create(pin.value); known = true; }
    const problem = await exchange(given);
    if (problem) return show({ code: problem });
    app.code = null;
    await storage.askToPersist();
    await app.sync();
    toast(say('Máy đã sẵn sàng.', 'The device is ready.'));
    return app.go('');
  };
  return {
    title: say('Kích hoạt', 'Activation'),
    body: [
      h('h1', { tabindex: '-1' }, say('Kích hoạt máy này', 'Activate this device')),
      h('p', {}, say('Quét mã QR, hoặc gõ mã điều phối viên đưa. Mã chỉ dùng được một lần.', 'Scan the QR code, or type the code from the coordinator. It works once.')),
      h('form', { onsubmit: begin, novalidate: true },
        field(say('Mã kích hoạt', 'Activation code'), code, { error: problems.code }),
        known ? null : field(say('Đặt PIN sáu số', 'Choose a six-digit PIN'), pin, { error: problems.pin, help: say('PIN mở khoá phiếu trên máy này. Không ai lấy lại được PIN đã quên: hãy nhớ kỹ, không viết lên máy.', 'The PIN opens the interviews on this device. Nobody can recover it: remember it, do not write it on the device.') }),
        known ? null : field(say('Nhập lại PIN', 'PIN again'), again, { error: problems.again }),
        submit),
      h('section', { class: 'card' }, h('h2', {}, say('Đưa lên màn hình chính', 'Put it on the home screen')),
        h('ol', {},
          h('li', {}, say('Android (Chrome): mở ⋮ ở góc trên, chọn “Thêm vào màn hình chính”.', 'Android (Chrome): open ⋮ at the top, choose “Add to home screen”.')),
          h('li', {}, say('iPhone (Safari): bấm nút chia sẻ, chọn “Thêm vào MH chính”.', 'iPhone (Safari): tap Share, choose “Add to Home Screen”.')),
          h('li', {}, say('Từ đó mở ứng dụng bằng biểu tượng Khảo sát, kể cả khi không có mạng.', 'Then open it by its icon, also without network.')))),
    ],
    focus: problems.code || problems.pin || problems.again ? '[aria-invalid]' : null,
  };
}

export async function lockScreen(app, problem = null) {
  const wait = await vault.waitMs();
  const waiting = await storage.count('outbox');
  const drafts = await storage.count('drafts');
  const pin = digits();
  pin.disabled = wait > 0;
  const show = async (words) => {
    const screen = await lockScreen(app, words);
    const main = document.getElementById('main');
    main.replaceChildren(...screen.body.flat(Infinity).filter(Boolean));
    (main.querySelector('input:not([disabled])') ?? main.querySelector('h1')).focus();
  };
  const open = async (event) => {
    event.preventDefault();
    if (!vault.isPin(pin.value)) return show(say('PIN cần đúng 6 chữ số.', 'The PIN needs exactly 6 digits.'));
    submit.disabled = true;
    submit.textContent = say('Đang mở…', 'Opening…');
    const result = await vault.unlock(pin.value);
    if (result === 'open') { await app.reload(); app.sync(); return null; }
    return show(result === 'wrong' ? say('PIN không đúng.', 'Wrong PIN.') : null);
  };
  const submit = h('button', { class: 'button primary wide', type: 'submit', disabled: wait > 0 }, say('Mở khoá', 'Unlock'));
  if (wait) setTimeout(() => { if (!vault.isOpen()) show(null); }, Math.min(wait, 30_000) + 200);
  return {
    title: say('Đã khoá', 'Locked'),
    kind: 'locked',
    focus: 'input.pin',
    body: [
      h('h1', { tabindex: '-1' }, say('Đã khoá', 'Locked')),
      h('p', {}, waiting + drafts
        ? say(`Trên máy có ${waiting} phiếu chờ gửi và ${drafts} phiếu đang dở, đã mã hoá.`, `On this device: ${waiting} waiting and ${drafts} unfinished, encrypted.`)
        : say('Nhập PIN để tiếp tục.', 'Enter the PIN to go on.')),
      wait ? notice('bad', say(`Sai nhiều lần. Chờ ${duration(Math.max(wait, 60_000))} rồi thử lại.`, `Too many wrong tries. Wait ${duration(Math.max(wait, 60_000))}.`)) : null,
      h('form', { onsubmit: open, novalidate: true }, field('PIN', pin, { error: problem }), submit),
      h('details', {}, h('summary', {}, say('Quên PIN?', 'Forgot the PIN?')),
        h('p', {}, say('Không ai mở được dữ liệu khi quên PIN. Gọi điều phối viên trước khi xoá: phiếu chưa gửi sẽ mất.', 'Without the PIN nobody can open the data. Call the coordinator before wiping: unsent interviews will be lost.')),
        button(say('Xoá hết dữ liệu trên máy', 'Wipe this device'), () => wipe(app), { kind: 'danger wide' })),
    ],
  };
}

/** Wipes after two confirmations, the second of which must be typed. */
export async function wipe() {
  const [waiting, drafts] = [await storage.count('outbox'), await storage.count('drafts')];
  const lost = waiting + drafts
    ? say(`${waiting} phiếu chờ gửi và ${drafts} phiếu đang dở sẽ MẤT VĨNH VIỄN.`, `${waiting} waiting and ${drafts} unfinished will be LOST FOR EVER.`)
    : say('Không còn phiếu nào chưa gửi.', 'Nothing is unsent.');
  if (!(await confirm({ title: say('Xoá hết dữ liệu?', 'Wipe everything?'), text: lost, act: say('Tôi muốn xoá', 'I want to wipe'), danger: true }))) return;
  const word = say('XOA', 'WIPE');
  const input = field(say(`Gõ ${word} để xác nhận`, `Type ${word} to confirm`), h('input', { type: 'text', required: true, pattern: word, autocomplete: 'off', autocapitalize: 'characters' }));
  if (!(await confirm({ title: say('Chắc chắn xoá?', 'Really wipe?'), text: lost, input, act: say('Xoá vĩnh viễn', 'Wipe for ever'), danger: true }))) return;
  vault.lock();
  await storage.wipe();
  location.hash = '';
  location.reload();
}
