//! Acceptance tests.
use super::build::{Look, examples, p1_dimensions, p2_radar, s1_factors};
use super::*;
use problem::Language;

#[test]
fn look_at_them() {
    let dir = std::path::Path::new("/tmp/charts-scratch/out");
    std::fs::create_dir_all(dir).unwrap();
    for size in Size::ALL {
        for language in [Language::Vi, Language::En] {
            let look = Look { language, size };
            let specs = [
                ("p1-2019", p1_dimensions(&examples::bac_giang_2019(), look)),
                ("p1-change", p1_dimensions(&examples::changed_round(), look)),
                ("p2-2019", p2_radar(&examples::bac_giang_2019(), look)),
                ("p2-change", p2_radar(&examples::changed_round(), look)),
                ("s1", s1_factors(&examples::sipas(), look)),
            ];
            for (name, spec) in specs {
                let spec = spec.unwrap();
                match svg(&spec) {
                    Ok(text) => {
                        let file = format!("{name}_{size:?}_{language:?}").to_lowercase();
                        std::fs::write(dir.join(format!("{file}.svg")), &text).unwrap();
                        std::fs::write(dir.join(format!("{file}.png")), png(&text, size).unwrap()).unwrap();
                    }
                    Err(problems) => println!("{name} {size:?} {language:?}: {problems}"),
                }
            }
        }
    }
}
