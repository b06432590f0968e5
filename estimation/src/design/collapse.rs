//! Collapsing strata from which a single unit was sampled.

use problem::{Place, Problem};

use super::{DesignColumns, Ranks, Stage};

/// A stratum in which every unit's `1 − f` is below this is taken as sampled completely, and needs no partner.
const COMPLETE: f64 = 1e-7;

/// The strata of the first stage after collapsing, or `None` when no stratum has to be collapsed.
///
/// # Formula
/// The strata with one sampled unit that is not certain are put in order, by the column `collapse_by` and then by their label, and
/// joined two by two from the start; the last three together when their number is odd. A single such stratum joins its next
/// neighbour in that order among all strata that are not certain (the one before, if there is none after). A group of `g` units
/// then counts like a stratum: `g/(g−1) Σ (1−f_i)(z_i − z̄)²`, each unit with its own fraction.
///
/// # Source
/// Hansen, Hurwitz and Madow (1953), vol. 2, ch. 9.5; Cochran (1977), Sampling Techniques, §5A.12; Rust and Kalton (1987),
/// Journal of Official Statistics 3, 69–81.
///
/// # Limits
/// The variance is too large, by the squared differences between the joined strata: the order must come from what was known before
/// the survey (size, place), never from the answers. Only strata of the first stage are joined; a lonely unit below stops the
/// computation. Degrees of freedom are PSUs minus joined strata.
///
/// # Errors
/// `collapse_varies` when `collapse_by` takes several values in a stratum; `design_missing_value` when it is missing somewhere.
///
/// Checked: `tests/designs_of_variance.rs`.
pub(super) fn collapse(columns: &DesignColumns<'_>, stage: &Stage) -> Result<Option<Ranks>, Problem> {
    let single = |&stratum: &usize| stage.n_units_of_stratum(stratum) == 1;
    let open = |&stratum: &usize| {
        let first = stage.first_unit_of_stratum[stratum] as usize;
        (first..first + stage.n_units_of_stratum(stratum)).any(|unit| 1.0 - stage.fraction(unit) >= COMPLETE)
    };
    let mut order: Vec<usize> = (0..stage.n_strata()).filter(open).collect();
    if let Some(keys) = keys(columns, stage)? {
        order.sort_by_key(|&stratum| (keys[stratum], stratum));
    }
    let lonely: Vec<usize> = order.iter().copied().filter(single).collect();
    let groups: Vec<Vec<usize>> = match lonely.as_slice() {
        [] => return Ok(None),
        [one] => {
            let at = order.iter().position(|stratum| stratum == one).unwrap_or(0);
            let neighbour = order.get(at + 1).or_else(|| order.get(at.checked_sub(1)?));
            let Some(&neighbour) = neighbour else { return Ok(None) };
            vec![vec![*one, neighbour]]
        }
        several => {
            let mut groups: Vec<Vec<usize>> = several.chunks(2).map(<[usize]>::to_vec).collect();
            if let Some(last) = groups.pop_if(|last| last.len() == 1)
                && let Some(before) = groups.last_mut()
            {
                before.extend(last);
            }
            groups
        }
    };
    let mut joined: Vec<u32> = (0..stage.n_strata() as u32).collect();
    for group in groups {
        let first = group.iter().copied().min().unwrap_or(0) as u32;
        group.iter().for_each(|&stratum| joined[stratum] = first);
    }
    // Numbers of strata that were joined to another are not used any more, and ranks have no gaps.
    let (mut number, mut n_left) = (vec![0; joined.len()], 0);
    for (stratum, _) in joined.iter().enumerate().filter(|(stratum, into)| *stratum == **into as usize) {
        number[stratum] = n_left;
        n_left += 1;
    }
    let of_row = |unit: &u32| number[joined[stage.stratum_of_unit[*unit as usize] as usize] as usize];
    Ok(Some(Ranks { of_row: stage.unit_of_row.iter().map(of_row).collect(), n_labels: n_left as usize }))
}

/// The rank of `collapse_by` in each stratum.
fn keys(columns: &DesignColumns<'_>, stage: &Stage) -> Result<Option<Vec<u32>>, Problem> {
    let Some((name, column)) = columns.collapse_by else { return Ok(None) };
    let ranks = Ranks::of(column).map_err(|rows| super::check::missing(name, &rows))?;
    let mut keys: Vec<Option<u32>> = vec![None; stage.n_strata()];
    for (row, &unit) in stage.unit_of_row.iter().enumerate() {
        let rank = ranks.of_row[row];
        if *keys[stage.stratum_of_unit[unit as usize] as usize].get_or_insert(rank) != rank {
            return Err(Problem::new(
                "collapse_varies",
                format!("cột {name} có nhiều giá trị trong cùng một tầng"),
                format!("column {name} takes several values within a stratum"),
            )
            .at(Place::cell(row + 2, name))
            .expected(("một giá trị cho mỗi tầng", "one value for each stratum")));
        }
    }
    Ok(Some(keys.into_iter().map(|key| key.unwrap_or(0)).collect()))
}
