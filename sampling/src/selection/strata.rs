//! All strata of a frame that lies in memory as slices: national frames of tens of millions of units.

use std::ops::Range;

use problem::{Place, Problem, Problems};

use super::{PreparedSelection, Selected, SelectionMethod, Units};
use crate::stream::{Stream, StreamKey};

/// A stratum of a frame in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stratum<'a> {
    /// Its label, which keys its random stream.
    pub label: &'a str,
    /// Where its units stand among the sizes.
    pub units: Range<usize>,
}

/// Draws `n` units in each stratum; positions are those in `sizes`. Nothing is copied for [`SelectionMethod::PpsSystematic`]
/// without certainty units; every method sees the units in the order of the slice.
///
/// # Formula
/// That of the method, in each stratum on its own, with the stream keyed by seed, stage and the stratum's label: another
/// stratum, or another order of the strata, changes nothing.
///
/// # Errors
/// Strata beyond the sizes, overlapping, or with the same label; those of [`PreparedSelection::new`] and strata with fewer
/// than `n` units, each with its label.
pub fn select_in_strata(
    method: SelectionMethod,
    sizes: &[u64],
    strata: &[Stratum<'_>],
    n: u64,
    stage: &str,
    seed: u64,
) -> Result<Vec<Vec<Selected>>, Problems> {
    check(sizes.len(), strata)?;
    let mut problems = Problems::none();
    let mut all = Vec::with_capacity(strata.len());
    for stratum in strata {
        match in_stratum(method, &sizes[stratum.units.clone()], n, &key(stage, seed, stratum.label)) {
            Ok(mut selected) => {
                for one in &mut selected {
                    one.position += stratum.units.start as u64;
                }
                all.push(selected);
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| {
                let column = problem.place.as_ref().and_then(|place| place.column.clone());
                let place =
                    column.map_or_else(|| stratum.label.to_owned(), |column| format!("{}: {column}", stratum.label));
                problem.at(Place::column(place))
            })),
        }
    }
    problems.into_result(all)
}

fn key<'a>(stage: &'a str, seed: u64, label: &'a str) -> StreamKey<'a> {
    StreamKey { seed, stage, stratum: label, parent: "" }
}

fn in_stratum(method: SelectionMethod, sizes: &[u64], n: u64, key: &StreamKey<'_>) -> Result<Vec<Selected>, Problems> {
    if n > sizes.len() as u64 {
        return Err(Problem::new(
            "selection_too_many",
            "số đơn vị cần chọn lớn hơn số đơn vị của tầng",
            "more units are asked than the stratum has",
        )
        .expected(format!("≤ {}", sizes.len()))
        .got(n.to_string())
        .into());
    }
    let units = if method.uses_size() { Units::Sized(sizes) } else { Units::Counted(sizes.len() as u64) };
    Ok(PreparedSelection::new(method, units, n, 0)?.draw(&mut Stream::new(key)))
}

fn check(population: usize, strata: &[Stratum<'_>]) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let mut by_label: Vec<&str> = strata.iter().map(|stratum| stratum.label).collect();
    by_label.sort_unstable();
    for pair in by_label.windows(2).filter(|pair| pair[0] == pair[1]) {
        problems.push(wrong("hai tầng cùng một nhãn", "two strata have the same label", pair[0]));
    }
    let mut by_place: Vec<&Stratum<'_>> = strata.iter().collect();
    by_place.sort_by_key(|stratum| (stratum.units.start, stratum.units.end));
    for stratum in
        by_place.iter().filter(|stratum| stratum.units.start > stratum.units.end || stratum.units.end > population)
    {
        let (vi, en) = ("tầng nằm ngoài khung mẫu", "the stratum lies outside the frame");
        problems.push(
            wrong(vi, en, stratum.label).expected(format!("0..{population}")).got(format!("{:?}", stratum.units)),
        );
    }
    for pair in by_place.windows(2).filter(|pair| pair[1].units.start < pair[0].units.end) {
        problems.push(wrong("hai tầng chồng lên nhau", "two strata overlap", pair[1].label).got(pair[0].label));
    }
    problems.into_result(())
}

fn wrong(vi: &str, en: &str, label: &str) -> Problem {
    Problem::new("selection_bad_strata", vi, en).at(Place::column(label))
}
