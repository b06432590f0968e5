//! Every problem the service tells a person or a program: its code, its words, its HTTP status and its exit code.
//!
//! A code never changes its meaning; programs rely on it. The words are built on the vocabulary of the `problem` crate.

use ::problem::{Place, Problem, Problems, Words};

mod answers;
mod office;

pub use answers::{
    case_unknown, rights_by_people, rights_invalid, rights_meanwhile, rights_second_person, rights_unconfirmed,
};
pub use office::{
    closing_by_people, closing_meanwhile, closing_open, closing_reason, closing_second_person, draft_unknown,
    drafts_full, publication_meanwhile, publication_unconfirmed, publication_unknown, round_code_taken,
};

use crate::store::StoreError;

/// Exit code for a database that is newer than the program (`EX_CONFIG` of `sysexits.h`).
pub const EXIT_DATABASE_NEWER: u8 = 78;

/// The codes of what a newer program made.
const NEWER: [&str; 2] = ["database_newer", "backup_newer"];

/// Exit code when the key of the answers is missing or another one (`EX_NOPERM` of `sysexits.h`).
pub const EXIT_KEY: u8 = 77;

/// The HTTP status of each code. What is not listed is a defect of ours: 500.
const STATUS: &[(&str, u16)] = &[
    ("body_invalid", 400),
    ("body_not_json", 400),
    ("uuid_invalid", 400),
    ("token_missing", 401),
    ("token_invalid", 401),
    ("sign_in_wrong", 401),
    ("activation_code_invalid", 401),
    ("not_allowed", 403),
    ("request_forged", 403),
    ("device_revoked", 410),
    ("too_many_tries", 429),
    ("device_unknown", 404),
    ("form_unknown", 404),
    ("password_link_invalid", 404),
    ("account_invalid", 400),
    ("account_unusable", 409),
    ("passwords_differ", 400),
    ("enumerator_unknown", 404),
    ("assignment_invalid", 400),
    ("assignment_started", 409),
    ("review_invalid", 400),
    ("review_meanwhile", 409),
    ("comment_alone", 409),
    ("report_meanwhile", 409),
    ("report_sentence_changed", 409),
    ("report_incomplete", 409),
    ("report_unavailable", 409),
    ("report_form", 404),
    ("round_not_served", 403),
    ("route_unknown", 404),
    ("round_unknown", 404),
    ("response_unknown", 404),
    ("response_file_unknown", 404),
    ("form_not_asked", 404),
    ("submission_unreadable", 400),
    ("openrosa_version_missing", 400),
    ("key_invalid", 403),
    ("basic_needs_https", 403),
    ("credentials_wrong", 401),
    ("sample_unknown", 404),
    ("index_unknown", 404),
    ("publication_unknown", 404),
    ("rights_by_people", 403),
    ("rights_invalid", 400),
    ("rights_second_person", 409),
    ("rights_unconfirmed", 409),
    ("rights_meanwhile", 409),
    ("case_unknown", 404),
    ("answer_key_needed", 503),
    ("answer_key_changed", 503),
    ("closing_by_people", 403),
    ("draft_unknown", 404),
    ("drafts_full", 409),
    ("round_code_taken", 409),
    ("closing_second_person", 409),
    ("closing_open", 409),
    ("closing_reason", 400),
    ("closing_meanwhile", 409),
    ("publication_meanwhile", 409),
    ("publication_unconfirmed", 400),
    ("chart_unknown", 404),
    ("evidence_unknown", 404),
    ("official_no_values", 404),
    ("task_unknown", 404),
    ("task_not_lead", 400),
    ("task_agency_ended", 400),
    ("task_progress", 400),
    ("agency_unknown", 400),
    ("plan_quarter", 400),
    ("scores_unavailable", 409),
    ("format_unavailable", 404),
    ("method_unknown", 405),
    ("body_too_slow", 408),
    ("replacement_refused", 409),
    ("response_conflict", 409),
    ("contact_attempt_conflict", 409),
    ("body_too_large", 413),
    ("body_encoded", 415),
    ("chart_does_not_fit", 409),
    ("chart_value_outside_axis", 409),
    ("evidence_kind", 415),
    ("evidence_content", 415),
    ("evidence_size", 413),
    ("evidence_full", 409),
    ("request_invalid", 400),
    ("day_invalid", 400),
    ("internal", 500),
    ("database_busy", 503),
    ("database_lost", 503),
    ("database_stopped", 503),
    ("database_full", 507),
];

/// The HTTP status of a problem.
#[must_use]
pub fn status(code: &str) -> u16 {
    STATUS.iter().find(|(known, _)| *known == code).map_or(500, |(_, status)| *status)
}

/// The exit code of a command that ended with these problems: 78 for a newer database, 77 for the key of the answers, else 1.
#[must_use]
pub fn exit_code(problems: &Problems) -> u8 {
    let any = |codes: &[&str]| problems.iter().any(|problem| codes.contains(&problem.code));
    if any(&NEWER) {
        EXIT_DATABASE_NEWER
    } else if any(&answers::OF_KEY) {
        EXIT_KEY
    } else {
        1
    }
}

/// No token came with the request.
#[must_use]
pub fn token_missing() -> Problem {
    Problem::new("token_missing", "yêu cầu này cần mã truy cập", "this request needs an access token").hint(
        "gửi tiêu đề Authorization: Bearer <mã>; điều phối viên cấp mã bằng lệnh khaosat token add",
        "send the header Authorization: Bearer <token>; a coordinator makes one with khaosat token add",
    )
}

/// The token is unknown, expired or revoked; which of these is not said to a stranger.
#[must_use]
pub fn token_invalid() -> Problem {
    Problem::new(
        "token_invalid",
        "mã truy cập không đúng, đã hết hạn hoặc đã bị thu hồi",
        "the access token is wrong, has expired or was revoked",
    )
    .hint(
        "dữ liệu trên máy vẫn còn nguyên; hãy xin điều phối viên mã mới rồi gửi lại",
        "the data on the device are safe; ask the coordinator for a new token and send again",
    )
}

/// Login and password do not fit; which of the two is not said.
#[must_use]
pub fn sign_in_wrong() -> Problem {
    Problem::new("sign_in_wrong", "tên đăng nhập hoặc mật khẩu không đúng", "the login or the password is wrong").hint(
        "quên mật khẩu: xin người quản trị một liên kết đặt lại",
        "forgotten: ask an administrator for a link to set a new one",
    )
}

/// The code is wrong, used, cancelled or too old; which of these is not said.
#[must_use]
pub fn activation_code_invalid() -> Problem {
    Problem::new(
        "activation_code_invalid",
        "mã kích hoạt không đúng, đã dùng hoặc đã hết hạn",
        "the activation code is wrong, was used or has expired",
    )
    .hint("xin điều phối viên một mã mới", "ask the coordinator for a new one")
}

/// The device was revoked; what lies on it stays.
#[must_use]
pub fn device_revoked() -> Problem {
    Problem::new(
        "device_revoked",
        "máy này đã bị thu hồi quyền gửi phiếu; các phiếu trên máy vẫn còn nguyên",
        "this device may no longer send; the interviews on it are safe",
    )
    .hint(
        "đừng xoá ứng dụng; gọi điều phối viên để được cấp mã kích hoạt mới",
        "do not delete the app; call the coordinator for a new activation code",
    )
}

/// Too many wrong guesses.
#[must_use]
pub fn too_many_tries(wait_s: i64) -> Problem {
    Problem::new("too_many_tries", "thử quá nhiều lần", "too many tries")
        .hint(format!("chờ {wait_s} giây rồi thử lại"), format!("wait {wait_s} seconds, then try again"))
}

/// A request that another site may have made the browser send.
#[must_use]
pub fn request_forged() -> Problem {
    Problem::new(
        "request_forged",
        "yêu cầu này không đến từ trang của chương trình, hoặc trang đã mở quá lâu",
        "this request did not come from a page of this service, or the page is too old",
    )
    .hint("mở lại trang rồi thử lại", "open the page again and try once more")
}

/// The token is that of no device.
#[must_use]
pub fn device_unknown() -> Problem {
    Problem::new("device_unknown", "không có thiết bị này", "there is no such device")
}

/// The round asks no such form.
#[must_use]
pub fn form_unknown(sha256: &str) -> Problem {
    Problem::new("form_unknown", "đợt khảo sát không dùng bảng hỏi này", "the round does not ask this form").got(sha256)
}

/// The link is wrong, was used or has expired.
#[must_use]
pub fn password_link_invalid() -> Problem {
    Problem::new(
        "password_link_invalid",
        "liên kết đặt mật khẩu không đúng, đã dùng hoặc đã hết hạn",
        "the link to set a password is wrong, was used or has expired",
    )
    .hint("xin người quản trị một liên kết mới", "ask an administrator for a new one")
}

/// A person cannot be stored like this; the details say why.
#[must_use]
pub fn account_invalid() -> Problem {
    Problem::new("account_invalid", "thông tin về người dùng chưa đúng", "what is said of the person is not right")
}

/// The account is disabled, or somebody made one of this login at the same moment.
#[must_use]
pub fn account_unusable(login: &str) -> Problem {
    Problem::new(
        "account_unusable",
        "tài khoản này đã bị khoá, hoặc vừa được người khác tạo",
        "this account is disabled, or somebody has just made it",
    )
    .got(login)
}

/// A password was typed twice, and not alike.
#[must_use]
pub fn passwords_differ() -> Problem {
    Problem::new("passwords_differ", "hai lần nhập mật khẩu không giống nhau", "the two passwords are not the same")
}

/// The round has no such enumerator.
#[must_use]
pub fn enumerator_unknown(name: &str) -> Problem {
    Problem::new("enumerator_unknown", "đợt khảo sát không có điều tra viên này", "the round has no such enumerator")
        .got(name)
}

/// The assignment cannot be done; the details say why. Nothing of it was done.
#[must_use]
pub fn assignment_invalid() -> Problem {
    Problem::new(
        "assignment_invalid",
        "bảng phân công có lỗi; chưa có gì được thay đổi",
        "the assignment has errors; nothing was changed",
    )
}

/// Cases that were started would change hands; the details name them. Nothing was done.
#[must_use]
pub fn assignment_started() -> Problem {
    Problem::new(
        "assignment_started",
        "có hộ đang khảo sát dở sẽ chuyển sang người khác; chưa có gì được thay đổi",
        "cases that were started would change hands; nothing was changed",
    )
    .hint("gửi lại và xác nhận nếu đúng ý muốn", "send it again with a confirmation if that is what you want")
}

/// The review cannot be kept; the details say why.
#[must_use]
pub fn review_invalid() -> Problem {
    Problem::new("review_invalid", "nội dung duyệt phiếu chưa đủ", "the review lacks something")
}

/// Somebody else reviewed the interview in the meantime.
#[must_use]
pub fn review_meanwhile() -> Problem {
    Problem::new(
        "review_meanwhile",
        "người khác vừa duyệt phiếu này",
        "somebody else has reviewed this interview in the meantime",
    )
    .hint("mở lại phiếu để xem", "open the interview again")
}

/// A comment on an interview that nobody has judged.
#[must_use]
pub fn comment_alone() -> Problem {
    Problem::new(
        "comment_alone",
        "chưa ai duyệt phiếu này, nên chưa ghi được ý kiến riêng",
        "nobody has judged this interview yet, so a comment has nothing to belong to",
    )
    .hint(
        "ghi kết quả duyệt trước, hoặc gửi ý kiến cùng kết quả duyệt trong trường comment",
        "give a verdict first, or send the words with it in the field comment",
    )
}

/// Somebody else saved the report since it was opened; nothing was overwritten.
#[must_use]
pub fn report_meanwhile() -> Problem {
    Problem::new(
        "report_meanwhile",
        "người khác vừa sửa báo cáo này; thay đổi của bạn chưa được lưu, không có gì bị ghi đè",
        "somebody else has changed this report in the meantime; your change was not saved and nothing was overwritten",
    )
    .hint("xem lại bản mới rồi làm lại thay đổi", "look at the new state and make the change again")
}

/// The sentence is not in the report any more with these numbers.
#[must_use]
pub fn report_sentence_changed() -> Problem {
    Problem::new(
        "report_sentence_changed",
        "câu này hoặc số liệu của nó vừa thay đổi",
        "the sentence or its numbers have just changed",
    )
    .hint("đọc lại câu rồi chấp nhận", "read it again and accept it then")
}

/// The paper cannot be made; the details say why.
#[must_use]
pub fn report_incomplete() -> Problem {
    Problem::new(
        "report_incomplete",
        "báo cáo còn lỗi nên chưa xuất được",
        "the report has faults and cannot be written",
    )
    .hint("sửa các mục ghi “Lỗi” trong bảng kiểm tra", "mend what the checks call a fault")
}

/// There are no scores to report on; the details say why.
#[must_use]
pub fn report_unavailable() -> Problem {
    Problem::new("report_unavailable", "chưa có số liệu để làm báo cáo", "there are no figures to report on yet")
}

/// The token's role may not do this.
#[must_use]
pub fn not_allowed() -> Problem {
    Problem::new("not_allowed", "mã truy cập này không được phép làm việc đó", "this access token may not do that")
}

/// The token belongs to another round.
#[must_use]
pub fn round_not_served(code: &str) -> Problem {
    Problem::new(
        "round_not_served",
        "mã truy cập này thuộc về một đợt khảo sát khác",
        "this access token belongs to another survey round",
    )
    .got(code)
}

/// There is no such round.
#[must_use]
pub fn round_unknown(code: &str) -> Problem {
    Problem::new("round_unknown", "không có đợt khảo sát này", "there is no such survey round").got(code)
}

/// There is no such response, or the token may not know of it.
#[must_use]
pub fn response_unknown(uuid: &str) -> Problem {
    Problem::new("response_unknown", "không có phiếu trả lời này", "there is no such response").got(uuid)
}

/// The round has no sample list yet.
#[must_use]
pub fn sample_unknown(code: &str) -> Problem {
    Problem::new("sample_unknown", "đợt khảo sát chưa có danh sách mẫu", "the round has no sample list yet").got(code)
}

/// The format is not offered by this program.
#[must_use]
pub fn format_unavailable(format: &str) -> Problem {
    Problem::new(
        "format_unavailable",
        "chương trình này không xuất được định dạng đó",
        "that format is not offered here",
    )
    .got(format)
}

/// There is nothing at this address.
#[must_use]
pub fn route_unknown() -> Problem {
    Problem::new("route_unknown", "không có gì ở địa chỉ này", "there is nothing at this address")
        .hint("danh sách địa chỉ: /api/v1/openapi.json", "the list of addresses: /api/v1/openapi.json")
}

/// The address is right, the method is not.
#[must_use]
pub fn method_unknown() -> Problem {
    Problem::new("method_unknown", "địa chỉ này không nhận phương thức đó", "this address does not take that method")
}

/// There is no such file of evidence.
#[must_use]
pub fn evidence_unknown(report: i64, number: i64) -> Problem {
    Problem::new("evidence_unknown", "không có tệp minh chứng này", "there is no such file of evidence")
        .got(format!("{report}/{number}"))
}

/// The request cannot be read as HTTP or its path cannot be read.
#[must_use]
pub fn request_invalid() -> Problem {
    Problem::new("request_invalid", "yêu cầu không đọc được", "the request cannot be read")
}

/// A day of an address is none.
#[must_use]
pub fn day_invalid(text: &str) -> Problem {
    Problem::new("day_invalid", "không phải một ngày", "that is no day")
        .at(Place::column("day"))
        .expected("2026-11-27, 27/11/2026")
        .got(text.chars().take(40).collect::<String>())
}

/// The body is larger than is taken.
#[must_use]
pub fn body_too_large(bytes_max: usize) -> Problem {
    Problem::new("body_too_large", "nội dung gửi lên quá lớn", "the body is too large")
        .expected(format!("≤ {bytes_max} bytes"))
}

/// The body did not arrive in time.
#[must_use]
pub fn body_too_slow() -> Problem {
    Problem::new("body_too_slow", "đường truyền quá chậm, nội dung chưa đến đủ", "the body did not arrive in time")
        .hint("dữ liệu trên máy vẫn còn; hãy gửi lại", "the data on the device are safe; send again")
}

/// The body is compressed: what is kept must be what was sent.
#[must_use]
pub fn body_encoded(encoding: &str) -> Problem {
    Problem::new("body_encoded", "không nhận nội dung nén", "a compressed body is not taken")
        .expected("Content-Encoding: identity")
        .got(encoding)
}

/// The body is no JSON object.
#[must_use]
pub fn body_not_json(detail: &str) -> Problem {
    Problem::new("body_not_json", "nội dung gửi lên không phải là một đối tượng JSON", "the body is no JSON object")
        .got(detail)
}

/// The body lacks what is needed to keep it; the details say what.
#[must_use]
pub fn body_invalid() -> Problem {
    Problem::new(
        "body_invalid",
        "nội dung gửi lên thiếu hoặc sai thông tin cần để lưu giữ",
        "the body lacks what is needed to keep it",
    )
}

/// The last part of the address is no UUID.
#[must_use]
pub fn uuid_invalid(text: &str) -> Problem {
    Problem::new("uuid_invalid", "phần cuối của địa chỉ phải là một UUID", "the end of the address must be a UUID")
        .expected("8-4-4-4-12, 0-9 a-f")
        .got(text)
}

/// No file of that name came with the response.
#[must_use]
pub fn response_file_unknown(uuid: &str, name: &str) -> Problem {
    Problem::new("response_file_unknown", "phiếu này không có tệp đó", "no such file came with this response")
        .got(format!("{uuid}/{name}"))
}

/// The key in the address of ODK Collect is unknown, expired or revoked, or may not send.
#[must_use]
pub fn key_invalid() -> Problem {
    Problem::new(
        "key_invalid",
        "mã trong địa chỉ máy chủ không đúng, đã hết hạn hoặc đã bị thu hồi",
        "the key in the server's address is wrong, has expired or was revoked",
    )
    .hint(
        "phiếu trên máy vẫn còn nguyên; hãy xin điều phối viên mã QR mới rồi gửi lại",
        "the forms on the device are safe; ask the coordinator for a new QR code and send again",
    )
}

/// Login and key by header were sent where somebody could read them on the way.
#[must_use]
pub fn basic_needs_https() -> Problem {
    Problem::new(
        "basic_needs_https",
        "tên đăng nhập và mã chỉ được gửi qua https",
        "login and key are taken over https only",
    )
    .hint(
        "dùng địa chỉ https của máy chủ; máy chủ proxy phải được khai báo là tin cậy (serve --trusted-proxy)",
        "use the https address of the server; its proxy must be a trusted one (serve --trusted-proxy)",
    )
}

/// Login and key by header are missing or wrong: which is not said.
#[must_use]
pub fn credentials_wrong() -> Problem {
    Problem::new(
        "credentials_wrong",
        "tên đăng nhập hoặc mã không đúng, đã hết hạn hoặc đã bị thu hồi",
        "login or key are wrong, have expired or were revoked",
    )
    .hint(
        "phiếu trên máy vẫn còn nguyên; hãy xin điều phối viên mã mới rồi gửi lại",
        "the forms on the device are safe; ask the coordinator for a new key and send again",
    )
}

/// The round does not ask a form of that name.
#[must_use]
pub fn form_not_asked(form_id: &str, asked: &[String]) -> Problem {
    Problem::new("form_not_asked", "đợt khảo sát này không có biểu mẫu đó", "this round has no such form")
        .expected(asked.join(", "))
        .got(form_id)
}

/// What came is no submission that can be kept.
#[must_use]
pub fn submission_unreadable(why: impl Into<Words>) -> Problem {
    Problem::new("submission_unreadable", "không đọc được phiếu gửi lên", "the submission cannot be read")
        .got(why)
        .hint(
            "phiếu trên máy vẫn còn nguyên; hãy báo cho điều phối viên",
            "the form on the device is safe; tell the coordinator",
        )
}

/// A list of forms was asked for by something that is no OpenRosa client.
#[must_use]
pub fn openrosa_version_missing() -> Problem {
    Problem::new("openrosa_version_missing", "địa chỉ này dành cho ODK Collect", "this address is for ODK Collect")
        .expected("X-OpenRosa-Version: 1.0")
}

/// Other bytes were received under this UUID before.
#[must_use]
pub fn response_conflict() -> Problem {
    Problem::new(
        "response_conflict",
        "phiếu này đã được nhận trước đó với nội dung khác; bản mới được giữ lại bên cạnh, không ghi đè",
        "this response was received before with other content; the new one is kept beside it, nothing is overwritten",
    )
    .hint(
        "không cần gửi lại; giám sát viên sẽ chọn bản đúng",
        "there is no need to send again; the supervisor will choose",
    )
}

/// Other bytes were received under this UUID before.
#[must_use]
pub fn contact_attempt_conflict() -> Problem {
    Problem::new(
        "contact_attempt_conflict",
        "lần tiếp xúc này đã được nhận trước đó với nội dung khác; bản mới được giữ lại bên cạnh, không ghi đè",
        "this contact attempt was received before with other content; the new one is kept beside it, nothing is overwritten",
    )
    .hint(
        "không cần gửi lại; giám sát viên sẽ chọn bản đúng",
        "there is no need to send again; the supervisor will choose",
    )
}

/// Our fault; the log knows more.
#[must_use]
pub fn internal() -> Problem {
    Problem::new(
        "internal",
        "máy chủ gặp lỗi; yêu cầu chưa được thực hiện",
        "the server failed; the request was not done",
    )
    .hint("dữ liệu trên máy vẫn còn; hãy gửi lại sau", "the data on the device are safe; send again later")
}

/// What the store could not do, in words.
#[must_use]
pub fn from_store(error: &StoreError) -> Problem {
    match error {
        StoreError::Newer { unknown } => Problem::new(
            "database_newer",
            "cơ sở dữ liệu mới hơn chương trình này; nó được giữ nguyên",
            "the database is newer than this program; it was left untouched",
        )
        .got(unknown.join(", "))
        .hint("dùng phiên bản khaosat mới hơn", "use a newer version of khaosat"),
        StoreError::Older { pending } => {
            Problem::new("database_older", "cơ sở dữ liệu chưa được nâng cấp", "the database has not been migrated")
                .got(pending.join(", "))
                .hint("chạy khaosat db migrate", "run khaosat db migrate")
        }
        StoreError::Unguarded { pending } => Problem::new(
            "database_unguarded",
            "cơ sở dữ liệu PostgreSQL phải được nâng cấp; trước đó cần có bản sao lưu",
            "the PostgreSQL database must be migrated, and needs a backup first",
        )
        .got(pending.join(", "))
        .hint(
            "chạy khaosat backup TỆP, rồi khaosat db migrate --have-backup",
            "run khaosat backup FILE, then khaosat db migrate --have-backup",
        ),
        StoreError::NoCopy { detail } => Problem::new(
            "database_no_copy",
            "không tạo được bản sao trước khi nâng cấp; cơ sở dữ liệu chưa bị thay đổi",
            "no copy could be made before the migration; the database was not changed",
        )
        .got(detail)
        .hint(
            "dừng dịch vụ, kiểm tra chỗ trống trên đĩa rồi chạy lại",
            "stop the service, look at the free space of the disk, then run it again",
        ),
        StoreError::Foreign => Problem::new(
            "database_foreign",
            "cơ sở dữ liệu này thuộc về một chương trình khác",
            "this database belongs to another program",
        )
        .hint("chọn một tệp hoặc một cơ sở dữ liệu khác", "choose another file or another database"),
        StoreError::BadUrl { reason } => {
            Problem::new("database_url", "địa chỉ cơ sở dữ liệu không dùng được", "the database URL cannot be used")
                .expected("postgres://USER@HOST/NAME, sqlite:FILE")
                .got(reason)
        }
        StoreError::Unreachable { detail } => {
            Problem::new("database_unreachable", "không mở được cơ sở dữ liệu", "the database cannot be opened")
                .got(detail)
        }
        StoreError::Untrustworthy { reason } => Problem::new(
            "database_untrustworthy",
            "không thể giao phiếu trả lời cho cơ sở dữ liệu này",
            "this database engine cannot be trusted with responses",
        )
        .got(reason),
        StoreError::Busy { .. } => Problem::new(
            "database_busy",
            "cơ sở dữ liệu đang bận; chưa có gì được ghi",
            "the database is busy; nothing was written",
        )
        .hint("hãy thử lại sau ít giây", "try again in a few seconds"),
        StoreError::Lost { .. } => Problem::new(
            "database_lost",
            "mất kết nối với cơ sở dữ liệu giữa chừng",
            "the connection to the database was lost half-way",
        )
        .hint("hãy gửi lại đúng nội dung đó; không bị ghi hai lần", "send the same again; it is not kept twice"),
        StoreError::Stopped => Problem::new(
            "database_stopped",
            "máy chủ đã ngừng ghi sau một lỗi đĩa; chưa có gì được ghi",
            "the server stopped writing after a disk failure; nothing was written",
        )
        .hint("người quản trị: kiểm tra đĩa rồi khởi động lại", "administrator: check the disk, then start again"),
        StoreError::Full => Problem::new(
            "database_full",
            "đĩa của máy chủ đã đầy; chưa có gì được ghi",
            "the server's disk is full; nothing was written",
        )
        .hint(
            "giữ phiếu trên máy và gửi lại sau; người quản trị: giải phóng đĩa, không cần khởi động lại",
            "keep it and send it again later; administrator: make room, no restart is needed",
        ),
        StoreError::Exists { what } => {
            Problem::new("exists_already", "đã có sẵn và không thể thay đổi", "it exists already and cannot be changed")
                .got(what)
        }
        StoreError::Missing { what } => Problem::new("missing", "không tìm thấy", "it cannot be found").got(what),
        StoreError::Damaged { detail } => Problem::new(
            "database_damaged",
            "cơ sở dữ liệu có giá trị sai quy tắc",
            "the database holds a value that breaks a rule",
        )
        .got(detail),
        StoreError::KeyMissing { .. }
        | StoreError::KeyWrong { .. }
        | StoreError::KeyFile { .. }
        | StoreError::KeyNeeded
        | StoreError::KeyChanged => answers::of_key(error),
        StoreError::Database(error) => {
            Problem::new("database_failed", "cơ sở dữ liệu báo lỗi", "the database failed").got(error.to_string())
        }
    }
}

/// So that rooms above the store pass its errors on with `?`.
impl From<StoreError> for Problems {
    fn from(error: StoreError) -> Self {
        from_store(&error).into()
    }
}

/// The round has no such index.
#[must_use]
pub fn index_unknown() -> Problem {
    Problem::new("index_unknown", "đợt khảo sát này không có chỉ số đó", "the round has no such index")
}

/// The rule does not allow this release; the details say why.
#[must_use]
pub fn replacement_refused() -> Problem {
    Problem::new(
        "replacement_refused",
        "không được dùng hộ dự phòng trong trường hợp này",
        "no reserve can be released for this case",
    )
}

/// There is nothing to compute scores from yet, or what there is does not allow it; the details say which.
#[must_use]
pub fn scores_unavailable() -> Problem {
    Problem::new("scores_unavailable", "chưa tính được điểm của đợt khảo sát", "the round has no scores yet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_status_is_a_failure_and_every_code_is_listed_once() {
        for (position, (code, status)) in STATUS.iter().enumerate() {
            assert!((400..=599).contains(status), "{code}");
            assert!(STATUS.iter().skip(position + 1).all(|(other, _)| other != code), "{code} twice");
        }
    }

    #[test]
    fn every_constructor_has_a_status() {
        let problems = [
            token_missing(),
            token_invalid(),
            not_allowed(),
            round_not_served("r"),
            round_unknown("r"),
            response_unknown("u"),
            response_file_unknown("u", "f"),
            form_not_asked("f", &[]),
            submission_unreadable("x"),
            openrosa_version_missing(),
            key_invalid(),
            sample_unknown("r"),
            format_unavailable("xlsx"),
            route_unknown(),
            method_unknown(),
            request_invalid(),
            day_invalid("x"),
            body_too_large(1),
            body_too_slow(),
            body_encoded("gzip"),
            body_not_json("[]"),
            body_invalid(),
            uuid_invalid("x"),
            response_conflict(),
            contact_attempt_conflict(),
            internal(),
            index_unknown(),
            evidence_unknown(1, 1),
            replacement_refused(),
            scores_unavailable(),
            sign_in_wrong(),
            activation_code_invalid(),
            device_revoked(),
            too_many_tries(1),
            request_forged(),
            device_unknown(),
            form_unknown("x"),
            password_link_invalid(),
            account_invalid(),
            account_unusable("x"),
            passwords_differ(),
            enumerator_unknown("x"),
            assignment_invalid(),
            assignment_started(),
            review_invalid(),
            review_meanwhile(),
            comment_alone(),
            basic_needs_https(),
            credentials_wrong(),
            rights_by_people(),
            rights_invalid(),
            rights_second_person(),
            rights_unconfirmed(),
            rights_meanwhile(),
            case_unknown("x"),
            from_store(&StoreError::KeyNeeded),
            from_store(&StoreError::KeyChanged),
            closing_by_people(),
            closing_second_person(),
            closing_open(),
            closing_reason(),
            closing_meanwhile(),
            publication_unknown(),
            draft_unknown(),
            drafts_full(),
            round_code_taken("r"),
            publication_meanwhile(),
            publication_unconfirmed(),
            report_meanwhile(),
            report_sentence_changed(),
            report_incomplete(),
            report_unavailable(),
        ];
        for problem in &problems {
            assert!(STATUS.iter().any(|(code, _)| *code == problem.code), "{}", problem.code);
            assert!(!problem.message.vi.is_empty() && !problem.message.en.is_empty());
        }
        let of_others = [
            "chart_unknown",
            "chart_does_not_fit",
            "chart_value_outside_axis",
            "evidence_kind",
            "evidence_content",
            "evidence_size",
            "evidence_full",
            "database_busy",
            "database_lost",
            "database_stopped",
            "database_full",
            "official_no_values",
            "task_unknown",
            "task_not_lead",
            "task_agency_ended",
            "task_progress",
            "agency_unknown",
            "plan_quarter",
            "report_form",
        ];
        for (code, _) in STATUS {
            let is_known = of_others.contains(code) || problems.iter().any(|problem| problem.code == *code);
            assert!(is_known, "{code} has a status and nobody says it");
        }
    }

    #[test]
    fn only_a_newer_database_ends_with_78() {
        let newer = from_store(&StoreError::Newer { unknown: vec!["2030".to_owned()] });
        assert_eq!(exit_code(&newer.into()), 78);
        assert_eq!(exit_code(&from_store(&StoreError::Stopped).into()), 1);
    }
}
