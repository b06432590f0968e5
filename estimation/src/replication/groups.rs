//! What a method of one stage resamples: groups of units, found by walking down the design.

use problem::{Place, Problem, Problems};

use crate::design::Stage;
use crate::variance::lonely;
use crate::{DesignColumns, EstimationDesign, LonelyPsu, UnequalProbability};

/// A stratum in which every unit's `1 − f` is below this is taken as sampled completely (as in the variance operator).
pub(super) const COMPLETE: f64 = 1e-7;

/// A stratum whose units are resampled.
pub(super) struct Group {
    /// Its label, which keys its random stream.
    pub(super) label: String,
    /// The numbers of its units.
    pub(super) units: Vec<usize>,
    /// The sampling fraction of its units, 0 without fpc.
    pub(super) fraction: f64,
}

/// The groups, and the unit of each row; units in no group are never resampled.
pub(super) struct Groups {
    pub(super) groups: Vec<Group>,
    pub(super) unit_of_row: Vec<u32>,
    pub(super) n_units: usize,
}

impl Groups {
    /// The strata of the first stage; below a stratum that was taken completely, those of the next stage inside each of its
    /// units.
    pub(super) fn of(design: &EstimationDesign, columns: &DesignColumns<'_>) -> Result<Self, Problems> {
        if design.unequal_probability == UnequalProbability::Brewer {
            return Err(Problem::new(
                "replicates_unequal",
                "phương pháp này không dùng được khi mỗi đơn vị có xác suất chọn riêng",
                "this method does not apply where each unit has its own inclusion probability",
            )
            .at(Place::column("pps"))
            .hint(
                "dùng rao_wu_yue_beaumont, hoặc bỏ fpc và pps để tính như chọn có hoàn lại",
                "take rao_wu_yue_beaumont, or leave out fpc and pps for the variance with replacement",
            )
            .into());
        }
        let mut walk = Walk { design, columns, found: Vec::new(), problems: Problems::none() };
        walk.parent(0, 0);
        let Walk { found, problems, .. } = walk;
        problems.into_result(())?;
        Ok(Self::number(design, found))
    }

    /// Numbers the found units from 0, in the order of the groups; rows outside all of them share one more unit.
    fn number(design: &EstimationDesign, found: Vec<Found>) -> Self {
        let mut number_of_unit: Vec<Vec<u32>> =
            design.stages.iter().map(|stage| vec![u32::MAX; stage.n_units()]).collect();
        let mut groups = Vec::with_capacity(found.len());
        let mut n_units = 0_usize;
        for Found { label, stage, units, fraction } in found {
            let numbers = (n_units..n_units + units.len()).collect();
            for unit in units {
                number_of_unit[stage][unit] = n_units as u32;
                n_units += 1;
            }
            groups.push(Group { label, units: numbers, fraction });
        }
        let still = n_units as u32;
        let mut any_still = false;
        let unit_of_row = (0..design.n_rows)
            .map(|row| {
                let mut stages = design.stages.iter().zip(&number_of_unit);
                let number = stages.find_map(|(stage, numbers)| {
                    Some(numbers[stage.unit_of_row[row] as usize]).filter(|&number| number != u32::MAX)
                });
                any_still |= number.is_none();
                number.unwrap_or(still)
            })
            .collect();
        Self { groups, unit_of_row, n_units: n_units + usize::from(any_still) }
    }
}

struct Found {
    label: String,
    stage: usize,
    units: std::ops::Range<usize>,
    fraction: f64,
}

struct Walk<'a> {
    design: &'a EstimationDesign,
    columns: &'a DesignColumns<'a>,
    found: Vec<Found>,
    problems: Problems,
}

impl Walk<'_> {
    /// The strata inside one unit of the stage above (everything, at the first stage).
    fn parent(&mut self, number: usize, parent: usize) {
        let stage = &self.design.stages[number];
        // Units of a parent are neighbours, and so are their strata.
        let of = |unit: u32| stage.stratum_of_unit[unit as usize] as usize;
        let from = stage.parent_of_unit.partition_point(|&other| (other as usize) < parent) as u32;
        let to = stage.parent_of_unit.partition_point(|&other| other as usize <= parent) as u32;
        if from == to {
            return;
        }
        for stratum in of(from)..=of(to - 1) {
            let units =
                stage.first_unit_of_stratum[stratum] as usize..stage.first_unit_of_stratum[stratum + 1] as usize;
            let fraction = stage.fraction(units.start);
            let has_below = number + 1 < self.design.stages.len();
            if 1.0 - fraction < COMPLETE {
                if has_below {
                    units.for_each(|unit| self.parent(number + 1, unit));
                }
                continue;
            }
            if fraction > 0.0 && has_below {
                self.told_once(lower_stages());
            }
            if units.len() == 1 {
                self.lonely(number, stratum);
                continue;
            }
            let label = label(self.columns, stage, number, stratum);
            self.found.push(Found { label, stage: number, units, fraction });
        }
    }

    fn lonely(&mut self, number: usize, stratum: usize) {
        match check_lonely(self.design, number, stratum) {
            Ok(()) => {}
            Err(problem) => self.told_once(problem),
        }
    }

    fn told_once(&mut self, problem: Problem) {
        if self.problems.iter().all(|other| other.code != problem.code) {
            self.problems.push(problem);
        }
    }
}

/// A single sampled unit of a larger stratum: left out of resampling under `remove` and `certainty`, else a problem.
pub(super) fn check_lonely(design: &EstimationDesign, number: usize, stratum: usize) -> Result<(), Problem> {
    match design.lonely_psu {
        LonelyPsu::Remove | LonelyPsu::Certainty => Ok(()),
        // Collapsed strata have at least two units; one that could not be joined is as lonely as before.
        LonelyPsu::Fail | LonelyPsu::Collapse => Err(lonely(&design.stages[number], number, stratum)),
        LonelyPsu::Adjust | LonelyPsu::Average => Err(Problem::new(
            "replicates_lonely",
            "quy tắc adjust và average không áp dụng cho trọng số lặp",
            "the rules adjust and average do not apply to replicate weights",
        )
        .at(Place::column("lonely_psu"))
        .expected(("fail, remove hoặc certainty", "fail, remove or certainty"))
        .hint("gộp tầng này với một tầng giống nó", "merge the stratum with a similar one")),
    }
}

/// Stage, the labels of the units above, and that of the stratum.
pub(super) fn label(columns: &DesignColumns<'_>, stage: &Stage, number: usize, stratum: usize) -> String {
    let row = stage.row_of_unit[stage.first_unit_of_stratum[stratum] as usize] as usize;
    let above = columns.strata.iter().zip(&columns.ids).take(number).flat_map(|(stratum, id)| [stratum, id]);
    let rest = columns.ids.iter().take(number).skip(columns.strata.len().min(number));
    let labels = above.chain(rest).chain(columns.strata.get(number));
    let mut parts = vec![(number + 1).to_string()];
    parts.extend(labels.map(|(_, column)| column.label(row).unwrap_or_default()));
    parts.join("\u{1f}")
}

fn lower_stages() -> Problem {
    Problem::new(
        "replicates_lower_stages",
        "với fpc, các giai đoạn sau cũng góp vào phương sai nhưng phương pháp này chỉ lặp lại giai đoạn đầu",
        "with fpc the lower stages have a part in the variance, but this method resamples the first stage only",
    )
    .at(Place::column("fpc"))
    .expected(("một giai đoạn, hoặc không có fpc", "one stage, or no fpc"))
    .hint(
        "dùng rao_wu_yue_beaumont hay preston; hoặc bỏ fpc (giữ cột trọng số) để tính như chọn có hoàn lại",
        "take rao_wu_yue_beaumont or preston; or leave out fpc (keep a column of weights) for the variance with replacement",
    )
}
