//! Sentences made from numbers, by templates that an office can edit.
//!
//! A template is text with `{fields}` and nothing else: no conditions, no arithmetic. What a number means against a target or an
//! earlier year is said by `{verdict}` alone, whose words come from the interval ([`crate::verdict`]); a template that says it in its
//! own words is refused, so that no edit can make a sentence contradict its interval.

use std::collections::BTreeMap;

use problem::{Language, Place, Problem, Problems};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::model::{Origin, Sentence};

/// Words that say how a number stands to another: only a verdict may.
pub(super) const VERDICT_WORDS: [&str; 24] = [
    "đạt",
    "vượt",
    "hoàn thành",
    "tăng",
    "giảm",
    "cải thiện",
    "tiến bộ",
    "sụt",
    "cao hơn",
    "thấp hơn",
    "tốt hơn",
    "kém hơn",
    "ý nghĩa thống kê",
    "reached",
    "reaches",
    "achieved",
    "exceed",
    "increase",
    "decrease",
    "improve",
    "declin",
    "higher than",
    "lower than",
    "significant",
];

/// Templates by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentences(BTreeMap<String, [String; 2]>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    vi: String,
    en: String,
}

impl Sentences {
    /// The templates of a file: `[name]` with `vi` and `en`. Those that it does not name are taken from `base`.
    ///
    /// # Errors
    /// All of: a text that is no TOML of this kind, templates that judge, brackets that do not close.
    pub fn read(text: &str, base: Option<&Self>) -> Result<Self, Problems> {
        let written: BTreeMap<String, Written> = toml::from_str(text).map_err(|error| {
            Problem::new("sentences_toml", "không đọc được tệp câu mẫu", "the file of sentences cannot be read")
                .expected("[name] vi = \"…\" en = \"…\"")
                .got(error.to_string())
        })?;
        let mut problems = Problems::none();
        let mut all = base.map(|base| base.0.clone()).unwrap_or_default();
        for (name, Written { vi, en }) in written {
            for text in [&vi, &en] {
                if let Err(problem) = check(text) {
                    problems.push(problem.at(Place::column(name.clone())));
                }
            }
            all.insert(name, [vi, en]);
        }
        problems.into_result(Self(all))
    }

    /// The names of the templates with their words, Vietnamese and English.
    pub fn iter(&self) -> impl Iterator<Item = (&str, [&str; 2])> {
        self.0.iter().map(|(name, [vi, en])| (name.as_str(), [vi.as_str(), en.as_str()]))
    }

    /// The words of a template in a language.
    #[must_use]
    pub fn template(&self, name: &str, language: Language) -> Option<&str> {
        let [vi, en] = self.0.get(name)?;
        Some(if language == Language::Vi { vi } else { en })
    }

    /// The file of these templates, as [`Sentences::read`] takes it; with `base`, only those that differ from it.
    #[must_use]
    pub fn to_toml(&self, base: Option<&Self>) -> String {
        let mut text = String::new();
        for (name, [vi, en]) in &self.0 {
            if base.is_some_and(|base| base.0.get(name).is_some_and(|known| known[0] == *vi && known[1] == *en)) {
                continue;
            }
            let [vi, en] = [vi, en].map(|words| serde_json::Value::from(words.as_str()).to_string());
            text.push_str(&format!("[{name}]\nvi = {vi}\nen = {en}\n\n"));
        }
        text
    }

    /// The sentence of a template with these fields; `decided` says which words were edited and who has accepted which sentence.
    ///
    /// # Errors
    /// `sentence_unknown`, `sentence_field` with the fields that there are, `sentence_judges` for edited words that judge.
    pub fn made(
        &self,
        (name, slot): (&str, &str),
        fields: &BTreeMap<String, String>,
        language: Language,
        decided: &Decided,
    ) -> Result<Sentence, Problem> {
        let Some(of_office) = self.template(name, language) else {
            return Err(Problem::new("sentence_unknown", "không có câu mẫu này", "there is no such sentence")
                .expected(self.0.keys().cloned().collect::<Vec<_>>().join(", "))
                .got(name));
        };
        let edited = decided.edited.get(slot).map(String::as_str);
        let template = edited.unwrap_or(of_office);
        if edited.is_some() {
            check(template)?;
        }
        let mut text = String::new();
        for piece in pieces(template)? {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Field(field) => text.push_str(fields.get(field).ok_or_else(|| {
                    Problem::new(
                        "sentence_field",
                        "câu mẫu dùng trường không có",
                        "the sentence uses a field that is not there",
                    )
                    .at(Place::column(name))
                    .expected(fields.keys().cloned().collect::<Vec<_>>().join(", "))
                    .got(field)
                })?),
            }
        }
        let key = key(name, &text, fields);
        let accepted_by = decided.accepted.0.get(&key).cloned();
        let origin = if edited.is_some() { Origin::Edited } else { Origin::Template };
        Ok(Sentence { template: name.to_owned(), slot: slot.to_owned(), text, key, accepted_by, origin })
    }
}

/// What people decided about the sentences of one paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Who has accepted which sentence.
    pub accepted: Accepted,
    /// Templates that were edited for this paper, by the slot of their sentence.
    pub edited: BTreeMap<String, String>,
}

/// Who has accepted which sentence, by its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted(pub BTreeMap<String, String>);

#[derive(Deserialize)]
struct AcceptedFile {
    #[serde(default)]
    sentence: Vec<AcceptedSentence>,
}

#[derive(Deserialize)]
struct AcceptedSentence {
    key: String,
    #[serde(default)]
    accepted_by: String,
}

impl Accepted {
    /// The acceptances of a file that [`Accepted::to_toml`] wrote and a person filled in.
    ///
    /// # Errors
    /// `accepted_toml` for a text of another kind.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let file: AcceptedFile = toml::from_str(text).map_err(|error| {
            Problem::new(
                "accepted_toml",
                "không đọc được tệp chấp nhận câu",
                "the file of accepted sentences cannot be read",
            )
            .expected("[[sentence]] key = \"…\" accepted_by = \"…\"")
            .got(error.to_string())
        })?;
        let said = file.sentence.into_iter().map(|one| (one.key, one.accepted_by.trim().to_owned()));
        Ok(Self(said.filter(|(_, by)| !by.is_empty()).collect()))
    }

    /// A file with every sentence, for a person to read and to fill in who accepts it.
    #[must_use]
    pub fn to_toml<'a>(sentences: impl Iterator<Item = &'a Sentence>) -> String {
        let mut text = String::from(
            "# Đọc từng câu; ghi tên người chấp nhận vào accepted_by, rồi chạy lại với --accepted TỆP-NÀY.\n\
             # Số liệu đổi thì key đổi: câu phải được đọc lại.\n\
             # Read each sentence and write who accepts it; another number is another key.\n",
        );
        for sentence in sentences {
            let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
            text.push_str(&format!(
                "\n[[sentence]]\nkey = {}\ntext = {}\naccepted_by = {}\n",
                quoted(&sentence.key),
                quoted(&sentence.text),
                quoted(sentence.accepted_by.as_deref().unwrap_or_default())
            ));
        }
        text
    }
}

/// The fields are in it whether the words show them or not: who accepted a sentence accepted the numbers behind it.
pub(super) fn key(name: &str, text: &str, fields: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    let pairs = fields.iter().flat_map(|(field, value)| [field.as_str(), value.as_str()]);
    for part in [name, text].into_iter().chain(pairs) {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

enum Piece<'a> {
    Words(&'a str),
    Field(&'a str),
}

fn pieces(template: &str) -> Result<Vec<Piece<'_>>, Problem> {
    let broken = || {
        Problem::new("sentence_bracket", "ngoặc { } trong câu mẫu không khớp", "brackets of the sentence do not match")
            .got(template)
    };
    let mut all = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or_else(broken)? + open;
        let field = &rest[open + 1..close];
        if field.contains('{') || field.is_empty() || rest[..open].contains('}') {
            return Err(broken());
        }
        all.push(Piece::Words(&rest[..open]));
        all.push(Piece::Field(field));
        rest = &rest[close + 1..];
    }
    if rest.contains('}') {
        return Err(broken());
    }
    all.push(Piece::Words(rest));
    Ok(all)
}

/// That a template is well formed and leaves judging to `{verdict}`.
///
/// # Errors
/// `sentence_bracket`, `sentence_judges`.
pub(super) fn check(template: &str) -> Result<(), Problem> {
    let words: String = pieces(template)?
        .into_iter()
        .map(|piece| if let Piece::Words(words) = piece { words } else { " " })
        .collect::<String>()
        .to_lowercase();
    let found = verdict_words(&words);
    if found.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        "sentence_judges",
        "câu mẫu tự kết luận; chỉ {verdict} được kết luận",
        "the sentence judges; only {verdict} may",
    )
    .got(format!("{}: {template}", found.join(", ")))
    .hint("thay bằng {verdict}", "write {verdict} instead"))
}

/// The words in a text of small letters that judge.
pub(super) fn verdict_words(text: &str) -> Vec<&'static str> {
    VERDICT_WORDS.into_iter().filter(|word| places(text, word).next().is_some()).collect()
}

/// Where the text holds the word, beginning where a word begins.
pub(super) fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        // English stems go on ("improved"), Vietnamese syllables do not ("đạt" is not in "đạtt").
        before.is_none_or(|letter| !letter.is_alphanumeric())
            && (word.is_ascii() || after.is_none_or(|letter| !letter.is_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_shipped_sentences_can_be_read_and_none_judges() {
        assert!(Sentences::read(super::super::SENTENCES, None).is_ok());
    }

    #[test]
    fn a_template_that_judges_in_its_own_words_is_refused_and_all_are_told() {
        for text in ["{name} đạt {value}", "Đã vượt {value}", "TĂNG so với năm trước", "{value} improved", "Đã đạt."]
        {
            let file = format!("[a]\nvi = \"{text}\"\nen = \"x\"\n[b]\nvi = \"{text}\"\nen = \"x\"\n");
            let problems = Sentences::read(&file, None).expect_err(text);
            assert!(problems.iter().all(|one| one.code == "sentence_judges") && problems.len() == 2, "{text}");
        }
        assert!(Sentences::read("[a]\nvi = \"{name}: {verdict}\"\nen = \"achieving\"\n", None).is_ok());
    }

    #[test]
    fn fields_are_filled_and_unknown_ones_told() {
        let sentences = Sentences::read("[a]\nvi = \"{x} và {x}, {y}.\"\nen = \"{z}\"\n", None).expect("good");
        let made = sentences.made(("a", "a"), &fields(&[("x", "1,5"), ("y", "2")]), Language::Vi, &Decided::default());
        assert_eq!(made.expect("made").text, "1,5 và 1,5, 2.");
        let unknown =
            sentences.made(("a", "a"), &fields(&[("x", "1")]), Language::En, &Decided::default()).expect_err("z");
        assert_eq!((unknown.code, unknown.got), ("sentence_field", Some("z".into())));
        for broken in ["{", "}", "a}b{c}", "{a{b}}", "{}"] {
            let file = format!("[a]\nvi = \"{broken}\"\nen = \"x\"\n");
            assert_eq!(Sentences::read(&file, None).expect_err(broken).0[0].code, "sentence_bracket");
        }
    }

    #[test]
    fn what_was_accepted_stays_so_until_a_number_changes() {
        let sentences = Sentences::read("[a]\nvi = \"Giá trị {x}\"\nen = \"x\"\n", None).expect("good");
        let made = |pairs: &[(&str, &str)], decided: &Decided| {
            sentences.made(("a", "a"), &fields(pairs), Language::Vi, decided).expect("made")
        };
        let draft = made(&[("x", "1"), ("n", "40")], &Decided::default());
        assert_eq!((draft.accepted_by.as_deref(), draft.mark(Language::Vi)), (None, Some("[DỰ THẢO]")));
        let file = Accepted::to_toml([&draft].into_iter())
            .replace("accepted_by = \"\"", "accepted_by = \"Nguyễn Thị \\\"A\\\"\"");
        let decided = Decided { accepted: Accepted::read(&file).expect("a file"), ..Decided::default() };
        let again = made(&[("x", "1"), ("n", "40")], &decided);
        assert_eq!(again.accepted_by.as_deref(), Some("Nguyễn Thị \"A\""));
        assert_eq!(again.mark(Language::Vi), None);
        assert_eq!(made(&[("x", "2"), ("n", "40")], &decided).accepted_by, None);
        // A number that the words do not show counts as well.
        assert_eq!(made(&[("x", "1"), ("n", "41")], &decided).accepted_by, None);
    }

    #[test]
    fn edited_words_may_leave_out_and_never_judge() {
        let sentences = Sentences::read("[a]\nvi = \"{x}: {verdict}\"\nen = \"x\"\n", None).expect("good");
        let made = |words: &str| {
            let edited = BTreeMap::from([("s".to_owned(), words.to_owned())]);
            let decided = Decided { edited, ..Decided::default() };
            let fields = fields(&[("x", "82,1%"), ("verdict", "chưa đủ cơ sở khẳng định")]);
            sentences.made(("a", "s"), &fields, Language::Vi, &decided)
        };
        let edited = made("Tỷ lệ là {x}; kết luận: {verdict}.").expect("good");
        assert_eq!(edited.text, "Tỷ lệ là 82,1%; kết luận: chưa đủ cơ sở khẳng định.");
        assert_eq!(edited.origin, Origin::Edited);
        assert_eq!(made("Đã đạt {x}.").expect_err("it judges").code, "sentence_judges");
        assert_eq!(made("{y}").expect_err("no such field").code, "sentence_field");
    }

    #[test]
    fn templates_are_written_as_they_are_read() {
        let shipped = Sentences::read(super::super::SENTENCES, None).expect("good");
        assert_eq!(Sentences::read(&shipped.to_toml(None), None).expect("read back"), shipped);
        let own =
            Sentences::read("[weakest]\nvi = \"{name} \\\"x\\\"\"\nen = \"{name}\"\n", Some(&shipped)).expect("good");
        let changed = own.to_toml(Some(&shipped));
        assert_eq!(changed.matches("vi = ").count(), 1, "{changed}");
        assert_eq!(Sentences::read(&changed, Some(&shipped)).expect("read back"), own);
    }
}
