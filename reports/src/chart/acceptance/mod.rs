//! The acceptance tests of every figure: the SVG is read back and held against what went in.

mod colours;
mod data_files;
mod decisions;
mod edges;
mod plan;
mod reproducible;
mod words;

use std::collections::BTreeMap;

use problem::{Language, Problems};
use resvg::usvg::roxmltree::{Document, Node};

use super::build::{Look, examples, p1_dimensions, p2_radar, r1_targets, r2_tasks, s1_factors};
use super::font::{Weight, width};
use super::palette::Color;
use super::*;

const LANGUAGES: [Language; 2] = [Language::Vi, Language::En];
/// Sizes that every example must fit.
const SIZES: [Size; 4] = [Size::A4, Size::A4Cao, Size::Slide, Size::Web];

/// Every example in every language and size, with its name.
fn specs() -> Vec<(String, ChartSpec)> {
    let mut specs = Vec::new();
    for language in LANGUAGES {
        for size in SIZES {
            let look = Look { language, size };
            let made: [(&str, Result<ChartSpec, Problems>); 8] = [
                ("p1-2019", p1_dimensions(&examples::bac_giang_2019(), look)),
                ("p1-2023", p1_dimensions(&examples::bac_giang_2023(), look)),
                ("p1-change", p1_dimensions(&examples::changed_round(), look)),
                ("p2-2019", p2_radar(&examples::bac_giang_2019(), look)),
                ("p2-change", p2_radar(&examples::changed_round(), look)),
                ("s1", s1_factors(&examples::sipas(), look)),
                ("s1-share", s1_factors(&examples::sipas_in_shares(), look)),
                ("s1-hidden", s1_factors(&examples::sipas_with_hidden_factor(), look)),
            ];
            specs.extend(made.map(|(name, spec)| {
                (format!("{name} {language:?} {size:?}"), spec.unwrap_or_else(|problems| panic!("{name}: {problems}")))
            }));
        }
        let look = Look { language, size: Size::A4Trang };
        let of_plan = [("r1", r1_targets(&examples::targets(), look)), ("r2", r2_tasks(&examples::tasks(), look))];
        specs.extend(of_plan.map(|(name, spec)| {
            (format!("{name} {language:?}"), spec.unwrap_or_else(|problems| panic!("{name}: {problems}")))
        }));
        for figure in Figure::ALL {
            for size in [Size::A4, Size::Slide] {
                specs.push((
                    format!("{}.json {language:?} {size:?}", figure.code()),
                    example(figure, Look { language, size }),
                ));
            }
        }
        let map = from_json(
            Figure::G1,
            &example_bytes(Figure::G1),
            Some(&example_outlines()),
            Look { language, ..Look::default() },
        );
        specs.push((format!("map {language:?}"), map.unwrap_or_else(|problems| panic!("map: {problems}")).fitted()));
    }
    specs
}

fn example_bytes(figure: Figure) -> Vec<u8> {
    let path = format!("{}/examples/{}.json", env!("CARGO_MANIFEST_DIR"), figure.code());
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn example_outlines() -> super::build::Outlines {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/g1-outlines.geojson");
    super::build::outlines(&std::fs::read_to_string(path).expect("a file"), "code").expect("outlines")
}

/// The example of a figure, at a size that it fits.
fn example(figure: Figure, look: Look) -> ChartSpec {
    let spec = from_json(figure, &example_bytes(figure), None, look);
    spec.unwrap_or_else(|problems| panic!("{figure:?}: {problems}")).fitted()
}

fn drawn(name: &str, spec: &ChartSpec) -> String {
    svg(spec).unwrap_or_else(|problems| panic!("{name}: {problems}"))
}

fn attribute(node: Node<'_, '_>, name: &str) -> f64 {
    let text = node.attribute(name).unwrap_or_else(|| panic!("{name} of {:?}", node.tag_name()));
    text.parse().unwrap_or_else(|_| panic!("{name}={text}"))
}

fn groups<'a>(document: &'a Document<'a>, class: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.attribute("class") == Some(class)).collect()
}

/// A box of ink: left, top, right, bottom.
type Ink = [f64; 4];

fn text_boxes(document: &Document<'_>) -> Vec<(String, Ink)> {
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    let upright = texts.filter(|node| node.ancestors().all(|parent| parent.attribute("transform").is_none()));
    upright
        .map(|node| {
            let text = node.text().unwrap_or_default().to_owned();
            let size = attribute(node, "font-size");
            let weight = if node.attribute("font-weight") == Some("600") { Weight::SemiBold } else { Weight::Regular };
            let wide = width(&text, size, weight);
            let (x, y) = (attribute(node, "x"), attribute(node, "y"));
            let left = match node.attribute("text-anchor") {
                Some("middle") => x - wide / 2.0,
                Some("end") => x - wide,
                _ => x,
            };
            // Cap height and descender of Inter.
            (text, [left, y - 0.727 * size, left + wide, y + 0.2 * size])
        })
        .collect()
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | '-')))
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.parse().unwrap_or_else(|_| panic!("{piece}")))
        .collect()
}

/// Boxes of the shapes inside a group.
fn shape_boxes(group: Node<'_, '_>) -> Vec<Ink> {
    let shapes = group.children().filter(|node| node.has_tag_name("path") || node.has_tag_name("circle"));
    shapes
        .map(|node| {
            if node.has_tag_name("circle") {
                let (x, y, r) = (attribute(node, "cx"), attribute(node, "cy"), attribute(node, "r"));
                return [x - r, y - r, x + r, y + r];
            }
            let points = numbers(node.attribute("d").expect("a path"));
            let (xs, ys) = (points.iter().step_by(2), points.iter().skip(1).step_by(2));
            let least = |values: &mut dyn Iterator<Item = &f64>| values.fold(f64::INFINITY, |a, b| a.min(*b));
            let most = |values: &mut dyn Iterator<Item = &f64>| values.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
            [least(&mut xs.clone()), least(&mut ys.clone()), most(&mut xs.clone()), most(&mut ys.clone())]
        })
        .collect()
}

/// Row, series, value, interval, n.
type Expected = (String, String, f64, Option<Interval>, Option<u64>);

#[test]
fn a_every_value_in_the_picture_is_the_value_of_the_analysis() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let mut expected: Vec<Expected> = Vec::new();
        let mark =
            |id: &str, series: &str, mark: &Mark| (id.to_owned(), series.to_owned(), mark.value, mark.interval, mark.n);
        match &spec.plot {
            Plot::Dots(plot) => {
                for (index, row) in plot.rows.iter().enumerate() {
                    expected.extend(row.cell.mark().map(|shown| mark(&row.id, &plot.series_label, shown)));
                    for reference in &plot.references {
                        let value = reference.values[index];
                        expected
                            .extend(value.map(|value| (row.id.clone(), reference.label.clone(), value, None, None)));
                    }
                }
            }
            Plot::Radar(plot) => {
                for series in &plot.series {
                    let cells = plot.spokes.iter().zip(&series.cells);
                    expected.extend(cells.filter_map(|((id, _), cell)| Some(mark(id, &series.label, cell.mark()?))));
                }
            }
            Plot::Targets(plot) => {
                for row in &plot.rows {
                    let Some(value) = row.value.as_ref().filter(|_| row.scale.is_some()) else { continue };
                    let series = serde_json::to_value(value.basis).expect("a word");
                    let series = series.as_str().expect("a word").to_owned();
                    expected.push((row.id.clone(), series, value.value, value.interval, None));
                }
            }
            Plot::Matrix(_) => {}
            Plot::Rows(_) | Plot::Panels(_) | Plot::Areas(_) | Plot::Page(_) => {
                for fact in spec.plot.entries() {
                    expected.extend(fact.cell.mark().map(|shown| mark(fact.id, fact.series, shown)));
                    if let (Plot::Panels(_), Some(last), Some(_)) = (&spec.plot, expected.last_mut(), fact.cell.mark())
                    {
                        last.0 = format!("{}/{}", fact.panel, last.0);
                    }
                }
                if let Plot::Page(page) = &spec.plot {
                    let dots = page.blocks.iter().filter_map(|block| match block {
                        PageBlock::Dots { plot, .. } => Some(plot),
                        PageBlock::Targets { .. } | PageBlock::Lists { .. } => None,
                    });
                    for plot in dots {
                        for (row, reference) in plot
                            .rows
                            .iter()
                            .enumerate()
                            .flat_map(|row| plot.references.iter().map(move |one| (row, one)))
                        {
                            let value = reference.values[row.0];
                            expected.extend(
                                value.map(|value| (row.1.id.clone(), reference.label.clone(), value, None, None)),
                            );
                        }
                    }
                }
            }
        }
        let named = |node: &Node<'_, '_>| {
            let id = node.attribute("data-id").unwrap_or_default();
            node.attribute("data-panel")
                .filter(|_| matches!(spec.plot, Plot::Panels(_)))
                .map_or_else(|| id.to_owned(), |panel| format!("{panel}/{id}"))
        };
        let marks: Vec<_> = document.descendants().filter(|node| node.has_attribute("data-value")).collect();
        assert_eq!(marks.len(), expected.len(), "{name}");
        for (id, series, value, interval, n) in expected {
            let found: Vec<_> = marks
                .iter()
                .filter(|node| named(node) == id && node.attribute("data-series") == Some(&series))
                .collect();
            assert_eq!(found.len(), 1, "{name}: {id} {series}");
            let node = *found[0];
            assert!((attribute(node, "data-value") - value).abs() <= 1e-9, "{name}: {id}");
            assert_eq!(node.has_attribute("data-lo"), interval.is_some(), "{name}: {id}");
            if let Some(limits) = interval {
                assert!((attribute(node, "data-lo") - limits.lower).abs() <= 1e-9, "{name}: {id}");
                assert!((attribute(node, "data-hi") - limits.upper).abs() <= 1e-9, "{name}: {id}");
            }
            assert_eq!(node.attribute("data-n").map(str::to_owned), n.map(|n| n.to_string()), "{name}: {id}");
        }
    }
}

#[test]
fn a_a_dot_stands_where_its_value_is_on_the_axis() {
    for (name, spec) in specs() {
        let Plot::Dots(plot) = &spec.plot else { continue };
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let area = numbers(document.root_element().attribute("data-plot").expect("plot box"));
        for node in groups(&document, "mark").into_iter().chain(groups(&document, "reference")) {
            let share = (attribute(node, "data-value") - plot.axis.min) / (plot.axis.max - plot.axis.min);
            let expected = area[0] + share * (area[2] - area[0]);
            let [left, _, right, _] = *shape_boxes(node).last().expect("the sign is drawn last");
            assert!((f64::midpoint(left, right) - expected).abs() < 0.02, "{name}: {left} {right} {expected}");
        }
    }
}

#[test]
fn b_every_mark_is_inside_the_plot_box() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let area = numbers(document.root_element().attribute("data-plot").expect("plot box"));
        let class = if spec.figure == Figure::R2 { "cell" } else { "mark" };
        let marks: Vec<_> = [class, "bar", "area"].into_iter().flat_map(|class| groups(&document, class)).collect();
        assert!(!marks.is_empty(), "{name}");
        // Where values may lie on the edge of an axis, half of their sign hangs over it.
        let over = match spec.plot {
            Plot::Rows(_) | Plot::Panels(_) => 4.0,
            _ => 0.02,
        };
        for node in marks.into_iter().chain(groups(&document, "reference")) {
            for [left, top, right, bottom] in shape_boxes(node) {
                let inside = left >= area[0] - over
                    && right <= area[2] + over
                    && top >= area[1] - over
                    && bottom <= area[3] + over;
                assert!(
                    inside,
                    "{name}: {:?} {left} {top} {right} {bottom} not in {area:?}",
                    node.attribute("data-id")
                );
            }
        }
    }
}

fn assert_texts_apart(name: &str, text: &str) {
    let document = Document::parse(text).expect("well-formed");
    let view = numbers(document.root_element().attribute("viewBox").expect("a view box"));
    let boxes = text_boxes(&document);
    assert!(boxes.len() > 10, "{name}");
    for (index, (one, a)) in boxes.iter().enumerate() {
        assert!(a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= view[2] && a[3] <= view[3], "{name}: '{one}' is clipped {a:?}");
        for (other, b) in &boxes[..index] {
            let apart = a[2] <= b[0] + 0.01 || b[2] <= a[0] + 0.01 || a[3] <= b[1] + 0.01 || b[3] <= a[1] + 0.01;
            assert!(apart, "{name}: '{one}' {a:?} lies on '{other}' {b:?}");
        }
    }
}

#[test]
fn b_no_text_lies_on_another_and_none_is_clipped() {
    for (name, spec) in specs() {
        assert_texts_apart(&name, &drawn(&name, &spec));
    }
}

#[test]
fn b_no_sign_lies_on_a_text() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let words: Vec<_> = text_boxes(&document);
        for node in groups(&document, "mark").into_iter().chain(groups(&document, "verdict")) {
            for b in shape_boxes(node) {
                for (word, a) in words.iter().filter(|(word, _)| word.chars().count() > 2) {
                    let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                    assert!(apart, "{name}: a sign {b:?} lies on '{word}' {a:?}");
                }
            }
        }
    }
}
