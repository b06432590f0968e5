//! `khaosat demo`: everything that is promised is there, and says the same as everything else.

use std::collections::BTreeMap;

use super::workshop::{Demonstration, SEED, demonstration, rows, run_in, text};

const PROMISED: [&str; 92] = [
    "bao-cao/papi.docx",
    "bao-cao/papi.html",
    "bao-cao/papi.pdf",
    "bao-cao/papi.sentences.toml",
    "bao-cao/papi.xlsx",
    "bao-cao/par.docx",
    "bao-cao/par.html",
    "bao-cao/par.pdf",
    "bao-cao/par.sentences.toml",
    "bao-cao/par.xlsx",
    "bao-cao/scorecard.docx",
    "bao-cao/scorecard.html",
    "bao-cao/scorecard.pdf",
    "bao-cao/scorecard.sentences.toml",
    "bao-cao/scorecard.xlsx",
    "bao-cao/sipas.docx",
    "bao-cao/sipas.html",
    "bao-cao/sipas.pdf",
    "bao-cao/sipas.sentences.toml",
    "bao-cao/sipas.xlsx",
    "figures/f1.csv",
    "figures/f1.json",
    "figures/f1.pdf",
    "figures/f1.png",
    "figures/f1.svg",
    "figures/f2.csv",
    "figures/f2.json",
    "figures/f2.pdf",
    "figures/f2.png",
    "figures/f2.svg",
    "figures/f3.csv",
    "figures/f3.json",
    "figures/f3.pdf",
    "figures/f3.png",
    "figures/f3.svg",
    "figures/m1.csv",
    "figures/m1.json",
    "figures/m1.pdf",
    "figures/m1.png",
    "figures/m1.svg",
    "figures/p1.csv",
    "figures/p1.json",
    "figures/p1.pdf",
    "figures/p1.png",
    "figures/p1.svg",
    "figures/p2.csv",
    "figures/p2.json",
    "figures/p2.pdf",
    "figures/p2.png",
    "figures/p2.svg",
    "figures/p3.csv",
    "figures/p3.json",
    "figures/p3.pdf",
    "figures/p3.png",
    "figures/p3.svg",
    "figures/s1.csv",
    "figures/s1.json",
    "figures/s1.pdf",
    "figures/s1.png",
    "figures/s1.svg",
    "frame.csv",
    "index.html",
    "khaosat-demo.json",
    "khaosat.db",
    "khaosat.db.key",
    "plan/ke-hoach.xlsx",
    "plan/papi-gap.csv",
    "plan/r1.csv",
    "plan/r1.json",
    "plan/r1.pdf",
    "plan/r1.png",
    "plan/r1.svg",
    "plan/r2.csv",
    "plan/r2.json",
    "plan/r2.pdf",
    "plan/r2.png",
    "plan/r2.svg",
    "plan/r3.csv",
    "plan/r3.json",
    "plan/r3.pdf",
    "plan/r3.png",
    "plan/r3.svg",
    "plan/targets.csv",
    "plan/tasks-by-agency.csv",
    "sample/sample.csv",
    "sample/sample.csv.certificate.json",
    "sample/sample.xlsx",
    "scores/papi-2019.csv",
    "scores/papi-2019.json",
    "scores/sipas-2023.csv",
    "scores/sipas-2023.json",
    "truth.csv",
];

#[test]
fn everything_promised_is_there_and_nothing_else() {
    let demo = demonstration();
    let found = super::workshop::files(&demo.folder);
    let names: Vec<&str> = found.keys().map(String::as_str).filter(|name| !name.starts_with("khaosat.db-")).collect();
    assert_eq!(names, PROMISED);
    for (name, bytes) in &found {
        assert!(name.starts_with("khaosat.db-") || bytes.len() > 20, "{name} is all but empty");
    }
    for number in 1..=8 {
        assert!(demo.told.contains(&format!("[{number}/8]")), "a line for each step: {}", demo.told);
    }
    assert!(demo.told.contains("khaosat serve --database"), "{}", demo.told);
    assert!(demo.told.contains(SEED), "{}", demo.told);
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    let value: f64 = row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"));
    assert!(value.is_finite(), "{row:?}");
    value
}

/// Every row has estimate, standard error, degrees of freedom, n, and an interval that is a t interval around it.
fn assert_precise(row: &BTreeMap<String, String>) {
    let [estimate, se, lower, upper, level, df, n] =
        ["estimate", "standard_error", "lower", "upper", "confidence_level", "degrees_of_freedom", "n"]
            .map(|column| number(row, column));
    assert!(se > 0.0 && lower < estimate && estimate < upper && n >= 1.0 && df >= 1.0, "{row:?}");
    assert!((level - 0.95).abs() < 1e-12);
    assert!(((upper + lower) / 2.0 - estimate).abs() < 1e-9 * estimate.abs().max(1.0), "symmetric: {row:?}");
    // Quantiles 0.975 of Student's t, from any table.
    let t = match df as u32 {
        1 => 12.706_205,
        2 => 4.302_653,
        3 => 3.182_446,
        4 => 2.776_445,
        5 => 2.570_582,
        other => panic!("{other} degrees of freedom in a design of three districts: {row:?}"),
    };
    assert!(((upper - estimate) / se / t - 1.0).abs() < 1e-6, "{row:?}");
}

#[test]
fn papi_has_29_sub_dimensions_8_dimensions_and_a_total_each_with_its_precision() {
    let table = rows(&demonstration().text("scores/papi-2019.csv"));
    let of = |level: &str| table.iter().filter(|row| row["level"] == level).collect::<Vec<_>>();
    assert_eq!((of("sub_dimension").len(), of("dimension").len(), of("index").len()), (29, 8, 1));
    for row in table.iter().filter(|row| row["kind"] == "score") {
        assert_precise(row);
    }
    for row in of("dimension") {
        assert!((1.0..=10.0).contains(&number(row, "estimate")), "{row:?}");
        let parts: f64 = of("sub_dimension")
            .iter()
            .filter(|part| part["parent"] == row["code"])
            .map(|part| number(part, "estimate"))
            .sum();
        assert!((parts - number(row, "estimate")).abs() < 1e-9, "a dimension is the sum of its parts: {row:?}");
    }
    let dimensions: f64 = of("dimension").iter().map(|row| number(row, "estimate")).sum();
    assert!((dimensions - number(of("index")[0], "estimate")).abs() < 1e-9, "the total is the sum of the dimensions");
}

#[test]
fn sipas_has_its_factors_and_index_each_with_its_precision() {
    let table = rows(&demonstration().text("scores/sipas-2023.csv"));
    let scores: Vec<_> = table.iter().filter(|row| row["kind"] == "score").collect();
    assert!(scores.len() >= 6, "the index and its factors: {}", scores.len());
    assert_eq!(scores.iter().filter(|row| row["level"] == "index").count(), 1);
    for row in scores {
        assert_precise(row);
        assert!((0.0..=100.0).contains(&number(row, "estimate")), "a share in percent: {row:?}");
    }
}

#[test]
fn the_json_says_what_the_csv_says_to_the_last_bit() {
    for code in ["papi-2019", "sipas-2023"] {
        let text = demonstration().text(&format!("scores/{code}.json"));
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let index = &document["indexes"][0];
        assert_eq!(index["form_id"], code);
        let scores = index["scores"]["scores"].as_array().expect("scores");
        let table = rows(&demonstration().text(&format!("scores/{code}.csv")));
        let in_table: Vec<_> = table.iter().filter(|row| row["kind"] == "score").collect();
        assert_eq!(scores.len(), in_table.len());
        for (score, row) in scores.iter().zip(in_table) {
            assert_eq!(score["code"], row["code"].as_str());
            assert_eq!(score["estimate"]["n"].as_f64(), Some(number(row, "n")));
            // As text: a reader of JSON may round the last bit, a writer may not.
            for column in ["estimate", "standard_error", "lower", "upper"] {
                assert!(text.contains(&format!("\"{column}\":{}", row[column])), "{column} of {row:?}");
            }
        }
        for (path, value) in leaves(&document) {
            assert!(!value.to_string().contains("NaN"), "{path}");
        }
    }
}

fn leaves(value: &serde_json::Value) -> Vec<(String, &serde_json::Value)> {
    match value {
        serde_json::Value::Object(map) => map.iter().flat_map(|(key, value)| below(key, leaves(value))).collect(),
        serde_json::Value::Array(list) => {
            list.iter().enumerate().flat_map(|(at, value)| below(&at.to_string(), leaves(value))).collect()
        }
        leaf => vec![(String::new(), leaf)],
    }
}

fn below<'a>(key: &str, leaves: Vec<(String, &'a serde_json::Value)>) -> Vec<(String, &'a serde_json::Value)> {
    leaves.into_iter().map(|(path, value)| (format!("{key}.{path}"), value)).collect()
}

#[test]
fn the_truth_stands_beside_every_score_and_coverage_is_what_it_says() {
    let demo = demonstration();
    let truth = rows(&demo.text("truth.csv"));
    for code in ["papi-2019", "sipas-2023"] {
        let table = rows(&demo.text(&format!("scores/{code}.csv")));
        for score in table.iter().filter(|row| row["kind"] == "score") {
            let row = truth
                .iter()
                .find(|row| row["index"] == code && row["code"] == score["code"])
                .unwrap_or_else(|| panic!("the truth of {code} {}", score["code"]));
            assert_eq!(row["estimate"], score["estimate"]);
            let inside = (number(row, "lower")..=number(row, "upper")).contains(&number(row, "true_value"));
            assert_eq!(row["covered"], u8::from(inside).to_string(), "{row:?}");
        }
    }
}

/// Width, height and number of different colours of a PNG, every row of which is decoded.
fn picture(demo: &Demonstration, name: &str) -> (u32, u32, usize) {
    let bytes = demo.read(name);
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("whole");
    let mut colours: Vec<&[u8]> = pixels.chunks_exact(info.color_type.samples()).collect();
    colours.sort_unstable();
    colours.dedup();
    (info.width, info.height, colours.len())
}

#[test]
fn the_pictures_are_pictures() {
    let demo = demonstration();
    for figure in ["p1", "p2", "p3", "s1", "f1", "f2", "f3", "m1"] {
        let (width, height, colours) = picture(demo, &format!("figures/{figure}.png"));
        assert!(width >= 800 && height >= 400, "{figure}: {width} × {height}");
        assert!(colours >= 8, "{figure} is blank: {colours} colours");
        let svg = demo.text(&format!("figures/{figure}.svg"));
        assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{figure}");
        assert!(svg.contains("<title") && svg.contains("Bắc Giang"), "{figure} names itself and the province");
        for forbidden in ["<script", "href=\"http", "url(http", "@import", "<foreignObject"] {
            assert!(!svg.contains(forbidden), "{figure}: {forbidden}");
        }
        let document: serde_json::Value =
            serde_json::from_slice(&demo.read(&format!("figures/{figure}.json"))).expect("JSON");
        assert!(document["alt"].as_str().is_some_and(|alt| alt.len() > 60), "{figure} has words for who cannot see");
        let table = rows(&demo.text(&format!("figures/{figure}.csv")));
        assert_eq!(Some(table.len()), document["rows"].as_array().map(Vec::len), "{figure}");
    }
}

#[test]
fn the_page_stands_alone_and_its_links_lead_to_files_beside_it() {
    let demo = demonstration();
    let page = demo.text("index.html");
    assert!(page.contains("<html lang=\"vi\">") && page.contains("<style>"));
    for forbidden in ["<script", "<link", "<iframe", "<img", "src=", "http://", "https://", "@import", "url("] {
        let namespaces = page.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "");
        assert!(!namespaces.contains(forbidden), "the page needs {forbidden}");
    }
    let mut links = 0;
    for href in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        if !href.starts_with('#') {
            assert!(demo.folder.join(href).is_file(), "{href} leads nowhere");
            links += 1;
        }
    }
    assert!(links >= 18, "twelve figures, four tables, two lists: {links}");
    assert_eq!(page.matches("<figure>").count(), 4);
}

#[test]
fn nothing_of_this_machine_is_in_the_outputs() {
    let demo = demonstration();
    let folder = demo.folder.to_str().expect("UTF-8").to_owned();
    let mut words = vec![folder, "127.0.0.1".to_owned(), "localhost".to_owned(), env!("CARGO_MANIFEST_DIR").to_owned()];
    for variable in ["HOME", "HOSTNAME", "USER", "PWD"] {
        words.extend(std::env::var(variable).ok().filter(|value| value.len() > 4));
    }
    words.extend(
        std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()).filter(|n| n.len() > 4),
    );
    for (name, bytes) in super::workshop::lasting_files(&demo.folder) {
        for word in &words {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{name} holds {word}");
        }
    }
}

#[test]
fn the_sample_that_was_drawn_is_verified_from_the_outputs_alone() {
    let demo = demonstration();
    for list in ["sample/sample.csv", "sample/sample.xlsx"] {
        let output = run_in(&demo.folder, &["sample", "verify", "--sample", list, "--frame", "frame.csv"]);
        assert!(output.status.success(), "{list}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(SEED), "{}", text(&output.stdout));
    }
    let sample = rows(&demo.text("sample/sample.csv"));
    let roles = |role: &str| sample.iter().filter(|row| row["role"] == role).count();
    assert_eq!((roles("main"), roles("reserve")), (240, 120));
}

#[test]
fn the_papers_of_the_plan_say_what_was_published() {
    let demo = demonstration();
    let table = |name: &str| rows(&demo.text(&format!("plan/{name}.csv")));
    let targets = table("targets");
    let of_sipas: Vec<_> = targets.iter().filter(|row| row["index"].starts_with("sipas")).collect();
    assert!(targets.len() >= 18 && !of_sipas.is_empty(), "{} targets", targets.len());
    for row in &targets {
        assert!(!row["verdict"].is_empty() && !row["target"].is_empty(), "{row:?}");
        assert!(row["value"].parse::<f64>().is_ok_and(f64::is_finite) || row["value"].is_empty(), "{row:?}");
    }
    let agencies = table("tasks-by-agency");
    let mut led: Vec<u32> = agencies.iter().filter_map(|row| row["no"].parse().ok()).collect();
    led.sort_unstable();
    led.dedup();
    assert_eq!(led, (1..=22).collect::<Vec<_>>(), "every task has an agency that leads it");
    let gap = table("papi-gap");
    let total: f64 = gap.iter().filter(|row| row["code"].len() == 1).map(|row| number(row, "value")).sum();
    assert!((total - 44.6854).abs() < 0.005, "the eight dimensions of 2024 come to {total}");
    // The office's own round stands beside the published value, marked as what it is, with its interval.
    let figure = table("r1");
    let own: Vec<_> = figure.iter().filter(|row| row["basis"].contains("not official")).collect();
    assert!(own.len() == 1 && own[0]["code"] == "T02/total/bac-giang-mo-phong", "{own:?}");
    assert!(number(own[0], "lower") < number(own[0], "value") && number(own[0], "value") < number(own[0], "upper"));
    let told = String::from_utf8_lossy(&std::fs::read(demo.folder.join("plan/r1.svg")).expect("a figure")).into_owned();
    assert!(told.contains("simulated"), "the figure says which of its figures are simulated");
}
