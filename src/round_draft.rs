//! A round that is being put together in the browser: what was chosen, the frame it is drawn from, the sample that comes of both.
//!
//! Everything is computed anew from the choices and the frame's bytes, so that what is confirmed is what was looked at.

use std::collections::BTreeMap;

use ::problem::{Place, Problem, Problems};
use sampling::selection::SelectionMethod;
use sampling::size::{OutlookRequest, OutlookRow, PlannedSample, Quantity, outlook};
use sampling::{
    Certificate, FrameColumns, FrameReading, Preset, Role, Sample, SampleDesign, SamplingFrame, draw, feasibility,
    sha256_hex,
};
use serde::{Deserialize, Serialize};

use crate::frame_file;
use crate::questionnaire_draft::of_program;
use crate::rounds::{NewRound, collect};

/// The share that planning supposes where nothing is known: no other has a wider interval.
const SHARE: f64 = 0.5;
/// So many rows of a file are shown.
const ROWS_SHOWN: usize = 5;

/// What of a stage was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageChoice {
    /// How many units each group gives.
    pub n: u64,
    /// How they are drawn.
    pub method: String,
    /// Reserves of each group; at the last stage only.
    pub reserves: u64,
}

/// What was chosen so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoundDraft {
    /// The round's name in addresses.
    pub code: String,
    /// The round's name.
    pub name: String,
    /// Questionnaires that come with the program.
    pub questionnaires: Vec<String>,
    /// A design that comes with the program.
    pub design: String,
    /// What is changed in its stages; empty for none.
    #[serde(default)]
    pub stages: Vec<StageChoice>,
    /// Headings of the design that stand in the file under another heading.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// The sheet of a workbook.
    #[serde(default)]
    pub sheet: String,
    /// The seed as it was typed.
    #[serde(default)]
    pub seed: String,
    /// The design effect to plan with, as it was typed.
    #[serde(default)]
    pub deff: String,
}

/// The top of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Its headings.
    pub headings: Vec<String>,
    /// The first rows below them.
    pub rows: Vec<Vec<String>>,
}

/// A column that the design needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededColumn {
    /// Its heading in the design.
    pub heading: String,
    /// Its heading in the file, if it is there.
    pub found: Option<String>,
}

/// The design that a questionnaire is usually asked with.
#[must_use]
pub fn usual_design(questionnaire: &str) -> &'static str {
    if questionnaire.starts_with("sipas") { "sipas-2024" } else { "papi-3x2x2x20" }
}

impl RoundDraft {
    /// The design with what was changed in it.
    ///
    /// # Errors
    /// `design_not_found`; what is wrong with the changed text.
    pub fn design(&self) -> Result<SampleDesign, Problems> {
        let preset = Preset::of_name(&self.design).ok_or_else(|| {
            Problem::new("design_not_found", "không có thiết kế mẫu này", "there is no such sample design")
                .got(&self.design)
        })?;
        let plain = preset.design()?;
        if self.stages.is_empty() || self.stages == stages_of(&plain) {
            return Ok(plain);
        }
        SampleDesign::from_toml(&with_stages(preset.text, &self.stages))
    }

    fn reading(&self) -> Result<FrameReading, Problems> {
        let mut reading = FrameReading::default();
        let mut problems = Problems::none();
        for (design, file) in &self.columns {
            problems.extend(reading.map(design, file).err().unwrap_or_default());
        }
        reading.sheet = (!self.sheet.is_empty()).then(|| self.sheet.clone());
        problems.into_result(reading)
    }

    /// The frame as the design reads it, fit to be drawn from.
    ///
    /// # Errors
    /// Every problem of the file, with row and column; groups that are too small for the design.
    pub fn frame(&self, bytes: &[u8]) -> Result<SamplingFrame, Problems> {
        let (design, reading) = (self.design()?, self.reading()?);
        let file = frame_file::open(bytes, &reading, &mut |_| {})?;
        let frame = SamplingFrame::of_file(&file, &design, &reading, &mut |_| {})?;
        feasibility(&frame, &design)?;
        Ok(frame)
    }

    /// The top of the file, and which of the needed columns are in it.
    ///
    /// # Errors
    /// That the file cannot be opened.
    pub fn preview(&self, bytes: &[u8]) -> Result<(Preview, Vec<NeededColumn>), Problems> {
        let (design, reading) = (self.design()?, self.reading()?);
        let file = frame_file::open(bytes, &reading, &mut |_| {})?;
        let columns = FrameColumns::of(&design);
        let needed = columns.needed();
        let headers = file.possible_headers();
        let is_there =
            |headings: &[String], heading: &str| headings.iter().any(|other| other == reading.in_file(heading));
        let n_found = |headings: &[String]| needed.iter().filter(|heading| is_there(headings, heading)).count();
        let best = headers.iter().enumerate().max_by_key(|(at, (_, headings))| {
            (n_found(headings), headings.iter().filter(|cell| !cell.is_empty()).count().min(4), std::cmp::Reverse(*at))
        });
        let (place, headings) = best.map_or((0, Vec::new()), |(at, (_, headings))| (at, headings.clone()));
        let rows = if bytes.starts_with(b"PK\x03\x04") {
            headers.iter().skip(place + 1).take(ROWS_SHOWN).map(|(_, cells)| cells.clone()).collect()
        } else {
            csv_rows(bytes, headers.get(place).map_or(1, |(row, _)| *row), headings.len())
        };
        let needed = needed
            .iter()
            .map(|heading| NeededColumn {
                heading: (*heading).to_owned(),
                found: is_there(&headings, heading).then(|| reading.in_file(heading).to_owned()),
            })
            .collect();
        Ok((Preview { headings, rows }, needed))
    }

    /// What the design will be able to say of a share of one half, under each way of counting its clusters.
    ///
    /// # Errors
    /// A design effect that is none; a design whose numbers hang on the frame, without one.
    pub fn outlook(&self, sample: Option<&Sample>, level: f64) -> Result<Vec<OutlookRow>, Problems> {
        let planned = match sample {
            Some(sample) => PlannedSample::of_sample(sample),
            None => PlannedSample::of_design(&self.design()?)?,
        };
        let typed = self.deff.trim().replace(',', ".");
        let deff = if typed.is_empty() { Some(2.0) } else { typed.parse().ok() };
        let deff = deff.filter(|deff: &f64| deff.is_finite() && *deff > 0.0).ok_or_else(|| {
            Problem::new("size_design_effect", "hệ số thiết kế không hợp lệ", "the design effect is not usable")
                .at(Place::column("deff"))
                .expected("> 0")
                .got(&self.deff)
        })?;
        outlook(
            &planned,
            &OutlookRequest {
                quantity: Quantity::Proportion(SHARE),
                level,
                deff: Some(deff),
                homogeneity: &[],
                weighting: 1.0,
                population: None,
                alternatives: &[],
            },
        )
    }

    /// The sample that frame, design and seed make.
    ///
    /// # Errors
    /// `seed_missing`; those of the draw.
    pub fn sample(&self, frame: &SamplingFrame) -> Result<Sample, Problems> {
        let seed: u64 = self.seed.trim().parse().map_err(|_| {
            Problem::new(
                "seed_missing",
                "chưa có số khởi đầu, hoặc không phải số nguyên",
                "there is no seed, or it is no whole number",
            )
            .at(Place::column("seed"))
            .expected("0 … 18446744073709551615")
            .got(&self.seed)
            .hint(
                "thống nhất cách lấy số trước khi rút, ví dụ bốc thăm trước nhiều người",
                "agree before the draw how it comes about, such as a public lottery",
            )
        })?;
        draw(frame, &self.design()?, seed)
    }

    /// The round that comes of it.
    ///
    /// # Errors
    /// A questionnaire that the program does not have; no questionnaire; a certificate that cannot be written.
    pub fn round(&self, sample: &Sample) -> Result<NewRound, Problems> {
        let mut problems = Problems::none();
        if self.questionnaires.is_empty() {
            problems.push(
                Problem::new("questionnaire_nothing", "chưa chọn bảng hỏi nào", "no questionnaire is chosen")
                    .at(Place::column("questionnaire")),
            );
        }
        let sheets = self.questionnaires.iter().filter_map(|name| collect(of_program(name), &mut problems));
        let questionnaires = sheets.map(|checked| checked.sheets).collect();
        let list_csv = sample.to_csv().into_bytes();
        let certificate = Certificate::of(sample, &self.design()?, &list_csv).to_json()?;
        problems.into_result(NewRound {
            code: self.code.clone(),
            name: self.name.clone(),
            list_csv,
            certificate: Some(certificate),
            questionnaires,
            geography_day: None,
        })
    }
}

/// SHA-256 of the list of a sample: what the one who confirms has seen.
#[must_use]
pub fn list_sha256(sample: &Sample) -> String {
    sha256_hex(sample.to_csv().as_bytes())
}

/// Main units and reserves by area, in the order of the list.
#[must_use]
pub fn by_area(sample: &Sample) -> Vec<(String, usize, usize)> {
    let mut areas: Vec<(String, usize, usize)> = Vec::new();
    for unit in &sample.units {
        let names: Vec<&str> =
            unit.path.iter().map(|label| label.name.as_str()).filter(|name| !name.is_empty()).collect();
        let name = names.join(" › ");
        if areas.last().is_none_or(|(last, ..)| *last != name) {
            areas.push((name, 0, 0));
        }
        if let Some((_, main, reserve)) = areas.last_mut() {
            *(if unit.role == Role::Main { main } else { reserve }) += 1;
        }
    }
    areas
}

/// The stages of a design as they can be changed; those whose numbers hang on strata have n = 0 and stay as they are.
#[must_use]
pub fn stages_of(design: &SampleDesign) -> Vec<StageChoice> {
    let of = |stage: &sampling::Stage| StageChoice {
        n: if stage.rules.is_empty() { stage.n.fixed().unwrap_or(0) } else { 0 },
        method: stage.method.name().to_owned(),
        reserves: stage.reserves,
    };
    design.stages().iter().map(of).collect()
}

/// The methods that a stage can be drawn by: those that use sizes where it names one.
#[must_use]
pub fn methods_for(uses_size: bool) -> Vec<SelectionMethod> {
    SelectionMethod::ALL.into_iter().filter(|method| method.uses_size() == uses_size).collect()
}

/// The text of a design with other numbers and methods. Its name says that it is not the one that comes with the program.
fn with_stages(text: &str, stages: &[StageChoice]) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut stage: Option<usize> = None;
    let mut is_stage = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with('[') {
            is_stage = trimmed.starts_with("[[stage]]");
            if is_stage {
                stage = Some(stage.map_or(0, |at| at + 1));
            }
        }
        let key = trimmed.split('=').next().map(str::trim).unwrap_or_default();
        let choice = stage.filter(|_| is_stage).and_then(|at| stages.get(at));
        lines.push(match (key, choice) {
            ("n", Some(choice)) if choice.n > 0 => format!("n = {}", choice.n),
            ("method", Some(choice)) if SelectionMethod::of_name(&choice.method).is_some() => {
                format!("method = \"{}\"", choice.method)
            }
            ("reserves", Some(choice)) => format!("reserves = {}", choice.reserves),
            ("name", _) if stage.is_none() && lines.iter().all(|one| !one.starts_with("name")) => {
                let name = trimmed.split('"').nth(1).unwrap_or_default();
                format!("name = \"{name}-changed\"")
            }
            _ => line.to_owned(),
        });
    }
    lines.join("\n") + "\n"
}

/// The rows below the header of a CSV file, by the separator that gives as many cells as the header has.
fn csv_rows(bytes: &[u8], header_row: usize, n_headings: usize) -> Vec<Vec<String>> {
    let separators = [b',', b';', b'\t'];
    let read = |separator: u8| -> Vec<Vec<String>> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
        let records = reader.records().filter_map(Result::ok).skip(header_row);
        records.take(ROWS_SHOWN).map(|record| record.iter().map(str::to_owned).collect()).collect()
    };
    let fits = |rows: &Vec<Vec<String>>| rows.first().is_some_and(|row| row.len() == n_headings);
    separators.into_iter().map(read).find(fits).unwrap_or_default()
}

#[cfg(test)]
mod tests;
