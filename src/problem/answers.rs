//! Problems with the key of the answers, and with what respondents asked for.

use ::problem::Problem;

use crate::store::StoreError;

/// Their codes: such a command ends with an exit code of its own.
pub(super) const OF_KEY: [&str; 5] =
    ["answer_key_missing", "answer_key_wrong", "answer_key_file", "answer_key_needed", "answer_key_changed"];

/// So much of a fingerprint is shown: enough to tell keys apart.
fn short(fingerprint: &str) -> String {
    fingerprint.get(..16).unwrap_or(fingerprint).to_owned()
}

/// What is wrong with the key; other errors are not told here.
pub(super) fn of_key(error: &StoreError) -> Problem {
    match error {
        StoreError::KeyMissing { file, fingerprint } => {
            let problem = Problem::new(
                "answer_key_missing",
                "không tìm thấy khóa phiếu; không có khóa này thì không đọc được câu trả lời",
                "the key of the answers is missing; without it no answer can be read",
            )
            .expected((format!("khóa {}", short(fingerprint)), format!("key {}", short(fingerprint))))
            .hint(
                "lấy bản sao của tệp khóa (thường là X.db.key) đặt lại đúng chỗ, hoặc chỉ ra bằng --key-file; đừng tạo khóa mới",
                "put the copy of the key file (usually X.db.key) back in its place, or name it with --key-file; do not make a new one",
            );
            if file.is_empty() { problem } else { problem.in_file(file) }
        }
        StoreError::KeyWrong { file, expected, got } => Problem::new(
            "answer_key_wrong",
            "khóa phiếu này không phải của cơ sở dữ liệu này; chưa có gì được đọc hay ghi",
            "this key of answers is not the one of this database; nothing was read or written",
        )
        .expected((format!("khóa {}", short(expected)), format!("key {}", short(expected))))
        .got((format!("khóa {}", short(got)), format!("key {}", short(got))))
        .hint(
            "khaosat key check TỆP cho biết tệp nào là khóa nào; dùng đúng bản sao của khóa cần tìm",
            "khaosat key check FILE says which file is which key; use the copy of the key that is expected",
        )
        .in_file(file),
        StoreError::KeyFile { detail } => Problem::new(
            "answer_key_file",
            "không dùng được tệp khóa phiếu",
            "the file of the key of the answers cannot be used",
        )
        .got(detail),
        StoreError::KeyChanged => Problem::new(
            "answer_key_changed",
            "khóa phiếu đã được thay trong khi chương trình đang chạy; chưa có gì được ghi",
            "the key of the answers was changed while the program ran; nothing was written",
        )
        .hint("người quản trị: khởi động lại dịch vụ", "administrator: start the service again"),
        _ => Problem::new(
            "answer_key_needed",
            "chưa có khóa phiếu cho cơ sở dữ liệu PostgreSQL này",
            "no key of answers was given for this PostgreSQL database",
        )
        .hint(
            "thêm --key-file TỆP (hoặc KHAOSAT_KEY_FILE), cùng một tệp cho mọi máy; nếu thật sự muốn lưu không mã hóa: --plain-answers",
            "give --key-file FILE (or KHAOSAT_KEY_FILE), the same file for all nodes; if answers really are to be kept unsealed: --plain-answers",
        ),
    }
}

/// A request of a respondent is settled by people who are signed in.
#[must_use]
pub fn rights_by_people() -> Problem {
    Problem::new(
        "rights_by_people",
        "yêu cầu của người trả lời do người đã đăng nhập giải quyết, không phải mã truy cập",
        "requests of respondents are settled by people who are signed in, not by tokens",
    )
}

/// A request was not filled in.
#[must_use]
pub fn rights_invalid() -> Problem {
    Problem::new(
        "rights_invalid",
        "cần mã hộ, loại yêu cầu, ngày nhận (không sau hôm nay) và cách nhận",
        "code of the case, kind, day (not after today) and how it came are needed",
    )
}

/// Whoever recorded a request does not erase.
#[must_use]
pub fn rights_second_person() -> Problem {
    Problem::new(
        "rights_second_person",
        "người ghi yêu cầu không tự xóa được; người thứ hai phải xác nhận",
        "whoever recorded the request does not erase; a second person must confirm it",
    )
}

/// The code that was typed is another one.
#[must_use]
pub fn rights_unconfirmed() -> Problem {
    Problem::new(
        "rights_unconfirmed",
        "chưa xóa gì: mã hộ gõ lại không khớp",
        "nothing was erased: the code that was typed is another one",
    )
}

/// Somebody else was quicker.
#[must_use]
pub fn rights_meanwhile() -> Problem {
    Problem::new("rights_meanwhile", "yêu cầu này đã được giải quyết", "this request was settled meanwhile")
}

/// The round has no such case.
#[must_use]
pub fn case_unknown(case: &str) -> Problem {
    Problem::new("case_unknown", "đợt khảo sát này không có hộ đó", "the round has no such case").got(case)
}
