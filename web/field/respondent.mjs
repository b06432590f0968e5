// Who in the household is asked. The number of the household was fixed at the draw; with the roster it gives the same person
// here, on paper and on the server (sampling/src/respondent): nobody in the field has a choice.

export const ELIGIBLE_MAX = 30;
const SEX = { male: 0, female: 1, other: 2 };
// Table, twelfths of all households that carry it, whom it selects of 1, 2, … 6 and more.
const KISH = [
  ['A', 2, [1, 1, 1, 1, 1, 1]], ['B1', 1, [1, 1, 1, 1, 2, 2]], ['B2', 1, [1, 1, 1, 2, 2, 2]], ['C', 2, [1, 1, 2, 2, 3, 3]],
  ['D', 2, [1, 2, 2, 3, 4, 4]], ['E1', 1, [1, 2, 3, 3, 3, 5]], ['E2', 1, [1, 2, 3, 4, 5, 5]], ['F', 2, [1, 2, 3, 4, 5, 6]],
];

/** By Unicode code points, as the server compares, not by UTF-16 units. */
function byCodePoints(a, b) {
  const [one, two] = [[...a.normalize('NFC')], [...b.normalize('NFC')]];
  for (let i = 0; i < Math.min(one.length, two.length); i += 1) {
    const difference = one[i].codePointAt(0) - two[i].codePointAt(0);
    if (difference) return difference;
  }
  return one.length - two.length;
}

/** Members in the order of the roster: men, women, others; the oldest first; then by name. */
export function ordered(members) {
  return members.map((member, position) => ({ ...member, position }))
    .sort((a, b) => SEX[a.sex] - SEX[b.sex] || b.age - a.age || byCodePoints(a.name, b.name) || a.position - b.position);
}

export function kishTable(number) {
  let left = number % 12;
  for (const [name, twelfths, row] of KISH) {
    if (left < twelfths) return { name, row };
    left -= twelfths;
  }
  throw new Error('a remainder of twelve lies in a table');
}

const dayPlace = ({ month, day }) => (month - 1) * 31 + day - 1;

/** The days round the year (31 to a month) to the birthday that counts. */
function distance(birthday, today, last) {
  const apart = dayPlace(birthday) - dayPlace(today);
  return last ? (372 - apart) % 372 : (apart + 371) % 372;
}

/**
 * The chosen person: {position in the roster as given, number from 1 in its order, n}.
 * `{problem}` when there is nobody, there are too many, or a birthday is missing.
 */
export function choose(rule, number, members, today = null) {
  const n = members.length;
  if (n === 0) return { problem: 'nobody' };
  if (n > ELIGIBLE_MAX) return { problem: 'too_many' };
  const order = ordered(members);
  let place;
  if (rule === 'roster') place = number % n;
  else if (rule === 'kish') place = kishTable(number).row[Math.min(n, 6) - 1] - 1;
  else if (rule === 'next_birthday' || rule === 'last_birthday') {
    if (!today || order.some((member) => !member.birthday)) return { problem: 'birthday' };
    const far = order.map((member) => distance(member.birthday, today, rule === 'last_birthday'));
    const nearest = far.flatMap((days, at) => (days === Math.min(...far) ? [at] : []));
    place = nearest[number % nearest.length];
  } else return { problem: 'no_rule' };
  return { position: order[place].position, number: place + 1, n };
}
