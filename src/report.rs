//! The material of papers: what a round found, and where the plan stands. Reports that people edit are in `kept`.

mod cited;
pub mod kept;
mod questions;

use std::collections::BTreeSet;

use ::problem::{Language, Problems, Words};
use chrono::NaiveDate;
use reports::document::paper::{
    Accepted, Align, Earlier, Making, Material, Outline, Paper, ScoreMaterial, Sentences, Table, TableColumn, Value,
    assemble, docx, figure_of, html, in_text, pdf, place_of, score_material, xlsx,
};
use reports::vietnamese;

use crate::analysis::figures::ScoreFigure;
use reports::index::independent_changes;

use crate::plan::par::{CriteriaSet, ScoreLine};
use crate::plan::quarter::Quarter;
use crate::plan::target::{Basis, Judged, Target, TargetState};
use crate::plan::task::QuarterState;
use crate::results::{CONFIDENCE_LEVEL, IndexResult, RoundResults};
use crate::standing::{PlanChart, Standing};
use crate::store::Visibility;

/// The material of one index of a round; `earlier` is the same index of a round to compare with.
///
/// # Errors
/// Why there are no scores yet, what a figure's builder finds wrong.
pub fn of_round(
    results: &RoundResults,
    index: &IndexResult,
    earlier: Option<(&RoundResults, &IndexResult)>,
    language: Language,
) -> Result<Material, Problems> {
    let analysis = index.analysis.as_ref().map_err(Clone::clone)?;
    // The plan's part is there where somebody adds it.
    let mut absent: Vec<String> = ["counts", "targets", "tasks", "r1", "r2", "r3"].map(str::to_owned).into();
    let mut figures = Vec::new();
    for figure in ScoreFigure::ALL {
        if figure.shows(&index.definition) {
            figures.push((figure.id().to_owned(), results.chart(index, figure, language)?));
        } else {
            absent.push(figure.id().to_owned());
        }
    }
    let metadata = results.metadata(index, analysis);
    // The funnel and the weights; progress by area is for the people of the round.
    let mut field = results.field_charts(language)?;
    for id in ["f3", "f2"] {
        match field.pop() {
            Some(chart) => figures.push((id.to_owned(), chart)),
            None => absent.push(id.to_owned()),
        }
    }
    let weights = analysis.weights.steps.iter().map(|step| {
        let told = &step.diagnostics;
        (step.name.clone(), told.n, told.sum, told.kish_design_effect)
    });
    let mut material = score_material(&ScoreMaterial {
        definition: &index.definition,
        estimates: &analysis.estimates,
        metadata: &metadata,
        target: results.target(index),
        earlier: earlier.map(|(before, old)| compared((before, old), (results, index), language)).transpose()?,
        figures,
        absent,
        notes: &analysis.weights.notes,
        weights: weights.collect(),
        degrees_of_freedom: analysis.degrees_of_freedom,
        language,
    })?;
    material.tables.insert("questionnaire".to_owned(), questions::table(&index.questionnaire, language));
    // Closed, but not published yet.
    if material.watermark.is_empty() && results.round.visibility == Visibility::Private {
        material.watermark = if language == Language::Vi { "DỰ THẢO" } else { "DRAFT" }.to_owned();
    }
    Ok(material)
}

/// Adds to the material of a round where the plan of its unit stands: targets, tasks, their figures.
pub fn with_plan(material: &mut Material, plan: Material) {
    for name in plan.tables.keys().chain(plan.sentences.keys()).chain(plan.figures.keys()) {
        material.absent.remove(name);
    }
    material.figures.extend(plan.figures);
    material.tables.extend(plan.tables);
    material.sentences.extend(plan.sentences);
    material.method.extend(plan.method);
}

/// What changed since an earlier round. Two rounds that share areas are not independent: then nothing is said of the difference.
fn compared(
    (before, old): (&RoundResults, &IndexResult),
    (after, new): (&RoundResults, &IndexResult),
    language: Language,
) -> Result<Earlier, Problems> {
    let pick = |vi: &str, en: &str| if language == Language::Vi { vi } else { en }.to_owned();
    let areas = |results: &RoundResults| -> BTreeSet<Vec<String>> {
        let units = results.sample.iter().flat_map(|sample| &sample.units);
        let worked = units.filter(|unit| results.outcomes.contains_key(&unit.unit_id));
        worked.map(|unit| unit.path.iter().map(|label| format!("{}/{}", label.code, label.name)).collect()).collect()
    };
    let first = old.analysis.as_ref().map_err(Clone::clone)?;
    let second = new.analysis.as_ref().map_err(Clone::clone)?;
    let changes = if areas(before).is_disjoint(&areas(after)) {
        let of = (&*old.definition, &first.estimates);
        Ok(independent_changes(of, (&*new.definition, &second.estimates), CONFIDENCE_LEVEL)?)
    } else {
        Err(pick(
            "hai đợt có địa bàn chung nên không độc lập, sai số của chênh lệch chưa tính được",
            "the two rounds share areas and are not independent, so the error of the difference is not known",
        ))
    };
    Ok(Earlier { name: before.round.name.clone(), changes })
}

/// The material of a plan: targets with their verdicts, tasks, points of the PAR Index.
///
/// # Errors
/// As [`Standing::verdicts`]; names that do not fit a figure.
pub fn of_plan(
    standing: &Standing,
    unit: &str,
    year: i32,
    day: NaiveDate,
    language: Language,
) -> Result<Material, Problems> {
    let said = Said { standing, language };
    let mut material = Material::default();
    let name = in_text(standing.geography.get(unit).map_or(unit, |known| known.name.as_str()));
    for (key, value) in [
        ("unit", name.clone()),
        ("unit_upper", name.to_uppercase()),
        ("place", place_of(&name)),
        ("year", year.to_string()),
        ("day", vietnamese::date(day)),
    ] {
        material.facts.insert(key.to_owned(), value);
    }
    let lines = standing.verdicts(unit, day)?;
    material.sentences.insert("counts".to_owned(), vec![said.counts(&lines)]);
    material.tables.insert("targets".to_owned(), said.targets(&lines));
    let (sentences, table) = said.tasks(year, day);
    material.sentences.insert("tasks".to_owned(), vec![sentences]);
    material.tables.insert("tasks".to_owned(), table);
    for figure in PlanChart::ALL {
        let spec = standing.chart(figure, unit, year, day, language)?;
        material.figures.insert(figure.id().to_owned(), figure_of(&spec)?);
    }
    // A year that no criteria set scores has no paper of points; the other papers do without.
    if let Ok(set) = standing.criteria_of(year) {
        let points = standing.points.get(&year).cloned().unwrap_or_default();
        let lines = set.score(&points)?;
        // The sum over nothing is no points.
        let said_of_points = match points.is_empty() {
            true => vec![made("par_none", &[("year", year.to_string())])],
            false => said.par(year, &lines)?,
        };
        material.sentences.insert("par".to_owned(), said_of_points);
        let given = !points.is_empty();
        material.tables.insert("par_domains".to_owned(), said.points(set, &lines, true, given));
        material.tables.insert("par_criteria".to_owned(), said.points(set, &lines, false, given));
    }
    material.method.push(said.pick(
        "Kết luận dựa trên kết quả công bố của năm quyết định; với ước lượng của tỉnh, dựa trên toàn bộ khoảng tin cậy: khi khoảng tin cậy chứa mục tiêu, mẫu chưa đủ cơ sở khẳng định.",
        "Verdicts rest on published results of the year that decides; for the province's own estimates, on the whole interval: where it holds the target, the sample cannot tell.",
    ));
    material.method.push(format!("{} {}.", said.pick("Tính ngày", "As of"), vietnamese::date(day)));
    material.method.extend(standing.remarks.iter().map(|words| words.in_language(language).to_owned()));
    Ok(material)
}

/// The files of a paper: ending and bytes.
pub type PaperFiles = Vec<(&'static str, Vec<u8>)>;

/// The renderings of a paper, by the end of their names.
///
/// # Errors
/// All that the outline names and the material does not have; numbers that are not finite.
pub fn rendered(
    outline: &Outline,
    sentences: &Sentences,
    material: &Material,
    accepted: &Accepted,
    language: Language,
) -> Result<(Paper, PaperFiles), Problems> {
    let paper = assemble(outline, sentences, material, accepted, language)?;
    let mut files = renderings(&paper)?;
    files.push(("sentences.toml", Accepted::to_toml(paper.sentences()).into_bytes()));
    Ok((paper, files))
}

/// Ends of the names of a paper's renderings.
pub const ENDINGS: [&str; 4] = ["docx", "pdf", "html", "xlsx"];

/// One rendering of a paper, by the end of its name: one of [`ENDINGS`].
///
/// # Errors
/// Numbers that are not finite, characters that the font of the PDF does not have.
pub fn rendering(paper: &Paper, ending: &str) -> Result<Vec<u8>, Problems> {
    match ending {
        "docx" => docx(paper),
        "pdf" => pdf(paper),
        "xlsx" => xlsx(paper),
        _ => Ok(html(paper)?.into_bytes()),
    }
}

/// All renderings of a paper.
///
/// # Errors
/// As [`rendering`].
pub fn renderings(paper: &Paper) -> Result<PaperFiles, Problems> {
    ENDINGS.into_iter().map(|ending| Ok((ending, rendering(paper, ending)?))).collect()
}

struct Said<'a> {
    standing: &'a Standing,
    language: Language,
}

fn made(template: &str, fields: &[(&str, String)]) -> Making {
    (template.to_owned(), fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

impl Said<'_> {
    fn pick(&self, vi: &str, en: &str) -> String {
        if self.language == Language::Vi { vi } else { en }.to_owned()
    }

    fn words(&self, words: &Words) -> String {
        words.in_language(self.language).to_owned()
    }

    fn number(&self, value: f64) -> Result<String, Problems> {
        Ok(Value::Number(value, 2).shown(self.language)?)
    }

    fn counts(&self, lines: &[(&Target, Judged)]) -> Making {
        let states =
            [TargetState::Reached, TargetState::NotReached, TargetState::NotEnoughEvidence, TargetState::NoData];
        let counted = states.map(|state| {
            let n = lines.iter().filter(|(_, judged)| judged.state == state).count();
            format!("{n} {}", self.words(&state.words()).to_lowercase())
        });
        made("plan_count", &[("n", lines.len().to_string()), ("counts", counted.join("; "))])
    }

    /// What the target is of, and what it asks.
    fn target_name(&self, target: &Target, code: &str) -> String {
        let of = match (target.index.as_str(), code) {
            ("operation", _) => String::new(),
            (index, "total") => format!("{}: ", index.to_uppercase()),
            (index, code) => format!("{} {code}: ", index.to_uppercase()),
        };
        format!("{of}{}", self.words(&target.name))
    }

    fn targets(&self, lines: &[(&Target, Judged)]) -> Table {
        let rows = lines.iter().map(|(target, judged)| {
            let basis = match judged.basis {
                Some(Basis::Official) => self.pick("công bố", "published"),
                Some(Basis::Estimate) => self.pick("ước lượng của tỉnh", "own estimate"),
                Some(Basis::Reported) => self.pick("cơ quan báo cáo", "reported"),
                None => String::new(),
            };
            let year = judged.year.map(|year| year.to_string()).unwrap_or_default();
            vec![
                Value::text(&target.id),
                Value::text(self.target_name(target, &judged.code)),
                Value::maybe(judged.value, 2),
                Value::maybe(judged.rank.map(f64::from), 0),
                Value::text([basis, year].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")),
                Value::text(self.words(&judged.state.words())),
            ]
        });
        let column = |vi: &str, en: &str, width, align| TableColumn::new(self.pick(vi, en), width, align);
        Table {
            caption: self.pick("Mục tiêu của kế hoạch và kết luận", "Targets of the plan and verdicts"),
            columns: vec![
                // In millimetres of a page: basis and verdict stand on one line each.
                column("Mã", "Id", 8.0, Align::Left),
                column("Mục tiêu", "Target", 62.0, Align::Left),
                column("Giá trị", "Value", 12.0, Align::Right),
                column("Hạng", "Rank", 11.0, Align::Right),
                column("Căn cứ", "Basis", 31.0, Align::Left),
                column("Kết luận", "Verdict", 38.0, Align::Left),
            ],
            rows: rows.collect(),
            ..Table::default()
        }
    }

    fn tasks(&self, year: i32, day: NaiveDate) -> (Making, Table) {
        let statuses = self.standing.statuses(year, day);
        let word = |state: QuarterState| match state {
            QuarterState::Complete => self.pick("đủ báo cáo", "complete"),
            QuarterState::Incomplete => self.pick("một phần", "partial"),
            QuarterState::Overdue => self.pick("quá hạn", "overdue"),
            QuarterState::Open => self.pick("chưa tới hạn", "open"),
            QuarterState::NotDue => "–".to_owned(),
        };
        // The quarter of the day, or the last of a year that is over.
        let now = Quarter::of(day);
        let place = if now.year() == year { now.number() as usize - 1 } else { 3 };
        let states = [QuarterState::Complete, QuarterState::Incomplete, QuarterState::Overdue, QuarterState::Open];
        let counts = states.map(|state| {
            let n =
                statuses.iter().filter(|one| one.quarters.get(place).is_some_and(|(_, found)| *found == state)).count();
            format!("{n} {}", word(state))
        });
        let quarter = format!("{}/{year}", place + 1);
        let sentence =
            made("tasks", &[("n", statuses.len().to_string()), ("quarter", quarter), ("counts", counts.join("; "))]);
        let agency =
            |id: &String| self.standing.agencies.get(id).map_or_else(|| id.clone(), |one| self.words(&one.name));
        let rows = self.standing.tasks.iter().zip(&statuses).map(|(task, status)| {
            let mut row = vec![
                Value::Number(f64::from(task.no), 0),
                Value::text(self.words(&task.name)),
                Value::text(task.lead.iter().map(agency).collect::<Vec<_>>().join("; ")),
            ];
            let quarters =
                (0..4).map(|place| status.quarters.get(place).map_or_else(String::new, |(_, state)| word(*state)));
            row.extend(quarters.map(Value::text));
            row
        });
        let column = |vi: &str, en: &str, width, align| TableColumn::new(self.pick(vi, en), width, align);
        let mut columns = vec![
            column("TT", "No.", 5.0, Align::Right),
            column("Nhiệm vụ", "Task", 34.0, Align::Left),
            column("Chủ trì", "Lead", 20.0, Align::Left),
        ];
        columns
            .extend((1..=4).map(|number| column(&format!("Quý {number}"), &format!("Q{number}"), 10.0, Align::Centre)));
        let caption =
            format!("{} {year}", self.pick("Nhiệm vụ và báo cáo theo quý, năm", "Tasks and reports by quarter,"));
        (sentence, Table { caption, columns, rows: rows.collect(), ..Table::default() })
    }

    fn par(&self, year: i32, lines: &[ScoreLine]) -> Result<Vec<Making>, Problems> {
        let Some(total) = lines.iter().find(|line| line.code == "total") else { return Ok(Vec::new()) };
        let or_words = |value: Option<f64>| match value {
            Some(value) => self.number(value),
            None => Ok(self.pick("chưa đủ", "not complete")),
        };
        let mut all = vec![made(
            "par_total",
            &[
                ("year", year.to_string()),
                ("own", or_words(total.points.own)?),
                ("max", or_words(total.max_points)?),
                ("appraised", or_words(total.points.appraised)?),
            ],
        )];
        if !total.without_points.is_empty() {
            all.push(made("par_missing", &[("n", total.without_points.len().to_string())]));
        }
        Ok(all)
    }

    /// Domains only, or everything.
    fn points(&self, set: &CriteriaSet, lines: &[ScoreLine], domains_only: bool, given: bool) -> Table {
        let shown = |line: &&ScoreLine| !domains_only || !line.code.contains('.');
        let rows = lines.iter().filter(shown).map(|line| {
            vec![
                Value::text(if line.code == "total" { self.pick("Tổng", "Total") } else { line.code.clone() }),
                Value::text(set.get(&line.code).map_or("", |one| one.name.as_str())),
                Value::maybe(line.max_points, 2),
                Value::maybe(line.points.own.filter(|_| given), 2),
                Value::maybe(line.points.appraised.filter(|_| given), 2),
                Value::maybe(line.index_percent.filter(|_| given), 2),
            ]
        });
        let column = |vi: &str, en: &str, width, align| TableColumn::new(self.pick(vi, en), width, align);
        Table {
            caption: format!("{} ({})", self.pick("Điểm theo bộ tiêu chí", "Points by criteria set"), set.name),
            columns: vec![
                column("Mã", "Code", 9.0, Align::Left),
                column("Tiêu chí", "Criterion", 42.0, Align::Left),
                column("Tối đa", "Maximum", 10.0, Align::Right),
                column("Tự chấm", "Own", 10.0, Align::Right),
                column("Thẩm định", "Appraised", 11.0, Align::Right),
                column("Chỉ số (%)", "Index (%)", 10.0, Align::Right),
            ],
            rows: rows.collect(),
            ..Table::default()
        }
    }
}
