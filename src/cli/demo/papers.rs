//! The report pack of the demonstration: one report an index, the self-scoring of the PAR Index, the one-page scorecard.

use std::io::Write;

use ::problem::{Language, Problem, Problems};
use chrono::NaiveDate;
use reports::document::paper::{Accepted, Material, Outline, SENTENCES, Sentences, presets};

use super::folder::Folder;
use super::{ROUND_CODE, say};
use crate::app::App;
use crate::cli::export::told;
use crate::report::{of_plan, of_round, rendered, with_plan};
use crate::standing::Standing;

/// Names of the papers, each in every format.
pub(super) const PAPERS: [&str; 4] = ["papi", "sipas", "par", "scorecard"];
/// Ends of their files.
pub(super) const ENDINGS: [&str; 5] = ["docx", "pdf", "html", "xlsx", "sentences.toml"];
/// The year of the plan's tasks and points.
const YEAR: i32 = 2024;

/// Writes the pack; every generated sentence in it waits for somebody to accept it.
pub(super) fn write(
    app: &App,
    standing: &Standing,
    (unit, day): (&str, NaiveDate),
    folder: &Folder,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let results = app.results.of_round(&app.store, ROUND_CODE).map_err(told)?;
    let results =
        results.ok_or_else(|| Problem::new("demo_round", "không thấy đợt mô phỏng", "the simulated round is gone"))?;
    let plan = of_plan(standing, unit, YEAR, day, Language::Vi)?;
    for index in &results.indexes {
        let family = index.definition.code().split('-').next().unwrap_or_default();
        let mut material = of_round(&results, index, None, Language::Vi)?;
        with_plan(&mut material, plan.clone());
        one(folder, family, &material)?;
    }
    one(folder, "par", &plan)?;
    one(folder, "scorecard", &plan)?;
    say(
        out,
        format_args!("      bộ báo cáo (DOCX theo Nghị định 30/2020, PDF, HTML, XLSX): {}", folder.shown("bao-cao")),
    )
}

fn one(folder: &Folder, name: &str, material: &Material) -> Result<(), Problems> {
    let preset = presets().iter().find(|preset| preset.name == name);
    let outline = Outline::read(preset.map(|preset| preset.text).unwrap_or_default())?;
    let sentences = Sentences::read(SENTENCES, None)?;
    let (_, files) = rendered(&outline, &sentences, material, &Accepted::default(), Language::Vi)?;
    for (ending, bytes) in files {
        folder.write(&format!("bao-cao/{name}.{ending}"), &bytes)?;
    }
    Ok(())
}
