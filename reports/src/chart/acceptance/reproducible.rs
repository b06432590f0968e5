//! (f) golden files, (g) long names, (h) the same bytes.

use std::path::PathBuf;

use problem::Words;
use unicode_normalization::UnicodeNormalization as _;

use super::super::build::Metadata;
use super::*;

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
        ("r1_example.svg", r1_targets(&examples::targets(), Look { size: Size::A4Trang, ..look })),
        ("r2_example.svg", r2_tasks(&examples::tasks(), Look { size: Size::A4Trang, ..look })),
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

/// The fingerprints are made anew as the golden files are; look at the figures before committing
/// (`khaosat chart ID --data reports/examples/ID.json --out ID.png`).
#[test]
fn f_every_figure_has_its_golden_fingerprint() {
    use sha2::{Digest as _, Sha256};
    let mut lines = Vec::new();
    for figure in Figure::ALL {
        for (language, name) in [(Language::Vi, "vi"), (Language::En, "en")] {
            let spec = example(figure, Look { language, ..Look::default() });
            let text = drawn("example", &spec);
            let digest: String =
                Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            lines.push(format!("{} {name} {digest}", figure.code()));
        }
    }
    let got = lines.join("\n") + "\n";
    if std::env::var_os("KHAOSAT_BLESS").is_some() {
        std::fs::write(golden("fingerprints.txt"), &got).expect("a writable golden file");
    }
    let expected = std::fs::read_to_string(golden("fingerprints.txt")).unwrap_or_default();
    if let Some(difference) = difference(&expected, &got) {
        panic!("figures have changed: {difference}");
    }
}

#[test]
fn h_two_runs_give_the_same_bytes_of_every_figure_in_every_format() {
    for figure in Figure::ALL {
        let spec = example(figure, Look::default());
        for format in ChartFormat::ALL {
            let [one, other] =
                [(), ()].map(|()| rendered(&spec, format).unwrap_or_else(|problems| panic!("{problems}")));
            assert!(one == other, "{figure:?} {format:?}");
            assert!(one.len() > 200, "{figure:?} {format:?}");
        }
    }
}

#[test]
fn a_pdf_is_one_tagged_page_with_its_title_and_text() {
    let spec = example(Figure::P3, Look::default());
    let bytes = pdf(&spec).expect("a PDF");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("%PDF-"));
    for part in ["/StructTreeRoot", "/Figure", "/Lang", "/ToUnicode", "/FontFile"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(text.contains("/Count 1"), "one page");
}

/// Every example as a picture, to be looked at: `KHAOSAT_PICTURES=DIR cargo test -p khaosat-reports pictures -- --ignored`.
#[test]
#[ignore = "writes pictures for people to look at"]
fn pictures_to_look_at() {
    let folder = PathBuf::from(std::env::var_os("KHAOSAT_PICTURES").expect("KHAOSAT_PICTURES"));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, spec) in specs().into_iter().filter(|(name, _)| name.contains(".json") || name.starts_with("map")) {
        let file = folder.join(name.replace(' ', "_"));
        let picture = png(&drawn(&name, &spec), spec.size).expect("a picture");
        std::fs::write(file.with_extension("png"), picture).expect("a file");
        std::fs::write(file.with_extension("pdf"), pdf(&spec).expect("a PDF")).expect("a file");
    }
}
