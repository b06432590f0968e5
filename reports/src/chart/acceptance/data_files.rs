//! Data files: all faults at once, with their places.

use super::super::build;
use super::*;

fn faults(figure: Figure, text: &str) -> Vec<(&'static str, String)> {
    let problems = from_json(figure, text.as_bytes(), None, Look::default()).expect_err("refused");
    let place =
        |problem: &problem::Problem| problem.place.as_ref().and_then(|place| place.column.clone()).unwrap_or_default();
    problems.iter().map(|problem| (problem.code, place(problem))).collect()
}

fn example_text(figure: Figure) -> String {
    String::from_utf8(example_bytes(figure)).expect("UTF-8")
}

#[test]
fn every_example_becomes_its_figure_and_is_marked_as_made_up() {
    for figure in Figure::ALL {
        let spec = from_json(figure, example_text(figure).as_bytes(), None, Look::default());
        let spec = spec.unwrap_or_else(|problems| panic!("{figure:?}: {problems}"));
        assert_eq!(spec.figure, figure);
        assert_eq!(spec.note.fingerprint.len(), 64, "the file's own fingerprint");
        assert!(note_text(&spec).contains("Số liệu minh hoạ"), "{figure:?}");
    }
}

#[test]
fn all_faults_of_the_shape_come_at_once_with_their_places() {
    let text = example_text(Figure::S6)
        .replacen("\"format\": \"percent\"", "\"format\": \"percents\", \"extra\": 1", 1)
        .replacen("\"estimate\": 58.2", "\"estimate\": \"nhiều\"", 1)
        .replacen("\"computed\": \"2026-05-12\"", "\"computed\": \"12/05/2026\"", 1)
        .replacen("\"index\": \"SIPAS\",", "", 1);
    let mut places = faults(Figure::S6, &text);
    places.sort();
    assert!(places.iter().all(|(code, _)| *code == "chart_data"), "{places:?}");
    let places: Vec<&str> = places.iter().map(|(_, place)| place.as_str()).collect();
    for place in ["/format", "/extra", "/rows/0/estimate", "/metadata/computed", "/metadata/index"] {
        assert!(places.contains(&place), "{place} in {places:?}");
    }
    assert_eq!(places.len(), 5, "{places:?}");
}

#[test]
fn a_fault_inside_an_optional_part_is_told_where_it_is() {
    let text = example_text(Figure::M1).replacen("\"scale\": [\n   1,\n   10\n  ]", "\"scale\": [1]", 1);
    assert_ne!(text, example_text(Figure::M1));
    let places = faults(Figure::M1, &text);
    assert!(places.iter().any(|(_, place)| place.starts_with("/dimensions/scale")), "{places:?}");
}

#[test]
fn faults_of_the_numbers_come_at_once_too() {
    let text = example_text(Figure::F2).replacen("\"count\": 301", "\"count\": 999", 1).replacen(
        "\"value\": 0.784",
        "\"value\": 78.4",
        1,
    );
    let codes: Vec<&str> = faults(Figure::F2, &text).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["chart_funnel_grows", "chart_rate"]);
}

#[test]
fn what_is_no_json_is_told_with_its_line() {
    let problems = from_json(Figure::P1, b"{\n \"a\": 1,\n}", None, Look::default()).expect_err("refused");
    assert_eq!(problems.0[0].code, "chart_data_json");
    assert_eq!(problems.0[0].place.as_ref().and_then(|place| place.row), Some(3));
    assert!(from_json(Figure::P1, b"", None, Look::default()).is_err());
    assert!(from_json(Figure::P1, b"[]", None, Look::default()).is_err());
    assert!(from_json(Figure::P1, &[0xFF, 0xFE], None, Look::default()).is_err());
}

#[test]
fn the_schema_tells_every_field_of_every_figure() {
    for figure in Figure::ALL {
        let schema = json_schema(figure);
        assert_eq!(schema["type"], "object", "{figure:?}");
        let fields = schema["properties"].as_object().expect("fields");
        assert!(fields.contains_key("metadata"), "{figure:?}");
        for (name, field) in fields {
            assert!(
                field["description"].is_string() || field.get("$ref").is_some(),
                "{figure:?}: {name} is not described"
            );
        }
    }
}

#[test]
fn geojson_is_read_with_all_its_faults() {
    let good = include_str!("../../../examples/g1-outlines.geojson");
    let read = build::outlines(good, "code").expect("outlines");
    assert_eq!(read.by_code.len(), 24);
    let points = read.by_code.values().flat_map(|outline| outline.polygons.iter().flatten().flatten());
    assert!(points.into_iter().all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y)));
    // 0.72 degrees east at 21.3 degrees north, 0.4 degrees north: 0.72 × cos 21.3° / 0.4.
    assert!((read.aspect - 0.72 * 21.3_f64.to_radians().cos() / 0.4).abs() < 1e-6, "{}", read.aspect);
    let problems =
        build::outlines(&good.replace("\"C02\"", "\"C01\"").replace("\"C03\"", "null"), "code").expect_err("two");
    assert_eq!(problems.len(), 2, "{problems}");
    assert_eq!(build::outlines(good, "ma").expect_err("no such property").len(), 24);
    assert!(build::outlines("{}", "code").is_err());
    let metres = good.replace("106.", "606000.");
    assert!(build::outlines(&metres, "code").is_err(), "metres are no degrees");
}

#[test]
fn a_map_needs_most_of_its_areas() {
    let outlines = build::outlines(include_str!("../../../examples/g1-outlines.geojson"), "code").expect("outlines");
    let has_map = |text: &str| {
        let spec = from_json(Figure::G1, text.as_bytes(), Some(&outlines), Look::default()).expect("a figure");
        let Plot::Areas(plot) = &spec.plot else { panic!("areas") };
        (plot.areas.iter().any(|area| area.outline.is_some()), note_text(&spec))
    };
    let good = example_text(Figure::G1);
    assert!(has_map(&good).0);
    let few =
        good.replace("\"n\": 58", "\"n\": 12").replace("\"n\": 45", "\"n\": 12").replace("\"n\": 32", "\"n\": 12");
    let (map, note) = has_map(&few);
    assert!(!map && note.contains("vẽ ô lưới thay bản đồ"), "{note}");
    let (map, note) = has_map(&good.replace("\"C01\"", "\"C99\""));
    assert!(!map && note.contains("không có đường biên"), "{note}");
}
