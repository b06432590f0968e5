//! The functions that work on numbers.

use super::evaluate::Arguments;
use super::{Function, Value};

/// The value of a function of numbers; none when the function is not one of them.
pub(super) fn call(function: Function, given: &Arguments<'_>) -> Option<f64> {
    let x = || given.number(0);
    Some(match function {
        Function::Number => x(),
        Function::Int => x().trunc(),
        Function::Round => round(x(), (given.count() > 1).then(|| given.number(1))),
        Function::Abs => x().abs(),
        Function::Min => given.all_numbers().fold(f64::NAN, f64::min),
        Function::Max => given.all_numbers().fold(f64::NAN, f64::max),
        // Turns without an answer are left out, as ODK Collect does.
        Function::Sum => given
            .turns(0)
            .iter()
            .filter(|value| !value.to_text().is_empty())
            .map(Value::to_number)
            .fold(0.0, |sum, number| sum + number),
        Function::Count => given.turns(0).len() as f64,
        Function::CountNonEmpty => given.turns(0).iter().filter(|value| !value.to_text().is_empty()).count() as f64,
        Function::Pi => std::f64::consts::PI,
        Function::Pow => x().powf(given.number(1)),
        Function::Sqrt => x().sqrt(),
        Function::Exp => x().exp(),
        Function::Exp10 => 10_f64.powf(x()),
        Function::Log => x().ln(),
        Function::Log10 => x().log10(),
        Function::Sin => x().sin(),
        Function::Cos => x().cos(),
        Function::Tan => x().tan(),
        Function::Asin => x().asin(),
        Function::Acos => x().acos(),
        Function::Atan => x().atan(),
        Function::Atan2 => x().atan2(given.number(1)),
        _ => return None,
    })
}

/// How many conditions hold, by weight, lies between the first two numbers; -1 is no bound.
pub(super) fn checklist(given: &Arguments<'_>, weighted: bool) -> bool {
    let step = if weighted { 2 } else { 1 };
    let held = (2..given.count()).step_by(step).filter(|at| given.truth(*at));
    let sum: f64 = held.map(|at| if weighted { given.number(at + 1) } else { 1.0 }).sum();
    let (least, most) = (given.number(0), given.number(1));
    (least < 0.0 || sum >= least) && (most < 0.0 || sum <= most)
}

/// Halves go up (towards plus infinity), at a decimal place from -15 to 15; other places give NaN.
fn round(number: f64, places: Option<f64>) -> f64 {
    let places = places.unwrap_or(0.0);
    if places.fract() != 0.0 || places.abs() > 15.0 {
        return f64::NAN;
    }
    let factor = (0..places.abs() as u32).fold(1.0_f64, |power, _| power * 10.0);
    if places < 0.0 {
        half_up(number / factor) * factor
    } else if number.fract() == 0.0 {
        number
    } else {
        half_up(number * factor) / factor
    }
}

/// Not `floor(x + 0.5)`, which takes 0.49999999999999994 to 1.
fn half_up(number: f64) -> f64 {
    let below = number.floor();
    if number - below >= 0.5 { below + 1.0 } else { below }
}
