//! The daily page of a round's quality: who did what, what to believe and what to look at.

use ::problem::Language;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, FixedOffset};
use reports::vietnamese;

use super::super::auth::{Caller, ReadableRound};
use super::super::error::{ApiError, ErrorReply};
use super::super::quality::{QualityQuery, day, in_background, of_round};
use super::frame::{Frame, Room};
use super::list::{Cell, List, ListQuery, ListView, number, text};
use super::{PageQuery, html};
use crate::app::App;
use crate::inspection::{Inspection, day_date};
use crate::quality::{Flag, Page, Strength, Tally, day_of};

/// Interviews that are written out on one page; all are in the CSV.
const INTERVIEWS_MAX: usize = 300;
/// Items of interviewer effects.
const EFFECTS_MAX: usize = 12;

struct FlagView {
    name: String,
    words: String,
    is_strong: bool,
    others: Vec<String>,
}

struct Counts {
    interviews: usize,
    attempts: usize,
    believe: usize,
    look_at: usize,
    strong: usize,
    minutes: String,
    non_answer: String,
}

struct Row {
    name: String,
    detail: String,
    counts: Counts,
    flags: Vec<FlagView>,
    href: Option<String>,
}

struct InterviewView {
    uuid: String,
    case_id: String,
    village: String,
    enumerator: String,
    received: String,
    started: String,
    minutes: String,
    state: String,
    flags: Vec<FlagView>,
}

struct EffectView {
    question: String,
    icc: String,
    interval: String,
    design_effect: String,
    n: usize,
}

#[derive(Template)]
#[template(path = "quality.html")]
struct QualityPage {
    frame: Frame,
    /// Every flag of the day as a list.
    list: Option<ListView>,
    code: String,
    name: String,
    heading: String,
    /// The day as addresses write it; `all` for the whole round.
    day: String,
    day_value: String,
    total: Counts,
    enumerators: Vec<Row>,
    villages: Vec<Row>,
    days: Vec<Row>,
    look_at: Vec<InterviewView>,
    believe: Vec<InterviewView>,
    n_look_at_more: usize,
    n_believe_more: usize,
    effects: Vec<EffectView>,
    not_done: Vec<(String, String)>,
    notes: Vec<String>,
    rules: String,
}

/// The day's interviews of a round with what looks odd; today, unless another day or `all` is asked for.
#[utoipa::path(get, path = "/rounds/{code}/quality", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), QualityQuery),
    responses(
        (status = 200, content_type = "text/html", body = String),
        (status = 400, description = "No such day", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
    ))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    shown: web::Query<PageQuery>,
    query: web::Query<QualityQuery>,
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &shown, &caller).in_round(&round.0, &caller, Room::Quality);
    let asked = day(query.day.as_deref())?;
    let is_asked = query.day.as_deref().is_some_and(|text| !text.trim().is_empty());
    let now_ms = app.store.now().micros().div_euclid(1_000);
    let found = of_round(app.clone(), &round).await?;
    let (listed, code) = (listed.into_inner(), round.0.code.clone());
    let wanted = listed.clone();
    let made = in_background(move || {
        let day = if is_asked { asked } else { Some(day_of(now_ms, &found.rules)) };
        let (writer, page) = (Writer { found: &found, language: frame.language() }, found.page(day));
        let list = writer.flag_list(&page, &frame);
        if listed.wants_csv() {
            return Err(list);
        }
        let day = page.day.and_then(day_date).map_or_else(|| "all".to_owned(), |date| date.to_string());
        let path = format!("/rounds/{}/quality", found.round.code);
        let list = (!list.rows.is_empty()).then(|| list.view(&frame, &path, &listed, &[("day", &day)]));
        Ok(writer.page(&page, frame, list))
    })
    .await?;
    match made {
        Ok(page) => html(&page),
        Err(list) => list.download(&app, &caller, &wanted, &code).await,
    }
}

struct Writer<'a> {
    found: &'a Inspection,
    language: Language,
}

impl Writer<'_> {
    fn say<'b>(&self, vi: &'b str, en: &'b str) -> &'b str {
        if self.language == Language::En { en } else { vi }
    }

    fn number(&self, value: Option<f64>, decimals: usize) -> String {
        let Some(value) = value.filter(|value| value.is_finite()) else { return "–".to_owned() };
        match self.language {
            Language::Vi => vietnamese::number(value, decimals).unwrap_or_else(|_| "–".to_owned()),
            Language::En => format!("{value:.decimals$}"),
        }
    }

    fn date(day: i64) -> String {
        day_date(day).map(vietnamese::date).unwrap_or_default()
    }

    /// In the field's zone.
    fn instant(&self, ms: Option<i64>) -> String {
        let minutes = i32::try_from(self.found.rules.clock.utc_offset_minutes).unwrap_or_default();
        let zone = FixedOffset::east_opt(60 * minutes);
        match (ms.and_then(DateTime::from_timestamp_millis), zone) {
            (Some(instant), Some(zone)) => instant.with_timezone(&zone).format("%d/%m/%Y %H:%M").to_string(),
            _ => "–".to_owned(),
        }
    }

    fn counts(&self, tally: &Tally) -> Counts {
        Counts {
            interviews: tally.n_interviews,
            attempts: tally.n_attempts,
            believe: tally.n_believe(),
            look_at: tally.n_look_at,
            strong: tally.n_strong,
            minutes: self.number(tally.minutes, 0),
            non_answer: tally
                .non_answer
                .map_or_else(|| "–".to_owned(), |share| format!("{} %", self.number(Some(100.0 * share), 1))),
        }
    }

    fn flag(&self, flag: &Flag) -> FlagView {
        let others = flag.others.iter().filter_map(|at| self.found.data.interviews.get(*at));
        FlagView {
            name: flag.check.words().in_language(self.language).to_owned(),
            words: flag.words.in_language(self.language).to_owned(),
            is_strong: flag.strength == Strength::Strong,
            others: others.take(5).map(|one| one.id.clone()).collect(),
        }
    }

    fn interview(&self, at: usize) -> Option<InterviewView> {
        let one = self.found.data.interviews.get(at)?;
        let state = self.found.states.get(at).map_or("", |state| match state.as_str() {
            "approved" => self.say("đã chấp nhận", "approved"),
            "returned" => self.say("đã trả lại", "returned"),
            "corrected" => self.say("đã sửa", "corrected"),
            "rejected" => self.say("không dùng", "rejected"),
            _ => self.say("chưa duyệt", "not reviewed"),
        });
        Some(InterviewView {
            uuid: one.id.clone(),
            case_id: one.case_id.clone(),
            village: self.village(one.village),
            enumerator: self.found.enumerator(one.enumerator).to_owned(),
            received: self.instant(Some(one.received_ms)),
            started: self.instant(one.start()),
            minutes: self.number(self.found.report.minutes.get(at).copied().flatten(), 0),
            state: state.to_owned(),
            flags: self.found.report.flags_of(at).map(|flag| self.flag(flag)).collect(),
        })
    }

    fn village(&self, at: Option<usize>) -> String {
        if at.is_some() {
            self.found.village(at).to_owned()
        } else {
            self.say("(ngoài mẫu)", "(outside the sample)").to_owned()
        }
    }

    fn interviews(&self, of: impl Iterator<Item = usize> + Clone) -> (Vec<InterviewView>, usize) {
        let more = of.clone().count().saturating_sub(INTERVIEWS_MAX);
        (of.take(INTERVIEWS_MAX).filter_map(|at| self.interview(at)).collect(), more)
    }

    /// Every flag of the day's interviews, one a row.
    fn flag_list(&self, page: &Page, frame: &Frame) -> List {
        let suffix = if self.language == Language::En { "?lang=en" } else { "" };
        let mut rows = Vec::new();
        for at in &page.interviews {
            let Some(one) = self.interview(*at) else { continue };
            let received = self.found.data.interviews.get(*at).map_or(0, |interview| interview.received_ms);
            for flag in &one.flags {
                let strength = if flag.is_strong { self.say("mạnh", "strong") } else { self.say("yếu", "weak") };
                rows.push(vec![
                    Cell::text(one.case_id.clone())
                        .to(format!("/rounds/{}/interviews/{}{suffix}", self.found.round.code, one.uuid)),
                    Cell::text(one.village.clone()),
                    Cell::text(one.enumerator.clone()),
                    Cell::number(Some(received as f64), one.received.clone()),
                    Cell::text(flag.name.clone()),
                    Cell::text(strength),
                    Cell::text(flag.words.clone()),
                    Cell::text(one.state.clone()),
                ]);
            }
        }
        List {
            id: "flags",
            noun: frame.say("dấu hiệu", "flags").to_owned(),
            find: frame
                .say(
                    "Tìm hộ, thôn, người, dấu hiệu (không cần dấu)",
                    "Find a case, a village, a person, a flag (without diacritics)",
                )
                .to_owned(),
            caption: frame.say("Mọi dấu hiệu", "All flags").to_owned(),
            columns: vec![
                text("case", frame.say("Hộ", "Household")),
                text("village", frame.say("Thôn", "Village")),
                text("enumerator", frame.say("Điều tra viên", "Enumerator")),
                number("received_ms", frame.say("Nhận", "Received")),
                text("check", frame.say("Dấu hiệu", "Flag")),
                text("strength", frame.say("Mức", "Strength")),
                text("words", frame.say("Nội dung", "What")),
                text("state", frame.say("Tình trạng", "State")),
            ],
            rows,
        }
    }

    fn page(&self, page: &Page, frame: Frame, list: Option<ListView>) -> QualityPage {
        let report = &self.found.report;
        let all = || page.interviews.iter().copied();
        let (look_at, n_look_at_more) = self.interviews(all().filter(|at| self.found.is_to_look_at(*at)));
        let (believe, n_believe_more) = self.interviews(all().filter(|at| !self.found.is_to_look_at(*at)));
        let suffix = if self.language == Language::En { "&lang=en" } else { "" };
        let iso = |day: i64| day_date(day).map(|date| date.to_string()).unwrap_or_default();
        QualityPage {
            frame,
            list,
            code: self.found.round.code.clone(),
            name: self.found.round.name.clone(),
            heading: page.day.map_or_else(
                || self.say("Chất lượng cả đợt", "Quality of the whole round").to_owned(),
                |day| format!("{} {}", self.say("Chất lượng ngày", "Quality on"), Self::date(day)),
            ),
            day: page.day.map_or_else(|| "all".to_owned(), iso),
            day_value: page.day.map(iso).unwrap_or_default(),
            total: self.counts(&page.total),
            enumerators: page
                .enumerators
                .iter()
                .map(|row| Row {
                    name: self.found.enumerator(row.enumerator).to_owned(),
                    detail: format!("{} {}", row.n_cases, self.say("hộ", "households")),
                    counts: self.counts(&row.tally),
                    flags: row
                        .flags
                        .iter()
                        .filter_map(|at| report.flags.get(*at))
                        .map(|flag| self.flag(flag))
                        .collect(),
                    href: None,
                })
                .collect(),
            villages: page
                .villages
                .iter()
                .map(|row| {
                    let wanted = row.village.and_then(|at| self.found.data.villages.get(at)).map(|one| one.n_main);
                    Row {
                        name: self.village(row.village),
                        detail: wanted
                            .map(|wanted| format!("{} / {wanted}", row.n_complete_so_far))
                            .unwrap_or_default(),
                        counts: self.counts(&row.tally),
                        flags: Vec::new(),
                        href: None,
                    }
                })
                .collect(),
            days: page
                .days
                .iter()
                .map(|row| Row {
                    name: Self::date(row.day),
                    detail: String::new(),
                    counts: self.counts(&row.tally),
                    flags: Vec::new(),
                    href: Some(format!("?day={}{suffix}", iso(row.day))),
                })
                .collect(),
            look_at,
            believe,
            n_look_at_more,
            n_believe_more,
            effects: report
                .effects
                .iter()
                .take(EFFECTS_MAX)
                .map(|one| EffectView {
                    question: format!("{} · {}", one.form, one.question),
                    icc: self.number(Some(one.effect.icc), 3),
                    interval: one.effect.interval.map_or_else(
                        || "–".to_owned(),
                        |(low, high)| format!("{} – {}", self.number(Some(low), 3), self.number(Some(high), 3)),
                    ),
                    design_effect: self.number(Some(one.effect.design_effect), 2),
                    n: one.effect.n,
                })
                .collect(),
            not_done: report
                .not_done
                .iter()
                .map(|one| {
                    let name = one.check.words().in_language(self.language).to_owned();
                    (name, one.words.in_language(self.language).to_owned())
                })
                .collect(),
            notes: report.notes.iter().map(|note| note.in_language(self.language).to_owned()).collect(),
            rules: report.rules.clone(),
        }
    }
}
