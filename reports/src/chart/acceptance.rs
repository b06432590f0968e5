//! The acceptance tests of every figure: the SVG is read back and held against what went in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use problem::{Language, Problems, Words};
use resvg::usvg::roxmltree::{Document, Node};
use unicode_normalization::UnicodeNormalization as _;

use super::build::{DimensionFigure, FactorFigure, Look, Metadata, examples, p1_dimensions, p2_radar, s1_factors};
use super::font::{Weight, width};
use super::palette::Color;
use super::*;

const LANGUAGES: [Language; 2] = [Language::Vi, Language::En];
/// Sizes that every example must fit.
const SIZES: [Size; 4] = [Size::A4, Size::A4Cao, Size::Slide, Size::Web];

/// Every example in every language and size, with its name.
fn specs() -> Vec<(String, ChartSpec)> {
    let mut specs = Vec::new();
    for language in LANGUAGES {
        for size in SIZES {
            let look = Look { language, size };
            let made: [(&str, Result<ChartSpec, Problems>); 8] = [
                ("p1-2019", p1_dimensions(&examples::bac_giang_2019(), look)),
                ("p1-2023", p1_dimensions(&examples::bac_giang_2023(), look)),
                ("p1-change", p1_dimensions(&examples::changed_round(), look)),
                ("p2-2019", p2_radar(&examples::bac_giang_2019(), look)),
                ("p2-change", p2_radar(&examples::changed_round(), look)),
                ("s1", s1_factors(&examples::sipas(), look)),
                ("s1-share", s1_factors(&examples::sipas_in_shares(), look)),
                ("s1-hidden", s1_factors(&examples::sipas_with_hidden_factor(), look)),
            ];
            specs.extend(made.map(|(name, spec)| {
                (format!("{name} {language:?} {size:?}"), spec.unwrap_or_else(|problems| panic!("{name}: {problems}")))
            }));
        }
    }
    specs
}

fn drawn(name: &str, spec: &ChartSpec) -> String {
    svg(spec).unwrap_or_else(|problems| panic!("{name}: {problems}"))
}

fn attribute(node: Node<'_, '_>, name: &str) -> f64 {
    let text = node.attribute(name).unwrap_or_else(|| panic!("{name} of {:?}", node.tag_name()));
    text.parse().unwrap_or_else(|_| panic!("{name}={text}"))
}

fn groups<'a>(document: &'a Document<'a>, class: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.attribute("class") == Some(class)).collect()
}

/// A box of ink: left, top, right, bottom.
type Ink = [f64; 4];

fn text_boxes(document: &Document<'_>) -> Vec<(String, Ink)> {
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    let upright = texts.filter(|node| node.ancestors().all(|parent| parent.attribute("transform").is_none()));
    upright
        .map(|node| {
            let text = node.text().unwrap_or_default().to_owned();
            let size = attribute(node, "font-size");
            let weight = if node.attribute("font-weight") == Some("600") { Weight::SemiBold } else { Weight::Regular };
            let wide = width(&text, size, weight);
            let (x, y) = (attribute(node, "x"), attribute(node, "y"));
            let left = match node.attribute("text-anchor") {
                Some("middle") => x - wide / 2.0,
                Some("end") => x - wide,
                _ => x,
            };
            // Cap height and descender of Inter.
            (text, [left, y - 0.727 * size, left + wide, y + 0.2 * size])
        })
        .collect()
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | '-')))
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.parse().unwrap_or_else(|_| panic!("{piece}")))
        .collect()
}

/// Boxes of the shapes inside a group.
fn shape_boxes(group: Node<'_, '_>) -> Vec<Ink> {
    let shapes = group.children().filter(|node| node.has_tag_name("path") || node.has_tag_name("circle"));
    shapes
        .map(|node| {
            if node.has_tag_name("circle") {
                let (x, y, r) = (attribute(node, "cx"), attribute(node, "cy"), attribute(node, "r"));
                return [x - r, y - r, x + r, y + r];
            }
            let points = numbers(node.attribute("d").expect("a path"));
            let (xs, ys) = (points.iter().step_by(2), points.iter().skip(1).step_by(2));
            let least = |values: &mut dyn Iterator<Item = &f64>| values.fold(f64::INFINITY, |a, b| a.min(*b));
            let most = |values: &mut dyn Iterator<Item = &f64>| values.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
            [least(&mut xs.clone()), least(&mut ys.clone()), most(&mut xs.clone()), most(&mut ys.clone())]
        })
        .collect()
}

#[test]
fn a_every_value_in_the_picture_is_the_value_of_the_analysis() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let mut expected: Vec<(String, String, f64, Option<Interval>, Option<u64>)> = Vec::new();
        let mark =
            |id: &str, series: &str, mark: &Mark| (id.to_owned(), series.to_owned(), mark.value, mark.interval, mark.n);
        match &spec.plot {
            Plot::Dots(plot) => {
                for (index, row) in plot.rows.iter().enumerate() {
                    expected.extend(row.cell.mark().map(|shown| mark(&row.id, &plot.series_label, shown)));
                    for reference in &plot.references {
                        let value = reference.values[index];
                        expected
                            .extend(value.map(|value| (row.id.clone(), reference.label.clone(), value, None, None)));
                    }
                }
            }
            Plot::Radar(plot) => {
                for series in &plot.series {
                    let cells = plot.spokes.iter().zip(&series.cells);
                    expected.extend(cells.filter_map(|((id, _), cell)| Some(mark(id, &series.label, cell.mark()?))));
                }
            }
        }
        let marks: Vec<_> = document.descendants().filter(|node| node.has_attribute("data-value")).collect();
        assert_eq!(marks.len(), expected.len(), "{name}");
        for (id, series, value, interval, n) in expected {
            let found: Vec<_> = marks
                .iter()
                .filter(|node| node.attribute("data-id") == Some(&id) && node.attribute("data-series") == Some(&series))
                .collect();
            assert_eq!(found.len(), 1, "{name}: {id} {series}");
            let node = *found[0];
            assert!((attribute(node, "data-value") - value).abs() <= 1e-9, "{name}: {id}");
            assert_eq!(node.has_attribute("data-lo"), interval.is_some(), "{name}: {id}");
            if let Some(limits) = interval {
                assert!((attribute(node, "data-lo") - limits.lower).abs() <= 1e-9, "{name}: {id}");
                assert!((attribute(node, "data-hi") - limits.upper).abs() <= 1e-9, "{name}: {id}");
            }
            assert_eq!(node.attribute("data-n").map(str::to_owned), n.map(|n| n.to_string()), "{name}: {id}");
        }
    }
}

#[test]
fn a_a_dot_stands_where_its_value_is_on_the_axis() {
    for (name, spec) in specs() {
        let Plot::Dots(plot) = &spec.plot else { continue };
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let area = numbers(document.root_element().attribute("data-plot").expect("plot box"));
        for node in groups(&document, "mark").into_iter().chain(groups(&document, "reference")) {
            let share = (attribute(node, "data-value") - plot.axis.min) / (plot.axis.max - plot.axis.min);
            let expected = area[0] + share * (area[2] - area[0]);
            let [left, _, right, _] = *shape_boxes(node).last().expect("the sign is drawn last");
            assert!((f64::midpoint(left, right) - expected).abs() < 0.02, "{name}: {left} {right} {expected}");
        }
    }
}

#[test]
fn b_every_mark_is_inside_the_plot_box() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let area = numbers(document.root_element().attribute("data-plot").expect("plot box"));
        let marks = groups(&document, "mark");
        assert!(!marks.is_empty(), "{name}");
        for node in marks.into_iter().chain(groups(&document, "reference")) {
            for [left, top, right, bottom] in shape_boxes(node) {
                let inside = left >= area[0] - 0.02 && right <= area[2] + 0.02 && top >= area[1] && bottom <= area[3];
                assert!(
                    inside,
                    "{name}: {:?} {left} {top} {right} {bottom} not in {area:?}",
                    node.attribute("data-id")
                );
            }
        }
    }
}

fn assert_texts_apart(name: &str, text: &str) {
    let document = Document::parse(text).expect("well-formed");
    let view = numbers(document.root_element().attribute("viewBox").expect("a view box"));
    let boxes = text_boxes(&document);
    assert!(boxes.len() > 10, "{name}");
    for (index, (one, a)) in boxes.iter().enumerate() {
        assert!(a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= view[2] && a[3] <= view[3], "{name}: '{one}' is clipped {a:?}");
        for (other, b) in &boxes[..index] {
            let apart = a[2] <= b[0] + 0.01 || b[2] <= a[0] + 0.01 || a[3] <= b[1] + 0.01 || b[3] <= a[1] + 0.01;
            assert!(apart, "{name}: '{one}' {a:?} lies on '{other}' {b:?}");
        }
    }
}

#[test]
fn b_no_text_lies_on_another_and_none_is_clipped() {
    for (name, spec) in specs() {
        assert_texts_apart(&name, &drawn(&name, &spec));
    }
}

#[test]
fn b_no_sign_lies_on_a_text() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let words: Vec<_> = text_boxes(&document);
        for node in groups(&document, "mark").into_iter().chain(groups(&document, "verdict")) {
            for b in shape_boxes(node) {
                for (word, a) in words.iter().filter(|(word, _)| word.chars().count() > 2) {
                    let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                    assert!(apart, "{name}: a sign {b:?} lies on '{word}' {a:?}");
                }
            }
        }
    }
}

/// Relative luminance (WCAG 2.2).
fn luminance(Color(red, green, blue): Color) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn contrast_on_white(color: Color) -> f64 {
    1.05 / (luminance(color) + 0.05)
}

fn parsed(hex: &str) -> Color {
    let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("a hex colour");
    Color(part(1), part(3), part(5))
}

#[test]
fn c_text_and_signs_keep_their_contrast_on_white() {
    assert!(
        (contrast_on_white(palette::BLUE) - 5.19).abs() < 0.01
            && (contrast_on_white(palette::VERMILLION) - 3.87).abs() < 0.01
    );
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        for node in document.descendants().filter(|node| node.has_tag_name("text")) {
            if node.ancestors().any(|parent| parent.attribute("class") == Some("draft")) {
                continue;
            }
            let ratio = contrast_on_white(parsed(node.attribute("fill").expect("a fill")));
            assert!(ratio >= 4.5, "{name}: {:?} has {ratio:.2}", node.text());
            assert!(attribute(node, "font-size") >= 7.5, "{name}: {:?} is too small", node.text());
        }
        for class in ["mark", "reference", "verdict", "guide", "series"] {
            for shape in groups(&document, class).into_iter().flat_map(|group| group.children()) {
                for paint in [shape.attribute("fill"), shape.attribute("stroke")].into_iter().flatten() {
                    if paint != "none" && paint != "#FFFFFF" && !shape.has_tag_name("text") {
                        assert!(contrast_on_white(parsed(paint)) >= 3.0, "{name}: {paint} in {class}");
                    }
                }
            }
        }
    }
}

#[test]
fn c_series_are_told_apart_without_colour() {
    for (name, spec) in specs() {
        let text = drawn(&name, &spec);
        let document = Document::parse(&text).expect("well-formed");
        let mut shapes: BTreeMap<String, String> = BTreeMap::new();
        for node in document.descendants().filter(|node| node.has_attribute("data-marker")) {
            let series = node.attribute("data-series").expect("a series").to_owned();
            let marker = node.attribute("data-marker").expect("a marker").to_owned();
            // The whole is a diamond among dots of the same series, and care makes a sign hollow; the series' own sign counts.
            if node.attribute("class") != Some("mark") || !marker.starts_with("hollow") && !shapes.contains_key(&series)
            {
                shapes.insert(series, marker);
            }
        }
        let mut markers: Vec<_> = shapes.values().collect();
        markers.sort();
        markers.dedup();
        assert_eq!(markers.len(), shapes.len(), "{name}: {shapes:?}");
    }
}

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
        assert!((2..=4).contains(&sentences), "{name}: {sentences} sentences: {alt}");
        let note = note_text(&spec);
        assert!(note.contains("3f2a91bc"), "{name}: {note}");
        assert!(note.contains(&number::date(spec.note.computed, spec.language)), "{name}: {note}");
        assert!(note.contains(&format!("n = {}", spec.note.n.expect("n"))), "{name}: {note}");
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
    secret.change = Some(Interval { lower: 0.512_349, upper: 0.918_271 });
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
                "0.5123",
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

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/chart/golden").join(name)
}

/// First lines that differ, as a reader wants them.
fn difference(expected: &str, got: &str) -> Option<String> {
    let (expected, got): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    let pairs = (0..expected.len().max(got.len())).map(|line| (line, expected.get(line), got.get(line)));
    let different: Vec<String> = pairs
        .filter(|(_, one, other)| one != other)
        .map(|(line, one, other)| {
            format!("line {}:\n  - {}\n  + {}", line + 1, one.unwrap_or(&"(none)"), other.unwrap_or(&"(none)"))
        })
        .collect();
    let count = different.len();
    (count > 0).then(|| format!("{count} lines differ, the first of them:\n{}", different[..count.min(12)].join("\n")))
}

/// The golden files are made anew by `KHAOSAT_BLESS=1 cargo test -p khaosat-reports golden`; look at them before committing.
#[test]
fn f_figures_are_the_golden_ones() {
    let look = Look::default();
    let figures = [
        ("p1_bac-giang_2019.svg", p1_dimensions(&examples::bac_giang_2019(), look)),
        ("p2_bac-giang_2019.svg", p2_radar(&examples::bac_giang_2019(), look)),
        ("s1_example.svg", s1_factors(&examples::sipas(), look)),
    ];
    for (name, spec) in figures {
        let got = drawn(name, &spec.expect("a figure"));
        if std::env::var_os("KHAOSAT_BLESS").is_some() {
            std::fs::write(golden(name), &got).expect("a writable golden file");
        }
        let expected = std::fs::read_to_string(golden(name)).unwrap_or_default();
        if let Some(difference) = difference(&expected, &got) {
            panic!("{name}: {difference}");
        }
    }
}

#[test]
fn g_the_longest_official_names_fit_160_mm() {
    // Names of the index and of SIPAS that are longest in the published lists.
    let long = [
        "Công khai quy hoạch, kế hoạch sử dụng đất; bảng giá, bồi thường đất",
        "Sử dụng cổng thông tin điện tử của chính quyền địa phương",
        "Công khai, minh bạch trong việc ra quyết định ở địa phương",
        "Quyết tâm chống tham nhũng của chính quyền địa phương",
        "Thủ tục liên quan giấy chứng nhận quyền sử dụng đất",
        "Kiểm soát tham nhũng trong chính quyền địa phương",
        "Phúc đáp của chính quyền qua cổng thông tin điện tử",
        "Mức độ và hiệu quả trong tiếp xúc với chính quyền",
    ];
    let mut papi = examples::bac_giang_2019();
    for (row, name) in papi.rows.iter_mut().zip(long) {
        row.name = Words::new(name, name);
    }
    let mut sipas = examples::sipas();
    for (row, name) in sipas.rows.iter_mut().zip(long) {
        row.name = Words::new(name, name);
    }
    let look = |size| Look { language: Language::Vi, size };
    let specs = [
        // Eight names of the lowest level, longer than any dimension has, need the higher of the two 160 mm sizes;
        // the official names of the dimensions fit both.
        p1_dimensions(&papi, look(Size::A4Cao)),
        p2_radar(&papi, look(Size::A4Cao)),
        p1_dimensions(&examples::changed_round(), look(Size::A4)),
        p2_radar(&examples::changed_round(), look(Size::A4)),
        s1_factors(&sipas, look(Size::A4)),
    ];
    for spec in specs {
        let spec = spec.expect("a figure");
        let name = format!("{:?} {:?}", spec.figure, spec.size);
        assert_texts_apart(&name, &drawn(&name, &spec));
    }
}

#[test]
fn g_what_cannot_fit_says_so() {
    let spec = p1_dimensions(&examples::bac_giang_2019(), Look { size: Size::Nua, ..Look::default() }).expect("a spec");
    assert_eq!(svg(&spec).expect_err("too small").0[0].code, "chart_does_not_fit");
}

#[test]
fn h_two_runs_give_the_same_bytes() {
    let make = || {
        let spec =
            p1_dimensions(&examples::changed_round(), Look { size: Size::Slide, ..Look::default() }).expect("a spec");
        let text = svg(&spec).expect("drawn");
        let picture = png(&text, spec.size).expect("a picture");
        (text, picture)
    };
    let (one, other) = (make(), make());
    assert_eq!(one.0, other.0);
    assert!(one.1 == other.1, "PNG bytes differ");
}

#[test]
fn h_decomposed_letters_give_the_same_figure() {
    let nfd =
        |words: &mut Words| *words = Words::new(words.vi.nfd().collect::<String>(), words.en.nfd().collect::<String>());
    let metadata = |metadata: &mut Metadata| {
        nfd(&mut metadata.survey);
        nfd(&mut metadata.unit);
        nfd(&mut metadata.method);
    };
    let (mut papi, mut sipas) = (examples::changed_round(), examples::sipas());
    metadata(&mut papi.metadata);
    metadata(&mut sipas.metadata);
    papi.rows.iter_mut().chain(&mut sipas.rows).chain(&mut sipas.overall).for_each(|row| nfd(&mut row.name));
    papi.references.iter_mut().for_each(|reference| nfd(&mut reference.label));
    sipas.comparisons.iter_mut().for_each(|(name, _)| nfd(name));
    let look = Look { size: Size::Slide, ..Look::default() };
    let pairs = [
        (p1_dimensions(&papi, look), p1_dimensions(&examples::changed_round(), look)),
        (p2_radar(&papi, look), p2_radar(&examples::changed_round(), look)),
        (s1_factors(&sipas, look), s1_factors(&examples::sipas(), look)),
    ];
    for (decomposed, composed) in pairs {
        let (decomposed, composed) = (decomposed.expect("a spec"), composed.expect("a spec"));
        assert_eq!(svg(&decomposed), svg(&composed));
        assert_eq!(decomposed, composed);
    }
}

#[test]
fn h_a_png_has_its_paper_size_and_no_transparency() {
    let spec = s1_factors(&examples::sipas(), Look::default()).expect("a spec");
    let bytes = png(&svg(&spec).expect("drawn"), spec.size).expect("a picture");
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("pixels");
    let info = reader.info();
    assert_eq!((info.width, info.height, info.color_type), (1890, 1122, ::png::ColorType::Rgb));
    // 300 dots an inch are 11 811 pixels a metre.
    assert_eq!(info.pixel_dims.map(|dims| (dims.xppu, dims.yppu)), Some((11_811, 11_811)));
    assert_eq!(pixels[..3], [255, 255, 255], "white paper");
    let inked = pixels.chunks_exact(3).filter(|pixel| pixel != &[255, 255, 255]).count();
    assert!(inked > 40_000, "{inked} pixels of ink: the text was drawn with the bundled font");
}
