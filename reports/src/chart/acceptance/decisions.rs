//! What each figure decides, on its example.

use super::*;
use crate::chart::facts::Fact;

fn spec(figure: Figure) -> ChartSpec {
    example(figure, Look::default())
}

fn changed(figure: Figure, from: &str, to: &str) -> Result<ChartSpec, Problems> {
    let text = String::from_utf8(example_bytes(figure)).expect("UTF-8");
    assert!(text.contains(from), "{from}");
    from_json(figure, text.replacen(from, to, 1).as_bytes(), None, Look::default())
}

fn codes(made: Result<ChartSpec, Problems>) -> Vec<&'static str> {
    made.expect_err("refused").iter().map(|problem| problem.code).collect()
}

fn dot_rows(spec: &ChartSpec) -> &[DotRow] {
    let Plot::Dots(plot) = &spec.plot else { panic!("dots") };
    &plot.rows
}

fn verdicts(spec: &ChartSpec) -> Vec<(&str, &str)> {
    dot_rows(spec).iter().filter_map(|row| Some((row.id.as_str(), row.verdict.as_ref()?.words.as_str()))).collect()
}

fn chart_rows(spec: &ChartSpec) -> &[ChartRow] {
    let Plot::Rows(plot) = &spec.plot else { panic!("rows") };
    &plot.rows
}

#[test]
fn p3_tells_the_lowest_shown_part_on_the_scale_of_its_definition() {
    let spec = spec(Figure::P3);
    // 6.4 rests on 24 answers and is hidden; of the others 6.2 is lowest.
    assert_eq!(spec.title, "Cung ứng dịch vụ công: thấp nhất là Y tế công lập");
    let axis = spec.plot.axis().expect("an axis");
    assert_eq!((axis.min, axis.max), (0.25, 2.5));
    assert_eq!(spec.plot.guides()[0].value, 1.375);
    assert!(matches!(dot_rows(&spec)[3].cell, Cell::Suppressed));
}

#[test]
fn p4_breaks_the_line_where_nothing_was_measured() {
    let spec = spec(Figure::P4);
    let Plot::Panels(plot) = &spec.plot else { panic!("panels") };
    let gaps: Vec<(f64, f64)> = plot.panels[1]
        .layers
        .iter()
        .filter_map(|layer| if let Layer::Gap { ends, .. } = layer { Some(*ends) } else { None })
        .collect();
    assert_eq!(gaps, [(2020.5, 2021.5), (2021.5, 2022.5), (2024.5, 2025.5)]);
    let text = drawn("p4", &spec);
    let document = Document::parse(&text).expect("well-formed");
    let lines: Vec<usize> = groups(&document, "series")
        .iter()
        .filter(|node| node.attribute("data-series") == Some("Bắc Giang"))
        .map(|node| node.children().filter(|child| child.has_tag_name("path")).count())
        .collect();
    // 2011–2017 is one run; 2018–2020 and 2023–2024 are two, 2026 stands alone as a point.
    assert_eq!(lines, [1, 2]);
    assert!(
        !spec
            .plot
            .entries()
            .iter()
            .any(|fact: &Fact<'_>| fact.series == "Bắc Giang" && fact.id == "2021" && fact.cell.mark().is_some())
    );
    assert_eq!(spec.title, "Tổng điểm PAPI 2026: 45,70, tăng so với 2024");
}

#[test]
fn a_year_that_is_a_slip_of_the_key_is_refused() {
    assert_eq!(codes(changed(Figure::P4, "\"year\": 2011", "\"year\": 20110")), ["chart_year"]);
}

#[test]
fn p6_differs_only_by_the_interval_of_the_difference() {
    let spec = spec(Figure::P6);
    assert_eq!(dot_rows(&spec)[0].id, "ALL");
    let expected = [
        ("X1", "cao hơn"),
        ("X2", "chưa đủ cơ sở"),
        ("X4", "chưa đủ cơ sở"),
        ("X5", "chưa đủ cơ sở"),
        ("X3", "thấp hơn"),
    ];
    assert_eq!(verdicts(&spec), expected, "by value; X6 is hidden and has none");
    assert_eq!(spec.title, "2 trong 6 đơn vị khác phần còn lại");
    assert!(note_text(&spec).contains("chỉ để tham khảo"));
}

#[test]
fn p7_calls_a_change_inside_the_field_negligible_and_widens_its_axis_for_a_large_one() {
    let spec = spec(Figure::P7);
    let of = |id: &str| verdicts(&spec).into_iter().find(|(row, _)| *row == id).map(|(_, words)| words.to_owned());
    assert_eq!(of("D5").as_deref(), Some("không đáng kể"), "−0,02 ± 0,07");
    assert_eq!(of("D4").as_deref(), Some("tăng"));
    assert_eq!(of("D7").as_deref(), Some("giảm"));
    assert_eq!(of("D3").as_deref(), Some("chưa đủ cơ sở"));
    assert_eq!(spec.plot.axis().map(|axis| (axis.min, axis.max)), Some((-2.0, 2.0)));
    let wide = changed(
        Figure::P7,
        "\"estimate\": 0.33,\n   \"lower\": 0.07,\n   \"upper\": 0.59",
        "\"estimate\": 3.3,\n   \"lower\": 3.0,\n   \"upper\": 3.6",
    );
    assert_eq!(wide.expect("a figure").plot.axis().map(|axis| axis.max), Some(5.0));
}

#[test]
fn p8_groups_by_the_whole_interval_and_keeps_scores_as_they_are() {
    let spec = spec(Figure::P8);
    let rows = chart_rows(&spec);
    assert_eq!(rows.len(), 28);
    let input: serde_json::Value = serde_json::from_slice(&example_bytes(Figure::P8)).expect("JSON");
    for given in input["rows"].as_array().expect("rows") {
        let score = &given["score"];
        let number = |key: &str| score[key].as_f64().expect("a number");
        let row = rows.iter().find(|row| Some(row.id.as_str()) == score["code"].as_str()).expect("its row");
        let group = row.group.as_deref().expect("a group");
        let median = given["median"].as_f64().expect("a number");
        let expected = if score["n"].as_u64() < Some(30) {
            "Không so được"
        } else if number("upper") < median {
            "Ưu tiên"
        } else if number("lower") > median {
            "Điểm mạnh"
        } else {
            "Chưa đủ cơ sở"
        };
        assert!(group.starts_with(expected), "{}: {group}", row.id);
    }
}

#[test]
fn s2_bars_begin_at_one_line_and_hold_all_answers() {
    let spec = spec(Figure::S2);
    for row in chart_rows(&spec) {
        let spans: Vec<(usize, (f64, f64))> =
            row.parts.iter().filter_map(|part| Some((part.panel, part.span?))).collect();
        if spans.is_empty() {
            assert_eq!(row.id, "I10", "26 answers are hidden");
            continue;
        }
        let length: f64 = spans.iter().map(|(_, (from, to))| to - from).sum();
        assert!((length - 100.0).abs() < 1e-9, "{}", row.id);
        let of_first = || spans.iter().filter(|(panel, _)| *panel == 0).map(|(_, span)| *span);
        assert!(of_first().any(|(from, _)| from == 0.0) && of_first().any(|(_, to)| to == 0.0), "{}", row.id);
    }
    assert_eq!(codes(changed(Figure::S2, "    3,\n    9,\n    14,", "    13,\n    9,\n    14,")), ["chart_shares"]);
}

#[test]
fn s4_lets_the_tests_speak() {
    let spec = spec(Figure::S4);
    assert_eq!(spec.title, "2 trong 4 cách chia nhóm có khác biệt");
    let groups: Vec<&str> = dot_rows(&spec).iter().filter_map(|row| row.group.as_deref()).collect();
    assert!(
        groups.contains(&"Tuổi (p = 0,031)") && groups.contains(&"Nơi ở (p < 0,001)") && groups.contains(&"Dân tộc")
    );
    assert_eq!(codes(changed(Figure::S4, "\"p_value\": 0.031", "\"p_value\": 1.031")), ["chart_p_value"]);
}

#[test]
fn s5_needs_both_intervals_for_a_priority() {
    let spec = spec(Figure::S5);
    let Plot::Panels(plot) = &spec.plot else { panic!("panels") };
    let names: Vec<&str> =
        plot.names.iter().map(|(code, name)| if code.is_empty() { name.as_str() } else { code.as_str() }).collect();
    assert_eq!(names[..2], ["Ưu tiên: quan trọng, ít hài lòng", "2"]);
    assert_eq!(names[names.len() - 2..], ["Không hiển thị", "7"]);
    assert!(note_text(&spec).contains("không phải nhân quả"));
}

#[test]
fn s6_puts_other_last_and_s7_judges_the_last_year() {
    assert_eq!(chart_rows(&spec(Figure::S6)).last().map(|row| row.id.clone()), Some("M9".to_owned()));
    assert_eq!(spec(Figure::S7).title, "Mức độ hài lòng SIPAS 2026: 83,40%, chưa đạt mục tiêu");
}

#[test]
fn r3_counts_the_tasks_of_r2() {
    let spec = spec(Figure::R3);
    assert_eq!(spec.title, "2 trong 7 cơ quan chậm báo cáo quý III");
    let due: f64 = spec.plot.entries().iter().filter_map(|fact| Some(fact.cell.mark()?.value)).sum();
    assert_eq!(due, 11.0, "twelve tasks, one of them not due");
}

#[test]
fn f1_counts_every_planned_interview_once() {
    let spec = spec(Figure::F1);
    for row in chart_rows(&spec) {
        let length: f64 = row.parts.iter().filter_map(|part| part.span).map(|(from, to)| to - from).sum();
        assert_eq!(length, 20.0, "{}", row.id);
    }
    assert_eq!(spec.title, "Đã hoàn thành 161/240 phiếu, 3 thôn chậm tiến độ");
    assert_eq!(chart_rows(&spec)[0].group.as_deref(), Some("Xã Hiệp Hoà"), "the lowest commune first");
}

#[test]
fn f2_refuses_a_step_that_grows() {
    assert_eq!(spec(Figure::F2).title, "233 phiếu dùng được, 72,8% số hộ trong mẫu");
    assert_eq!(codes(changed(Figure::F2, "\"count\": 252", "\"count\": 299")), ["chart_funnel_grows"]);
}

#[test]
fn weights_are_told_as_kish_has_them() {
    let input = |weights: &str| {
        let text = String::from_utf8(example_bytes(Figure::F3)).expect("UTF-8");
        let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        value["weights"] = serde_json::from_str(weights).expect("JSON");
        value["limits"] = serde_json::Value::Null;
        from_json(Figure::F3, value.to_string().as_bytes(), None, Look::default())
    };
    // Weights 1, 1, 1, 3: n (Σw²)/(Σw)² = 4 × 12 / 36 = 4/3, so four are worth three.
    let spec = input("[1, 1, 1, 3]").expect("a figure");
    assert_eq!(spec.title, "4 phiếu có trọng số tương đương 3 phiếu");
    // The heaviest half carries (3 + 1) / 6 of the sum.
    let facts = spec.plot.entries();
    let half =
        facts.iter().find(|fact| fact.panel == "heaviest" && fact.series == "tích luỹ" && fact.id.starts_with("50"));
    assert!((half.and_then(|fact| fact.cell.mark()).expect("a value").value - 4.0 / 6.0).abs() < 1e-12);
    let counted: f64 =
        facts.iter().filter(|fact| fact.series == "số phiếu").filter_map(|fact| Some(fact.cell.mark()?.value)).sum();
    assert_eq!(counted, 4.0, "every weight in one column");
    assert!(input("[5]").is_ok() && input("[2, 2, 2]").is_ok());
    assert_eq!(codes(input("[1, 0, -2]")), ["chart_weights"]);
    assert_eq!(codes(input("[]")), ["chart_weights"]);
}

#[test]
fn f4_tells_the_largest_gap_before_and_after() {
    assert_eq!(spec(Figure::F4).title, "Gia quyền giảm lệch lớn nhất từ 9,2 còn 0,5 điểm %");
}

#[test]
fn f5_orders_by_median_and_counts_the_short_ones() {
    let spec = spec(Figure::F5);
    let rows = chart_rows(&spec);
    assert_eq!(rows[0].label, "Lê Minh");
    assert_eq!(rows.last().map(|row| row.texts[0].as_str()), Some("–"), "who has no interview stands last");
    let below: u64 = rows.iter().map(|row| row.texts[1].parse::<u64>().expect("a count")).sum();
    assert!(spec.title.starts_with(&format!("{below} trong 200 phiếu")), "{}", spec.title);
}

#[test]
fn f6_needs_what_is_missing_over_the_days_left() {
    let spec = spec(Figure::F6);
    let Plot::Panels(plot) = &spec.plot else { panic!("panels") };
    let received: f64 = spec
        .plot
        .entries()
        .iter()
        .filter(|fact| fact.panel == "days")
        .filter_map(|fact| Some(fact.cell.mark()?.value))
        .sum();
    let level =
        plot.panels[0].layers.iter().find_map(|layer| if let Layer::Level { y, .. } = layer { Some(*y) } else { None });
    // From 18 April to 29 April are eleven days.
    assert_eq!(level, Some((240.0 - received) / 11.0));
    let last =
        spec.plot.entries().iter().rfind(|fact| fact.panel == "sum").and_then(|fact| Some(fact.cell.mark()?.value));
    assert_eq!(last, Some(received), "the sum of the days");
    assert_eq!(
        codes(changed(Figure::F6, "\"today\": \"2026-04-18\"", "\"today\": \"2026-04-17\"")),
        ["chart_day_after_today"]
    );
}

#[test]
fn g1_puts_a_quarter_of_the_values_in_each_class() {
    let spec = spec(Figure::G1);
    let Plot::Areas(plot) = &spec.plot else { panic!("areas") };
    let counts: Vec<usize> = plot.classes.iter().map(|class| class.count).collect();
    assert_eq!(counts.iter().sum::<usize>(), plot.areas.iter().filter(|area| area.class.is_some()).count());
    assert!(counts.iter().all(|count| (5..=6).contains(count)), "{counts:?}");
    for area in &plot.areas {
        assert_eq!(area.class.is_some(), area.cell.mark().is_some(), "{}", area.id);
    }
}

#[test]
fn m1_has_the_plots_of_its_figures_on_one_page() {
    let spec = spec(Figure::M1);
    let Plot::Page(plot) = &spec.plot else { panic!("a page") };
    assert_eq!(spec.title, "0 chỉ số đạt, 1 chưa đạt, 1 chưa đủ cơ sở");
    assert_eq!(plot.blocks.len(), 5);
    assert!(matches!(spec.size, Size::A4Trang), "{:?}", spec.size);
    let p1 = spec.plot.entries().into_iter().filter(|fact| fact.id.starts_with('D')).count();
    assert_eq!(p1, 8);
}
