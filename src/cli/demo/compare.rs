//! How far the estimates lie from the truth of the simulation: told on the screen, written to `truth.csv`.

use std::io::Write;

use ::problem::{Problem, Problems};
use reports::index::IndexDefinition;
use reports::vietnamese::number;
use serde::Deserialize;

use super::folder::Folder;
use crate::cli::say;
use crate::simulation::round::SimulatedRound;

/// A row of the scores that the service gave.
#[derive(Deserialize)]
struct Row {
    kind: String,
    level: String,
    code: String,
    estimate: Option<f64>,
    standard_error: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

/// Compares the scores in the folder with the truth.
pub(super) fn tell(
    folder: &Folder,
    definitions: &[IndexDefinition],
    simulated: &SimulatedRound,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let mut table = String::from("index,level,code,true_value,estimate,standard_error,lower,upper,covered\n");
    say(out, "")?;
    say(out, "So với giá trị thật của mô phỏng (không ai ngoài mô phỏng biết):")?;
    for (definition, form) in definitions.iter().zip(&simulated.forms) {
        let rows = rows(folder, definition)?;
        let (mut inside, mut compared) = (0, 0);
        for row in &rows {
            let truth = if row.kind == "indicator" {
                form.truth.indicators.get(&row.code)
            } else {
                form.truth.nodes.get(&row.code)
            };
            let (Some(truth), Some(estimate)) = (truth, row.estimate) else { continue };
            let covered = row.lower.zip(row.upper).map(|(lower, upper)| (lower..=upper).contains(truth));
            let cell = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            table.push_str(&format!(
                "{},{},{},{truth},{estimate},{},{},{},{}\n",
                definition.code(),
                row.level,
                row.code,
                cell(row.standard_error),
                cell(row.lower),
                cell(row.upper),
                covered.map_or_else(String::new, |covered| u8::from(covered).to_string())
            ));
            if row.kind != "indicator" {
                compared += 1;
                inside += usize::from(covered == Some(true));
            }
            if row.code == definition.root() {
                let shown = |value: f64| number(value, 2).unwrap_or_default();
                say(
                    out,
                    format_args!(
                        "  {}: thật {}, ước lượng {} (khoảng tin cậy 95 %: {}–{})",
                        definition.name().vi,
                        shown(*truth),
                        shown(estimate),
                        shown(row.lower.unwrap_or(f64::NAN)),
                        shown(row.upper.unwrap_or(f64::NAN))
                    ),
                )?;
            }
        }
        say(out, format_args!("    {inside} trong {compared} khoảng tin cậy của các cấp điểm chứa giá trị thật"))?;
    }
    folder.write("truth.csv", table.as_bytes())
}

fn rows(folder: &Folder, definition: &IndexDefinition) -> Result<Vec<Row>, Problems> {
    let path = folder.path(&format!("scores/{}.csv", definition.code()));
    let unreadable = |detail: String| {
        Problem::new("demo_scores", "không đọc lại được điểm số", "the scores cannot be read back").got(detail)
    };
    csv::Reader::from_path(&path)
        .map_err(|error| unreadable(error.to_string()))?
        .deserialize()
        .collect::<Result<Vec<Row>, _>>()
        .map_err(|error| unreadable(error.to_string()).into())
}
