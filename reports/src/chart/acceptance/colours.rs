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
    let fills: Vec<Color> = BARS[..6].iter().map(|look| bar_fill(*look)).collect();
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
