//! How weights are made to meet totals, as data: the same recipe on the same data gives the same weights.

use std::collections::BTreeSet;

use estimation::weighting::{Bounds, Distance};
use problem::{Place, Problem, Problems, Words};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Margins at most, and cells of each.
const MARGINS_MAX: usize = 12;
const CELLS_MAX: usize = 200;
/// How far shares may lie from 100 before they are no shares of one whole.
const SHARE_SLACK: f64 = 0.5;

/// What the totals of a margin count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarginUnit {
    /// People who could have been asked.
    #[default]
    Persons,
    /// Households.
    Households,
    /// Per cent of the people who could have been asked.
    Share,
}

impl MarginUnit {
    /// All, in the order of a list.
    pub const ALL: [Self; 3] = [Self::Persons, Self::Households, Self::Share];

    /// The name in files and requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Persons => "persons",
            Self::Households => "households",
            Self::Share => "share",
        }
    }

    /// For people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Persons => Words::new("người", "people"),
            Self::Households => Words::new("hộ", "households"),
            Self::Share => Words::new("% số người", "% of people"),
        }
    }
}

/// What becomes of interviews that have a weight and no answer to the variable of a margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// There are no weights until somebody decides.
    #[default]
    Refuse,
    /// Each counts in every cell of that margin with the cell's share of the population.
    Share,
}

/// The population total of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellTotal {
    /// Which values are in it: `1`, `1|2`, `18-29`, `60+`, `*` for all others; of crossed variables `1 × 18-29`.
    pub category: String,
    /// How many, or per cent.
    pub total: f64,
}

/// A margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarginRule {
    /// A question of the questionnaire, a level of the sample or a column of the frame; several crossed by `×`.
    pub variable: String,
    /// What is counted.
    #[serde(default)]
    pub unit: MarginUnit,
    /// Where the totals come from, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The cells.
    pub totals: Vec<CellTotal>,
}

impl MarginRule {
    /// The variables, one or several crossed.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variable.split('×').map(str::trim)
    }
}

/// A way from the design weights to weights that meet totals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The cells within which the weight of those who did not answer moves: a stage of the sample, or `stratum`; the listing areas, if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cells: Option<String>,
    /// Before the totals are met, weights above so many times their median are cut, and the excess goes to the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trim: Option<f64>,
    /// What is kept small while the totals are met.
    #[serde(default = "usual_distance")]
    pub distance: Distance,
    /// Smallest and largest factor of a weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f64; 2]>,
    /// Interviews without an answer to the variable of a margin.
    #[serde(default)]
    pub missing: Missing,
    /// The margins.
    pub margins: Vec<MarginRule>,
}

fn usual_distance() -> Distance {
    Distance::Raking
}

/// A version of a round's weights, as results use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Its number; none while it is only looked at.
    pub number: Option<i64>,
    /// What people call it.
    pub name: String,
    /// How the weights are made.
    pub recipe: Recipe,
}

impl Recipe {
    /// A recipe out of its document.
    ///
    /// # Errors
    /// `weights_recipe`: not such a document; those of [`Self::check`].
    pub fn from_json(text: &str) -> Result<Self, Problems> {
        let recipe: Self = serde_json::from_str(text).map_err(|error| {
            Problem::new(
                "weights_recipe",
                "không đọc được cách tính trọng số",
                "the recipe of the weights cannot be read",
            )
            .expected("{\"margins\": [{\"variable\": \"sex\", \"totals\": [{\"category\": \"1\", \"total\": 510}]}]}")
            .got(error.to_string())
        })?;
        recipe.check()?;
        Ok(recipe)
    }

    /// Its document, always the same text for the same recipe.
    ///
    /// # Errors
    /// Numbers that no document can hold, which [`Self::check`] refuses.
    pub fn to_json(&self) -> Result<String, Problem> {
        serde_json::to_string(self).map_err(|error| {
            Problem::new("weights_recipe", "không ghi được cách tính trọng số", "the recipe cannot be written")
                .got(error.to_string())
        })
    }

    /// SHA-256 of its document.
    ///
    /// # Errors
    /// As [`Self::to_json`].
    pub fn sha256(&self) -> Result<String, Problem> {
        let digest = Sha256::digest(self.to_json()?);
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The bounds of the factor.
    #[must_use]
    pub fn factor_bounds(&self) -> Bounds {
        self.bounds.map_or(Bounds::NONE, |[lower, upper]| Bounds { lower, upper })
    }

    /// What is wrong with it whatever the data.
    ///
    /// # Errors
    /// All at once: no margin, too many, a variable twice, cells that are none, totals that are no positive numbers, shares that do not
    /// add up to 100, limits that are none.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let told = |code, vi: &str, en: &str, variable: &str| {
            Problem::new(code, vi.to_owned(), en.to_owned()).at(Place::column(variable))
        };
        if self.margins.is_empty() {
            problems.push(Problem::new("margin_none", "chưa có biên nào", "there is no margin").hint(
                "nhập ít nhất một biến với tổng thể của từng nhóm",
                "give at least one variable with its totals",
            ));
        }
        if self.margins.len() > MARGINS_MAX {
            problems.push(
                Problem::new("margin_many", "quá nhiều biên", "there are too many margins")
                    .expected(format!("≤ {MARGINS_MAX}"))
                    .got(self.margins.len().to_string()),
            );
        }
        let mut seen = BTreeSet::new();
        for margin in &self.margins {
            let name = margin.variable.as_str();
            if !seen.insert(margin.variables().collect::<Vec<_>>()) {
                problems.push(told("margin_twice", "một biến có hai biên", "a variable has two margins", name));
            }
            if margin.variables().any(str::is_empty) {
                problems.push(told("margin_variable", "biên không nêu biến", "a margin names no variable", name));
            }
            if margin.totals.is_empty() || margin.totals.len() > CELLS_MAX {
                problems.push(
                    told("margin_cells", "biên phải có từ 1 đến 200 nhóm", "a margin has 1 to 200 cells", name)
                        .got(margin.totals.len().to_string()),
                );
            }
            let mut categories = BTreeSet::new();
            for cell in &margin.totals {
                if !categories.insert(cell.category.trim()) || cell.category.trim().is_empty() {
                    problems.push(
                        told(
                            "margin_category",
                            "nhóm trống hoặc đứng hai lần",
                            "a cell is empty or stands twice",
                            name,
                        )
                        .got(cell.category.clone()),
                    );
                }
                if !cell.total.is_finite() || cell.total <= 0.0 {
                    problems.push(
                        told(
                            "margin_count",
                            "tổng thể của nhóm không hợp lệ",
                            "the total of a cell is not usable",
                            name,
                        )
                        .expected((
                            "số lớn hơn 0; bỏ nhóm không có ai trong tổng thể",
                            "a number above 0; leave out a cell that nobody is in",
                        ))
                        .got(format!("{} = {}", cell.category, cell.total)),
                    );
                }
            }
            let sum: f64 = margin.totals.iter().map(|cell| cell.total).sum();
            if margin.unit == MarginUnit::Share && (sum - 100.0).abs() > SHARE_SLACK {
                problems.push(
                    told("margin_share", "cơ cấu không cộng thành 100 %", "the shares do not add up to 100 %", name)
                        .expected("100")
                        .got(format!("{sum}")),
                );
            }
        }
        if self.trim.is_some_and(|trim| !(trim.is_finite() && trim > 1.0)) {
            problems.push(
                Problem::new("weights_trim", "mức cắt trọng số không hợp lệ", "the trimming level is not usable")
                    .expected(("số lớn hơn 1 (số lần trung vị)", "a number above 1 (times the median)")),
            );
        }
        let fits = |[lower, upper]: [f64; 2]| lower > 0.0 && lower < 1.0 && upper > 1.0 && upper.is_finite();
        if self.bounds.is_some_and(|bounds| !fits(bounds))
            || (self.distance == Distance::Logit && self.bounds.is_none())
        {
            problems.push(
                Problem::new(
                    "weights_bounds",
                    "giới hạn của hệ số hiệu chỉnh không hợp lệ",
                    "the bounds of the factor are not usable",
                )
                .expected(("0 < dưới < 1 < trên; logit cần cả hai", "0 < lower < 1 < upper; logit needs both")),
            );
        }
        problems.into_result(())
    }
}
