//! The analysts' pages of a round. Every number comes from the same finding that the API gives away; a page only writes it in the
//! reader's language, and says how to get the same elsewhere.
//!
//! ```text
//! index_page  the index from the whole down     question_page  one question, by groups     cross_page  two questions
//! compare_page  groups and rounds compared      weights_page   weights and response rates  data_page   files, versions
//! margins_page  weights that meet margins: looked at, kept, chosen (margins_view: what its template shows)
//! report_page  the paper, block by block (report_view: what its template shows)   sentences_page  the office's templates
//! ```

pub(in crate::http) mod compare_page;
pub(in crate::http) mod cross_page;
pub(in crate::http) mod data_page;
pub(in crate::http) mod index_page;
pub(in crate::http) mod margins_page;
mod margins_view;
pub(in crate::http) mod question_page;
pub(in crate::http) mod report_page;
mod report_view;
pub(in crate::http) mod sentences_page;
pub(in crate::http) mod weights_page;

use actix_web::HttpRequest;
use estimation::request::Request;
use reports::export::data::DataSet;
use reports::vietnamese::search_key;
use serde::Deserialize;

use super::frame::Frame;
use crate::analysis::inquiry::{Asked, Finding, Line, NoAnswer, design_of};
use crate::app::App;
use crate::export::stem_of;
use crate::http::estimates::Questioned;

/// The same numbers in other places.
struct Elsewhere {
    /// The address of this page with the hash of what went in.
    permanent: String,
    /// That hash.
    input: String,
    /// The address names another hash: the data have changed since.
    changed: bool,
    /// The table as a file.
    csv: Option<String>,
    /// Commands that fetch the same from the API.
    curl: String,
    /// The same in R, for those who may take the data along.
    r: Option<String>,
    /// The form that puts the table into the report, for those who may edit it.
    cite: Option<Cite>,
}

/// What a form sends to put a table into the report.
struct Cite {
    action: String,
    /// `question`, `cross-table` or `comparison`.
    page: String,
    query: String,
}

/// What every analysts' page may be asked besides its question.
#[derive(Default, Deserialize)]
pub(in crate::http) struct Permanent {
    /// The hash of the data that somebody saw.
    input: Option<String>,
}

impl Elsewhere {
    /// `page` is the page's own path and `asked` its query, both without language and hash; `api` the path of the same below
    /// `/api/v1/rounds/{code}/`.
    fn new(place: &Place<'_>, input: &str, asked: &str, api: &str, csv: Option<&str>) -> Self {
        let and = if asked.is_empty() { "" } else { "&" };
        let api_path = |path: &str| format!("/api/v1/rounds/{}/{path}", place.round);
        let mut curl = curl(&place.base, &api_path(api), None);
        if let Some(csv) = csv {
            curl.push('\n');
            curl.push_str(&self::curl(&place.base, &api_path(csv), Some("bang.csv")));
        }
        Self {
            permanent: format!("{}{}?{asked}{and}input={input}", place.base, place.page),
            input: input.to_owned(),
            changed: place.seen.as_deref().is_some_and(|seen| seen != input),
            csv: csv.map(|csv| place.frame.to(&api_path(csv))),
            curl,
            r: None,
            cite: Self::cite(place, asked),
        }
    }

    fn cite(place: &Place<'_>, asked: &str) -> Option<Cite> {
        let page = place.page.rsplit('/').next().unwrap_or_default();
        let may = place.may_export && ["question", "cross-table", "comparison"].contains(&page) && !asked.is_empty();
        may.then(|| Cite {
            action: place.frame.to(&format!("/rounds/{}/report", place.round)),
            page: page.to_owned(),
            query: asked.to_owned(),
        })
    }

    /// With the code in R behind the command that fetches its data.
    fn in_r(mut self, place: &Place<'_>, form_id: &str, code: &str) -> Self {
        if place.may_export {
            let path = format!(
                "/api/v1/rounds/{}/export?format=csv&rows=worked&blank=yes&questionnaire={form_id}",
                place.round
            );
            let fetch = curl(&place.base, &path, Some("du-lieu.zip"));
            self.r = Some(format!("# {fetch} && unzip du-lieu.zip\n{code}"));
        }
        self
    }
}

/// Where a page is and who reads it.
struct Place<'a> {
    frame: &'a Frame,
    /// The address of the service as the reader reached it.
    base: String,
    round: &'a str,
    page: String,
    seen: Option<String>,
    may_export: bool,
}

/// Scheme and host as the reader reached them, or as the service is known to people.
fn base(app: &App, request: &HttpRequest) -> String {
    app.config.public_url.as_deref().map_or_else(
        || {
            let connection = request.connection_info();
            format!("{}://{}", connection.scheme(), connection.host())
        },
        |url| url.trim_end_matches('/').to_owned(),
    )
}

fn curl(base: &str, path: &str, file: Option<&str>) -> String {
    let to = file.map_or_else(String::new, |file| format!("-o {file} "));
    format!("curl -H \"Authorization: Bearer $KHAOSAT_TOKEN\" {to}'{base}{path}'")
}

/// The name that the exported CSV of a questionnaire has today.
fn data_file(app: &App, round: &str, form_id: &str) -> String {
    format!("{}.csv", stem_of(round, form_id, &app.store.now().to_string()))
}

/// The code in R that reads an export and declares its design. `data` is needed where the weights meet totals.
fn design_in_r(data: Option<&DataSet>, file: &str) -> Option<String> {
    let plain =
        || serde_json::json!({ "ids": ["psu"], "strata": ["stratum"], "weights": "weight", "lonely_psu": "fail" });
    let request = serde_json::json!({
        "data": file,
        "design": data.map_or_else(plain, |data| design_of(data, "")),
        "estimand": { "kind": "mean", "vars": ["weight"] },
    });
    Request::parse(&request.to_string()).ok()?.design_in_r().ok()
}

/// One entry of a list to choose from.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) is_here: bool,
}

/// Entries under a heading.
struct ChoiceGroup {
    heading: String,
    choices: Vec<Choice>,
}

/// So many signs of a question stand in a list.
const LABEL_SIGNS: usize = 90;

/// Questions as entries by section; `find` keeps those whose name or words hold it, without diacritics.
fn choices(questions: &[Asked<'_>], here: Option<&str>, find: &str) -> Vec<ChoiceGroup> {
    let sought = search_key(find);
    let mut groups: Vec<ChoiceGroup> = Vec::new();
    for asked in questions {
        let is_here = here == Some(asked.name);
        let is_found = sought.is_empty() || search_key(&format!("{} {}", asked.name, asked.label)).contains(&sought);
        if !is_here && !is_found {
            continue;
        }
        let mut text: String = asked.label.chars().take(LABEL_SIGNS).collect();
        if text.len() < asked.label.len() {
            text.push('…');
        }
        let text = if asked.label == asked.name { text } else { format!("{} · {text}", asked.name) };
        let choice = Choice { value: asked.name.to_owned(), text, is_here };
        match groups.last_mut() {
            Some(group) if group.heading == asked.section => group.choices.push(choice),
            _ => groups.push(ChoiceGroup { heading: asked.section.to_owned(), choices: vec![choice] }),
        }
    }
    groups
}

/// The questionnaires to choose from; none where there is but one.
fn forms(data: &Questioned) -> Vec<Choice> {
    let here = data.of().origin.form_id.clone();
    let all: Vec<Choice> = data
        .forms()
        .map(|(form_id, title)| Choice { value: form_id.to_owned(), text: title.to_owned(), is_here: form_id == here })
        .collect();
    if all.len() > 1 { all } else { Vec::new() }
}

/// A share as people read it: 12,3 %.
fn share(frame: &Frame, value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{} %", frame.number(Some(100.0 * value), 1)))
}

/// Two limits; with `scale` 100 those of a share.
fn limits(frame: &Frame, interval: [Option<f64>; 2], scale: f64, decimals: usize) -> String {
    match interval {
        [Some(lower), Some(upper)] => {
            format!("{}–{}", frame.number(Some(scale * lower), decimals), frame.number(Some(scale * upper), decimals))
        }
        _ => "–".to_owned(),
    }
}

/// A p value; small ones are told as small.
fn p_value(frame: &Frame, p: Option<f64>) -> String {
    match p {
        Some(p) if p < 0.001 => format!("< {}", frame.number(Some(0.001), 3)),
        other => frame.number(other, 3),
    }
}

/// Why a line is hidden, or what to mind when reading it.
fn remarks(frame: &Frame, line: &Line) -> Vec<String> {
    let reasons = line.small_cell.iter().flat_map(|cell| &cell.reason);
    let mut told: Vec<String> = reasons.map(|reason| frame.say(&reason.vi, &reason.en).to_owned()).collect();
    if told.is_empty()
        && let Some(why) = line.why_missing
    {
        told.push(frame.words(&why.words()));
    }
    told
}

/// Takes out the flags that all rows carry: they are told once, before the table. `rows` are those that have a number.
fn in_common(mut rows: Vec<&mut Vec<String>>) -> Vec<String> {
    let [first, _, ..] = rows.as_slice() else { return Vec::new() };
    let mut common = (*first).clone();
    common.retain(|flag| rows.iter().all(|row| row.contains(flag)));
    rows.iter_mut().for_each(|row| row.retain(|flag| !common.contains(flag)));
    common
}

/// Interviews without an answer, in words.
fn no_answer_words(frame: &Frame, one: &NoAnswer) -> String {
    let marks = &reports::export::data::MISSING;
    let mark = one.code.and_then(|code| marks.iter().find(|mark| mark.code == code));
    match mark {
        Some(mark) => format!("{} ({})", mark.words(frame.language()), mark.code),
        None => frame.say("Không có câu trả lời (ô trống)", "No answer (empty cell)").to_owned(),
    }
}

/// The R code of all steps of a finding: the data are read once, and of each step what stands behind that is kept.
fn code_in_r(finding: &Finding) -> String {
    // Where the code of a request ends its beginning: reading, design, the printing function.
    const BEGUN: &str = "sep = \"\")\n";
    let parted: Option<Vec<(&str, &str)>> = finding.steps.iter().map(|step| step.r.split_once(BEGUN)).collect();
    match parted {
        // The last step may need a column that the others do without.
        Some(parts) => {
            let begun = parts.last().map_or("", |(begun, _)| begun);
            let bodies: String = parts.iter().map(|(_, body)| *body).collect();
            format!("{begun}{BEGUN}{bodies}")
        }
        None => finding.steps.iter().map(|step| step.r.as_str()).collect(),
    }
}
