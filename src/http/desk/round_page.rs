//! The page of a round: plain words and numbers out of its results.

use ::problem::{Language, Words};
use askama::Template;
use reports::chart::{TableCell, alt_text, data_table, svg};
use reports::index::NodeEstimate;
use reports::vietnamese;

use super::frame::Frame;
use crate::analysis::figures::ScoreFigure;
use crate::analysis::round::RoundAnalysis;
use crate::fieldwork::progress::{Counts, Progress};
use crate::fieldwork::rates::outcome_rates;
use crate::http::progress::count_areas;
use crate::results::{IndexResult, RoundResults};
use crate::store::{Case, RoundState};

/// A link with its words.
struct Link {
    href: String,
    text: String,
}

struct Fact {
    label: String,
    value: String,
    detail: String,
}

struct FigureView {
    id: &'static str,
    heading: String,
    svg: String,
    alt: String,
    links: Vec<Link>,
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

struct ScoreRow {
    level: String,
    code: String,
    name: String,
    score: String,
    interval: String,
    standard_error: String,
    degrees_of_freedom: String,
    n: String,
    missing: Option<String>,
}

struct ScoreTable {
    code: String,
    title: String,
    caption: String,
    links: Vec<Link>,
    rows: Vec<ScoreRow>,
    notes: Vec<String>,
}

struct ProgressRow {
    area: String,
    completed: u64,
    wanted: u64,
    percent: u64,
    refused: u64,
    not_met: u64,
    other: u64,
    reserves_used: u64,
}

struct WeightStepRow {
    name: String,
    n: usize,
    sum: String,
    range: String,
    kish: String,
    effective: String,
}

/// Everything on the page.
#[derive(Template)]
#[template(path = "round.html")]
pub(super) struct RoundPage {
    frame: Frame,
    name: String,
    lede: String,
    notices: Vec<String>,
    facts: Vec<Fact>,
    figures: Vec<FigureView>,
    scores: Vec<ScoreTable>,
    sample_sentence: String,
    sample_links: Vec<Link>,
    provenance: Vec<String>,
    progress: Vec<ProgressRow>,
    rates_sentence: String,
    method: Vec<String>,
    weight_steps: Vec<WeightStepRow>,
}

/// Writes for one reader: language, and where links lead.
struct Writer<'a> {
    frame: &'a Frame,
    code: &'a str,
}

impl RoundPage {
    pub(super) fn new(results: &RoundResults, cases: &[Case], frame: Frame) -> Self {
        let writer = Writer { frame: &frame, code: &results.round.code };
        let (areas, progress) = count_areas(cases, &results.events);
        let analyses: Vec<(&IndexResult, &RoundAnalysis)> =
            results.indexes.iter().filter_map(|index| Some((index, index.analysis.as_ref().ok()?))).collect();
        let area_names: Vec<String> = areas.iter().map(|path| super::area_words(path)).collect();
        Self {
            name: results.round.name.clone(),
            lede: writer.lede(results),
            notices: writer.notices(results),
            facts: writer.facts(&analyses, &progress),
            figures: ScoreFigure::ALL.iter().filter_map(|figure| writer.figure(results, *figure)).collect(),
            scores: analyses.iter().map(|(index, analysis)| writer.score_table(index, analysis)).collect(),
            sample_sentence: writer.sample_sentence(results),
            sample_links: writer.sample_links(),
            provenance: writer.provenance(results),
            progress: area_names
                .into_iter()
                .zip(&progress.areas)
                .map(|(area, counts)| progress_row(area, counts))
                .collect(),
            rates_sentence: writer.rates(results),
            method: writer.method(&analyses),
            weight_steps: analyses.first().map(|(_, analysis)| writer.weight_steps(analysis)).unwrap_or_default(),
            frame,
        }
    }
}

pub(super) fn state_words(state: RoundState, frame: &Frame) -> &'static str {
    match state {
        RoundState::Draft => frame.say("Chuẩn bị", "In preparation"),
        RoundState::Open => frame.say("Đang khảo sát", "In the field"),
        RoundState::Closed => frame.say("Đã khoá sổ", "Closed"),
    }
}

/// A step of the weights in words.
pub(super) fn step_words(name: &str, frame: &Frame) -> String {
    match name {
        "base" => frame.say("trọng số gốc", "base weight"),
        "unknown_eligibility" => frame.say("không rõ đủ điều kiện", "unknown eligibility"),
        "nonresponse" => frame.say("không trả lời", "nonresponse"),
        "respondent" => frame.say("người trả lời trong hộ", "respondent within household"),
        "trim" => frame.say("cắt trọng số lớn", "large weights cut"),
        "calibration" => frame.say("hiệu chỉnh theo biên", "calibrated to margins"),
        other => other,
    }
    .to_owned()
}

fn progress_row(area: String, counts: &Counts) -> ProgressRow {
    let completed = counts.n_complete + counts.n_partial;
    ProgressRow {
        area,
        completed,
        wanted: counts.n_main,
        percent: (100 * completed).checked_div(counts.n_main).unwrap_or(0).min(100),
        refused: counts.n_refusal,
        not_met: counts.n_non_contact,
        other: counts.n_other + counts.n_unknown + counts.n_not_eligible + counts.n_unreadable,
        reserves_used: counts.n_reserves_used,
    }
}

impl Writer<'_> {
    fn say<'b>(&self, vi: &'b str, en: &'b str) -> &'b str {
        self.frame.say(vi, en)
    }

    fn words(&self, words: &Words) -> String {
        self.frame.words(words)
    }

    fn number(&self, value: Option<f64>, decimals: usize) -> String {
        self.frame.number(value, decimals)
    }

    fn range(&self, lower: f64, upper: f64, decimals: usize) -> String {
        format!("{}–{}", self.number(Some(lower), decimals), self.number(Some(upper), decimals))
    }

    /// An address of the service, or of the file beside a page that stands alone.
    fn link(&self, text: &str, address: &str, file: &str) -> Link {
        let href =
            if self.frame.standalone { file.to_owned() } else { format!("/api/v1/rounds/{}/{address}", self.code) };
        Link { href, text: text.to_owned() }
    }

    fn lede(&self, results: &RoundResults) -> String {
        let state = state_words(results.round.state, self.frame);
        let days = results.fieldwork_days.map(|(first, last)| {
            format!("{} {}–{}", self.say("thực địa", "fieldwork"), vietnamese::date(first), vietnamese::date(last))
        });
        let as_of = format!("{} {}", self.say("số liệu đến", "data as of"), vietnamese::date(results.as_of));
        [Some(results.unit_name()), Some(state.to_owned()), days, Some(as_of)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    }

    fn notices(&self, results: &RoundResults) -> Vec<String> {
        let mut notices = Vec::new();
        if results.is_illustrative() {
            notices.push(
                self.say(
                    "Số hộ của xã, thôn trong khung mẫu là số minh hoạ; chỉ số hộ của huyện là số liệu tổng điều tra 2019.",
                    "Commune and village sizes in the frame are illustrative; only district totals are census figures of 2019.",
                )
                .to_owned(),
            );
        }
        for index in &results.indexes {
            if let Err(problems) = &index.analysis {
                notices.push(format!("{}: {}", index.definition.code(), problems.describe(self.frame.language())));
            }
            if index.n_older_versions > 0 {
                notices.push(format!(
                    "{}: {} {}",
                    index.questionnaire.id(),
                    index.n_older_versions,
                    self.say(
                        "phiếu trả lời phiên bản bảng hỏi cũ được giữ nhưng chưa tính vào điểm",
                        "responses to older versions are kept but not in the scores"
                    )
                ));
            }
        }
        notices
    }

    fn facts(&self, analyses: &[(&IndexResult, &RoundAnalysis)], progress: &Progress) -> Vec<Fact> {
        let mut facts: Vec<Fact> = analyses
            .iter()
            .filter_map(|(index, analysis)| {
                let root = analysis.estimates.score(index.definition.root())?;
                let estimate = root.estimate.as_ref()?;
                let interval = estimate.interval.as_ref().map(|interval| self.range(interval.lower, interval.upper, 2));
                Some(Fact {
                    label: self.words(&root.name),
                    value: self.number(estimate.estimate, 2),
                    detail: format!(
                        "{} {}",
                        self.say("khoảng tin cậy 95 %:", "95 % interval:"),
                        interval.unwrap_or_else(|| "–".to_owned())
                    ),
                })
            })
            .collect();
        let total = &progress.total;
        facts.push(Fact {
            label: self.say("Phỏng vấn hoàn thành", "Completed interviews").to_owned(),
            value: format!("{} / {}", total.n_complete + total.n_partial, total.n_main),
            detail: format!("{} {}", total.n_reserves_used, self.say("hộ dự phòng đã dùng", "reserves used")),
        });
        facts.push(Fact {
            label: self.say("Phiếu cần xem lại", "Responses to review").to_owned(),
            value: total.n_flagged_responses.to_string(),
            detail: self.say("phiếu có dấu cần xem", "carry a flag").to_owned(),
        });
        facts
    }

    fn figure(&self, results: &RoundResults, figure: ScoreFigure) -> Option<FigureView> {
        let index = results.indexes.iter().find(|index| figure.shows(&index.definition))?;
        let spec = results.chart(index, figure, self.frame.language()).ok()?;
        let id = figure.id();
        let table = data_table(&spec);
        Some(FigureView {
            id,
            heading: spec.title.clone(),
            svg: svg(&spec).ok()?,
            alt: alt_text(&spec),
            links: ["svg", "png", "pdf", "csv", "json"]
                .map(|format| {
                    self.link(
                        &format.to_uppercase(),
                        &format!("charts/{id}.{format}"),
                        &format!("figures/{id}.{format}"),
                    )
                })
                .into(),
            headings: table.columns.iter().map(|(_, heading)| heading.clone()).collect(),
            rows: table.rows.iter().map(|row| row.iter().map(|cell| self.cell(cell)).collect()).collect(),
        })
    }

    fn cell(&self, cell: &TableCell) -> String {
        match cell {
            TableCell::Empty => String::new(),
            TableCell::Text(text) => text.clone(),
            TableCell::Whole(count) => count.to_string(),
            TableCell::Number(value) => self.number(Some(*value), 2),
        }
    }

    fn score_table(&self, index: &IndexResult, analysis: &RoundAnalysis) -> ScoreTable {
        let code = index.definition.code();
        let notes = analysis
            .estimates
            .scores
            .iter()
            .flat_map(|node| node.notes().into_iter().map(|note| format!("{}: {}", node.code, self.words(&note))));
        let mut notes: Vec<String> = notes.collect();
        notes.dedup();
        ScoreTable {
            code: code.to_owned(),
            title: self.words(index.definition.name()),
            caption: format!(
                "{code} · {} · {} {}",
                index.definition.certainty().words().in_language(self.frame.language()),
                self.say("mã", "fingerprint"),
                analysis.fingerprint
            ),
            links: vec![
                self.link("CSV", &format!("scores.csv?index={code}"), &format!("scores/{code}.csv")),
                self.link("JSON", &format!("scores.json?index={code}"), &format!("scores/{code}.json")),
            ],
            rows: analysis.estimates.scores.iter().map(|node| self.score_row(node)).collect(),
            notes,
        }
    }

    fn score_row(&self, node: &NodeEstimate) -> ScoreRow {
        let estimate = node.estimate.as_ref();
        let missing = node.missing.as_ref().map(|missing| self.words(&missing.words()));
        ScoreRow {
            level: node.level.clone(),
            code: node.code.clone(),
            name: self.words(&node.name),
            score: self.number(estimate.and_then(|estimate| estimate.estimate), 2),
            interval: estimate
                .and_then(|estimate| estimate.interval.as_ref())
                .map_or_else(|| "–".to_owned(), |interval| self.range(interval.lower, interval.upper, 2)),
            standard_error: self.number(estimate.and_then(|estimate| estimate.standard_error), 3),
            degrees_of_freedom: estimate.map_or_else(String::new, |estimate| estimate.degrees_of_freedom.to_string()),
            n: estimate.map_or_else(String::new, |estimate| estimate.n.to_string()),
            missing,
        }
    }

    fn sample_sentence(&self, results: &RoundResults) -> String {
        let Some(sample) = &results.sample else {
            return self.say("Chưa rút mẫu.", "No sample has been drawn.").to_owned();
        };
        let (main, reserve) =
            (sample.units_of(sampling::Role::Main).count(), sample.units_of(sampling::Role::Reserve).count());
        match self.frame.language() {
            Language::Vi => {
                format!("{main} hộ chính thức và {reserve} hộ dự phòng ở {} địa bàn.", sample.groups().len())
            }
            Language::En => {
                format!("{main} main households and {reserve} reserves in {} areas.", sample.groups().len())
            }
        }
    }

    fn sample_links(&self) -> Vec<Link> {
        vec![
            self.link(self.say("Danh sách mẫu (CSV)", "Sample list (CSV)"), "sample.csv", "sample/sample.csv"),
            self.link(
                self.say("Danh sách theo thôn (XLSX)", "Lists by village (XLSX)"),
                "sample.xlsx",
                "sample/sample.xlsx",
            ),
        ]
    }

    fn provenance(&self, results: &RoundResults) -> Vec<String> {
        let Some(sample) = &results.sample else { return Vec::new() };
        let provenance = &sample.provenance;
        vec![
            format!("{}: {}", self.say("số khởi đầu", "seed"), provenance.seed),
            format!("{} {}: SHA-256 {}", self.say("thiết kế", "design"), provenance.design, provenance.design_sha256),
            format!("{}: SHA-256 {}", self.say("khung mẫu", "frame"), provenance.frame_sha256),
        ]
    }

    fn rates(&self, results: &RoundResults) -> String {
        let rates = outcome_rates(results.outcomes.values().copied());
        let percent = |rate: Option<f64>| format!("{} %", self.number(rate.map(|rate| 100.0 * rate), 1));
        match self.frame.language() {
            Language::Vi => format!(
                "Tỷ lệ trả lời (AAPOR RR1) {}, hợp tác (COOP1) {}, từ chối (REF1) {}, tiếp cận được (CON1) {}; {} hộ đã có kết quả.",
                percent(rates.response_rate_1),
                percent(rates.cooperation_rate_1),
                percent(rates.refusal_rate_1),
                percent(rates.contact_rate_1),
                rates.n
            ),
            Language::En => format!(
                "Response rate (AAPOR RR1) {}, cooperation (COOP1) {}, refusal (REF1) {}, contact (CON1) {}; {} households with an outcome.",
                percent(rates.response_rate_1),
                percent(rates.cooperation_rate_1),
                percent(rates.refusal_rate_1),
                percent(rates.contact_rate_1),
                rates.n
            ),
        }
    }

    fn method(&self, analyses: &[(&IndexResult, &RoundAnalysis)]) -> Vec<String> {
        let Some((_, analysis)) = analyses.first() else { return Vec::new() };
        let mut lines = vec![
            format!("{}: {}.", self.say("Phương sai", "Variance"), self.words(&analysis.method)),
            self.say(
                "Trọng số: nghịch đảo xác suất các giai đoạn, trong đó xác suất của hộ tính trên số hộ đã tiếp cận của thôn (chính thức và dự phòng theo thứ tự); điều chỉnh không trả lời trong từng thôn; nhân với số người lớn trong hộ.",
                "Weights: inverse of the stage probabilities, a household's counted over the households worked in its village (main, and reserves in order); nonresponse adjusted within each village; times the adults in the household.",
            )
            .to_owned(),
            self.say(
                "Mỗi chỉ tiêu tính trên những người trả lời chỉ tiêu đó; không điền câu trả lời thiếu.",
                "Each indicator rests on those who answered it; missing answers are not filled in.",
            )
            .to_owned(),
        ];
        lines.extend(analysis.weights.notes.iter().map(|note| self.words(note)));
        lines
    }

    fn weight_steps(&self, analysis: &RoundAnalysis) -> Vec<WeightStepRow> {
        analysis
            .weights
            .steps
            .iter()
            .map(|step| WeightStepRow {
                name: step_words(&step.name, self.frame),
                n: step.diagnostics.n,
                sum: self.number(Some(step.diagnostics.sum), 0),
                range: self.range(step.diagnostics.smallest, step.diagnostics.largest, 1),
                kish: self.number(Some(step.diagnostics.kish_design_effect), 3),
                effective: self.number(Some(step.diagnostics.effective_n), 1),
            })
            .collect()
    }
}
