//! (d) titles, alt texts and notes; (e) suppression.

use super::super::build::{DimensionFigure, FactorFigure};
use super::*;

#[test]
fn d_title_alt_and_note_say_what_they_must() {
    for (name, spec) in specs() {
        let words = spec.title.split_whitespace().count();
        assert!((1..=12).contains(&words), "{name}: {words} words: {}", spec.title);
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        for id in root.attribute("aria-labelledby").expect("labelled").split(' ') {
            let named =
                document.descendants().find(|node| node.attribute("id") == Some(id)).expect("the label is there");
            assert!(!named.text().unwrap_or_default().is_empty(), "{name}: {id}");
        }
        let alt = alt_text(&spec);
        let sentences = alt.matches(". ").count() + 1;
        assert!((2..=5).contains(&sentences), "{name}: {sentences} sentences: {alt}");
        let note = note_text(&spec);
        assert!(note.contains(&spec.note.fingerprint[..8]), "{name}: {note}");
        assert!(note.contains(&number::date(spec.note.computed, spec.language)), "{name}: {note}");
        // A plan has no sample.
        if !matches!(spec.figure, Figure::R1 | Figure::R2 | Figure::R3) {
            let n = spec.note.n.map(|n| number::whole(n, spec.language));
            let n = n.map_or_else(|| "n: ".to_owned(), |n| format!("n = {n} "));
            assert!(note.contains(&n), "{name}: {note}");
        }
        let lines: Vec<_> = groups(&document, "note")
            .iter()
            .flat_map(|group| group.descendants())
            .filter_map(|node| if node.has_tag_name("text") { node.text() } else { None })
            .collect();
        assert_eq!(lines.join(" "), note, "{name}: the whole note is printed");
        assert!(!text.contains("<script") && !text.contains("href"), "{name}");
        assert_eq!(groups(&document, "draft").len(), usize::from(spec.draft), "{name}");
    }
}

/// A round in which one estimate rests on 12 answers and has digits that occur nowhere else.
fn with_secret() -> (DimensionFigure, FactorFigure) {
    let mut papi = examples::changed_round();
    let secret = &mut papi.rows[4];
    (secret.estimate, secret.lower, secret.upper) = (Some(6.918_273), Some(6.615_243), Some(7.281_937));
    (secret.standard_error, secret.n) = (Some(0.137_919), Some(12));
    secret.change = Some(Interval { lower: -0.912_349, upper: -0.518_271 });
    let mut sipas = examples::sipas();
    let secret = &mut sipas.rows[3];
    (secret.estimate, secret.lower, secret.upper) = (Some(69.182_73), Some(66.152_43), Some(72.819_37));
    (secret.standard_error, secret.n) = (Some(1.379_19), Some(12));
    (papi, sipas)
}

/// What an SVG tells apart from coordinates: its texts and the attributes that carry meaning.
fn told(svg: &str) -> String {
    let document = Document::parse(svg).expect("well-formed");
    let texts = document.descendants().filter_map(|node| node.text());
    let attributes = document.descendants().flat_map(|node| node.attributes());
    let meaning =
        attributes.filter(|attribute| attribute.name().starts_with("data-") && attribute.name() != "data-plot");
    texts.chain(meaning.map(|attribute| attribute.value())).collect::<Vec<_>>().join("\n")
}

#[test]
fn e_a_suppressed_estimate_is_nowhere() {
    for language in LANGUAGES {
        let (papi, sipas) = with_secret();
        let look = Look { language, size: Size::A4Cao };
        for spec in [p1_dimensions(&papi, look), p2_radar(&papi, look), s1_factors(&sipas, look)] {
            let spec = spec.expect("a figure");
            let table = data_table(&spec);
            let everywhere = [
                told(&svg(&spec).expect("drawn")),
                alt_text(&spec),
                note_text(&spec),
                table.to_csv(CsvProfile::Rfc4180),
                table.to_csv(CsvProfile::Vietnamese),
                table.to_json().to_string(),
                serde_json::to_string(&spec).expect("plain data"),
            ];
            let secrets = [
                "6.918",
                "6,918",
                "6.92",
                "6,92",
                "6.615",
                "6,62",
                "7.28193",
                "7,28",
                "0.137919",
                "0.9123",
                "0,91",
                "0.5182",
                "69.18",
                "69,18",
                "66.15",
                "66,15",
                "72.81",
                "72,82",
                "\"n\":12",
                ";12;",
                ",12,",
                "data-n=\"12\"",
            ];
            for text in &everywhere {
                for secret in secrets {
                    assert!(!text.contains(secret), "{:?} tells {secret}: {text}", spec.figure);
                }
            }
            let hidden = if language == Language::Vi { "không hiển thị, n < 30" } else { "not shown, n < 30" };
            assert!(note_text(&spec).contains(hidden), "the note explains the dash");
            assert!(alt_text(&spec).contains("n < 30"));
        }
    }
}
