//! A round's answers as a data set: one row a case, with what the draw and the weights say of it.

mod answers;
mod turns;

use std::collections::BTreeMap;

use estimation::table::{Cells, Column};
use problem::{Language, Problem, Problems, Words};
use reports::export::data::{Category, DataSet, Group, Kind, Origin, Variable, WeightTotals};
use sampling::{Role, Sample, SampledUnit};

use super::calibration::{Calibrated, Chosen, Weighing};
use super::respondent::RespondentOfSample;
use super::round::worked_units;
use super::variance_design::default_variance_units;
use crate::fieldwork::disposition::Outcome;
use crate::questionnaire::{Questionnaire, Validated};

/// The column of the weights before totals were met.
const WEIGHT_BEFORE: &str = "weight_before_margins";

/// Which cases are rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rows {
    /// Those with an interview.
    #[default]
    Interviews,
    /// All that the field has worked, also refusals: what a variance estimator wants to see.
    Worked,
}

impl Rows {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Interviews, Self::Worked];

    /// The name in addresses and commands.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Interviews => "interviews",
            Self::Worked => "worked",
        }
    }
}

/// What is known of an interview beside its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterviewFacts {
    /// The response that counts.
    pub uuid: String,
    /// When the server had it (ISO 8601).
    pub received_at: String,
    /// When it began by the device's clock.
    pub started_at: String,
}

/// What a data set is made of.
pub struct Microdata<'a> {
    /// The drawn sample; without it, or when it cannot be read, there are no weights.
    pub sample: Result<&'a Sample, &'a Problems>,
    /// Final outcome of each worked case.
    pub outcomes: &'a BTreeMap<String, Outcome>,
    /// What was asked.
    pub questionnaire: &'a Questionnaire,
    /// The interview that counts of each case.
    pub interviews: &'a BTreeMap<String, Validated>,
    /// What is known of them.
    pub facts: &'a BTreeMap<String, InterviewFacts>,
    /// The version of the weights; `None`: those of the design.
    pub weights: Option<&'a Chosen>,
    /// Which cases are rows.
    pub rows: Rows,
    /// Whether columns that can tell a person are included: positions, devices, free texts.
    pub identifying: bool,
    /// Language of the words.
    pub language: Language,
}

/// One row.
struct Row<'a> {
    case_id: &'a str,
    unit: Option<&'a SampledUnit>,
    weight: Option<f64>,
    /// Its place among the worked cases.
    place: usize,
    stratum: Option<String>,
    psu: Option<String>,
}

impl Microdata<'_> {
    /// The data set; `origin` says where it comes from and gets the notes.
    ///
    /// # Errors
    /// Interviews of another questionnaire, which a caller does not have.
    pub fn data_set(&self, mut origin: Origin) -> Result<DataSet, Problems> {
        let (rows, calibrated, notes) = self.rows();
        origin.notes.extend(notes);
        let mut variables = self.identity(&rows);
        variables.extend(self.design(&rows));
        let totals = calibrated.map(|found| self.controls(&rows, &found, &mut variables));
        let (answers, mut left_out) = self.answers(&rows, &variables)?;
        variables.extend(answers);
        let (turns, left_out_of_turns) = self.turns(&rows)?;
        left_out.extend(left_out_of_turns);
        if !left_out.is_empty() {
            let names = left_out.join(", ");
            origin.notes.push(Words::new(
                format!("Không xuất các cột có thể nhận ra cá nhân (vị trí, thiết bị, văn bản tự do): {names}"),
                format!("Left out, as they can tell a person (positions, devices, free texts): {names}"),
            ));
        }
        let repeats = turns.into_iter().map(|(name, variables)| {
            let n_turns = variables.first().map_or(0, |variable| variable.column.len());
            Ok((name, DataSet::new(origin.clone(), self.language, n_turns, variables)?))
        });
        let repeats = repeats.collect::<Result<Vec<_>, Problems>>()?;
        let data = DataSet::new(origin, self.language, rows.len(), variables)?.with_repeats(repeats);
        Ok(match totals {
            Some(totals) => data.with_totals(totals),
            None => data,
        })
    }

    fn pick(&self, vi: &str, en: &str) -> String {
        if self.language == Language::Vi { vi } else { en }.to_owned()
    }

    /// The rows in the order of the sample list, and what a reader must know of the weights.
    fn rows(&self) -> (Vec<Row<'_>>, Option<Calibrated>, Vec<Words>) {
        let told = |problems: &Problems| {
            let (vi, en) = (problems.describe(Language::Vi), problems.describe(Language::En));
            Words::new(format!("Không có trọng số: {vi}"), format!("There are no weights: {en}"))
        };
        let plain = |case_id| Row { case_id, unit: None, weight: None, place: 0, stratum: None, psu: None };
        let sample = match self.sample {
            Ok(sample) => sample,
            Err(problems) => {
                let rows = self.interviews.keys().map(|case_id| plain(case_id.as_str()));
                return (rows.collect(), None, vec![told(problems)]);
            }
        };
        let respondent = RespondentOfSample::of(sample);
        let units = worked_units(sample, self.outcomes, self.interviews, &respondent);
        let variance = default_variance_units(&units);
        let mut notes = Vec::new();
        let mut calibrated = None;
        let weighing =
            Weighing { sample, questionnaire: self.questionnaire, interviews: self.interviews, chosen: self.weights };
        let weights = match respondent.check(self.questionnaire).and_then(|()| weighing.weigh(&units, &respondent)) {
            Ok(weighed) => {
                notes.extend(weighed.history.notes);
                notes.extend(respondent.notes(self.interviews.values()));
                calibrated = weighed.calibrated;
                Some(weighed.history.weights)
            }
            // Nobody was interviewed: there is nothing to weigh, and nothing wrong.
            Err(problems) if units.is_empty() || problems.iter().all(|one| one.code == "weight_nobody") => None,
            Err(problems) => {
                notes.push(told(&problems));
                None
            }
        };
        let by_case: BTreeMap<&str, &SampledUnit> =
            sample.units.iter().map(|unit| (unit.unit_id.as_str(), unit)).collect();
        let rows = units.iter().zip(variance).enumerate().filter_map(|(place, (unit, variance))| {
            let known = *by_case.get(unit.case_id.as_str())?;
            (self.rows == Rows::Worked || self.interviews.contains_key(&unit.case_id)).then(|| Row {
                case_id: known.unit_id.as_str(),
                unit: Some(known),
                weight: weights.as_ref().map(|weights| weights[place]),
                place,
                stratum: Some(variance.stratum),
                psu: Some(variance.psu),
            })
        });
        let rows: Vec<Row<'_>> = rows.collect();
        let outside = self.interviews.keys().filter(|case_id| !by_case.contains_key(case_id.as_str())).count();
        if outside > 0 {
            notes.push(Words::new(
                format!("{outside} phiếu của hộ không có trong danh sách mẫu không được xuất."),
                format!("{outside} interviews at cases that are not in the sample list are left out."),
            ));
        }
        (rows, calibrated, notes)
    }

    /// What makes the variance of calibrated weights: the weights before, the controls, and the step with its totals.
    fn controls(&self, rows: &[Row<'_>], found: &Calibrated, variables: &mut Vec<Variable>) -> WeightTotals {
        let mut number = |name: &str, label: String, values: &[f64]| {
            let cells = rows.iter().map(|row| values.get(row.place).copied().unwrap_or(f64::NAN)).collect();
            variables.push(variable(name, label, Group::Design, Kind::Number, Column::numeric(cells)));
        };
        let label = self.pick("Trọng số trước khi hiệu chỉnh theo biên", "Weight before it was calibrated to margins");
        number(WEIGHT_BEFORE, label, &found.before);
        for control in &found.controls {
            let words = control.label.in_language(self.language);
            number(&control.name, format!("{}: {words}", self.pick("Biến kiểm soát", "Control")), &control.values);
        }
        let recipe = self.weights.map(|chosen| &chosen.recipe);
        WeightTotals {
            before: WEIGHT_BEFORE.to_owned(),
            distance: recipe.map_or("raking", |recipe| recipe.distance.name()).to_owned(),
            bounds: recipe.and_then(|recipe| recipe.bounds),
            totals: found.controls.iter().map(|control| (control.name.clone(), control.total)).collect(),
        }
    }

    fn identity(&self, rows: &[Row<'_>]) -> Vec<Variable> {
        let fact = |pick: fn(&InterviewFacts) -> &String| -> Vec<Option<String>> {
            rows.iter()
                .map(|row| self.facts.get(row.case_id).map(pick).filter(|text| !text.is_empty()).cloned())
                .collect()
        };
        let cases: Vec<Option<String>> = rows.iter().map(|row| Some(row.case_id.to_owned())).collect();
        let text = |name: &str, label, texts: &[Option<String>]| {
            variable(name, label, Group::Identity, Kind::Text, Column::categorical(texts))
        };
        vec![
            text("case_id", self.pick("Mã hộ trong danh sách mẫu", "Case in the sample list"), &cases),
            text(
                "response_uuid",
                self.pick("Mã của phiếu được tính", "Response that counts"),
                &fact(|facts| &facts.uuid),
            ),
            text(
                "started_at",
                self.pick("Bắt đầu phỏng vấn (đồng hồ thiết bị)", "Interview began (device clock)"),
                &fact(|facts| &facts.started_at),
            ),
            text(
                "received_at",
                self.pick("Máy chủ nhận phiếu", "Received by the server"),
                &fact(|facts| &facts.received_at),
            ),
            self.outcome(rows),
        ]
    }

    fn outcome(&self, rows: &[Row<'_>]) -> Variable {
        let all = [
            (Outcome::Complete, "Hoàn thành", "Complete"),
            (Outcome::Partial, "Hoàn thành một phần", "Partial"),
            (Outcome::Refusal, "Từ chối", "Refusal"),
            (Outcome::NonContact, "Không gặp", "Non-contact"),
            (Outcome::OtherNonInterview, "Không phỏng vấn được vì lý do khác", "Other non-interview"),
            (Outcome::UnknownHousehold, "Không rõ có hộ hay không", "Unknown if household"),
            (Outcome::UnknownOther, "Không rõ có đủ điều kiện hay không", "Unknown eligibility"),
            (Outcome::NotEligible, "Không đủ điều kiện", "Not eligible"),
        ];
        let codes = rows.iter().map(|row| {
            let outcome = self.outcomes.get(row.case_id);
            let position = outcome.and_then(|outcome| all.iter().position(|(known, ..)| known == outcome));
            position.and_then(|position| u32::try_from(position).ok()).unwrap_or(Cells::MISSING_CODE)
        });
        let cells = Cells::Categorical {
            codes: codes.collect(),
            labels: all.map(|(outcome, ..)| outcome.code().to_owned()).to_vec(),
        };
        let categories = all.map(|(outcome, vi, en)| Category::new(outcome.code(), self.pick(vi, en))).to_vec();
        let label = self.pick("Kết quả tiếp cận (AAPOR)", "Outcome (AAPOR)");
        let column = Column { cells, missing_reasons: BTreeMap::new() };
        variable("outcome", label, Group::Identity, Kind::Category(categories), column)
    }

    fn design(&self, rows: &[Row<'_>]) -> Vec<Variable> {
        let mut variables = Vec::new();
        let mut text = |name: String, label: String, of: &dyn Fn(&Row<'_>) -> Option<String>| {
            let texts: Vec<Option<String>> = rows.iter().map(of).collect();
            variables.push(variable(&name, label, Group::Design, Kind::Text, Column::categorical(&texts)));
        };
        let sample = self.sample.ok();
        for (place, level) in sample.iter().flat_map(|sample| sample.listed_levels()).enumerate() {
            let words = level.words.in_language(self.language);
            let of = move |row: &Row<'_>, code: bool| {
                let label = row.unit?.path.get(place)?;
                let text = if code { &label.code } else { &label.name };
                (!text.is_empty()).then(|| text.clone())
            };
            text(format!("{}_code", level.name), format!("{}: {words}", self.pick("Mã", "Code")), &|row| {
                of(row, true)
            });
            text(format!("{}_name", level.name), format!("{}: {words}", self.pick("Tên", "Name")), &|row| {
                of(row, false)
            });
        }
        text("role".to_owned(), self.pick("Chính thức hay dự phòng", "Main or reserve"), &|row| {
            row.unit.map(|unit| if unit.role == Role::Main { "main" } else { "reserve" }.to_owned())
        });
        text("stratum".to_owned(), self.pick("Tầng khi tính phương sai", "Stratum of the variance"), &|row| {
            row.stratum.clone()
        });
        text("psu".to_owned(), self.pick("PSU khi tính phương sai", "PSU of the variance"), &|row| row.psu.clone());
        let mut number = |name: String, label: String, of: &dyn Fn(&Row<'_>) -> Option<f64>| {
            let values = rows.iter().map(|row| of(row).unwrap_or(f64::NAN)).collect();
            variables.push(variable(&name, label, Group::Design, Kind::Number, Column::numeric(values)));
        };
        number(
            "fpc".to_owned(),
            self.pick(
                "Tỷ lệ mẫu của PSU dùng khi hiệu chỉnh tổng thể hữu hạn; 0: như lấy mẫu có hoàn lại, không hiệu chỉnh",
                "Sampling fraction of PSUs for the finite population correction; 0: as with replacement, no correction",
            ),
            &|row| row.psu.as_ref().map(|_| 0.0),
        );
        number(
            "weight".to_owned(),
            self.pick(
                "Trọng số phân tích (đủ điều kiện, không trả lời, người trả lời); 0: không dùng được",
                "Analysis weight (eligibility, nonresponse, respondent); 0: not usable",
            ),
            &|row| row.weight,
        );
        number(
            "weight_design".to_owned(),
            self.pick("Trọng số thiết kế, 1/xác suất", "Design weight, 1/probability"),
            &|row| row.unit.map(|unit| unit.base_weight.get()),
        );
        for (place, stage) in sample.iter().flat_map(|sample| &sample.stages).enumerate() {
            number(
                format!("probability_{}", place + 1),
                format!("{} {}: {stage}", self.pick("Xác suất chọn ở giai đoạn", "Probability of stage"), place + 1),
                &|row| Some(row.unit?.stages.get(place)?.probability.get()),
            );
        }
        number(
            "listing_size".to_owned(),
            self.pick("Số hộ trong danh sách của địa bàn", "Households listed in the area"),
            &|row| row.unit.map(|unit| unit.listing_size as f64),
        );
        variables
    }
}

fn variable(name: &str, label: String, group: Group, kind: Kind, column: Column) -> Variable {
    Variable {
        name: name.to_owned(),
        label,
        section: String::new(),
        relevant: String::new(),
        kind,
        group,
        multiple: None,
        column,
    }
}

/// The rows of a name.
///
/// # Errors
/// `export_rows_unknown` with the names that exist.
pub fn rows_of_name(name: &str) -> Result<Rows, Problem> {
    Rows::ALL.into_iter().find(|rows| rows.name() == name).ok_or_else(|| {
        Problem::new("export_rows_unknown", "không có cách chọn dòng này", "there is no such choice of rows")
            .expected(Rows::ALL.map(Rows::name).join(", "))
            .got(name)
    })
}

#[cfg(test)]
mod tests {
    use reports::export::data::MISSING;

    use crate::questionnaire::MISSING_CODES;

    #[test]
    fn codes_of_missing_answers_are_those_of_the_instruments() {
        assert_eq!(MISSING.len(), MISSING_CODES.len());
        for (code, reason) in MISSING_CODES {
            assert!(MISSING.iter().any(|mark| mark.reason == reason && mark.code.to_string() == code), "{code}");
        }
    }
}
