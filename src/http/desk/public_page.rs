//! The page of a published round. It knows nothing but the published document.

use ::problem::Words;
use actix_web::HttpRequest;
use askama::Template;

use super::PageQuery;
use super::frame::Frame;
use crate::analysis::publication::{PublishedCell, PublishedIndex, PublishedRound, PublishedTable};
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::problem as catalogue;

struct Fact {
    label: &'static str,
    value: String,
    detail: String,
}

pub(super) struct Score {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) interval: String,
    pub(super) verdict: String,
    pub(super) hidden: Option<String>,
}

pub(super) struct Index {
    pub(super) id: usize,
    pub(super) title: String,
    pub(super) target: Option<String>,
    pub(super) certainty: String,
    pub(super) scores: Vec<Score>,
    pub(super) method: String,
}

/// A number of a table as it is read.
pub(super) struct Shown {
    pub(super) share: String,
    pub(super) interval: String,
    /// Share in per cent, for the bar.
    pub(super) bar: Option<String>,
    pub(super) hidden: Option<String>,
}

/// The table of a question: of everybody, a row an answer.
pub(super) struct Question {
    pub(super) id: usize,
    pub(super) label: String,
    pub(super) rows: Vec<(String, Shown)>,
    /// By groups: a row a group.
    pub(super) groups: Option<Groups>,
}

pub(super) struct Groups {
    pub(super) by: String,
    pub(super) answers: Vec<String>,
    pub(super) rows: Vec<(String, Vec<Shown>)>,
}

/// Everything that the page and its preview show.
pub(super) struct Sheet {
    pub(super) n_min: usize,
    pub(super) indexes: Vec<Index>,
    pub(super) questions: Vec<Question>,
    pub(super) n_hidden: usize,
}

#[derive(Template)]
#[template(path = "public.html")]
struct PublicPage {
    frame: Frame,
    name: String,
    unit: String,
    facts: Vec<Fact>,
    sheet: Sheet,
    files: Vec<(&'static str, String)>,
    notes: Vec<String>,
}

/// The page as text.
pub(in crate::http) fn render(
    published: &PublishedRound,
    request: &HttpRequest,
    query: &PageQuery,
) -> Result<String, ApiError> {
    let frame = Frame::new(request, query, &Caller::STRANGER);
    let file = |name: &str| frame.to(&format!("/public/{}/{name}", published.round));
    let page = PublicPage {
        name: published.name.clone(),
        unit: published.unit.clone(),
        facts: facts(&frame, published),
        sheet: Sheet::new(&frame, published),
        files: vec![("CSV", file("data.csv")), ("XLSX", file("data.xlsx")), ("JSON", file("data.json"))],
        notes: published.notes.iter().map(|note| frame.words(note)).collect(),
        frame,
    };
    page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        ApiError::new(catalogue::internal())
    })
}

fn facts(frame: &Frame, published: &PublishedRound) -> Vec<Fact> {
    let percent = |rate: Option<f64>| share(frame, rate);
    let day = |day: &str| {
        chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d")
            .map_or_else(|_| day.to_owned(), |day| day.format("%d/%m/%Y").to_string())
    };
    let mut facts = vec![Fact {
        label: frame.say("Người được phỏng vấn", "People interviewed"),
        value: frame.whole(published.n_interviews),
        detail: published
            .n_areas
            .map_or_else(String::new, |n| format!("{} {}", frame.say("địa bàn:", "areas:"), frame.whole(n))),
    }];
    if let Some((first, last)) = &published.fieldwork {
        facts.push(Fact {
            label: frame.say("Thực địa", "Fieldwork"),
            value: day(first),
            detail: format!("{} {}", frame.say("đến", "to"), day(last)),
        });
    }
    let [response, cooperation, refusal, contact] = published.rates;
    facts.push(Fact {
        label: frame.say("Tỷ lệ trả lời", "Response rate"),
        value: percent(response),
        detail: format!(
            "AAPOR RR1 · {} {} · {} {} · {} {}",
            frame.say("hợp tác", "cooperation"),
            percent(cooperation),
            frame.say("từ chối", "refusal"),
            percent(refusal),
            frame.say("tiếp cận", "contact"),
            percent(contact)
        ),
    });
    facts.push(Fact {
        label: frame.say("Công bố", "Published"),
        value: frame.moment(&published.published_at).chars().take(10).collect(),
        detail: String::new(),
    });
    facts
}

fn share(frame: &Frame, value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{} %", frame.number(Some(100.0 * value), 1)))
}

impl Sheet {
    pub(super) fn new(frame: &Frame, published: &PublishedRound) -> Self {
        let hidden = |table: &PublishedTable| table.cells.iter().filter(|cell| cell.hidden.is_some()).count();
        Self {
            n_min: published.n_min,
            indexes: published.indexes.iter().enumerate().map(|(id, one)| index(frame, id, one)).collect(),
            questions: questions(frame, &published.tables),
            n_hidden: published.tables.iter().map(hidden).sum(),
        }
    }
}

fn index(frame: &Frame, id: usize, index: &PublishedIndex) -> Index {
    let range = |lower: Option<f64>, upper: Option<f64>| match (lower, upper) {
        (Some(_), Some(_)) => format!("{}–{}", frame.number(lower, 2), frame.number(upper, 2)),
        _ => "–".to_owned(),
    };
    let scores = index.scores.iter().map(|score| Score {
        depth: score.depth,
        name: frame.words(&score.name),
        value: frame.number(score.estimate, 2),
        interval: range(score.lower, score.upper),
        verdict: score.verdict.as_ref().map(|words| frame.words(words)).unwrap_or_default(),
        hidden: score.hidden.map(|hidden| frame.words(&hidden.words())),
    });
    Index {
        id,
        title: frame.words(&index.name),
        target: index.target.as_ref().map(|(words, _)| frame.words(words)),
        certainty: frame.words(&index.certainty),
        scores: scores.collect(),
        method: frame.words(&index.method),
    }
}

fn questions(frame: &Frame, tables: &[PublishedTable]) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for table in tables {
        match (&table.by_label, questions.last_mut()) {
            (Some(by), Some(question)) => question.groups = Some(groups(frame, by, &table.cells)),
            _ => questions.push(Question {
                id: questions.len(),
                label: frame.words(&table.label),
                rows: table.cells.iter().map(|cell| (frame.words(&cell.answer_label), shown(frame, cell))).collect(),
                groups: None,
            }),
        }
    }
    questions
}

fn groups(frame: &Frame, by: &Words, cells: &[PublishedCell]) -> Groups {
    let mut rows: Vec<(String, String, Vec<Shown>)> = Vec::new();
    let mut answers: Vec<(String, String)> = Vec::new();
    for cell in cells {
        let answer = format!("{}={}", cell.variable, cell.answer);
        if !answers.iter().any(|(known, _)| *known == answer) {
            answers.push((answer, frame.words(&cell.answer_label)));
        }
        match rows.last_mut() {
            Some((code, _, shares)) if *code == cell.group => shares.push(shown(frame, cell)),
            _ => rows.push((cell.group.clone(), frame.words(&cell.group_label), vec![shown(frame, cell)])),
        }
    }
    Groups {
        by: frame.words(by),
        answers: answers.into_iter().map(|(_, label)| label).collect(),
        rows: rows.into_iter().map(|(_, label, shares)| (label, shares)).collect(),
    }
}

fn shown(frame: &Frame, cell: &PublishedCell) -> Shown {
    let limit = |value: Option<f64>| frame.number(value.map(|value| 100.0 * value), 1);
    Shown {
        share: share(frame, cell.share),
        interval: match (cell.lower, cell.upper) {
            (Some(_), Some(_)) => format!("{}–{}", limit(cell.lower), limit(cell.upper)),
            _ => "–".to_owned(),
        },
        bar: cell.share.map(|share| format!("{:.1}", 100.0 * share)),
        hidden: cell.hidden.map(|hidden| frame.words(&hidden.words())),
    }
}
