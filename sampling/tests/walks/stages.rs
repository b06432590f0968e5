//! Any number of stages, each with strata of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use sampling::{Role, SampleDesign, SamplingFrame, draw};

/// Levels a, b, c, … each with `2 + depth` units in a unit above; columns `kind_a` … split them into two strata, `people` counts.
fn frame(depth: usize) -> (String, f64) {
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut headings: Vec<String> = names[..depth].iter().map(|name| (*name).to_owned()).collect();
    headings.extend(names[..depth].iter().map(|name| format!("kind_{name}")));
    let mut text = headings.join(",") + ",people\n";
    let mut total = 0;
    let mut path = vec![0_usize; depth];
    loop {
        let mut cells: Vec<String> = path.iter().map(ToString::to_string).collect();
        cells.extend(path.iter().map(|unit| ["odd", "even"][unit % 2].to_owned()));
        let people = 10 + path.iter().enumerate().map(|(place, unit)| (place + 3) * unit).sum::<usize>();
        total += people;
        writeln!(text, "{},{people}", cells.join(",")).unwrap();
        let Some(place) = (0..depth).rev().find(|place| path[*place] + 1 < 4) else { break };
        path[place] += 1;
        path[place + 1..].fill(0);
    }
    (text, f64::from(u32::try_from(total).unwrap()))
}

/// A design of `depth` listed stages and, at its end, ten counted people.
fn design(depth: usize) -> SampleDesign {
    let names = ["a", "b", "c", "d", "e", "f"];
    let methods = ["pps_systematic", "sampford", "brewer", "max_entropy", "pivotal", "chromy"];
    let mut text = "name = \"deep\"\n".to_owned();
    for name in &names[..depth] {
        write!(text, "[[level]]\nname = \"{name}\"\ncode = \"{name}\"\n").unwrap();
    }
    text += "[[level]]\nname = \"person\"\ncounted_by = \"people\"\n";
    for (name, method) in names[..depth].iter().zip(methods) {
        let stage = format!(
            "[[stage]]\nlevel = \"{name}\"\nstrata = [\"kind_{name}\"]\nn = 1\nmethod = \"{method}\"\nsize = \"people\"\n"
        );
        text += &stage;
    }
    text += "[[stage]]\nlevel = \"person\"\nn = 10\nmethod = \"simple_random\"\n";
    SampleDesign::from_toml(&text).unwrap()
}

#[test]
fn from_one_to_six_stages_above_the_people_probabilities_multiply_and_weights_add_up() {
    for depth in 1..=6 {
        let (text, people) = frame(depth);
        let design = design(depth);
        let frame = SamplingFrame::read(text.as_bytes(), &design).unwrap();
        for seed in 0..5 {
            let sample = draw(&frame, &design, seed).unwrap();
            // One unit of each kind at every stage.
            assert_eq!(sample.units.len(), 10 * 2_usize.pow(u32::try_from(depth).unwrap()), "{depth} stages");
            assert_eq!(sample.stages.len(), depth + 1);
            for unit in &sample.units {
                assert_eq!(unit.stages.len(), depth + 1);
                let product: f64 = unit.stages.iter().map(|stage| stage.probability.get()).product();
                assert!((unit.inclusion_probability.get() / product - 1.0).abs() < 1e-12);
                for (stage, label) in unit.stages.iter().zip(&unit.path) {
                    let kind = ["odd", "even"][label.code.parse::<usize>().unwrap() % 2];
                    assert_eq!(stage.stratum, kind, "each unit lies in the stratum it was drawn from");
                }
            }
            let sum: f64 = sample.units_of(Role::Main).map(|unit| unit.base_weight.get()).sum();
            assert!((sum / people - 1.0).abs() < 1e-9, "{depth} stages: {sum} for {people}");
        }
    }
}

#[test]
fn strata_of_several_columns_and_levels_are_every_combination_that_there_is() {
    let text = "name = \"several\"\n[[level]]\nname = \"a\"\ncode = \"a\"\n[[level]]\nname = \"b\"\ncode = \"b\"\n\
                [[level]]\nname = \"c\"\ncode = \"c\"\n\
                [[stage]]\nlevel = \"c\"\nstrata = [\"a\", \"kind_b\", \"kind_c\"]\nn = 2\nmethod = \"systematic\"\nsort_by = [\"b\"]\n";
    let design = SampleDesign::from_toml(text).unwrap();
    let frame = SamplingFrame::read(frame(3).0.as_bytes(), &design).unwrap();
    let sample = draw(&frame, &design, 1).unwrap();
    let mut strata: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for unit in &sample.units {
        let [a, b, c] = [0, 1, 2].map(|level| unit.path[level].code.as_str());
        let kind = |code: &str| ["odd", "even"][code.parse::<usize>().unwrap() % 2];
        assert_eq!(unit.stages[0].stratum, format!("{a}/{}/{}", kind(b), kind(c)));
        // Two of the four units of the combination: two b of this kind with two c of that kind.
        assert!((unit.inclusion_probability.get() - 0.5).abs() < 1e-15);
        strata.entry(&unit.stages[0].stratum).or_default().insert((b, c));
    }
    assert_eq!(strata.len(), 4 * 2 * 2);
    // Sorted by b, a systematic two of four takes one from each b.
    assert!(strata.values().all(|units| units.iter().map(|(b, _)| b).collect::<BTreeSet<_>>().len() == 2));
}
