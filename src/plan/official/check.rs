//! What a reader must be told about a published value that is in order as it stands.

use problem::Words;
use reports::index::Certainty;

use super::OfficialValue;

/// Half-width over standard error of an interval that holds 90 % of a normal distribution.
const Z_90: f64 = 1.644_853_626_951_472_7;
/// The same of one that holds 95 %.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// Remarks on a value: how certain its source is, what its printed interval is in truth, that it has none.
///
/// # Formula
/// (upper − lower) / (2 · SE), compared with 1.645 and 1.960 within 1 %: official files of PAPI print score ± 1.645 · SE under
/// the heading "95 %", which is an interval of 90 %.
///
/// Checked: `the_interval_printed_as_95_percent_is_found_to_be_one_of_90`.
#[must_use]
pub fn remarks(value: &OfficialValue) -> Vec<Words> {
    let mut remarks = Vec::new();
    if value.certainty != Certainty::Certain {
        remarks.push(value.certainty.words());
    }
    match (value.printed_interval, value.standard_error) {
        (Some([lower, upper]), Some(error)) if error > 0.0 => {
            let ratio = (upper - lower) / (2.0 * error);
            if (ratio / Z_90 - 1.0).abs() < 0.01 {
                remarks.push(Words::new(
                    "khoảng in kèm là điểm ± 1,645 × SE, tức là khoảng tin cậy 90 %",
                    "the printed interval is score ± 1.645 × SE, an interval of 90 %",
                ));
            } else if (ratio / Z_95 - 1.0).abs() >= 0.01 {
                remarks.push(Words::new(
                    "khoảng in kèm không ứng với 90 % hay 95 % của sai số chuẩn đã công bố",
                    "the printed interval is neither 90 % nor 95 % by the published standard error",
                ));
            }
        }
        (None, None) if value.value.is_some() => {
            remarks.push(Words::new("không công bố khoảng tin cậy", "no interval was published"));
        }
        _ => {}
    }
    remarks.extend(value.note.as_ref().map(|note| Words::new(note, note)));
    remarks
}

impl OfficialValue {
    /// The interval of the given level from the published standard error, by the normal distribution; `None` without one.
    #[must_use]
    pub fn interval_95(&self) -> Option<[f64; 2]> {
        let (value, error) = self.value.zip(self.standard_error)?;
        Some([value - Z_95 * error, value + Z_95 * error])
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OfficialResults, Publication};
    use super::*;

    #[test]
    fn the_interval_printed_as_95_percent_is_found_to_be_one_of_90() {
        let results = OfficialResults::shipped().expect("shipped");
        let total = results.value("papi", 2019, "bac-giang", "total").expect("published");
        assert_eq!((total.n, total.rank), (Some(197), Some(4)));
        assert!(remarks(total).iter().any(|words| words.en.contains("90 %")), "{:?}", remarks(total));
        // papi.org.vn's file of 2019: SE 0.3964, printed 45.391–46.695; a true 95 % interval is 45.266–46.820.
        let [lower, upper] = total.interval_95().expect("SE");
        assert!((lower - 45.266).abs() < 5e-4 && (upper - 46.820).abs() < 5e-4, "{lower} {upper}");
    }

    #[test]
    fn shipped_results_hold_the_published_sums() {
        let results = OfficialResults::shipped().expect("all sums hold");
        let sum: f64 = (1..=8)
            .filter_map(|code| results.value("papi", 2023, "bac-giang", &code.to_string()).and_then(|one| one.value))
            .sum();
        // The eight printed values add to 44.3205; the printed total is 44.3204.
        assert!((sum - 44.3204).abs() < 1.5e-4, "{sum}");
    }

    #[test]
    fn missing_years_stay_missing() {
        let results = OfficialResults::shipped().expect("shipped");
        for (year, code) in [(2014, "total"), (2021, "total"), (2021, "6"), (2022, "total"), (2022, "1")] {
            let value = results.value("papi", year, "bac-giang", code).expect("a row that says so");
            assert!(value.publication != Publication::Published && value.value.is_none(), "{value:?}");
        }
        assert!(results.value("papi", 2022, "bac-giang", "6").is_some_and(|one| one.value == Some(8.085)));
    }

    #[test]
    fn rows_that_contradict_themselves_are_told_all_at_once() {
        let results = OfficialResults::shipped().expect("shipped");
        let text = "index,year,unit,code,status,value,source,standard_error,printed_lower,printed_upper,rank,rank_of\n\
            papi,2025,bac-giang,1,published,10.5,x,,,,,\n\
            papi,2025,bac-giang,2,published,\"5,5\",x,,,,,\n\
            papi,2025,bac-giang,3,not_published,5.5,x,,,,,\n\
            papi,2025,bac-giang,4,published,,x,,,,,\n\
            papi,2025,bac-giang,5,published,5.5,x,-1,6,7,64,63\n\
            papi,2025,bac-giang,5,published,5.5,x,,,,,\n\
            pci,2025,bac-giang,total,published,65,x,,,,,\n\
            papi,2025,bac-giang,6,đã công bố,7,x,,,,,\n";
        let problems = results.with_table(text).expect_err("eight rows with faults");
        let rows: Vec<usize> =
            problems.iter().filter_map(|one| one.place.as_ref().and_then(|place| place.row)).collect();
        for row in 2..=9 {
            assert!(rows.contains(&row), "row {row} is not told: {}", problems.describe(problem::Language::En));
        }
    }

    #[test]
    fn a_share_on_a_scale_of_per_cent_is_told() {
        let results = OfficialResults::shipped().expect("shipped");
        let entry = |index: &str, value: &str| {
            let text =
                format!("index,year,unit,code,status,value,source\n{index},2025,bac-giang,total,published,{value},x\n");
            results.with_table(&text)
        };
        for (index, value) in [("sipas", "0.85"), ("sipas", "1"), ("par-index", "0.9")] {
            let told = entry(index, value).expect_err(value).describe(problem::Language::En);
            assert!(told.contains("looks like a share"), "{told}");
        }
        assert!(entry("sipas", "85").is_ok() && entry("sipas", "1.01").is_ok());
    }

    #[test]
    fn parts_that_do_not_add_to_their_whole_are_told() {
        let results = OfficialResults::shipped().expect("shipped");
        let row = |code: &str, value: f64| format!("papi,2025,lang-son,{code},published,{value},x\n");
        let head = "index,year,unit,code,status,value,source\n";
        let right: String = (1..=8).map(|code| row(&code.to_string(), 5.0)).collect::<String>() + &row("total", 40.0);
        assert!(results.with_table(&format!("{head}{right}")).is_ok());
        let wrong = right.replace("total,published,40", "total,published,41");
        let problems = results.with_table(&format!("{head}{wrong}")).expect_err("41 is not 40");
        assert_eq!(problems.iter().map(|one| one.code).collect::<Vec<_>>(), ["official_sum"]);
    }

    #[test]
    fn an_entry_of_the_office_takes_the_place_of_a_shipped_one() {
        let results = OfficialResults::shipped().expect("shipped");
        let text = "index,year,unit,code,status,value,source,certainty\nsipas,2024,bac-giang,total,published,84.1,Bộ Nội vụ,certain\n";
        let all = results.with_table(text).expect("valid");
        assert_eq!(all.latest("sipas", "bac-giang", "total", 2024).and_then(|one| one.value), Some(84.1));
        assert_eq!(results.latest("sipas", "bac-giang", "total", 2024).map(|one| one.year), Some(2023));
    }
}
