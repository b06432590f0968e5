//! A list as every page shows it: searched without diacritics, sorted by any column through links, a page at a time, taken along as CSV.
//! All of it works without scripts: the address says what is shown.

use std::cmp::Ordering;

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, web};
use reports::export::data::harmless::harmless;
use reports::vietnamese::{Alphabet, search_key};
use serde::Deserialize;

use super::frame::Frame;
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::problem as catalogue;

/// Rows on one page of a list.
const LISTED: usize = 100;
/// So much of what is sought is looked at.
const SOUGHT_MAX: usize = 80;

/// How a list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::http) struct ListQuery {
    /// Part of any cell, also without diacritics.
    q: Option<String>,
    /// The column to sort by; as the page orders them, if absent.
    sort: Option<String>,
    /// `asc` or `desc`.
    dir: Option<String>,
    /// From which row on.
    from: Option<usize>,
    /// `csv`: the whole list as a file.
    format: Option<String>,
}

impl ListQuery {
    /// Whether the list is to be taken along.
    pub(super) fn wants_csv(&self) -> bool {
        self.format.as_deref() == Some("csv")
    }
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name in addresses and in the CSV.
    name: &'static str,
    heading: String,
    is_number: bool,
}

/// A column of texts.
pub(super) fn text(name: &'static str, heading: &str) -> Column {
    Column { name, heading: heading.to_owned(), is_number: false }
}

/// A column of numbers.
pub(super) fn number(name: &'static str, heading: &str) -> Column {
    Column { name, heading: heading.to_owned(), is_number: true }
}

/// What is sorted by.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Text(Vec<u8>),
    Number(f64),
    Nothing,
}

/// A cell: what is shown, what is sorted by, what stands in the CSV.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) href: Option<String>,
    /// A word below it.
    pub(super) note: Option<String>,
    plain: String,
    number: Option<f64>,
}

impl Cell {
    /// A text, sorted as Vietnamese sorts.
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { plain: text.clone(), text, href: None, note: None, number: None }
    }

    /// A number as the reader writes it; in the CSV as programs do.
    pub(super) fn number(value: Option<f64>, shown: String) -> Self {
        let value = value.filter(|value| value.is_finite());
        Self {
            text: shown,
            href: None,
            note: None,
            plain: value.map_or_else(String::new, |value| value.to_string()),
            number: value,
        }
    }

    /// A count.
    pub(super) fn count(frame: &Frame, n: usize) -> Self {
        Self::number(Some(n as f64), frame.whole(n))
    }

    /// An instant of the store: shown on the field's clock, sorted and written as it is kept.
    pub(super) fn moment(frame: &Frame, instant: &str) -> Self {
        let shown = if instant.is_empty() { "–".to_owned() } else { frame.moment(instant) };
        Self { text: shown, href: None, note: None, plain: instant.to_owned(), number: None }
    }

    /// Shown in other words than it is sorted by.
    pub(super) fn shown(mut self, text: String) -> Self {
        self.text = text;
        self
    }

    /// With a link.
    pub(super) fn to(mut self, href: String) -> Self {
        self.href = Some(href);
        self
    }

    /// With a word below it, which is searched as well.
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into()).filter(|note| !note.is_empty());
        self
    }

    fn key(&self, alphabet: Option<&Alphabet>, is_number: bool) -> Key {
        match (is_number, self.number, self.plain.is_empty()) {
            (true, Some(number), _) => Key::Number(number),
            (true, None, _) | (false, _, true) => Key::Nothing,
            (false, ..) => Key::Text(
                alphabet
                    .map_or_else(|| search_key(&self.plain).into_bytes(), |alphabet| alphabet.sort_key(&self.plain)),
            ),
        }
    }
}

/// A heading with the link that sorts by it.
pub(super) struct Heading {
    pub(super) text: String,
    pub(super) href: String,
    /// `ascending` or `descending` where the list is sorted by it.
    pub(super) aria: Option<&'static str>,
    pub(super) is_number: bool,
}

/// A list as a template shows it.
pub(super) struct ListView {
    /// Where its form leads.
    pub(super) here: String,
    /// What the form keeps of the address.
    pub(super) kept: Vec<(String, String)>,
    pub(super) sought: String,
    /// What is sought, in words.
    pub(super) find: String,
    pub(super) caption: String,
    pub(super) headings: Vec<Heading>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) n_found: String,
    pub(super) n_all: String,
    pub(super) noun: String,
    pub(super) csv: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// The rows of a list, each made when it is looked at: of 20,000 interviews a page shows a hundred.
pub(super) struct Rows<'a> {
    n: usize,
    row: Box<dyn Fn(usize) -> Vec<Cell> + Send + 'a>,
}

impl<'a> Rows<'a> {
    /// A row of each of these.
    pub(super) fn of<T: Sync>(things: Vec<&'a T>, row: impl Fn(&T) -> Vec<Cell> + Send + 'a) -> Self {
        Self { n: things.len(), row: Box::new(move |at| things.get(at).map(|one| row(one)).unwrap_or_default()) }
    }

    pub(super) fn len(&self) -> usize {
        self.n
    }

    pub(super) fn is_empty(&self) -> bool {
        self.n == 0
    }
}

impl From<Vec<Vec<Cell>>> for Rows<'_> {
    fn from(rows: Vec<Vec<Cell>>) -> Self {
        Self { n: rows.len(), row: Box::new(move |at| rows.get(at).cloned().unwrap_or_default()) }
    }
}

/// A list before it is asked for.
pub(super) struct List<'a> {
    /// Its anchor on the page.
    pub(super) id: &'static str,
    /// What its rows are called.
    pub(super) noun: String,
    /// What is sought in it, in words.
    pub(super) find: String,
    pub(super) caption: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Rows<'a>,
}

impl List<'_> {
    /// The rows that are found, in the order that is asked for.
    fn found(&self, asked: &ListQuery) -> Vec<usize> {
        let sought = search_key(&asked.q.as_deref().unwrap_or_default().chars().take(SOUGHT_MAX).collect::<String>());
        let holds = |at: &usize| {
            sought.is_empty() || {
                let row = (self.rows.row)(*at);
                let texts = row.iter().flat_map(|cell| [Some(cell.text.as_str()), cell.note.as_deref()]);
                search_key(&texts.flatten().collect::<Vec<_>>().join(" ")).contains(&sought)
            }
        };
        let found: Vec<usize> = (0..self.rows.n).filter(holds).collect();
        let Some(column) = self.sorted_by(asked) else { return found };
        // Without the alphabet, which is compiled in, texts are in the order of their plain letters.
        let alphabet = Alphabet::vietnamese().ok();
        let is_number = self.columns[column].is_number;
        let key = |at: usize| match (self.rows.row)(at).get(column) {
            Some(cell) => cell.key(alphabet.as_ref(), is_number),
            None => Key::Nothing,
        };
        let mut keyed: Vec<(Key, usize)> = found.into_iter().map(|at| (key(at), at)).collect();
        let is_down = asked.dir.as_deref() == Some("desc");
        keyed.sort_by(|(one, _), (other, _)| in_order(one, other, is_down));
        keyed.into_iter().map(|(_, at)| at).collect()
    }

    fn sorted_by(&self, asked: &ListQuery) -> Option<usize> {
        self.columns.iter().position(|column| Some(column.name) == asked.sort.as_deref())
    }

    /// The list as it is asked for. `path` is the page's own; `kept` what else of its address stays.
    pub(super) fn view(self, frame: &Frame, path: &str, asked: &ListQuery, kept: &[(&str, &str)]) -> ListView {
        let sought: String = asked.q.clone().unwrap_or_default().chars().take(SOUGHT_MAX).collect();
        let found = self.found(asked);
        let from = asked.from.unwrap_or_default().min(found.len());
        let sorted = self.sorted_by(asked);
        let is_down = asked.dir.as_deref() == Some("desc");
        let address = |changed: &[(&str, &str)]| {
            let own = [
                ("q", sought.as_str()),
                ("sort", asked.sort.as_deref().unwrap_or_default()),
                ("dir", asked.dir.as_deref().unwrap_or_default()),
            ];
            let mut pairs: Vec<(&str, &str)> = kept.to_vec();
            for (name, value) in own {
                let value = changed.iter().find(|(known, _)| *known == name).map_or(value, |(_, value)| value);
                pairs.push((name, value));
            }
            pairs.extend(changed.iter().filter(|(name, _)| ["from", "format"].contains(name)));
            pairs.retain(|(_, value)| !value.is_empty());
            let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
            frame.to(&format!("{path}{}{query}", if query.is_empty() { "" } else { "?" }))
        };
        let anchored = |changed: &[(&str, &str)]| format!("{}#{}", address(changed), self.id);
        let headings = self.columns.iter().enumerate().map(|(at, column)| {
            let is_here = sorted == Some(at);
            // The sorted column turns round; numbers begin with the largest.
            let down = if is_here { !is_down } else { column.is_number };
            Heading {
                text: column.heading.clone(),
                href: anchored(&[("sort", column.name), ("dir", if down { "desc" } else { "asc" })]),
                aria: is_here.then_some(if is_down { "descending" } else { "ascending" }),
                is_number: column.is_number,
            }
        });
        let headings = headings.collect();
        let page = |from: usize| anchored(&[("from", &from.to_string())]);
        let mut keep: Vec<(String, String)> = kept
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        for (name, value) in [("sort", &asked.sort), ("dir", &asked.dir)] {
            keep.extend(value.clone().filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
        }
        if frame.english {
            keep.push(("lang".to_owned(), "en".to_owned()));
        }
        ListView {
            here: format!("{path}#{}", self.id),
            kept: keep,
            headings,
            n_found: frame.whole(found.len()),
            n_all: frame.whole(self.rows.n),
            csv: address(&[("format", "csv")]),
            before: (from > 0).then(|| page(from.saturating_sub(LISTED))),
            after: (from + LISTED < found.len()).then(|| page(from + LISTED)),
            rows: found[from..].iter().take(LISTED).map(|at| (self.rows.row)(*at)).collect(),
            sought,
            noun: self.noun,
            find: self.find,
            caption: self.caption,
        }
    }

    /// The list as a file, written down in the audit log before it leaves. `object` is the round, or what else it is of.
    pub(super) async fn download(
        &self,
        app: &web::Data<App>,
        caller: &Caller,
        asked: &ListQuery,
        object: &str,
    ) -> Result<HttpResponse, ApiError> {
        let detail = format!("list={} rows={}", self.id, self.found(asked).len());
        // What anybody may see is nobody's to be written down.
        if let Ok(actor) = caller.actor() {
            let (app, object) = (app.clone(), object.to_owned());
            let logged = web::block(move || app.store.write(&actor, move |tx| tx.log_export(&object, &detail)));
            logged.await.map_err(|_cancelled| ApiError::new(catalogue::internal()))??;
        }
        self.csv(asked, &format!("{object}_{}", self.id))
    }

    /// The rows that are found as CSV: with a mark of its encoding, and nothing in it that a spreadsheet would run.
    fn csv(&self, asked: &ListQuery, stem: &str) -> Result<HttpResponse, ApiError> {
        let failed = |error: csv::Error| {
            tracing::error!(%error, "a list could not be written");
            ApiError::new(catalogue::internal())
        };
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(self.columns.iter().map(|column| column.name)).map_err(failed)?;
        for at in self.found(asked) {
            let row = (self.rows.row)(at);
            let cells = row.iter().map(|cell| match &cell.note {
                Some(note) => harmless(&format!("{} ({note})", cell.plain)).into_owned(),
                None => harmless(&cell.plain).into_owned(),
            });
            writer.write_record(cells).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
        Ok(HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{stem}.csv\"")))
            .body(bytes))
    }
}

/// Cells without a value come last, whichever way the list goes.
fn in_order(one: &Key, other: &Key, is_down: bool) -> Ordering {
    let order = match (one, other) {
        (Key::Nothing, Key::Nothing) => return Ordering::Equal,
        (Key::Nothing, _) => return Ordering::Greater,
        (_, Key::Nothing) => return Ordering::Less,
        (Key::Number(one), Key::Number(other)) => one.total_cmp(other),
        (Key::Text(one), Key::Text(other)) => one.cmp(other),
        (Key::Number(_), Key::Text(_)) => Ordering::Less,
        (Key::Text(_), Key::Number(_)) => Ordering::Greater,
    };
    if is_down { order.reverse() } else { order }
}

#[cfg(test)]
mod tests;
