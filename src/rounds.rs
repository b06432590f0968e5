//! Rounds: put together from a sample list and questionnaires, by the command line and in the browser.

mod sheets;

use ::problem::{Problem, Problems};
use chrono::NaiveDate;
use sampling::Sample;
use unicode_normalization::UnicodeNormalization;

pub use sheets::{INDEX, Sheets, collect, freeze};

use crate::analysis::round::check_questionnaire;
use crate::fieldwork::case_list::{self, ListedArea, ListedCase};
use crate::results::thaw;
use crate::secret::sha256_hex;
use crate::standing::{Standing, pinned};
use crate::store::{
    AreaLevel, CaseRole, NewCase, QuestionnaireVersion, RoundGeography, Store, StoreError, StoredSample,
};

/// A round to be made.
#[derive(Clone, Debug)]
pub struct NewRound {
    /// Its name in addresses: 1 to 60 of `a-z`, `0-9` and `-`.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The sample list, byte for byte.
    pub list_csv: Vec<u8>,
    /// The certificate of the draw (JSON).
    pub certificate: Option<String>,
    /// The questionnaires.
    pub questionnaires: Vec<Sheets>,
    /// The day whose units the round keeps to; `None`: see [`pinned`].
    pub geography_day: Option<NaiveDate>,
}

/// Makes a round, all of it or nothing; says how many cases it has.
///
/// # Errors
/// Everything that is wrong with the parts, or that the code is taken.
pub fn create(store: &Store, actor: &str, round: &NewRound) -> Result<usize, Problems> {
    let mut problems = name_problems(&round.code, &round.name).unwrap_or_default();
    let name: String = round.name.trim().nfc().collect();
    let cases = collect(case_list::read(&round.list_csv), &mut problems).unwrap_or_default();
    let versions: Vec<QuestionnaireVersion> =
        round.questionnaires.iter().filter_map(|sheets| collect(freeze(sheets), &mut problems)).collect();
    let list_sha256 = sha256_hex(&round.list_csv);
    let design = round
        .certificate
        .as_deref()
        .and_then(|certificate| collect(read_certificate(certificate, &list_sha256), &mut problems)?);
    for version in &versions {
        collect(check_weights(&round.list_csv, version), &mut problems);
        collect(check_media(version), &mut problems);
    }
    let top = cases.first().and_then(|case| case.areas.first());
    let geography = top.and_then(|top| collect(pin(store, round, top), &mut problems));
    problems.into_result(())?;
    let sample =
        StoredSample { list_sha256, list_csv: round.list_csv.clone(), design, certificate: round.certificate.clone() };
    let cases: Vec<NewCase> = (1_i64..).zip(cases).map(|(list_order, case)| new_case(list_order, case)).collect();
    let (code, n_cases) = (round.code.clone(), cases.len());
    store.write(actor, move |tx| {
        tx.create_round(&code, &name)?;
        if let Some(geography) = &geography {
            tx.pin_round_geography(&code, geography)?;
        }
        for version in &versions {
            tx.publish_questionnaire(&code, version)?;
        }
        tx.store_sample(&code, &sample)?;
        tx.create_cases(&code, &cases)
    })?;
    Ok(n_cases)
}

/// What is wrong with the code and the name of a round, if anything is.
#[must_use]
pub fn name_problems(code: &str, name: &str) -> Option<Problems> {
    let mut problems = Problems::none();
    let name: String = name.trim().nfc().collect();
    if !is_code(code) {
        problems.push(
            Problem::new("round_code", "mã đợt khảo sát không hợp lệ", "the code of the round is not right")
                .expected("a-z, 0-9, -; 1–60")
                .got(code),
        );
    }
    if name.is_empty() || name.chars().any(char::is_control) {
        problems.push(Problem::new(
            "round_name",
            "tên đợt khảo sát không hợp lệ",
            "the name of the round is not right",
        ));
    }
    (!problems.is_empty()).then_some(problems)
}

/// That no frame was handed in.
#[must_use]
pub fn no_file() -> Problem {
    Problem::new("frame_missing", "chưa tải tệp khung mẫu lên", "no frame was handed in").expected(".csv, .xlsx")
}

/// Whether the scored questionnaire asks what the weights of the sample need; a list that names no rule is not judged here.
fn check_weights(list_csv: &[u8], version: &QuestionnaireVersion) -> Result<(), Problems> {
    let is_scored = serde_json::from_slice::<Sheets>(&version.sheets).is_ok_and(|sheets| sheets.contains_key(INDEX));
    match Sample::from_csv(list_csv) {
        Ok(sample) if is_scored && sample.respondent.is_some() => {
            check_questionnaire(&sample, &thaw(&version.sheets)?.0)
        }
        _ => Ok(()),
    }
}

/// Pictures and sounds beside a questionnaire do not reach the phones yet: better said now than seen in the field.
fn check_media(version: &QuestionnaireVersion) -> Result<(), Problems> {
    let Ok((questionnaire, _)) = thaw(&version.sheets) else { return Ok(()) };
    let files = questionnaire.media();
    if files.is_empty() {
        return Ok(());
    }
    let problem = Problem::new(
        "questionnaire_media",
        "chưa gửi được ảnh, âm thanh, phim kèm lời hỏi xuống điện thoại",
        "pictures, sounds and films beside the questions do not reach the phones yet",
    );
    Err(problem.got(files.join(", ")).in_file(&version.form_id).into())
}

/// The geography of the round, by the top level of its sample.
fn pin(store: &Store, round: &NewRound, top: &ListedArea) -> Result<RoundGeography, Problems> {
    let today = chrono::DateTime::from_timestamp_micros(store.now().micros()).unwrap_or_default().date_naive();
    let geography = Standing::of(store)?.geography;
    Ok(pinned(&geography, (&top.level, &top.code, &top.name), round.geography_day, today)?)
}

fn is_code(code: &str) -> bool {
    (1..=60).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The text of the design out of the certificate, which must be the certificate of this very list.
fn read_certificate(certificate: &str, list_sha256: &str) -> Result<Option<String>, Problems> {
    let unreadable = |got: String| {
        Problem::new("certificate_unreadable", "không đọc được chứng nhận của mẫu", "the certificate cannot be read")
            .got(got)
    };
    let document: serde_json::Value =
        serde_json::from_str(certificate).map_err(|error| unreadable(error.to_string()))?;
    let text = |key: &str| document.get(key).and_then(serde_json::Value::as_str);
    match text("list_sha256") {
        Some(certified) if certified == list_sha256 => Ok(text("design_toml").map(str::to_owned)),
        Some(certified) => Err(Problem::new(
            "certificate_of_another_list",
            "chứng nhận không phải của danh sách này: danh sách đã bị sửa, hoặc là một danh sách khác",
            "the certificate is not of this list: the list was changed, or it is another one",
        )
        .expected(certified)
        .got(list_sha256)
        .into()),
        None => Err(unreadable("list_sha256: nothing".to_owned()).into()),
    }
}

fn new_case(list_order: i64, case: ListedCase) -> NewCase {
    NewCase {
        case_id: case.case_id,
        list_order,
        area_path: case
            .areas
            .into_iter()
            .map(|area| AreaLevel { level: area.level, code: area.code, name: area.name })
            .collect(),
        role: if case.is_reserve { CaseRole::Reserve } else { CaseRole::Main },
        visiting_order: case.visiting_order,
        base_weight: case.base_weight,
        inclusion_probability: case.inclusion_probability,
    }
}

/// Lets a round ask further questionnaires, or new versions of its own; what was published is given back.
///
/// # Errors
/// Everything that is wrong with them for this round; that there is no such round.
pub fn ask(
    store: &Store,
    actor: &str,
    code: &str,
    questionnaires: &[Sheets],
) -> Result<Vec<QuestionnaireVersion>, Problems> {
    let mut problems = Problems::none();
    let versions: Vec<QuestionnaireVersion> =
        questionnaires.iter().filter_map(|sheets| collect(freeze(sheets), &mut problems)).collect();
    let sample = store.read(|snapshot| snapshot.find_sample(code))?;
    for version in &versions {
        collect(check_media(version), &mut problems);
        collect(sample.as_ref().map_or(Ok(()), |sample| check_weights(&sample.list_csv, version)), &mut problems);
    }
    problems.into_result(())?;
    let (code, published) = (code.to_owned(), versions.clone());
    store.write(actor, move |tx| {
        if tx.find_round(&code)?.is_none() {
            return Err(StoreError::Missing { what: format!("round {code}") });
        }
        published.iter().try_for_each(|version| tx.publish_questionnaire(&code, version))
    })?;
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_fit_for_addresses() {
        assert!(is_code("bac-giang-2024"));
        for code in ["", "Bắc Giang", "a/b", "a.b", "A"] {
            assert!(!is_code(code), "{code}");
        }
    }
}
