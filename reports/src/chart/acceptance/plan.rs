//! The figures of the plan: every state by shape and word, every row on its own scale, nothing invented.

use super::*;
use crate::chart::build::{PlanTarget, TargetFigure, TaskFigure};

const LOOK: Look = Look { language: Language::Vi, size: Size::A4Trang };

#[test]
fn every_verdict_has_a_sign_and_its_word_and_signs_differ_without_colour() {
    let spec = r1_targets(&examples::targets(), LOOK).expect("a figure");
    let text = drawn("r1", &spec);
    let document = Document::parse(&text).expect("well-formed");
    let Plot::Targets(plot) = &spec.plot else { panic!("targets") };
    let mut outlines: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in &plot.rows {
        let group = groups(&document, "verdict").into_iter().find(|node| node.attribute("data-row") == Some(&row.id));
        let group = group.expect("a verdict a row");
        let words: Vec<&str> =
            group.descendants().filter_map(|node| node.has_tag_name("text").then(|| node.text())?).collect();
        assert!(words.join(" ").starts_with(&row.state_words), "{words:?}");
        let shapes = group.children().filter(|node| node.has_tag_name("path") || node.has_tag_name("circle"));
        let outline: Vec<String> = shapes
            .map(|node| {
                format!(
                    "{}{}",
                    node.tag_name().name(),
                    if node.attribute("fill") == Some("none") { " ring" } else { "" }
                )
            })
            .collect();
        outlines.insert(&row.state_words, outline);
    }
    // ▲ and ▼ are the same kind of shape, turned: their boxes are the same, their points are not.
    assert_eq!(outlines.len(), 4, "{outlines:?}");
    assert!(outlines["Chưa có số liệu"].iter().any(|one| one.ends_with("ring")));
    assert!(outlines["Chưa đủ cơ sở"].iter().all(|one| one == "circle"));
}

#[test]
fn each_target_and_figure_stands_on_its_own_scale_with_the_better_end_at_the_right() {
    let spec = r1_targets(&examples::targets(), LOOK).expect("a figure");
    let text = drawn("r1", &spec);
    let document = Document::parse(&text).expect("well-formed");
    let Plot::Targets(plot) = &spec.plot else { panic!("targets") };
    let middle = |node: Node<'_, '_>| {
        let [left, _, right, _] = *shape_boxes(node).last().expect("a shape");
        f64::midpoint(left, right)
    };
    let of = |class: &str, key: &str, id: &str| {
        groups(&document, class).into_iter().find(|node| node.attribute(key) == Some(id)).map(middle)
    };
    // 4th of 63 lies beyond "among the first ten": at the right of its mark, although 4 is the smaller number.
    let (rank, ten) = (of("mark", "data-id", "T01/total"), of("guide", "data-row", "T01/total"));
    assert!(rank.expect("a rank") > ten.expect("a target"));
    let (share, ninety) = (of("mark", "data-id", "T02/total"), of("guide", "data-row", "T02/total"));
    assert!(share.expect("a share") < ninety.expect("a target"));
    // The mark of each row divides its scale as the numbers do.
    let ends = of("guide", "data-row", "T15/total").expect("100 % is the right end");
    for row in plot.rows.iter().filter(|row| row.scale.is_some()) {
        let x = of("guide", "data-row", &row.id).expect("a mark");
        let part = row.scale.expect("a scale").part(row.bound.expect("a bound"));
        assert!(x <= ends + 0.02 && (0.0..=1.0).contains(&part), "{}", row.id);
    }
}

#[test]
fn an_older_figure_is_hollow_and_told_and_a_long_interval_ends_in_an_arrow_that_the_note_explains() {
    let spec = r1_targets(&examples::targets(), LOOK).expect("a figure");
    let text = drawn("r1", &spec);
    let document = Document::parse(&text).expect("well-formed");
    let marker = |id: &str| {
        let node = groups(&document, "mark").into_iter().find(|node| node.attribute("data-id") == Some(id));
        node.and_then(|node| node.attribute("data-marker").map(str::to_owned))
    };
    assert_eq!(marker("T01/total").as_deref(), Some("hollow-circle"));
    assert_eq!(marker("T02/total").as_deref(), Some("square"));
    assert_eq!(marker("T15/total").as_deref(), Some("diamond"));
    assert!(text.contains("số 2023: đạt") && text.contains("rỗng: số của năm trước"));
    assert!(note_text(&spec).contains("Mũi tên"), "{}", note_text(&spec));
    assert_eq!(spec.title, "1 mục đạt, 1 chưa đạt, 2 chưa đủ cơ sở");
    assert!(alt_text(&spec).contains("T15 Nhiệm vụ Chính phủ"), "{}", alt_text(&spec));
}

#[test]
fn the_rows_of_the_plan_are_a_table_too() {
    let spec = r1_targets(&examples::targets(), LOOK).expect("a figure");
    let csv = data_table(&spec).to_csv(CsvProfile::Rfc4180);
    assert!(csv.contains("T02/total,SIPAS,Trên 90 %,90,83.38,44.66,92.1,2024,"), "{csv}");
    assert!(csv.contains("không phải kết quả công bố"), "{csv}");
    let spec = r2_tasks(&examples::tasks(), LOOK).expect("a figure");
    let csv = data_table(&spec).to_csv(CsvProfile::Rfc4180);
    assert_eq!(csv.lines().count(), 5);
    assert!(csv.contains("không phải báo cáo,đã báo cáo xong,báo cáo một phần,chưa hết quý,1–8"), "{csv}");
    assert_eq!(spec.title, "2 trong 3 nhiệm vụ có báo cáo quý II");
}

#[test]
fn what_would_mislead_is_refused_with_its_row() {
    let spoilt = |change: fn(&mut PlanTarget)| {
        let mut figure: TargetFigure = examples::targets();
        change(&mut figure.rows[1]);
        let problems = r1_targets(&figure, LOOK).expect_err("refused");
        let first = problems.into_iter().next().expect("one");
        (first.code, first.place.and_then(|place| place.column))
    };
    let row = Some("T02/total".to_owned());
    assert_eq!(spoilt(|row| row.bound = Some(101.0)), ("chart_value_outside_axis", row.clone()));
    assert_eq!(spoilt(|row| row.distance = Some(f64::NAN)), ("chart_not_finite", row.clone()));
    assert_eq!(spoilt(|row| row.scale = Some((5.0, 5.0))), ("chart_value_outside_axis", row.clone()));
    let reversed = |row: &mut PlanTarget| {
        row.figure.as_mut().expect("a figure").interval = Some(Interval { lower: 92.1, upper: 44.66 });
    };
    assert_eq!(spoilt(reversed), ("chart_interval", row));
    assert!(r2_tasks(&TaskFigure { tasks: Vec::new(), ..examples::tasks() }, LOOK).is_err());
    let crowded = TargetFigure {
        rows: (0..160)
            .map(|number| PlanTarget { id: number.to_string(), ..examples::targets().rows[2].clone() })
            .collect(),
        ..examples::targets()
    };
    let spec = r1_targets(&crowded, LOOK).expect("a spec");
    assert_eq!(svg(&spec).expect_err("160 rows").0[0].code, "chart_does_not_fit");
}
