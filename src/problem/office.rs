//! What the office does in the browser: closing a round, telling the public.

use ::problem::Problem;

/// Only people who are signed in close a round.
#[must_use]
pub fn closing_by_people() -> Problem {
    Problem::new(
        "closing_by_people",
        "khoá sổ do hai người đăng nhập thực hiện, không dùng mã truy cập",
        "a round is closed by two people who are signed in, not with a token",
    )
    .hint("đăng nhập rồi làm lại", "sign in and repeat")
}

/// Whoever proposed a closing does not confirm it.
#[must_use]
pub fn closing_second_person() -> Problem {
    Problem::new(
        "closing_second_person",
        "người đề nghị không tự xác nhận được",
        "whoever proposed it cannot confirm it",
    )
    .hint(
        "nhờ một điều phối viên hoặc người quản trị khác xác nhận",
        "ask another coordinator or administrator to confirm",
    )
}

/// Something on the checklist is open, and nobody said why the round is closed all the same.
#[must_use]
pub fn closing_open() -> Problem {
    Problem::new("closing_open", "còn mục chưa đạt mà chưa ghi lý do", "something is open, and no reason is given")
        .hint(
            "xử lý các mục chưa đạt, hoặc bỏ đề nghị rồi đề nghị lại kèm lý do",
            "settle what is open, or propose again with a reason",
        )
}

/// Opening a round again needs a reason.
#[must_use]
pub fn closing_reason() -> Problem {
    Problem::new("closing_reason", "chưa ghi lý do mở lại", "no reason is given for opening it again")
}

/// Somebody else closed, opened or decided in between.
#[must_use]
pub fn closing_meanwhile() -> Problem {
    Problem::new(
        "closing_meanwhile",
        "trong lúc đó có người khác đã khoá sổ, mở lại hoặc bỏ đề nghị",
        "somebody else closed, opened or decided meanwhile",
    )
    .hint("xem lại trang rồi làm lại", "look at the page again and repeat")
}

/// Nothing is published of the round, or there is no such round: who asks is not told which.
#[must_use]
pub fn publication_unknown() -> Problem {
    Problem::new(
        "publication_unknown",
        "không có số liệu công bố ở địa chỉ này",
        "nothing is published at this address",
    )
}

/// Somebody else published or withdrew in between.
#[must_use]
pub fn publication_meanwhile() -> Problem {
    Problem::new(
        "publication_meanwhile",
        "trong lúc đó có người khác đã công bố hoặc gỡ xuống",
        "somebody else published or withdrew meanwhile",
    )
    .hint("xem lại trang rồi làm lại", "look at the page again and repeat")
}

/// Publishing was not confirmed.
#[must_use]
pub fn publication_unconfirmed() -> Problem {
    Problem::new(
        "publication_unconfirmed",
        "chưa xác nhận đã xem bản xem trước",
        "it was not confirmed that the preview was looked at",
    )
    .hint("đánh dấu ô xác nhận rồi bấm Công bố", "tick the box and press Publish")
}

/// The draft is gone, or was never there.
#[must_use]
pub fn draft_unknown() -> Problem {
    Problem::new("draft_unknown", "không còn bản nháp này", "there is no such draft any more")
}

/// There is no room for another draft.
#[must_use]
pub fn drafts_full() -> Problem {
    Problem::new("drafts_full", "đã có quá nhiều bản nháp", "there are too many drafts")
        .hint("bỏ bớt bản nháp cũ rồi làm lại", "throw old drafts away and repeat")
}

/// A round has that code already.
#[must_use]
pub fn round_code_taken(code: &str) -> Problem {
    Problem::new("round_code_taken", "đã có đợt khảo sát mang mã này", "there is a round with this code already")
        .got(code)
        .hint("chọn mã khác", "choose another code")
}
