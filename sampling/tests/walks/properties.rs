//! What holds for every method on every frame.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sampling::selection::SelectionMethod;
use sampling::{Role, Sample, SampleDesign, SamplingFrame, draw};

use crate::SMALL_DESIGN;

/// The small design by a method, with a rule for the south.
fn design(method: SelectionMethod, n: usize) -> SampleDesign {
    let text = SMALL_DESIGN.replace("pps_systematic", method.name()).replacen("n = 2", &format!("n = {n}"), 1);
    let text = if method.uses_size() { text } else { text.replace("size = \"households\"\n", "") };
    let rule = "[[stage.rule]]\nwhen = { region = \"S\" }\nn = 1\n[[stage]]\nlevel = \"household\"";
    SampleDesign::from_toml(&text.replacen("[[stage]]\nlevel = \"household\"", rule, 1)).unwrap()
}

/// The same with a total over the regions.
fn allocated(method: SelectionMethod) -> SampleDesign {
    let allocation = "allocation = { rule = \"proportional\", measure = \"households\", total = 3 }\n";
    let text = SMALL_DESIGN.replace("pps_systematic", method.name()).replacen("n = 2\n", allocation, 1);
    let text = if method.uses_size() { text } else { text.replace("size = \"households\"\n", "") };
    SampleDesign::from_toml(&text).unwrap()
}

fn rows(sizes: &[u64]) -> Vec<String> {
    let row = |(k, size): (usize, &u64)| format!("{},R,{k},C{k},{size}\n", ["N", "S"][k % 2]);
    sizes.iter().enumerate().map(row).collect()
}

fn frame(rows: &[String], design: &SampleDesign) -> SamplingFrame {
    let text = format!("region,region_name,cluster,cluster_name,households\n{}", rows.concat());
    SamplingFrame::read(text.as_bytes(), design).unwrap()
}

fn clusters(sample: &Sample) -> BTreeMap<String, BTreeSet<String>> {
    let mut clusters: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for unit in &sample.units {
        clusters.entry(unit.path[0].code.clone()).or_default().insert(unit.path[1].code.clone());
    }
    clusters
}

fn any_method() -> impl Strategy<Value = SelectionMethod> {
    (0..SelectionMethod::ALL.len()).prop_map(|place| SelectionMethod::ALL[place])
}

fn any_sizes() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(7_u64..60, 8..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn fixed_size_methods_take_as_many_as_rules_and_allocations_ask(
        method in any_method(), sizes in any_sizes(), n in 2_usize..4, seed in any::<u64>(),
    ) {
        prop_assume!(method.has_fixed_size());
        let by_rule = design(method, n);
        let taken = clusters(&draw(&frame(&rows(&sizes), &by_rule), &by_rule, seed).unwrap());
        prop_assert_eq!((taken["N"].len(), taken["S"].len()), (n, 1));
        let by_total = allocated(method);
        let sample = draw(&frame(&rows(&sizes), &by_total), &by_total, seed).unwrap();
        prop_assert_eq!(clusters(&sample).values().map(BTreeSet::len).sum::<usize>(), 3);
        for unit in &sample.units {
            prop_assert_eq!(unit.stages[0].n, Some(clusters(&sample)[&unit.path[0].code].len() as u64));
        }
    }

    #[test]
    fn stage_probabilities_multiply_whatever_the_method(
        method in any_method(), sizes in any_sizes(), seed in any::<u64>(),
    ) {
        let design = design(method, 2);
        let sample = draw(&frame(&rows(&sizes), &design), &design, seed).unwrap();
        for unit in sample.units_of(Role::Main) {
            let product = unit.stages[0].probability.get() * unit.stages[1].probability.get();
            prop_assert!((unit.inclusion_probability.get() - product).abs() < 1e-15);
            prop_assert!((unit.base_weight.get() * product - 1.0).abs() < 1e-12);
        }
        // Where π is in proportion to the households, every village stands for its share: their weights add up to all.
        if method.has_fixed_size() && method.meets_target() && method.uses_size() {
            let sum: f64 = sample.units_of(Role::Main).map(|unit| unit.base_weight.get()).sum();
            let households: u64 = sizes.iter().sum();
            prop_assert!((sum / f64::from(u32::try_from(households).unwrap()) - 1.0).abs() < 1e-9, "{sum} for {households}");
        }
    }

    #[test]
    fn the_order_of_the_rows_changes_nothing_for_order_free_methods(
        method in any_method(), sizes in any_sizes(), seed in any::<u64>(), turns in 1_usize..8,
    ) {
        prop_assume!(method.is_order_free());
        let mut turned = rows(&sizes);
        turned.rotate_left(turns.min(sizes.len()));
        turned.reverse();
        for design in [design(method, 2), allocated(method)] {
            let [one, other] = [rows(&sizes), turned.clone()].map(|rows| draw(&frame(&rows, &design), &design, seed).unwrap());
            prop_assert_eq!(clusters(&one), clusters(&other));
            let weights = |sample: &Sample| -> BTreeMap<String, u64> {
                sample.units.iter().map(|unit| (unit.unit_id.clone(), unit.base_weight.get().to_bits())).collect()
            };
            prop_assert_eq!(weights(&one), weights(&other));
        }
    }

    #[test]
    fn another_stratum_changes_no_other_units_whatever_the_method(
        method in any_method(), sizes in any_sizes(), seed in any::<u64>(),
    ) {
        let design = design(method, 2);
        let before = draw(&frame(&rows(&sizes), &design), &design, seed).unwrap();
        let mut more = vec!["C,Centre,a,A,30\n".to_owned(), "C,Centre,b,B,9\n".to_owned(), "C,Centre,c,C,11\n".to_owned()];
        more.extend(rows(&sizes));
        let after = draw(&frame(&more, &design), &design, seed).unwrap();
        let kept: Vec<_> = after.units.into_iter().filter(|unit| unit.path[0].code != "C").collect();
        prop_assert_eq!(kept, before.units);
    }
}
