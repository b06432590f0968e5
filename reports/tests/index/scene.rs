//! A small index, a small design and small tables to try it on.

use estimation::table::{Cells, Column, MissingReason, Table};
use estimation::{DesignColumns, EstimationDesign, LonelyPsu};
use reports::index::IndexDefinition;

/// Two dimensions over three and two indicators, one of them negative, one with its own weight.
pub(crate) const TWO_DIMENSIONS: &str = r#"
[index]
code = "two"
name_vi = "Hai chiều"
name_en = "Two dimensions"
valid_from = 2024
source = "made for a test"
certainty = "certain"
root = "total"

[[node]]
code = "total"
level = "index"
name_vi = "Tổng"
name_en = "Total"
aggregation = "sum"
score_min = 2.0
score_max = 20.0
certainty = "certain"

[[node]]
code = "first"
parent = "total"
level = "dimension"
name_vi = "Một"
name_en = "First"
aggregation = "linear_mean"
a = 1.0
b = 9.0
score_min = 1.0
score_max = 10.0
missing_child = "drop"
certainty = "certain"

[[indicator]]
code = "a"
parent = "first"
name_vi = "A"
name_en = "A"
scale_min = 0
scale_max = 1
direction = "+"
certainty = "certain"
[indicator.value]
kind = "share"
questions = ["qa"]
codes = ["1"]

[[indicator]]
code = "b"
parent = "first"
name_vi = "B"
name_en = "B"
scale_min = 1
scale_max = 5
direction = "-"
weight = 2
certainty = "certain"
[indicator.value]
kind = "mean"
questions = ["qb"]

[[indicator]]
code = "c"
parent = "first"
name_vi = "C"
name_en = "C"
scale_min = 0
scale_max = 1
direction = "+"
certainty = "certain"

[[node]]
code = "second"
parent = "total"
level = "dimension"
name_vi = "Hai"
name_en = "Second"
aggregation = "linear_mean"
a = 1.0
b = 9.0
score_min = 1.0
score_max = 10.0
certainty = "certain"

[[indicator]]
code = "d"
parent = "second"
name_vi = "D"
name_en = "D"
scale_min = 0
scale_max = 1
direction = "+"
certainty = "certain"
[indicator.value]
kind = "share"
questions = ["qd"]
codes = ["1"]
not_applicable = 0
"#;

pub(crate) fn definition(text: &str) -> IndexDefinition {
    IndexDefinition::from_toml(text).expect("a definition that holds")
}

/// Small whole numbers that look random and are the same on every run (a linear congruential generator).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Two strata of `psus` PSUs of `rows` rows each; weights between 1 and 5.
pub(crate) struct Scene {
    pub(crate) stratum: Vec<f64>,
    pub(crate) psu: Vec<f64>,
    pub(crate) weights: Vec<f64>,
}

impl Scene {
    pub(crate) fn new(psus: usize, rows: usize, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let n = 2 * psus * rows;
        Self {
            stratum: (0..n).map(|row| (row / (psus * rows)) as f64).collect(),
            psu: (0..n).map(|row| (row / rows) as f64).collect(),
            weights: (0..n).map(|_| 1.0 + numbers.below(5) as f64).collect(),
        }
    }

    pub(crate) fn n(&self) -> usize {
        self.weights.len()
    }

    pub(crate) fn design(&self) -> EstimationDesign {
        self.design_with(&self.weights)
    }

    pub(crate) fn design_with(&self, weights: &[f64]) -> EstimationDesign {
        let (stratum, psu) = (Column::numeric(self.stratum.clone()), Column::numeric(self.psu.clone()));
        EstimationDesign::new(&DesignColumns {
            ids: vec![("psu", &psu)],
            strata: vec![("stratum", &stratum)],
            weights: Some(("weight", weights)),
            lonely_psu: LonelyPsu::Fail,
            ..DesignColumns::new(weights.len())
        })
        .expect("a design")
    }

    /// Answers to `qa`, `qb` and `qd`; some are missing, and `qd` is not put to those who said no to `qa`.
    pub(crate) fn table(&self, seed: u64) -> Table {
        let mut numbers = Numbers(seed);
        let mut table = Table::new();
        let qa: Vec<Option<&str>> =
            (0..self.n()).map(|_| [Some("1"), Some("0"), Some("1"), None][numbers.below(4) as usize]).collect();
        let qb: Vec<f64> = (0..self.n())
            .map(|_| match numbers.below(6) {
                0 => f64::NAN,
                value => value as f64,
            })
            .collect();
        let qd: Vec<Option<&str>> = qa
            .iter()
            .map(|qa| if *qa == Some("0") { None } else { [Some("1"), Some("0"), None][numbers.below(3) as usize] })
            .collect();
        let mut qd_column = Column::categorical(&qd);
        for (row, answer) in qa.iter().enumerate() {
            if *answer == Some("0") {
                qd_column.missing_reasons.insert(row, MissingReason::NotApplicable);
            } else if qd[row].is_none() {
                qd_column.missing_reasons.insert(row, MissingReason::Refused);
            }
        }
        table.insert("qa", Column::categorical(&qa)).expect("as long as the others");
        table.insert("qb", Column::numeric(qb)).expect("as long as the others");
        table.insert("qd", qd_column).expect("as long as the others");
        table
    }
}

/// The labels of a categorical column must be there in a test that reads them.
pub(crate) fn labels(column: &Column) -> &[String] {
    match &column.cells {
        Cells::Categorical { labels, .. } => labels,
        Cells::Numeric(_) => &[],
    }
}
