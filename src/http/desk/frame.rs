//! What every page has in common: the language, who reads it, and where in the house it is.

use ::problem::{Language, Words};
use actix_web::HttpRequest;

use super::{PageQuery, STYLE};
use crate::fieldwork::clock;
use crate::http::auth::{
    ADMINISTRATION_ROLES, ANALYST_ROLES, Caller, EXPORTER_ROLES, FIELD_READER_ROLES, LEADER_ROLES, PLAN_READER_ROLES,
    READER_ROLES, RESPONSE_ROLES, REVIEWER_ROLES,
};
use crate::http::forgery;
use crate::http::results::language_of;
use crate::store::{Role, Round};

/// A page of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Scores, figures, sample and method.
    Results,
    /// How far the field has come.
    Field,
    /// Interviews and their reviews.
    Interviews,
    /// What looks odd.
    Quality,
    /// Whose the households are.
    Assignment,
    /// Reserves.
    Reserves,
    /// Enumerators and their devices.
    Devices,
    /// How the sample was drawn, and the list.
    Design,
    /// What is asked: versions and drafts.
    Questionnaire,
    /// The checklist before a round is closed, and its closing by two people.
    Closing,
    /// What respondents asked for.
    Rights,
    /// What the public sees.
    Publication,
    /// Analysis: the index from the whole down to its indicators.
    Index,
    /// Analysis: one question.
    Question,
    /// Analysis: two questions against each other.
    CrossTable,
    /// Analysis: groups, or rounds, compared.
    Comparison,
    /// Analysis: weights, response rates, answers that are missing.
    Weights,
    /// Analysis: the data for other programs.
    Data,
    /// Analysis: the paper that is made of it.
    Report,
}

impl Room {
    /// The rooms of the first row; the analysts' pages stand behind the first of theirs.
    const ALL: [Self; 13] = [
        Self::Results,
        Self::Index,
        Self::Design,
        Self::Questionnaire,
        Self::Field,
        Self::Interviews,
        Self::Quality,
        Self::Assignment,
        Self::Reserves,
        Self::Devices,
        Self::Rights,
        Self::Closing,
        Self::Publication,
    ];
    /// The analysts' pages, a row of their own.
    const ANALYSIS: [Self; 7] =
        [Self::Index, Self::Question, Self::CrossTable, Self::Comparison, Self::Weights, Self::Data, Self::Report];

    fn is_analysis(self) -> bool {
        Self::ANALYSIS.contains(&self)
    }

    /// Its place after `/rounds/{code}`.
    fn path(self) -> &'static str {
        match self {
            Self::Results => "",
            Self::Field => "/field",
            Self::Interviews => "/interviews",
            Self::Quality => "/quality",
            Self::Assignment => "/assignment",
            Self::Reserves => "/reserves",
            Self::Devices => "/devices",
            Self::Design => "/design",
            Self::Questionnaire => "/questionnaire",
            Self::Rights => "/rights",
            Self::Closing => "/closing",
            Self::Publication => "/publication",
            Self::Index => "/index",
            Self::Question => "/question",
            Self::CrossTable => "/cross-table",
            Self::Comparison => "/comparison",
            Self::Weights => "/weights",
            Self::Data => "/data",
            Self::Report => "/report",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Results => ("Kết quả", "Results"),
            Self::Field => ("Tiến độ", "Progress"),
            Self::Interviews => ("Duyệt phiếu", "Review"),
            Self::Quality => ("Chất lượng", "Quality"),
            Self::Assignment => ("Phân công", "Assignment"),
            Self::Reserves => ("Hộ dự phòng", "Reserves"),
            Self::Devices => ("Điều tra viên", "Enumerators"),
            Self::Design => ("Mẫu", "Sample"),
            Self::Questionnaire => ("Bảng hỏi", "Questionnaire"),
            Self::Rights => ("Quyền của người trả lời", "Rights"),
            Self::Closing => ("Khoá sổ", "Closing"),
            Self::Publication => ("Công bố", "Publication"),
            Self::Index => ("Chỉ số", "Index"),
            Self::Question => ("Câu hỏi", "Question"),
            Self::CrossTable => ("Bảng chéo", "Cross table"),
            Self::Comparison => ("So sánh", "Comparison"),
            Self::Weights => ("Trọng số", "Weights"),
            Self::Data => ("Dữ liệu", "Data"),
            Self::Report => ("Báo cáo", "Report"),
        }
    }

    /// Who may open it; the table of addresses says the same.
    fn readers(self) -> &'static [Role] {
        match self {
            Self::Results | Self::Reserves | Self::Index | Self::Design | Self::Closing | Self::Questionnaire => {
                READER_ROLES
            }
            Self::Question | Self::CrossTable | Self::Comparison | Self::Weights | Self::Publication | Self::Report => {
                ANALYST_ROLES
            }
            Self::Rights => LEADER_ROLES,
            Self::Data => EXPORTER_ROLES,
            Self::Interviews | Self::Quality => RESPONSE_ROLES,
            Self::Field | Self::Assignment | Self::Devices => FIELD_READER_ROLES,
        }
    }
}

/// A link to another page of the round.
pub(super) struct Tab {
    pub(super) href: String,
    pub(super) text: &'static str,
    pub(super) is_here: bool,
}

/// What every page needs.
pub(super) struct Frame {
    pub(super) english: bool,
    /// A page that stands alone, with its style inside, to be kept as a file.
    pub(super) standalone: bool,
    pub(super) style: &'static str,
    pub(super) version: &'static str,
    /// Name of whoever is signed in.
    pub(super) person: Option<String>,
    /// What the forms of this person carry.
    pub(super) csrf: String,
    /// Whether the plan may be opened.
    pub(super) reads_plan: bool,
    /// Whether administration may be opened.
    pub(super) administers: bool,
    /// Code and name of the round that the page is of.
    pub(super) round: Option<(String, String)>,
    pub(super) tabs: Vec<Tab>,
    /// The pages beside an analysts' page.
    pub(super) subtabs: Vec<Tab>,
    /// The same page in the other language, with everything else that was asked.
    pub(super) other_language: String,
    /// What was done, or why not: told above the page.
    pub(super) told: Option<Told>,
}

/// One sentence above a page.
pub(super) struct Told {
    pub(super) is_problem: bool,
    pub(super) text: String,
}

impl Frame {
    pub(super) fn new(request: &HttpRequest, query: &PageQuery, caller: &Caller) -> Self {
        let english = language_of(request, query.lang.as_deref()) == Language::En;
        Self {
            standalone: query.standalone.is_some(),
            person: caller.session().map(|session| session.account.name.clone()),
            csrf: forgery::masked(caller.csrf()),
            reads_plan: caller.holds_anywhere(PLAN_READER_ROLES),
            administers: caller.holds_everywhere(ADMINISTRATION_ROLES),
            other_language: other_language(request.query_string(), english),
            ..Self::plain(english)
        }
    }

    /// For whoever it may be.
    pub(super) fn plain(english: bool) -> Self {
        Self {
            english,
            standalone: false,
            style: STYLE,
            version: env!("CARGO_PKG_VERSION"),
            person: None,
            csrf: String::new(),
            reads_plan: false,
            administers: false,
            round: None,
            tabs: Vec::new(),
            subtabs: Vec::new(),
            other_language: other_language("", english),
            told: None,
        }
    }

    /// A page of a round, with links to those of its pages that the reader may open.
    pub(super) fn in_round(mut self, round: &Round, caller: &Caller, here: Room) -> Self {
        let opens = |room: Room| {
            room == here
                || match room {
                    // Where a round is public, so are its results.
                    Room::Results | Room::Index => caller.may_read(round),
                    _ => caller.holds(room.readers(), &round.code),
                }
        };
        let tab = |room: Room, text: &'static str, is_here: bool| Tab {
            href: self.to(&format!("/rounds/{}{}", round.code, room.path())),
            text,
            is_here,
        };
        let words = |room: Room| self.say(room.words().0, room.words().1);
        let tabs = Room::ALL.into_iter().filter(|room| opens(*room)).map(|room| {
            if room.is_analysis() {
                tab(room, self.say("Phân tích", "Analysis"), here.is_analysis())
            } else {
                tab(room, words(room), room == here)
            }
        });
        let tabs: Vec<Tab> = tabs.collect();
        let beside = Room::ANALYSIS.into_iter().filter(|room| here.is_analysis() && opens(*room));
        self.subtabs = beside.map(|room| tab(room, words(room), room == here)).collect();
        self.tabs = tabs;
        self.round = Some((round.code.clone(), round.name.clone()));
        self
    }

    /// Whether whoever reads the page may lead the field of the round.
    pub(super) fn leads(caller: &Caller, round: &Round) -> bool {
        caller.holds(LEADER_ROLES, &round.code)
    }

    /// Whether whoever reads the page may review interviews of the round.
    pub(super) fn reviews(caller: &Caller, round: &Round) -> bool {
        caller.holds(REVIEWER_ROLES, &round.code)
    }

    pub(super) fn language(&self) -> Language {
        if self.english { Language::En } else { Language::Vi }
    }

    pub(super) fn say<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        if self.english { en } else { vi }
    }

    pub(super) fn words(&self, words: &Words) -> String {
        words.in_language(self.language()).to_owned()
    }

    /// The address of a page in the reader's language.
    pub(super) fn to(&self, path: &str) -> String {
        match (self.english, path.contains('?')) {
            (false, _) => path.to_owned(),
            (true, false) => format!("{path}?lang=en"),
            (true, true) => format!("{path}&lang=en"),
        }
    }

    /// A number as the reader writes it; what is no number is a dash.
    pub(super) fn number(&self, value: Option<f64>, decimals: usize) -> String {
        let Some(value) = value.filter(|value| value.is_finite()) else { return "–".to_owned() };
        match self.language() {
            Language::Vi => reports::vietnamese::number(value, decimals).unwrap_or_else(|_| "–".to_owned()),
            Language::En => format!("{value:.decimals$}"),
        }
    }

    /// A count as the reader writes it: 1.234 or 1,234.
    pub(super) fn whole(&self, n: usize) -> String {
        let digits = n.to_string();
        let separator = if self.english { ',' } else { '.' };
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    /// An instant of the store (UTC) as the clock in Vietnam shows it.
    pub(super) fn moment(&self, instant: &str) -> String {
        clock::shown(instant)
    }
}

/// The same address in the other language.
fn other_language(query: &str, english: bool) -> String {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let mut pairs: Vec<(String, String)> =
        pairs.into_iter().filter(|(name, _)| !["lang", "done", "standalone"].contains(&name.as_str())).collect();
    pairs.push(("lang".to_owned(), if english { "vi" } else { "en" }.to_owned()));
    format!("?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
}
