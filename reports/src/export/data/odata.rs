//! Data sets as an `OData` 4.0 feed, for Excel and Power BI.
//!
//! Each table is three entity sets: `FORM` with codes, `FORM_labels` with words, `FORM_codebook`; those of repeats are `FORM_REPEAT`, ….
//! Numbers are null where an answer
//! is missing, with the reason in `NAME__missing`; categories keep the code of the reason. Understood: `$top`, `$skip`, `$count`,
//! `$select`, `$format=json`; what else begins with `$` is refused, as the standard asks, and never ignored.

use problem::{Language, Problem, Problems};
use serde_json::{Map, Value, json};

use super::dataset::{Cell, DataSet, Kind, Variable, missing_mark};
use super::parquet::{companion, word};
use super::{MISSING, codebook, names};
use crate::xml::escaped;

/// Rows of one answer at most; what follows is behind `@odata.nextLink`.
pub const PAGE: usize = 2_000;

/// What a query asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ODataQuery {
    /// Rows at most.
    pub top: Option<usize>,
    /// Rows left out at the beginning.
    pub skip: usize,
    /// Whether the number of all rows is told.
    pub count: bool,
    /// The properties; all, if empty.
    pub select: Vec<String>,
}

impl ODataQuery {
    /// The query of an address, its keys and values decoded.
    ///
    /// # Errors
    /// All of: options that are not understood, numbers that are none.
    pub fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut query = Self::default();
        let mut problems = Problems::none();
        for (key, value) in pairs {
            let bad = || {
                Problem::new(
                    "odata_value",
                    "giá trị của tùy chọn OData không hợp lệ",
                    "the OData option has no such value",
                )
                .got(format!("{key}={value}"))
            };
            match key {
                "$top" => match value.parse() {
                    Ok(n) => query.top = Some(n),
                    Err(_) => problems.push(bad().expected("0, 1, 2, …")),
                },
                "$skip" => match value.parse() {
                    Ok(n) => query.skip = n,
                    Err(_) => problems.push(bad().expected("0, 1, 2, …")),
                },
                "$count" => match value {
                    "true" => query.count = true,
                    "false" => query.count = false,
                    _ => problems.push(bad().expected("true, false")),
                },
                "$select" if value.trim() != "*" => {
                    query.select = value.split(',').map(|name| name.trim().to_owned()).collect();
                }
                "$select" => {}
                "$format" if value == "json" || value.starts_with("application/json") => {}
                _ if key.starts_with('$') => problems.push(
                    Problem::new(
                        "odata_option",
                        "tùy chọn OData này không được hỗ trợ",
                        "this OData option is not supported",
                    )
                    .expected("$top, $skip, $count, $select, $format=json")
                    .got(format!("{key}={value}")),
                ),
                _ => {}
            }
        }
        problems.into_result(query)
    }
}

/// One entity set of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntitySet {
    /// Codes.
    Codes,
    /// Words.
    Labels,
    /// What the columns mean.
    Codebook,
}

impl EntitySet {
    const ALL: [Self; 3] = [Self::Codes, Self::Labels, Self::Codebook];

    fn name(self, form: &str) -> String {
        match self {
            Self::Codes => form.to_owned(),
            Self::Labels => format!("{form}_labels"),
            Self::Codebook => format!("{form}_codebook"),
        }
    }
}

/// The data sets of a round under the names that `OData` accepts.
pub struct Feed<'a> {
    sets: Vec<(String, &'a DataSet)>,
}

impl<'a> Feed<'a> {
    /// A feed of these data sets, named by their questionnaires.
    #[must_use]
    pub fn new(data: &[&'a DataSet]) -> Self {
        let tables: Vec<&'a DataSet> = data.iter().flat_map(|data| data.tables()).collect();
        let name = |data: &&DataSet| match data.table() {
            None => data.origin.form_id.clone(),
            Some(table) => format!("{}_{table}", data.origin.form_id),
        };
        let wanted: Vec<String> = tables.iter().map(name).collect();
        let names = names::spss(wanted.iter().map(String::as_str));
        Self { sets: names.into_iter().zip(tables).collect() }
    }

    /// The service document; `root` is the address of the feed, ending with `/`.
    #[must_use]
    pub fn service(&self, root: &str) -> Value {
        let entries: Vec<Value> = self
            .names()
            .into_iter()
            .map(|(name, ..)| json!({ "name": name, "kind": "EntitySet", "url": name }))
            .collect();
        json!({ "@odata.context": format!("{root}$metadata"), "value": entries })
    }

    fn names(&self) -> Vec<(String, EntitySet, &'a DataSet)> {
        let of = |(form, data): &(String, &'a DataSet)| {
            let (form, data) = (form.clone(), *data);
            EntitySet::ALL.map(|set| (set.name(&form), set, data))
        };
        self.sets.iter().flat_map(of).collect()
    }

    /// `$metadata`: the types of all entity sets.
    #[must_use]
    pub fn metadata(&self) -> String {
        let mut types = String::new();
        let mut container = String::new();
        for (name, set, data) in self.names() {
            let key = properties(data, set).into_iter().next().map(|property| property.name).unwrap_or_default();
            types.push_str(&format!("<EntityType Name=\"{name}_row\"><Key><PropertyRef Name=\"{key}\"/></Key>"));
            for property in properties(data, set) {
                let nullable = if property.name == key { " Nullable=\"false\"" } else { "" };
                types.push_str(&format!(
                    "<Property Name=\"{}\" Type=\"{}\"{nullable}><Annotation Term=\"Org.OData.Core.V1.Description\" String=\"{}\"/></Property>",
                    property.name,
                    property.kind,
                    escaped(&property.description)
                ));
            }
            types.push_str("</EntityType>");
            container.push_str(&format!("<EntitySet Name=\"{name}\" EntityType=\"khaosat.{name}_row\"/>"));
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<edmx:Edmx Version=\"4.0\" \
             xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>\
             <Schema Namespace=\"khaosat\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">{types}\
             <EntityContainer Name=\"Container\">{container}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>\n"
        )
    }

    /// How many rows an entity set has; `None` when there is none of that name.
    #[must_use]
    pub fn count(&self, name: &str) -> Option<usize> {
        let (_, set, data) = self.names().into_iter().find(|(known, ..)| known == name)?;
        Some(if set == EntitySet::Codebook { data.variables().len() } else { data.n_rows() })
    }

    /// The data set whose answers an entity set gives; `None` for a codebook.
    #[must_use]
    pub fn rows_of(&self, name: &str) -> Option<&'a DataSet> {
        let (_, set, data) = self.names().into_iter().find(|(known, ..)| known == name)?;
        (set != EntitySet::Codebook).then_some(data)
    }

    /// A page of rows; `None` when there is no entity set of that name.
    ///
    /// # Errors
    /// Properties that the set does not have.
    pub fn page(&self, root: &str, name: &str, query: &ODataQuery) -> Option<Result<Value, Problems>> {
        let (_, set, data) = self.names().into_iter().find(|(known, ..)| known == name)?;
        Some(page(root, name, set, data, query))
    }
}

fn page(root: &str, name: &str, set: EntitySet, data: &DataSet, query: &ODataQuery) -> Result<Value, Problems> {
    let all = properties(data, set);
    let mut problems = Problems::none();
    for wanted in &query.select {
        if !all.iter().any(|property| property.name == *wanted) {
            problems.push(
                Problem::new("odata_property", "không có cột này", "there is no such property")
                    .got(wanted.clone())
                    .hint("xem $metadata", "see $metadata"),
            );
        }
    }
    problems.into_result(())?;
    let shown: Vec<&Property<'_>> =
        all.iter().filter(|property| query.select.is_empty() || query.select.contains(&property.name)).collect();
    let table = (set == EntitySet::Codebook).then(|| codebook::variables(data));
    let n_rows = table.as_ref().map_or(data.n_rows(), |table| table.rows.len());
    let wanted = query.top.unwrap_or(usize::MAX);
    let from = query.skip.min(n_rows);
    let to = from.saturating_add(wanted.min(PAGE)).min(n_rows);
    let rows: Vec<Value> = (from..to)
        .map(|row| {
            let cells = shown.iter().map(|property| {
                let value = match (&table, &property.source) {
                    (Some(table), Source::Table(column)) => json!(table.rows[row][*column]),
                    (_, source) => source.value(row, data.language, set),
                };
                (property.name.clone(), value)
            });
            Value::Object(cells.collect::<Map<_, _>>())
        })
        .collect();
    let mut answer = Map::new();
    let selection = if query.select.is_empty() { String::new() } else { format!("({})", query.select.join(",")) };
    answer.insert("@odata.context".to_owned(), json!(format!("{root}$metadata#{name}{selection}")));
    if query.count {
        answer.insert("@odata.count".to_owned(), json!(n_rows));
    }
    answer.insert("value".to_owned(), Value::Array(rows));
    let left = wanted.saturating_sub(to - from);
    if to < n_rows && left > 0 {
        let mut next = format!("{root}{name}?$skip={to}");
        if query.top.is_some() {
            next.push_str(&format!("&$top={left}"));
        }
        if query.count {
            next.push_str("&$count=true");
        }
        if !query.select.is_empty() {
            next.push_str(&format!("&$select={}", query.select.join(",")));
        }
        answer.insert("@odata.nextLink".to_owned(), json!(next));
    }
    Ok(Value::Object(answer))
}

struct Property<'a> {
    name: String,
    kind: &'static str,
    description: String,
    source: Source<'a>,
}

enum Source<'a> {
    Cell(&'a Variable, Vec<i32>),
    Reason(&'a Variable),
    Table(usize),
}

impl Source<'_> {
    fn value(&self, row: usize, language: Language, set: EntitySet) -> Value {
        match self {
            Self::Table(_) => Value::Null,
            Self::Reason(variable) => match variable.cell(row) {
                Cell::Missing(reason) => missing_mark(reason).map_or(Value::Null, |mark| json!(word(mark.letter))),
                _ => Value::Null,
            },
            Self::Cell(variable, numbers) => match variable.cell(row) {
                Cell::Number(days) if variable.kind == Kind::Date => {
                    super::csv::date(days).map_or(Value::Null, |day| json!(day.to_string()))
                }
                Cell::Number(number) => json!(number),
                Cell::Text(text) => json!(text),
                Cell::Category(position) if set == EntitySet::Labels => json!(variable.categories()[position].label),
                Cell::Category(position) if numbers.is_empty() => json!(variable.categories()[position].code),
                Cell::Category(position) => json!(numbers[position]),
                Cell::Missing(reason) => match (missing_mark(reason), &variable.kind) {
                    (Some(mark), Kind::Category(_)) if set == EntitySet::Labels => json!(mark.words(language)),
                    (Some(mark), Kind::Category(_)) if numbers.is_empty() => json!(mark.code.to_string()),
                    (Some(mark), Kind::Category(_)) => json!(mark.code),
                    _ => Value::Null,
                },
            },
        }
    }
}

fn properties(data: &DataSet, set: EntitySet) -> Vec<Property<'_>> {
    if set == EntitySet::Codebook {
        let columns = [
            "name",
            "label",
            "kind",
            "group",
            "section",
            "question",
            "relevant",
            "stata_name",
            "spss_name",
            "n",
            "choices",
        ];
        return columns
            .iter()
            .enumerate()
            .map(|(place, name)| Property {
                name: (*name).to_owned(),
                kind: "Edm.String",
                description: String::new(),
                source: Source::Table(place),
            })
            .collect();
    }
    let wishes: Vec<String> = data
        .variables()
        .iter()
        .flat_map(|variable| {
            let reason = has_companion(variable).then(|| companion(&variable.name));
            std::iter::once(variable.name.clone()).chain(reason)
        })
        .collect();
    let mut made = names::spss(wishes.iter().map(String::as_str)).into_iter();
    let mut all = Vec::new();
    for variable in data.variables() {
        let numbers = variable.category_numbers();
        let are_codes = variable.categories().iter().zip(&numbers).all(|(one, number)| one.code == number.to_string());
        let numbers = if are_codes { numbers } else { Vec::new() };
        let kind = match &variable.kind {
            Kind::Number => "Edm.Double",
            Kind::Date => "Edm.Date",
            Kind::Category(_) if set == EntitySet::Codes && !numbers.is_empty() => "Edm.Int32",
            Kind::Category(_) | Kind::Text => "Edm.String",
        };
        all.push(Property {
            name: made.next().unwrap_or_default(),
            kind,
            description: variable.label.clone(),
            source: Source::Cell(variable, numbers),
        });
        if has_companion(variable) {
            all.push(Property {
                name: made.next().unwrap_or_default(),
                kind: "Edm.String",
                description: format!("{}: {}", variable.name, MISSING.map(|mark| word(mark.letter)).join(", ")),
                source: Source::Reason(variable),
            });
        }
    }
    all
}

fn has_companion(variable: &Variable) -> bool {
    !matches!(variable.kind, Kind::Category(_)) && !variable.missing_kinds().is_empty()
}
