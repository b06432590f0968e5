// The log of an interview: when each screen was entered and left, what was changed. By the device's clock, with its offset;
// a monotonic count of milliseconds stands beside it, because clocks are set in the middle of interviews.
// The enumerator can read it (help page); the server keeps it with the interview.

const MAX_EVENTS = 5_000;
const started = Date.now() - performance.now();

/** Adds an event: `[milliseconds since the interview began, what, where, detail]`. */
export function record(draft, what, where = null, detail = null) {
  draft.paradata ??= [];
  if (draft.paradata.length >= MAX_EVENTS) return;
  const now = started + performance.now();
  draft.began_ms ??= now;
  const event = [Math.round(now - draft.began_ms), what, where];
  if (detail !== null) event.push(detail);
  draft.paradata.push(event);
}

/** As it is sent. */
export const document = (draft, offsetMs, sessions) => ({
  format: 'khaosat-field-1',
  clock_offset_ms: offsetMs,
  started_at: draft.started_at,
  sessions,
  events: draft.paradata ?? [],
});
