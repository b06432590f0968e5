//! (c) bars and areas without colour: grey printers and the kinds of colour blindness.

use super::*;
use crate::chart::layout::bar_fill;

/// Lightness and the two colour axes (CIE L*a*b*, D65).
fn lab(color: [f64; 3]) -> [f64; 3] {
    let [r, g, b] = color;
    let x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047;
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883;
    let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
}

fn linear(Color(red, green, blue): Color) -> [f64; 3] {
    [red, green, blue].map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    })
}

/// What a protanope, a deuteranope and a tritanope see (linear light; Machado, Oliveira and Fernandes 2009, severity 1).
const BLINDNESS: [[[f64; 3]; 3]; 3] = [
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
];

fn seen(color: Color, blindness: Option<&[[f64; 3]; 3]>) -> [f64; 3] {
    let light = linear(color);
    lab(blindness.map_or(light, |matrix| {
        matrix.map(|row| row.iter().zip(light).map(|(weight, part)| weight * part).sum::<f64>().clamp(0.0, 1.0))
    }))
}

fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

const BARS: [RowLook; 7] = [
    RowLook::BarWorst,
    RowLook::BarBad,
    RowLook::BarNeutral,
    RowLook::BarGood,
    RowLook::BarBest,
    RowLook::BarHatched,
    RowLook::BarEmpty,
];

#[test]
fn bars_that_touch_differ_in_grey() {
    for (name, spec) in specs() {
        let Plot::Rows(plot) = &spec.plot else { continue };
        for row in &plot.rows {
            let bars: Vec<(RowLook, usize, (f64, f64))> = row
                .parts
                .iter()
                .filter_map(|part| Some((plot.series.get(part.series)?.look, part.panel, part.span?)))
                .collect();
            for (index, one) in bars.iter().enumerate() {
                for other in &bars[index + 1..] {
                    let touches =
                        one.1 == other.1 && ((one.2.1 - other.2.0).abs() < 1e-9 || (other.2.1 - one.2.0).abs() < 1e-9);
                    // Both sides of zero touch too; there the axis stands between them.
                    let at_zero = one.2.0 * other.2.0 < 0.0
                        || one.2.0 == 0.0 && other.2.1 == 0.0
                        || other.2.0 == 0.0 && one.2.1 == 0.0;
                    if touches && !at_zero {
                        let [a, b] = [one.0, other.0].map(|look| seen(bar_fill(look), None)[0]);
                        let hatched = one.0 == RowLook::BarHatched || other.0 == RowLook::BarHatched;
                        assert!(
                            hatched || (a - b).abs() >= 20.0,
                            "{name}: {:?} {a:.0} beside {:?} {b:.0}",
                            one.0,
                            other.0
                        );
                    }
                }
            }
        }
    }
    for two in palette::CLASSES.windows(2) {
        let [a, b] = [two[0], two[1]].map(|color| seen(color, None)[0]);
        assert!(b - a >= 20.0, "{a:.0} {b:.0}");
    }
}

#[test]
fn colours_stay_apart_for_the_colour_blind() {
    let fills: Vec<Color> = BARS[..5].iter().map(|look| bar_fill(*look)).collect();
    let groups = [fills, palette::CLASSES.to_vec(), vec![palette::BLUE, palette::VERMILLION]];
    for blindness in &BLINDNESS {
        for colors in &groups {
            for (index, one) in colors.iter().enumerate() {
                for other in &colors[index + 1..] {
                    let apart = distance(seen(*one, Some(blindness)), seen(*other, Some(blindness)));
                    assert!(apart >= 15.0, "{one:?} {other:?} are {apart:.0} apart");
                }
            }
        }
    }
}

#[test]
fn bars_and_areas_have_an_outline_that_shows() {
    for color in [palette::MUTED, palette::OUTLINE] {
        assert!(contrast_on_white(color) >= 3.0);
        for look in [RowLook::BarBad, RowLook::BarNeutral, RowLook::BarGood, RowLook::BarEmpty] {
            assert!(contrast(color, bar_fill(look)) >= 3.0, "{look:?}");
        }
    }
}

/// Relative luminance (WCAG 2.2).
fn luminance(Color(red, green, blue): Color) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn contrast_on_white(color: Color) -> f64 {
    contrast(color, palette::WHITE)
}

fn contrast(one: Color, other: Color) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What a text stands on: the fill of its bar or area, or paper.
fn ground(text: Node<'_, '_>) -> Color {
    let group = text.parent().expect("a group");
    if !matches!(group.attribute("class"), Some("bar" | "area")) {
        return palette::WHITE;
    }
    let mut fills = group.children().filter(|node| node.has_tag_name("path")).filter_map(|node| node.attribute("fill"));
    fills.find(|fill| *fill != "none").map_or(palette::WHITE, parsed)
}

fn parsed(hex: &str) -> Color {
    let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("a hex colour");
    Color(part(1), part(3), part(5))
}

#[test]
fn c_text_and_signs_keep_their_contrast_on_white() {
    assert!(
        (contrast_on_white(palette::BLUE) - 5.19).abs() < 0.01
            && (contrast_on_white(palette::VERMILLION) - 3.87).abs() < 0.01
    );
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        for node in document.descendants().filter(|node| node.has_tag_name("text")) {
            if node.ancestors().any(|parent| parent.attribute("class") == Some("draft")) {
                continue;
            }
            let ink = parsed(node.attribute("fill").expect("a fill"));
            let ratio = contrast(ink, ground(node));
            assert!(ratio >= 4.5, "{name}: {:?} has {ratio:.2}", node.text());
            assert!(attribute(node, "font-size") >= 7.5, "{name}: {:?} is too small", node.text());
        }
        for class in ["mark", "reference", "verdict", "guide", "series"] {
            for shape in groups(&document, class).into_iter().flat_map(|group| group.children()) {
                for paint in [shape.attribute("fill"), shape.attribute("stroke")].into_iter().flatten() {
                    if paint != "none" && paint != "#FFFFFF" && !shape.has_tag_name("text") {
                        assert!(contrast_on_white(parsed(paint)) >= 3.0, "{name}: {paint} in {class}");
                    }
                }
            }
        }
    }
}

#[test]
fn c_series_are_told_apart_without_colour() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let mut shapes: BTreeMap<String, String> = BTreeMap::new();
        for node in document.descendants().filter(|node| node.has_attribute("data-marker")) {
            // Both numbers of a cross have one point; a bar is told by its fill, see `colours`.
            if spec.figure == Figure::S5 || node.attribute("class") == Some("bar") {
                continue;
            }
            let panel = node.attribute("data-panel").unwrap_or_default();
            let series = format!("{panel}/{}", node.attribute("data-series").expect("a series"));
            let marker = node.attribute("data-marker").expect("a marker").to_owned();
            // The whole is a diamond among dots of the same series, and care makes a sign hollow; the series' own sign counts.
            if node.attribute("class") != Some("mark") || !marker.starts_with("hollow") && !shapes.contains_key(&series)
            {
                shapes.insert(series, marker);
            }
        }
        let mut markers: Vec<_> = shapes
            .iter()
            .map(|(series, marker)| format!("{}/{marker}", series.split('/').next().unwrap_or_default()))
            .collect();
        markers.sort();
        markers.dedup();
        assert_eq!(markers.len(), shapes.len(), "{name}: {shapes:?}");
    }
}
