// What came of a visit, in the codes of the AAPOR Standard Definitions (table 2, in-person household surveys).

/** What an enumerator can say at the door: code, words, whether it is meant to be final. */
export const OUTCOMES = [
  { code: '2.24', vi: 'Vắng nhà', en: 'Nobody at home', again: true },
  { code: '2.25', vi: 'Người được chọn đi vắng', en: 'Selected person is away', again: true },
  { code: '2.111', vi: 'Hộ từ chối', en: 'Household refuses' },
  { code: '2.112', vi: 'Người được chọn từ chối', en: 'Selected person refuses' },
  { code: '2.32', vi: 'Không đủ sức khỏe trả lời', en: 'Physically or mentally unable' },
  { code: '2.33', vi: 'Không cùng ngôn ngữ', en: 'Language barrier' },
  { code: '2.31', vi: 'Người được chọn đã mất', en: 'Selected person has died' },
  { code: '2.23', vi: 'Không vào được nhà', en: 'No access to the building', again: true },
  { code: '3.18', vi: 'Không tìm thấy địa chỉ', en: 'Address not found' },
  { code: '3.17', vi: 'Không đến được, không an toàn', en: 'Unsafe or unreachable' },
  { code: '4.70', vi: 'Không có ai đủ điều kiện', en: 'Nobody eligible' },
  { code: '4.60', vi: 'Nhà bỏ trống', en: 'Vacant dwelling' },
  { code: '4.50', vi: 'Không phải nhà ở', en: 'Not a dwelling' },
];

const GROUPS = [
  ['1.1', 'complete', 'Hoàn thành', 'Complete'], ['1.2', 'partial', 'Dở dang', 'Partial'], ['2.1', 'refusal', 'Từ chối', 'Refused'],
  ['2.2', 'absent', 'Chưa gặp', 'Not met'], ['2.3', 'other', 'Không phỏng vấn được', 'Not able'], ['3', 'unknown', 'Chưa rõ', 'Unknown'],
  ['4', 'ineligible', 'Không thuộc diện', 'Not eligible'],
];

/** The group of a code: {kind, vi, en}. */
export function outcomeGroup(code) {
  const found = GROUPS.find(([prefix]) => String(code).startsWith(prefix));
  return found ? { kind: found[1], vi: found[2], en: found[3] } : { kind: 'unknown', vi: String(code), en: String(code) };
}

/** The words of a code. */
export function outcomeWords(code) {
  return OUTCOMES.find((one) => one.code === code) ?? outcomeGroup(code);
}

/** Not met so often asks whether the enumerator is sure. */
export const LAST_VISIT = 3;
export const isAbsent = (code) => outcomeGroup(code).kind === 'absent';
