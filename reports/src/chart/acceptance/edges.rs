//! Every figure under hard data: hidden cells, long names, decomposed letters, none, one, many, all missing, huge and tiny.

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::*;

fn value_of(figure: Figure) -> Value {
    serde_json::from_slice(&example_bytes(figure)).expect("JSON")
}

fn made(figure: Figure, value: &Value) -> Result<ChartSpec, Problems> {
    from_json(figure, &serde_json::to_vec(value).expect("bytes"), None, Look::default())
}

/// Calls on every object inside.
fn each_object(value: &mut Value, change: &mut dyn FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            change(fields);
            fields.values_mut().for_each(|inner| each_object(inner, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| each_object(inner, change)),
        _ => {}
    }
}

fn each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|inner| each_text(inner, change)),
        Value::Array(items) => items.iter_mut().for_each(|inner| each_text(inner, change)),
        Value::String(text) => *text = change(text),
        _ => {}
    }
}

/// If it can be made it can be drawn without overlaps, or says that it does not fit; it never panics.
fn tried(what: &str, figure: Figure, value: &Value) -> bool {
    let name = format!("{what} {figure:?}");
    let Ok(spec) = made(figure, value) else { return false };
    let spec = spec.fitted();
    match svg(&spec) {
        Ok(text) => {
            let document = Document::parse(&text).expect("well-formed");
            let boxes = text_boxes(&document);
            assert!(boxes.iter().all(|(_, ink)| ink.iter().all(|end| end.is_finite())), "{name}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{name}");
            assert!(!alt_text(&spec).contains("NaN") && !note_text(&spec).contains("NaN"), "{name}");
            true
        }
        Err(problems) => {
            let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
            assert!(codes.contains(&"chart_does_not_fit"), "{name}: {problems}");
            false
        }
    }
}

#[test]
fn a_the_numbers_of_the_data_file_are_the_numbers_of_the_drawing() {
    for figure in Figure::ALL {
        let mut value = value_of(figure);
        let spec = example(figure, Look::default());
        let text = drawn("example", &spec);
        let document = Document::parse(&text).expect("well-formed");
        let mut seen = 0;
        each_object(&mut value, &mut |fields| {
            let Some(estimate) = fields.get("estimate").and_then(Value::as_f64) else { return };
            let id = fields.get("code").and_then(Value::as_str).map(str::to_owned);
            let id = id.or_else(|| fields.get("year").map(Value::to_string)).expect("a code or a year");
            let n = fields.get("n").and_then(Value::as_u64);
            let hidden = n.is_some_and(|n| n < 30);
            let drawn = document.descendants().any(|node| {
                node.attribute("data-id") == Some(&id)
                    && node
                        .attribute("data-value")
                        .and_then(|text| text.parse::<f64>().ok())
                        .is_some_and(|value| (value - estimate).abs() <= 1e-9)
            });
            assert_eq!(drawn, !hidden, "{figure:?}: {id} {estimate}");
            seen += 1;
        });
        let has_estimates = !matches!(
            figure,
            Figure::R1
                | Figure::R2
                | Figure::R3
                | Figure::F1
                | Figure::F2
                | Figure::F3
                | Figure::F4
                | Figure::F5
                | Figure::F6
        );
        assert_eq!(seen > 0, has_estimates, "{figure:?}");
    }
}

#[test]
fn e_a_number_on_few_answers_is_nowhere_in_any_figure() {
    for figure in Figure::ALL {
        let count = {
            let mut count = 0;
            each_object(&mut value_of(figure), &mut |fields| {
                count += usize::from(fields.get("estimate").is_some_and(Value::is_number) && fields.contains_key("n"));
            });
            count
        };
        for target in 0..count {
            let mut value = value_of(figure);
            value["metadata"]["fingerprint"] = json!(examples::FINGERPRINT);
            let mut index = 0;
            each_object(&mut value, &mut |fields| {
                if !(fields.get("estimate").is_some_and(Value::is_number) && fields.contains_key("n")) {
                    return;
                }
                if index == target {
                    let mark = |text: &str| -> f64 { text.parse().expect("a number") };
                    let estimate = fields["estimate"].as_f64().expect("a number");
                    let secret = mark(&format!("{estimate:.1}371951"));
                    fields.insert("estimate".to_owned(), json!(secret));
                    if fields.get("lower").is_some_and(Value::is_number) {
                        fields.insert("lower".to_owned(), json!(mark(&format!("{:.1}482953", secret - 2.0))));
                        fields.insert("upper".to_owned(), json!(mark(&format!("{:.1}593157", secret + 0.5))));
                    }
                    fields.insert("n".to_owned(), json!(12));
                    fields.remove("change");
                }
                index += 1;
            });
            let Ok(spec) = made(figure, &value) else { panic!("{figure:?} {target}: {:?}", made(figure, &value)) };
            let spec = spec.fitted();
            let table = data_table(&spec);
            let everywhere = [
                serde_json::to_string(&spec).expect("plain data"),
                drawn("secret", &spec),
                alt_text(&spec),
                note_text(&spec),
                table.to_csv(CsvProfile::Rfc4180),
                table.to_csv(CsvProfile::Vietnamese),
                table.to_json().to_string(),
            ];
            for text in &everywhere {
                for secret in ["371951", "482953", "593157", "\"n\":12,", "data-n=\"12\""] {
                    assert!(!text.contains(secret), "{figure:?} {target} tells {secret}");
                }
            }
        }
    }
}

/// Long names of the two-tier country: agencies, communes, procedures.
const LONG: [&str; 6] = [
    "Ban Quản lý khu kinh tế và các khu công nghiệp tỉnh",
    "Sở Nông nghiệp và Môi trường; Văn phòng Hội đồng nhân dân và Ủy ban nhân dân tỉnh",
    "Trung tâm Phục vụ hành chính công phường Cảnh Thụy",
    "Thủ tục liên quan giấy chứng nhận quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất",
    "Công khai quy hoạch, kế hoạch sử dụng đất; bảng giá, bồi thường đất",
    "Ủy ban nhân dân đặc khu Hoàng Sa, thành phố Đà Nẵng",
];

#[test]
fn g_the_longest_official_names_fit_160_mm_in_every_figure() {
    for figure in Figure::ALL {
        let mut value = value_of(figure);
        let mut index = 0;
        each_object(&mut value, &mut |fields| {
            if !(fields.contains_key("code") || fields.contains_key("no")) {
                return;
            }
            let name = LONG[index % LONG.len()];
            index += 1;
            for key in ["name", "lead", "commune"] {
                if fields.contains_key(key) {
                    fields.insert(key.to_owned(), json!({ "vi": name, "en": name }));
                }
            }
        });
        let spec = made(figure, &value).unwrap_or_else(|problems| panic!("{figure:?}: {problems}")).fitted();
        let name = format!("{figure:?} {:?}", spec.size);
        assert_texts_apart(&name, &drawn(&name, &spec));
    }
}

#[test]
fn h_decomposed_letters_give_the_same_figure_always() {
    for figure in Figure::ALL {
        let mut value = value_of(figure);
        each_object(&mut value, &mut |fields| {
            if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                metadata.insert("fingerprint".to_owned(), json!(examples::FINGERPRINT));
            }
        });
        let composed = made(figure, &value).expect("a figure");
        each_text(&mut value, &|text| text.nfd().collect());
        let decomposed = made(figure, &value).unwrap_or_else(|problems| panic!("{figure:?}: {problems}"));
        assert_eq!(composed, decomposed, "{figure:?}");
        let text = serde_json::to_string(&decomposed).expect("plain data");
        assert!(unicode_normalization::is_nfc(&text), "{figure:?}");
    }
}

/// Lists whose length a figure must live with.
fn with_length(figure: Figure, length: usize) -> Value {
    let mut value = value_of(figure);
    // The rows get other codes, which values to compare with would not know.
    each_object(&mut value, &mut |fields| {
        if fields.contains_key("references") {
            fields.insert("references".to_owned(), json!([]));
        }
    });
    each_object(&mut value, &mut |fields| {
        for (key, inner) in fields.iter_mut() {
            let Value::Array(items) = inner else { continue };
            let is_rows = items.first().is_some_and(Value::is_object) && !matches!(key.as_str(), "remarks" | "answers");
            if !is_rows {
                continue;
            }
            let given = items.clone();
            *items = (0..length)
                .map(|index| {
                    let mut item = given[index % given.len()].clone();
                    if let Value::Object(fields) = &mut item {
                        if fields.contains_key("code") {
                            fields.insert("code".to_owned(), json!(format!("c{index}")));
                        }
                        for key in ["score", "satisfied", "satisfaction", "importance", "estimate"] {
                            if let Some(Value::Object(inner)) = fields.get_mut(key) {
                                inner.insert("code".to_owned(), json!(format!("c{index}")));
                            }
                        }
                        for key in ["no", "year"] {
                            if fields.contains_key(key) {
                                fields.insert(
                                    key.to_owned(),
                                    json!(if key == "no" { index + 1 } else { 1960 + index % 190 }),
                                );
                            }
                        }
                    }
                    item
                })
                .collect();
        }
    });
    value
}

#[test]
fn none_one_and_many_are_drawn_or_refused_in_words() {
    for figure in Figure::ALL {
        tried("none", figure, &with_length(figure, 0));
        tried("one", figure, &with_length(figure, 1));
        tried("forty", figure, &with_length(figure, 40));
        tried("many", figure, &with_length(figure, 400));
    }
    // A village, a service, a unit: one of them is a figure.
    for figure in [Figure::P3, Figure::P6, Figure::P7, Figure::S3, Figure::S6, Figure::F1, Figure::F2, Figure::F5] {
        assert!(tried("one", figure, &with_length(figure, 1)), "{figure:?}");
    }
    for figure in [Figure::P6, Figure::S3, Figure::S6, Figure::F5] {
        assert!(tried("forty", figure, &with_length(figure, 40)), "{figure:?}");
    }
}

#[test]
fn all_missing_is_a_figure_that_says_so() {
    for figure in Figure::ALL {
        let mut value = value_of(figure);
        let mut missing = 0;
        each_object(&mut value, &mut |fields| {
            if fields.get("estimate").is_some_and(Value::is_number) {
                missing += 1;
                fields.insert("estimate".to_owned(), Value::Null);
                if fields.contains_key("code") {
                    fields.insert("missing_reason".to_owned(), json!({ "vi": "chưa đo", "en": "not measured" }));
                }
                ["lower", "upper", "standard_error", "change"].iter().for_each(|key| {
                    fields.remove(*key);
                });
            }
        });
        if missing > 0 {
            assert!(tried("missing", figure, &value), "{figure:?}: {:?}", made(figure, &value).err());
        }
    }
}

#[test]
fn huge_and_tiny_numbers_are_drawn_or_refused_in_words() {
    for figure in Figure::ALL {
        for number in [1e300, 1e12, 1e-12, 0.0, -5.0] {
            let mut value = value_of(figure);
            each_object(&mut value, &mut |fields| {
                for key in ["estimate", "value", "population", "before", "after", "threshold", "expected"] {
                    if fields.get(key).is_some_and(Value::is_number) {
                        fields.insert(key.to_owned(), json!(number));
                        fields.remove("lower");
                        fields.remove("upper");
                    }
                }
                for key in ["minutes", "weights"] {
                    if let Some(Value::Array(items)) = fields.get_mut(key) {
                        items.iter_mut().for_each(|item| *item = json!(number));
                    }
                }
            });
            tried("number", figure, &value);
        }
        let mut value = value_of(figure);
        each_object(&mut value, &mut |fields| {
            for key in ["planned", "complete", "count", "received"] {
                if fields.get(key).is_some_and(Value::is_number) {
                    fields.insert(key.to_owned(), json!(123_456_789_u64));
                }
            }
        });
        tried("count", figure, &value);
    }
}
