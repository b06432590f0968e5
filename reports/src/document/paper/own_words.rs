//! Words that a person wrote: numbers are named and not typed (`{{papi.total}}`), and words that judge a number beside them are found.
//!
//! The program cannot read. It knows which words judge, and which numbers a sentence holds; a sentence with both waits until somebody
//! has compared it. Where the number is one whose verdict is known, a sentence that says the contrary is refused.

use problem::Problem;

use super::material::{Material, Quantity};
use super::sentence::{places, verdict_words};
use crate::verdict::Verdict;

/// Words that say that a target was reached; a part of those that judge.
const REACHING: [&str; 7] = ["đạt", "vượt", "hoàn thành", "reached", "reaches", "achieved", "exceed"];
/// What turns them round, right before.
const NOT: [&str; 6] = ["chưa", "không", "chưa thể", "không thể", "not", "never"];

/// A paragraph with its numbers filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paragraph {
    pub(super) text: String,
    /// Whether one of its sentences judges a number.
    pub(super) judges: bool,
    /// Decimals that were typed and not named: they do not follow the data.
    pub(super) typed: Vec<String>,
}

/// The paragraphs of a text: one a line, empty lines aside.
///
/// # Errors
/// All of: placeholders that do not exist, sentences that contradict a verdict.
pub(super) fn paragraphs(text: &str, material: &Material) -> Result<Vec<Paragraph>, Vec<Problem>> {
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut paragraph = Paragraph { text: String::new(), judges: false, typed: Vec::new() };
        for sentence in sentences(line) {
            match read(sentence, material) {
                Ok(read) => {
                    paragraph.judges |= read.judges;
                    paragraph.typed.extend(read.typed);
                    paragraph.text.push_str(&read.text);
                }
                Err(found) => problems.extend(found),
            }
        }
        all.push(paragraph);
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

fn read(sentence: &str, material: &Material) -> Result<Paragraph, Vec<Problem>> {
    let Filled { text, named, plain } = filled(sentence, material)?;
    let words = plain.to_lowercase();
    let judges = !verdict_words(&words).is_empty() && text.chars().any(|letter| letter.is_ascii_digit());
    if let Some(problem) = judges.then(|| contradiction(sentence, &words, &text, &named, material)).flatten() {
        return Err(vec![problem]);
    }
    Ok(Paragraph { text, judges, typed: typed(&plain) })
}

/// A text with its placeholders filled in.
pub(super) struct Filled<'a> {
    pub(super) text: String,
    /// The numbers that it names.
    named: Vec<&'a Quantity>,
    /// What the person wrote, without the placeholders.
    plain: String,
}

/// Fills `{{name}}` with numbers and facts, `{name}` with facts.
///
/// # Errors
/// `placeholder_unknown` for each name that does not exist, `placeholder_open` where one does not close.
pub(super) fn filled<'a>(text: &str, material: &'a Material) -> Result<Filled<'a>, Vec<Problem>> {
    let mut out = Filled { text: String::new(), named: Vec::new(), plain: String::new() };
    let mut problems = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let before = &rest[..open];
        out.text.push_str(before);
        out.plain.push_str(before);
        out.plain.push(' ');
        let (opening, closing) = if rest[open..].starts_with("{{") { ("{{", "}}") } else { ("{", "}") };
        let inner = &rest[open + opening.len()..];
        let Some(length) = inner.find(closing) else {
            problems.push(
                Problem::new("placeholder_open", "chỗ điền số liệu không đóng ngoặc", "a placeholder does not close")
                    .expected("{{papi.total}}")
                    .got(rest[open..].chars().take(40).collect::<String>()),
            );
            rest = "";
            break;
        };
        let name = inner[..length].trim().to_lowercase();
        match (material.quantities.get(&name), material.facts.get(&name)) {
            (Some(quantity), _) if opening == "{{" => {
                out.text.push_str(&quantity.text);
                out.named.push(quantity);
            }
            (_, Some(fact)) => out.text.push_str(fact),
            _ => problems.push(unknown(&name, material)),
        }
        rest = &inner[length + closing.len()..];
    }
    out.text.push_str(rest);
    out.plain.push_str(rest);
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

/// Names there may be hundreds: those that begin most alike are told.
fn unknown(name: &str, material: &Material) -> Problem {
    let alike = |known: &str| known.chars().zip(name.chars()).take_while(|(one, other)| one == other).count();
    let mut known: Vec<&String> = material.quantities.keys().chain(material.facts.keys()).collect();
    known.sort_by_key(|known| std::cmp::Reverse(alike(known)));
    let known: Vec<String> = known.into_iter().take(8).map(|name| format!("{{{{{name}}}}}")).collect();
    Problem::new("placeholder_unknown", "không có số liệu mang tên này", "there is no number of this name")
        .expected(format!("{}, …", known.join(", ")))
        .got(format!("{{{{{name}}}}}"))
}

/// A sentence about a number with a verdict that says the contrary of it.
fn contradiction(sentence: &str, words: &str, text: &str, named: &[&Quantity], material: &Material) -> Option<Problem> {
    let written =
        material.quantities.values().filter(|known| known.verdict.is_some() && holds_number(text, &known.text));
    let verdict = named.iter().copied().chain(written).find_map(|known| known.verdict)?;
    let says = |is_turned: bool| {
        REACHING.iter().flat_map(|word| places(words, word)).any(|at| {
            let before = words[..at].trim_end();
            NOT.iter().any(|not| before.ends_with(not)) == is_turned
        })
    };
    let is_wrong = match verdict {
        Verdict::Reached => says(true),
        Verdict::NotReached => says(false),
        Verdict::NotEnoughEvidence => says(true) || says(false),
    };
    is_wrong.then(|| {
        let found = verdict.words();
        Problem::new(
            "own_words_contradict",
            "lời văn trái với kết luận tính từ khoảng tin cậy",
            "the words contradict the verdict that the interval gives",
        )
        .expected(problem::Words::new(found.vi.to_lowercase(), found.en.to_lowercase()))
        .got(sentence.trim())
        .hint(
            "dùng chỗ điền kết luận, chẳng hạn {{papi.total.verdict}}; nêu giá trị bằng “được ước lượng ở mức”",
            "name the verdict, such as {{papi.total.verdict}}; tell a value by “is estimated at”",
        )
    })
}

/// Whether the text holds this number and not a longer one.
fn holds_number(text: &str, number: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    !number.is_empty()
        && text.match_indices(number).any(|(at, _)| {
            !is_part(text[..at].chars().next_back()) && !is_part(text[at + number.len()..].chars().next())
        })
}

/// Decimals in what a person wrote.
fn typed(plain: &str) -> Vec<String> {
    plain
        .split(|letter: char| !(letter.is_ascii_digit() || letter == ',' || letter == '.'))
        .map(|word| word.trim_matches([',', '.']))
        .filter(|word| {
            let fraction = word.rsplit_once([',', '.']).map(|(_, fraction)| fraction.len());
            // 1.234 are thousands, 05.03 a day, 44,32 a number with decimals.
            fraction.is_some_and(|length| length != 3) && word.contains(',')
        })
        .map(str::to_owned)
        .collect()
}

/// A line in sentences, each with the space behind it.
fn sentences(line: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if matches!(letter, '.' | '!' | '?' | '…') && letters.peek().is_some_and(|(_, next)| next.is_whitespace()) {
            let end = at + letter.len_utf8() + 1;
            // The space is one byte unless it is a rare one; then it begins the next sentence.
            let end = if line.is_char_boundary(end) { end } else { at + letter.len_utf8() };
            all.push(&line[start..end]);
            start = end;
        }
    }
    all.push(&line[start..]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn material(verdict: Verdict) -> Material {
        let mut material = Material::default();
        for (name, text, verdict) in [
            ("sipas.total", "82,14%", Some(verdict)),
            ("sipas.total.verdict", "kết luận của chương trình", None),
            ("sipas.f1", "79,50%", None),
        ] {
            material.quantities.insert(name.to_owned(), Quantity { text: text.to_owned(), verdict });
        }
        material.facts.insert("year".to_owned(), "2024".to_owned());
        material
    }

    fn of(text: &str, verdict: Verdict) -> Result<Vec<Paragraph>, Vec<&'static str>> {
        paragraphs(text, &material(verdict)).map_err(|all| all.iter().map(|one| one.code).collect())
    }

    #[test]
    fn numbers_are_named_and_unknown_names_told_all_at_once() {
        let all = of("Năm {year}: {{ SIPAS.total }}.\n\nDòng hai {{sipas.f1}}.", Verdict::Reached).expect("good");
        assert_eq!(all[0].text, "Năm 2024: 82,14%.");
        assert_eq!(all[1].text, "Dòng hai 79,50%.");
        assert!(all.iter().all(|one| !one.judges && one.typed.is_empty()));
        assert_eq!(
            of("{{a}} và {{b}}. {{c", Verdict::Reached),
            Err(vec!["placeholder_unknown", "placeholder_unknown", "placeholder_open"])
        );
        let problems = paragraphs("{{sipas.tota}}", &material(Verdict::Reached)).expect_err("unknown");
        let told = problems[0].describe(problem::Language::Vi);
        assert!(told.contains("{{sipas.total}}") && told.contains("{{sipas.tota}}"), "{told}");
    }

    #[test]
    fn words_that_judge_beside_a_number_are_found_and_others_are_not() {
        for text in [
            "Tiếp cận tăng rõ so với 79,5.",
            "Năm 2024 cải thiện.",
            "{{sipas.f1}} cao hơn năm trước.",
            "It improved to 80.",
        ] {
            assert!(of(text, Verdict::Reached).expect("good")[0].judges, "{text}");
        }
        for text in ["Cần tăng cường tập huấn.", "Có 22 nhiệm vụ.", "Tổng: {{sipas.total}} ({{sipas.total.verdict}})."]
        {
            assert!(!of(text, Verdict::NotEnoughEvidence).expect("good")[0].judges, "{text}");
        }
    }

    #[test]
    fn nobody_writes_that_a_target_was_reached_when_the_interval_holds_it() {
        let refused = Err(vec!["own_words_contradict"]);
        for text in ["Tỉnh đạt {{sipas.total}}.", "Đã đạt 82,14% mục tiêu.", "Chưa đạt mục tiêu: {{sipas.total}}."]
        {
            assert_eq!(of(text, Verdict::NotEnoughEvidence), refused, "{text}");
        }
        assert_eq!(of("Tỉnh đã vượt mục tiêu với {{sipas.total}}.", Verdict::NotReached), refused);
        assert!(of("Tỉnh chưa đạt mục tiêu: {{sipas.total}}.", Verdict::NotReached).expect("true")[0].judges);
        assert!(of("Tỉnh đạt mục tiêu: {{sipas.total}}.", Verdict::Reached).expect("true")[0].judges);
        assert_eq!(of("Tỉnh chưa đạt mục tiêu: {{sipas.total}}.", Verdict::Reached), refused);
        // Another number, or another sentence, is not that number.
        assert!(of("Tiếp cận đạt 182,14%.", Verdict::NotEnoughEvidence).is_ok());
        assert!(of("Kết quả: {{sipas.total}}. Sở hoàn thành 3 lớp tập huấn.", Verdict::NotEnoughEvidence).is_ok());
    }

    #[test]
    fn typed_decimals_are_found() {
        assert_eq!(
            of("Từ 44,32 lên 45,1; có 1.234 hộ, ngày 05.03.", Verdict::Reached).expect("good")[0].typed,
            ["44,32", "45,1"]
        );
        assert!(of("Có {{sipas.total}}.", Verdict::Reached).expect("good")[0].typed.is_empty());
    }
}
