//! A round's data on their way out: read in one instant, made into data sets, written down in the audit log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::problem::{Language, Problem, Problems, Words};
use reports::export::data::{DataFormat, DataOptions, DataSet, ExportFile, Origin, bundled, files};

use crate::analysis::microdata::{Microdata, Rows};
use crate::results::{Reading, ReadingCache, ResultsCache, ResultsError};
use crate::store::Store;

/// What of a round is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The questionnaire; all, if absent.
    pub form: Option<String>,
    /// Which cases are rows.
    pub rows: Rows,
    /// Whether columns that can tell a person are included.
    pub identifying: bool,
    /// Whether words are in English.
    pub in_english: bool,
}

/// The data sets of a round, one a questionnaire, in the order of their names; `None` when there is no such round.
///
/// # Errors
/// That the database did not answer, or that what it keeps cannot be read.
pub fn data_sets(store: &Store, code: &str, wanted: &Wanted) -> Result<Option<Vec<DataSet>>, ResultsError> {
    let Some(reading) = ReadingCache::default().of_round(store, code)? else { return Ok(None) };
    Ok(Some(of_round(&reading, wanted, &store.now().to_string())?))
}

/// The last data sets that a feed was read from: a program reads page after page.
#[derive(Default)]
pub struct FeedCache {
    readings: Arc<ReadingCache>,
    kept: Mutex<Vec<Kept>>,
}

/// What was wanted, of which reading of the round, its data.
type Kept = (Wanted, Arc<Reading>, Arc<Vec<DataSet>>);

/// Data sets that are kept: a feed is read by one or two programs at a time, and analysts look at one round.
const KEPT: usize = 3;

impl FeedCache {
    /// One that reads rounds together with these results.
    #[must_use]
    pub fn beside(results: &ResultsCache) -> Self {
        Self { readings: results.readings(), kept: Mutex::default() }
    }

    /// As [`data_sets`], kept until something new arrives in the round.
    ///
    /// # Errors
    /// As [`data_sets`].
    pub fn data_sets(
        &self,
        store: &Store,
        code: &str,
        wanted: &Wanted,
    ) -> Result<Option<Arc<Vec<DataSet>>>, ResultsError> {
        let Some(now) = self.readings.of_round(store, code)? else { return Ok(None) };
        // What follows from an older state of the round does not stay: somebody may have taken an interview back.
        self.lock().retain(|kept| kept.1.round().code != code || Arc::ptr_eq(&kept.1, &now));
        let known = |kept: &Kept| kept.0 == *wanted && Arc::ptr_eq(&kept.1, &now);
        if let Some((.., all)) = self.lock().iter().find(|kept| known(kept)) {
            return Ok(Some(Arc::clone(all)));
        }
        let all = Arc::new(of_round(&now, wanted, &store.now().to_string())?);
        let mut kept = self.lock();
        kept.insert(0, (wanted.clone(), now, Arc::clone(&all)));
        kept.truncate(KEPT);
        Ok(Some(all))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        // Entries are inserted whole, so a list that a panicking thread left behind is a good one.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one data set of a questionnaire; without a name, that of the only questionnaire.
///
/// # Errors
/// `export_form` with the questionnaires that the round has.
pub fn the_one(mut all: Vec<DataSet>, wanted: &Wanted) -> Result<DataSet, Problem> {
    let names: Vec<String> = all.iter().map(|data| data.origin.form_id.clone()).collect();
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => {
            let problem = Problem::new(
                "export_form",
                "hãy nêu đúng một bảng hỏi của đợt khảo sát",
                "name one questionnaire of the round",
            );
            let problem = match &wanted.form {
                Some(form) => problem.got(form.clone()),
                None => problem.expected(names.join(", ")),
            };
            Err(problem.hint("xem các bảng hỏi của đợt khảo sát", "look at the round's questionnaires"))
        }
    }
}

/// The files of an export as one download with its name, written down in the audit log before anything leaves.
///
/// # Errors
/// What the format cannot hold; that the log cannot be written.
pub fn exported(
    store: &Store,
    actor: &str,
    data: &DataSet,
    format: DataFormat,
    options: DataOptions,
) -> Result<(String, ExportFile), ResultsError> {
    let stem = stem(data);
    let made = files(data, format, options)?;
    let file = bundled(&stem, made).map_err(Problems::from)?;
    log(store, actor, data, &format!("format={}", format.name()))?;
    Ok((format!("{stem}{}", file.ending), file))
}

/// Bytes of exports that were made before, by the hash of the data, language and format: the same data make the same file.
static SIZES: Mutex<BTreeMap<(String, bool, DataFormat), usize>> = Mutex::new(BTreeMap::new());

/// So many sizes are kept.
const SIZES_KEPT: usize = 500;

/// The size of an export in bytes, if it was made before.
#[must_use]
pub fn known_size(data: &DataSet, format: DataFormat) -> Option<usize> {
    let key = (data.sha256().to_owned(), data.language == Language::En, format);
    SIZES.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
}

/// The size of an export in bytes, with the usual options; it is made when it is not known.
///
/// # Errors
/// What the format cannot hold.
pub fn size(data: &DataSet, format: DataFormat) -> Result<usize, Problems> {
    if let Some(known) = known_size(data, format) {
        return Ok(known);
    }
    let made = bundled(&stem(data), files(data, format, DataOptions::default())?)?;
    let mut sizes = SIZES.lock().unwrap_or_else(PoisonError::into_inner);
    if sizes.len() >= SIZES_KEPT {
        sizes.clear();
    }
    sizes.insert((data.sha256().to_owned(), data.language == Language::En, format), made.bytes.len());
    Ok(made.bytes.len())
}

/// Writes down that rows of a data set were given out.
///
/// # Errors
/// That the log cannot be written.
pub fn log(store: &Store, actor: &str, data: &DataSet, what: &str) -> Result<(), ResultsError> {
    let origin = &data.origin;
    let round = origin.round.clone();
    let mut detail = format!("{what} questionnaire={} filter=\"{}\"", origin.form_id, origin.filter);
    for table in data.tables() {
        if let Some(name) = table.table() {
            detail.push_str(&format!(" repeat={name}"));
        }
        detail.push_str(&format!(" rows={} sha256={}", table.n_rows(), table.sha256()));
    }
    Ok(store.write(actor, move |tx| tx.log_export(&round, &detail))?)
}

/// The name of an export without its ending: round, questionnaire, day.
#[must_use]
pub fn stem(data: &DataSet) -> String {
    stem_of(&data.origin.round, &data.origin.form_id, &data.origin.exported_at)
}

/// The name that an export made at a moment has.
#[must_use]
pub fn stem_of(round: &str, form_id: &str, exported_at: &str) -> String {
    let day: String = exported_at.chars().take(10).filter(char::is_ascii_digit).collect();
    let safe = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect()
    };
    format!("{}_{}_{day}", safe(round), safe(form_id))
}

fn of_round(reading: &Reading, wanted: &Wanted, exported_at: &str) -> Result<Vec<DataSet>, Problems> {
    let language = if wanted.in_english { Language::En } else { Language::Vi };
    let round = reading.round();
    let mut all = Vec::new();
    for form in &reading.forms {
        if wanted.form.as_ref().is_some_and(|wanted| *wanted != form.form_id) {
            continue;
        }
        let (questionnaire, n_older) = (&form.questionnaire, form.n_older_versions);
        let mut notes = Vec::new();
        if n_older > 0 {
            notes.push(Words::new(
                format!("{n_older} phiếu của phiên bản bảng hỏi khác không có trong tệp này."),
                format!("{n_older} responses to other versions of the questionnaire are not in this file."),
            ));
        }
        let languages = if wanted.in_english { ["en", "vi"] } else { ["vi", "en"] };
        let origin = Origin {
            program: concat!("khaosat ", env!("CARGO_PKG_VERSION")).to_owned(),
            round: round.code.clone(),
            round_name: round.name.clone(),
            form_id: form.form_id.clone(),
            form_title: questionnaire.title().first_of(&languages).unwrap_or(&form.form_id).to_owned(),
            form_version: questionnaire.version().to_owned(),
            questionnaire_sha256: form.sha256.clone(),
            sample_sha256: reading.sample_sha256.clone(),
            filter: format!(
                "rows={} identifying={}",
                wanted.rows.name(),
                if wanted.identifying { "yes" } else { "no" }
            ),
            exported_at: exported_at.to_owned(),
            notes,
        };
        let microdata = Microdata {
            sample: reading.sample.as_deref(),
            outcomes: &reading.outcomes,
            questionnaire,
            interviews: &form.interviews,
            facts: &form.facts(),
            weights: reading.weights_of(&form.form_id)?,
            rows: wanted.rows,
            identifying: wanted.identifying,
            language,
        };
        all.push(microdata.data_set(origin)?);
    }
    Ok(all)
}
