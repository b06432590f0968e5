//! Which units the variance is computed between when the draw leaves one unit a part: the default of the house.

use super::weights::WorkedUnit;

/// Stratum and PSU of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VarianceUnit {
    /// Stratum label.
    pub stratum: String,
    /// PSU label, unique over all strata.
    pub psu: String,
}

/// Stratum and PSU of each unit for the default variance.
///
/// # Formula
/// A first-stage unit taken with certainty is a stratum of its own, its second-stage units are the PSUs; all other
/// first-stage units of an explicit stratum are PSUs of one stratum. Variance as with replacement at this stage (no fpc).
///
/// # Source
/// Below the first stage every non-certainty part of the PAPI design holds one unit, so no design-unbiased variance
/// exists. Of the usual approximations this one came nearest to its nominal 95 % in simulation (see docs/METHODS.md and
/// `benches/coverage`); villages as PSUs, the tempting choice, covers about 81 %.
///
/// # Limits
/// Few degrees of freedom for one province (2 for 3 districts): intervals are wide, and honestly so.
#[must_use]
pub fn default_variance_units(units: &[WorkedUnit]) -> Vec<VarianceUnit> {
    units
        .iter()
        .map(|unit| {
            let certain = unit.area_certainty.first().copied().unwrap_or(false);
            let first = unit.areas.first().cloned().unwrap_or_default();
            if certain {
                let psu = unit.areas.get(1).map_or_else(|| unit.case_id.clone(), Clone::clone);
                VarianceUnit { stratum: format!("{}/certain/{first}", unit.stratum), psu: format!("{first}/{psu}") }
            } else {
                VarianceUnit { stratum: format!("{}/drawn", unit.stratum), psu: first }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fieldwork::disposition::Outcome;

    fn unit(district: &str, commune: &str, certain: bool) -> WorkedUnit {
        WorkedUnit {
            case_id: String::new(),
            areas: vec![district.to_owned(), commune.to_owned(), "v".to_owned()],
            area_probabilities: vec![1.0; 3],
            area_certainty: vec![certain, false, false],
            stratum: "p".to_owned(),
            listing_size: 1,
            disposition: Outcome::Complete,
            respondent_factor: Some(1.0),
        }
    }

    #[test]
    fn the_capital_is_split_into_communes_and_other_districts_are_psus() {
        let units = default_variance_units(&[
            unit("capital", "c1", true),
            unit("capital", "c2", true),
            unit("d2", "c3", false),
            unit("d2", "c4", false),
            unit("d3", "c5", false),
        ]);
        let mut strata: Vec<&str> = units.iter().map(|unit| unit.stratum.as_str()).collect();
        strata.dedup();
        assert_eq!(strata.len(), 2);
        let mut psus: Vec<&str> = units.iter().map(|unit| unit.psu.as_str()).collect();
        psus.dedup();
        assert_eq!(psus, ["capital/c1", "capital/c2", "d2", "d3"]);
    }
}
