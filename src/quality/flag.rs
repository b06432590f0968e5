//! What is told: a flag is a question to a person.

use problem::Words;
use serde::Serialize;

/// The checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The interview was shorter than it can have been.
    TooFast,
    /// Many questions were on the screen for a moment only.
    HastyQuestions,
    /// Two interviews of one person at the same time.
    Overlap,
    /// Two interviews too far apart for the time between them.
    Travel,
    /// Held far from the village.
    FarFromVillage,
    /// A position that was not measured.
    MockPosition,
    /// All interviews of a day at one place.
    DayAtOnePlace,
    /// The same answer all along a battery.
    StraightLine,
    /// Much is not answered.
    NonAnswer,
    /// A person's interviews are left unanswered more often than those of peers.
    NonAnswerOfEnumerator,
    /// A person hears "no" to filter questions more often than peers.
    FilterNo,
    /// Almost the same answers as another interview.
    NearDuplicate,
    /// The same answers.
    SameAnswers,
    /// The same telephone number.
    SamePhone,
    /// The same position to a tenth of a metre.
    SamePosition,
    /// The same photo or recording.
    SameAttachment,
    /// A person's numbers end in other digits than those of peers.
    Heaping,
    /// A number far from the others.
    Outlier,
    /// Changed after it was finished.
    EditAfterEnd,
    /// A long pause.
    LongPause,
    /// Held at night.
    AtNight,
    /// The device's clock is wrong or was moved.
    ClockJump,
}

impl Check {
    /// All checks, in the order in which they are shown.
    pub const ALL: [Self; 22] = [
        Self::TooFast,
        Self::HastyQuestions,
        Self::Overlap,
        Self::Travel,
        Self::FarFromVillage,
        Self::MockPosition,
        Self::DayAtOnePlace,
        Self::StraightLine,
        Self::NonAnswer,
        Self::NonAnswerOfEnumerator,
        Self::FilterNo,
        Self::NearDuplicate,
        Self::SameAnswers,
        Self::SamePhone,
        Self::SamePosition,
        Self::SameAttachment,
        Self::Heaping,
        Self::Outlier,
        Self::EditAfterEnd,
        Self::LongPause,
        Self::AtNight,
        Self::ClockJump,
    ];

    /// Its code in files and JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.entry().0
    }

    /// Its name for people.
    #[must_use]
    pub fn words(self) -> Words {
        let (_, vi, en) = self.entry();
        Words::new(vi, en)
    }

    fn entry(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::TooFast => ("too_fast", "quá nhanh", "too fast"),
            Self::HastyQuestions => ("hasty_questions", "lướt qua nhiều câu hỏi", "questions rushed through"),
            Self::Overlap => ("overlap", "trùng giờ", "overlapping in time"),
            Self::Travel => ("travel", "di chuyển không thể kịp", "impossible travel"),
            Self::FarFromVillage => ("far_from_village", "ở xa thôn", "far from the village"),
            Self::MockPosition => ("mock_position", "vị trí giả lập", "mock position"),
            Self::DayAtOnePlace => ("day_at_one_place", "cả ngày ở một chỗ", "a whole day at one place"),
            Self::StraightLine => ("straight_line", "trả lời giống nhau cả loạt câu", "straight-lining"),
            Self::NonAnswer => ("non_answer", "nhiều câu không trả lời", "much not answered"),
            Self::NonAnswerOfEnumerator => (
                "non_answer_of_enumerator",
                "điều tra viên có nhiều câu không trả lời",
                "enumerator with much not answered",
            ),
            Self::FilterNo => {
                ("filter_no", "hay ghi “không” ở câu lọc", "filter questions answered \u{201c}no\u{201d}")
            }
            Self::NearDuplicate => ("near_duplicate", "gần trùng với phiếu khác", "near-duplicate"),
            Self::SameAnswers => ("same_answers", "trùng hoàn toàn câu trả lời", "identical answers"),
            Self::SamePhone => ("same_phone", "trùng số điện thoại", "same telephone number"),
            Self::SamePosition => ("same_position", "trùng vị trí", "same position"),
            Self::SameAttachment => ("same_attachment", "trùng ảnh hoặc ghi âm", "same photo or recording"),
            Self::Heaping => ("heaping", "chữ số cuối dồn bất thường", "heaped last digits"),
            Self::Outlier => ("outlier", "số khác thường", "outlier"),
            Self::EditAfterEnd => ("edit_after_end", "sửa sau khi kết thúc", "edited after the end"),
            Self::LongPause => ("long_pause", "ngừng lâu giữa chừng", "long pause"),
            Self::AtNight => ("at_night", "phỏng vấn ban đêm", "held at night"),
            Self::ClockJump => ("clock_jump", "đồng hồ máy sai", "device clock wrong"),
        }
    }
}

/// A flag names so many other interviews; its words say how many there are.
pub(super) const OTHERS_MAX: usize = 20;

/// How strongly a flag speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Hard to explain innocently: look first.
    Strong,
    /// Often innocent: look when there are several.
    Review,
}

/// What a flag is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A position in the round's interviews.
    Interview(usize),
    /// A position in the round's enumerators.
    Enumerator(usize),
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// Which check.
    pub check: Check,
    /// How strongly it speaks.
    pub strength: Strength,
    /// What it is about.
    pub subject: Subject,
    /// The value that was found, in the unit of `words`.
    pub value: Option<f64>,
    /// The limit that it passed.
    pub limit: Option<f64>,
    /// Further interviews it rests on, the first few.
    pub others: Vec<usize>,
    /// The question it is about.
    pub question: Option<String>,
    /// What was seen.
    pub words: Words,
}

impl Flag {
    pub(super) fn on(check: Check, strength: Strength, subject: Subject, words: Words) -> Self {
        Self { check, strength, subject, value: None, limit: None, others: Vec::new(), question: None, words }
    }

    pub(super) fn measured(mut self, value: f64, limit: f64) -> Self {
        self.value = Some(value).filter(|value| value.is_finite());
        self.limit = Some(limit).filter(|limit| limit.is_finite());
        self
    }

    /// At most [`OTHERS_MAX`] of them: a thousand interviews at one place would else be a million names.
    pub(super) fn with(mut self, others: impl IntoIterator<Item = usize>) -> Self {
        self.others = others.into_iter().take(OTHERS_MAX).collect();
        self
    }

    pub(super) fn at(mut self, question: &str) -> Self {
        self.question = Some(question.to_owned());
        self
    }
}

/// A check that could not be made, and why: no flag of it means nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotDone {
    /// Which check.
    pub check: Check,
    /// Why.
    pub words: Words,
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) flags: Vec<Flag>,
    pub(super) not_done: Vec<NotDone>,
    pub(super) notes: Vec<Words>,
}

impl Found {
    pub(super) fn not_done(&mut self, check: Check, vi: impl Into<String>, en: impl Into<String>) {
        self.not_done.push(NotDone { check, words: Words::new(vi, en) });
    }

    pub(super) fn note(&mut self, vi: impl Into<String>, en: impl Into<String>) {
        self.notes.push(Words::new(vi, en));
    }
}
