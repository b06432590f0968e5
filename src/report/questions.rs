//! The questionnaire as a table of a paper: what was asked, and what could be answered.

use ::problem::Language;
use reports::document::paper::{Align, Table, TableColumn, Value};

use crate::questionnaire::Questionnaire;

/// Most choices that stand in a cell; longer lists (communes, services) are named by their number.
const CHOICES_SHOWN: usize = 12;

/// Every question with its answers, in the order of the interview.
pub(super) fn table(questionnaire: &Questionnaire, language: Language) -> Table {
    let pick = |vi: &str, en: &str| if language == Language::Vi { vi } else { en }.to_owned();
    let languages = if language == Language::Vi { ["vi", "en"] } else { ["en", "vi"] };
    let asked = questionnaire.questions().iter().filter(|one| !one.is_calculated() && !one.label.is_empty());
    let rows = asked.map(|one| {
        let answers = match questionnaire.choices(one) {
            Some(list) if list.choices.len() > CHOICES_SHOWN => {
                format!("{} {}", list.choices.len(), pick("phương án", "choices"))
            }
            Some(list) => {
                let shown = list.choices.iter().filter_map(|choice| choice.label.first_of(&languages));
                shown.collect::<Vec<_>>().join("; ")
            }
            None => String::new(),
        };
        // Texts may be formatted for the screen of a phone.
        let words = one.label.first_of(&languages).unwrap_or_default().replace(['*', '\n', '\r'], " ");
        vec![
            Value::text(&one.name),
            Value::text(words.split_whitespace().collect::<Vec<_>>().join(" ")),
            Value::text(answers),
        ]
    });
    let title = questionnaire.title().first_of(&languages).unwrap_or(questionnaire.id());
    Table {
        caption: format!("{} ({} {})", title, pick("phiên bản", "version"), questionnaire.version()),
        columns: vec![
            TableColumn::new(pick("Mã", "Name"), 14.0, Align::Left),
            TableColumn::new(pick("Câu hỏi", "Question"), 50.0, Align::Left),
            TableColumn::new(pick("Phương án trả lời", "Answers"), 36.0, Align::Left),
        ],
        rows: rows.collect(),
        ..Table::default()
    }
}
