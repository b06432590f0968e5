//! What an export states about itself.

use problem::Language;
use serde_json::{Value, json};

use super::dataset::{DataSet, MISSING};

impl DataSet {
    /// What the export states about itself: label and value, in its language.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, String)> {
        let vi = self.language == Language::Vi;
        let pick = |vi_words: &str, en_words: &str| if vi { vi_words.to_owned() } else { en_words.to_owned() };
        let origin = &self.origin;
        let mut facts = vec![
            (pick("Đợt khảo sát", "Round"), format!("{} ({})", origin.round_name, origin.round)),
            (pick("Bảng hỏi", "Questionnaire"), format!("{} ({})", origin.form_title, origin.form_id)),
            (pick("Phiên bản bảng hỏi", "Questionnaire version"), origin.form_version.clone()),
            (pick("SHA-256 của bảng hỏi", "Questionnaire SHA-256"), origin.questionnaire_sha256.clone()),
            (pick("SHA-256 của danh sách mẫu", "Sample list SHA-256"), origin.sample_sha256.clone()),
            (pick("Bộ lọc", "Filter"), origin.filter.clone()),
            (pick("Thời điểm xuất", "Exported at"), origin.exported_at.clone()),
            (pick("Bảng", "Table"), self.table_words().in_language(self.language).to_owned()),
            (pick("Số dòng", "Rows"), self.n_rows().to_string()),
            (pick("Số cột", "Columns"), self.variables().len().to_string()),
            (pick("SHA-256 của dữ liệu", "Data SHA-256"), self.sha256().to_owned()),
            (pick("Chương trình", "Program"), origin.program.clone()),
        ];
        for table in self.repeats() {
            let name = table.table_words().in_language(self.language).to_owned();
            let size = format!("{} × {}, SHA-256 {}", table.n_rows(), table.variables().len(), table.sha256());
            facts.push((format!("{} {name}", pick("Bảng lặp", "Repeat")), size));
        }
        for mark in &MISSING {
            facts.push((
                format!("{} {}", pick("Mã thiếu", "Missing code"), mark.code),
                format!("{} (Stata .{})", mark.words(self.language), mark.letter),
            ));
        }
        for note in &origin.notes {
            facts.push((pick("Lưu ý", "Note"), note.in_language(self.language).to_owned()));
        }
        facts
    }

    /// The same for programs, with fixed names.
    #[must_use]
    pub fn facts_json(&self) -> Value {
        let origin = &self.origin;
        json!({
            "round": origin.round, "round_name": origin.round_name,
            "form_id": origin.form_id, "form_title": origin.form_title, "form_version": origin.form_version,
            "questionnaire_sha256": origin.questionnaire_sha256, "sample_sha256": origin.sample_sha256,
            "filter": origin.filter, "exported_at": origin.exported_at, "program": origin.program,
            "table": self.table(),
            "repeats": self.repeats().iter().map(|table| json!({
                "table": table.table(), "n_rows": table.n_rows(), "n_columns": table.variables().len(), "data_sha256": table.sha256(),
            })).collect::<Vec<_>>(),
            "n_rows": self.n_rows(), "n_columns": self.variables().len(), "data_sha256": self.sha256(),
            "missing_codes": MISSING.iter().map(|mark| json!({
                "code": mark.code, "stata": format!(".{}", mark.letter), "reason": mark.reason,
            })).collect::<Vec<_>>(),
            "notes": origin.notes,
        })
    }
}
