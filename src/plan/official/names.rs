//! What the codes of published values mean, by the scoring trees that come with the program.

use std::collections::BTreeMap;

use problem::Words;
use reports::index::{preset, presets};

/// Names of the parts of an index in a year, by code; the whole is `total`. Empty where no tree of that index holds in the year.
#[must_use]
pub fn part_names(index: &str, year: i32) -> BTreeMap<String, Words> {
    let named = presets().iter().filter(|one| one.name.starts_with(index.split('-').next().unwrap_or(index)));
    let found = named.filter_map(|one| preset(one.name).ok()).find(|tree| {
        (tree.series() == index || index == "par-index" && tree.series().starts_with("par"))
            && tree.holds_in(i64::from(year))
    });
    let Some(tree) = found else { return BTreeMap::new() };
    let code = |code: &str| if code == tree.root() { "total".to_owned() } else { code.to_owned() };
    tree.nodes().iter().map(|node| (code(&node.code), node.name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_and_sub_dimensions_have_names_in_every_year_with_a_tree() {
        for year in [2018, 2019, 2020, 2021, 2024] {
            let names = part_names("papi", year);
            assert_eq!(names["6"].vi, "Cung ứng dịch vụ công", "{year}");
            assert!(names.contains_key("6.2") && names.contains_key("total"), "{year}");
        }
        assert!(part_names("papi", 2011).is_empty() && part_names("unknown", 2024).is_empty());
    }
}
