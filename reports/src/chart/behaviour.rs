//! What the builders decide and what the words around a figure say.

use problem::{Language, Words};

use super::build::{FactorTarget, Look, examples, p1_dimensions, p2_radar, s1_factors};
use super::*;
use crate::verdict::TargetRule;

fn codes(problems: &problem::Problems) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code).collect()
}

fn dots(spec: &ChartSpec) -> &DotPlot {
    match &spec.plot {
        Plot::Dots(plot) => plot,
        _ => panic!("a dot plot"),
    }
}

#[test]
fn the_title_counts_only_what_the_intervals_carry() {
    let look = Look::default();
    let median = p1_dimensions(&examples::bac_giang_2019(), look).expect("a spec");
    // 2019: lower limits 5.45, 7.43, 7.42, 3.67 lie above the medians 4.99, 7.36, 7.26, 3.51; the other four do not.
    assert_eq!(median.title, "4 trong 8 chỉ số nội dung trên trung vị toàn quốc");
    let changed = p1_dimensions(&examples::changed_round(), look).expect("a spec");
    assert_eq!(changed.title, "2 chỉ số nội dung tăng, 2 giảm so với 2018");
    let without = p1_dimensions(&examples::bac_giang_2023(), look).expect("a spec");
    assert_eq!(without.title, "Điểm các chỉ số nội dung, không kèm khoảng tin cậy");
    assert!(note_text(&without).contains("n: không công bố; không công bố khoảng tin cậy."));
}

#[test]
fn a_target_has_three_states() {
    let spec = s1_factors(&examples::sipas(), Look::default()).expect("a spec");
    let words: Vec<(&str, &str)> = dots(&spec)
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row.verdict.as_ref().map_or("", |verdict| verdict.words.as_str())))
        .collect();
    let expected = [
        ("SIPAS", "Chưa đạt"),
        ("S4", "Đạt"),
        ("S3", "Chưa đủ cơ sở khẳng định"),
        ("S1", "Chưa đạt"),
        ("S2", "Chưa đạt"),
        ("S5", "Chưa đạt"),
    ];
    assert_eq!(words, expected, "the whole first, then by value");
    let mut figure = examples::sipas();
    if let Some(overall) = &mut figure.overall {
        overall.upper = Some(90.4);
    }
    let spec = s1_factors(&figure, Look::default()).expect("a spec");
    assert_eq!(spec.title, "Hài lòng chung 81,62%: chưa đủ cơ sở khẳng định trên 90%");
}

#[test]
fn an_interval_that_starts_on_90_does_not_meet_above_90() {
    let words = |rule, lower: f64, upper: f64| {
        let mut figure = examples::sipas();
        figure.target = Some(FactorTarget { value: 90.0, rule });
        (figure.rows[3].lower, figure.rows[3].upper) = (Some(lower), Some(upper));
        let spec = s1_factors(&figure, Look::default()).expect("a spec");
        let row = dots(&spec).rows.iter().find(|row| row.id == "S4").expect("the row");
        (row.verdict.as_ref().expect("a verdict").words.clone(), note_text(&spec))
    };
    let (above, note) = words(TargetRule::Above, 90.0, 97.0);
    assert_eq!(above, "Chưa đủ cơ sở khẳng định");
    assert!(note.contains("cả khoảng tin cậy trên mục tiêu; ▼ chưa đạt: cả khoảng không quá mục tiêu"), "{note}");
    let (at_least, note) = words(TargetRule::AtLeast, 90.0, 97.0);
    assert_eq!(at_least, "Đạt");
    assert!(note.contains("cả khoảng tin cậy từ mục tiêu trở lên; ▼ chưa đạt: cả khoảng dưới mục tiêu"), "{note}");
}

#[test]
fn an_interval_beyond_the_axis_is_clipped_with_an_arrow_and_said() {
    let spec = s1_factors(&examples::sipas(), Look::default()).expect("a spec");
    assert_eq!((dots(&spec).axis.min, dots(&spec).axis.max), (50.0, 100.0));
    assert!(note_text(&spec).contains("Mũi tên: khoảng tin cậy vượt ra ngoài trục."));
    assert!(svg(&spec).expect("drawn").contains("(47,20–75,30)"), "the true limits are written");
}

#[test]
fn a_value_below_half_of_the_scale_opens_the_whole_axis() {
    let spec = s1_factors(&examples::sipas_with_hidden_factor(), Look::default()).expect("a spec");
    assert_eq!((dots(&spec).axis.min, dots(&spec).axis.max), (0.0, 100.0));
    assert!(!note_text(&spec).contains("Mũi tên"));
}

#[test]
fn small_cells_are_hidden_then_starred_then_plain() {
    let rule = SmallCellRule::default();
    let mark = |n, width: f64, error| Mark {
        value: 80.0,
        interval: Some(Interval { lower: 80.0 - width / 2.0, upper: 80.0 + width / 2.0 }),
        standard_error: Some(error),
        degrees_of_freedom: None,
        n: Some(n),
        cautions: Vec::new(),
    };
    let cautions = |n, width, error| match rule.apply(&mark(n, width, error), 100.0) {
        Cell::Shown(mark) => Some(mark.cautions),
        Cell::Suppressed | Cell::Missing { .. } => None,
    };
    assert_eq!(cautions(29, 10.0, 2.0), None);
    assert_eq!(cautions(30, 10.0, 2.0), Some(vec![Caution::SmallSample]));
    assert_eq!(cautions(59, 10.0, 2.0), Some(vec![Caution::SmallSample]));
    assert_eq!(cautions(60, 20.0, 20.0), Some(vec![]), "the limits themselves are not beyond");
    assert_eq!(cautions(60, 20.1, 20.1), Some(vec![Caution::WideInterval, Caution::LargeRelativeError]));
}

#[test]
fn all_problems_are_told_at_once() {
    let mut figure = examples::bac_giang_2019();
    figure.rows[0].lower = None;
    figure.rows[1].estimate = None;
    figure.rows[2].estimate = Some(f64::NAN);
    figure.references[0].values.insert("D9".to_owned(), 5.0);
    let problems = p1_dimensions(&figure, Look::default()).expect_err("four problems");
    assert_eq!(codes(&problems), ["chart_half_interval", "chart_no_reason", "chart_not_finite", "chart_unknown_code"]);
}

#[test]
fn what_would_mislead_is_refused() {
    let spec = p1_dimensions(&examples::bac_giang_2019(), Look::default()).expect("a spec");
    let refused = |change: &dyn Fn(&mut ChartSpec)| {
        let mut spec = spec.clone();
        change(&mut spec);
        codes(&svg(&spec).expect_err("refused"))
    };
    let edit = |spec: &mut ChartSpec, change: &dyn Fn(&mut Mark)| {
        if let Plot::Dots(plot) = &mut spec.plot
            && let Cell::Shown(mark) = &mut plot.rows[0].cell
        {
            change(mark);
        }
    };
    assert_eq!(refused(&|spec| edit(spec, &|mark| mark.value = 11.0)), ["chart_value_outside_axis", "chart_interval"]);
    assert_eq!(refused(&|spec| edit(spec, &|mark| mark.value = 3.0)), ["chart_interval"]);
    assert_eq!(refused(&|spec| spec.title = "một ".repeat(13)), ["chart_title_length"]);
    assert_eq!(refused(&|spec| spec.note.fingerprint = "xyz".to_owned()), ["chart_fingerprint"]);
    let mut contradicts = examples::changed_round();
    contradicts.rows[0].change = Some(Interval { lower: 0.1, upper: 0.5 });
    let problems = p1_dimensions(&contradicts, Look::default()).expect_err("it fell");
    assert_eq!(codes(&problems), ["chart_change_contradicts"]);
}

#[test]
fn a_star_with_a_hidden_spoke_has_a_gap() {
    let spec = p2_radar(&examples::changed_round(), Look::default()).expect("a spec");
    let text = svg(&spec).expect("drawn");
    let line = |series: &str| {
        let start = text.find(&format!("class=\"series\" data-series=\"{series}\"")).expect("the series");
        let path = text[start..].split("d=\"").nth(1).expect("its line");
        path.split('"').next().expect("its path").matches('L').count()
    };
    // Seven shown spokes in one open run have six sides; the complete median closes with eight.
    assert_eq!(line("Bắc Giang 2026"), 6);
    assert_eq!(line("trung vị 63 tỉnh, thành phố"), 8);
}

#[test]
fn the_data_table_is_the_figure_in_rows() {
    let table = data_table(&s1_factors(&examples::sipas_with_hidden_factor(), Look::default()).expect("a spec"));
    let csv = table.to_csv(CsvProfile::Rfc4180);
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "code,name,value,lower,upper,standard_error,degrees_of_freedom,n,flag,missing,verdict,guide_1,guide_2"
    );
    assert!(lines[1].starts_with("SIPAS,Hài lòng chung,81.62,73.41,87.75,"), "{}", lines[1]);
    assert!(lines[5].starts_with("S1,Tiếp cận dịch vụ,,,,,,,,n < 30,,90,82.66"), "{}", lines[5]);
    assert!(lines[6].contains("không hỏi trong đợt này"));
    let vietnamese = table.to_csv(CsvProfile::Vietnamese);
    assert!(vietnamese.starts_with("\u{FEFF}Mã;Tên;Ước lượng;"));
    assert!(vietnamese.contains("SIPAS;Hài lòng chung;81,62;73,41;87,75;"));
    assert_eq!(table.to_json()[0]["value"], 81.62);
    assert!(table.to_json()[4]["value"].is_null());
}

#[test]
fn a_name_that_looks_like_a_formula_is_harmless_in_a_spreadsheet() {
    let mut figure = examples::sipas();
    figure.rows[0].name = Words::new("=1+1; \"x\"", "=1+1");
    let table = data_table(&s1_factors(&figure, Look::default()).expect("a spec"));
    assert!(table.to_csv(CsvProfile::Vietnamese).contains(";\"'=1+1; \"\"x\"\"\";"));
    assert!(table.to_csv(CsvProfile::Rfc4180).contains(",\"=1+1; \"\"x\"\"\","));
}

#[test]
fn a_spec_survives_as_json() {
    let spec =
        p2_radar(&examples::changed_round(), Look { language: Language::En, size: Size::Slide }).expect("a spec");
    let text = serde_json::to_string(&spec).expect("JSON");
    assert_eq!(serde_json::from_str::<ChartSpec>(&text).expect("a spec"), spec);
}
