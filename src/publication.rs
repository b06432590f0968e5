//! A closed round made into what the public may see, and held against what it saw before.

use ::problem::{Problem, Problems, Words};
use estimation::disclosure::DisclosureRules;
use reports::export::data::DataSet;

use crate::analysis::publication::{Choice, Prepared, PublishedRound, Released, Spoken, prepare, published_index};
use crate::fieldwork::rates::outcome_rates;
use crate::results::{CONFIDENCE_LEVEL, RoundResults};
use crate::store::RoundState;

/// Version of the document's format.
const FORMAT: u32 = 1;

/// What was published of a round before, as the store kept it.
///
/// # Errors
/// `publication_stored`: what is kept cannot be read, so nothing can be held against it.
pub fn earlier(stored: &[Vec<u8>]) -> Result<Vec<Released>, Problems> {
    let unreadable = |error: serde_json::Error| {
        Problem::new(
            "publication_stored",
            "không đọc được lần công bố trước nên không so được",
            "an earlier publication cannot be read, so nothing can be held against it",
        )
        .got(error.to_string())
    };
    Ok(stored.iter().map(|bytes| serde_json::from_slice(bytes).map_err(unreadable)).collect::<Result<_, _>>()?)
}

/// The document of a round, and whose answers stand behind it. `data` in Vietnamese and in English.
///
/// # Errors
/// `publication_open`: the round is not closed; `disclosure_few`; those of [`prepare`].
pub fn document(
    results: &RoundResults,
    data: (&DataSet, &DataSet),
    choice: &Choice,
    rules: DisclosureRules,
    earlier: &[Released],
    published_at: &str,
) -> Result<(PublishedRound, Released), Problems> {
    if results.round.state != RoundState::Closed {
        return Err(Problem::new(
            "publication_open",
            "chỉ công bố đợt khảo sát đã khoá sổ",
            "only a closed round is published",
        )
        .hint("khoá sổ ở trang Khoá sổ", "close it on the page Closing")
        .into());
    }
    let Prepared { tables, released } = prepare(Spoken { vi: data.0, en: data.1 }, choice, rules, earlier)?;
    if released.people.len() < rules.n_min() {
        return Err(Problem::new(
            "disclosure_few",
            "quá ít người trả lời để công bố",
            "too few people answered to publish anything",
        )
        .expected(format!("≥ {}", rules.n_min()))
        .got(released.people.len().to_string())
        .into());
    }
    let analysed = || results.indexes.iter().filter_map(|index| Some((index, index.analysis.as_ref().ok()?)));
    let indexes = analysed()
        .map(|(index, analysis)| published_index(&index.definition, analysis, results.target(index), rules))
        .collect::<Result<_, _>>()?;
    let mut notes = vec![
        Words::new(
            "Trọng số: nghịch đảo xác suất các giai đoạn; điều chỉnh không trả lời trong từng địa bàn; nhân với số người đủ điều kiện trong hộ.",
            "Weights: inverse of the stage probabilities; nonresponse adjusted within each area; times the eligible members of the household.",
        ),
        Words::new(
            "Tỷ lệ trong bảng tính trên tất cả người được phỏng vấn, kể cả người không trả lời câu đó.",
            "Shares in the tables are among all who were interviewed, also those who gave no answer to the question.",
        ),
    ];
    for (_, analysis) in analysed() {
        notes.extend(analysis.weights.notes.iter().cloned());
    }
    if results.is_illustrative() {
        notes.push(Words::new(
            "Số hộ của xã, thôn trong khung mẫu là minh hoạ.",
            "Commune and village sizes in the frame are illustrative.",
        ));
    }
    let mut told = std::collections::BTreeSet::new();
    notes.retain(|note| told.insert(note.vi.clone()));
    let rates = outcome_rates(results.outcomes.values().copied());
    let tenth = |rate: Option<f64>| rate.map(|rate| (rate * 1000.0).round() / 1000.0);
    let published = PublishedRound {
        format: FORMAT,
        round: results.round.code.clone(),
        name: results.round.name.clone(),
        unit: results.unit_name(),
        fieldwork: results.fieldwork_days.map(|(first, last)| (first.to_string(), last.to_string())),
        published_at: published_at.to_owned(),
        n_interviews: released.people.len(),
        n_areas: analysed().map(|(_, analysis)| analysis.n_areas).next(),
        confidence_level: CONFIDENCE_LEVEL,
        n_min: rules.n_min(),
        rates: [rates.response_rate_1, rates.cooperation_rate_1, rates.refusal_rate_1, rates.contact_rate_1].map(tenth),
        notes,
        indexes,
        tables,
    };
    Ok((published, released))
}
