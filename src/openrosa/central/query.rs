//! The options of a feed's address.

use problem::{Problem, Problems};
use serde_json::{Map, Value};

use super::filter::Filter;

/// What is asked of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Rows of one answer at most.
    pub top: Option<usize>,
    /// Rows left out at the beginning.
    pub skip: usize,
    /// Whether the number of all rows is told.
    pub count: bool,
    /// Positions as well-known text.
    pub wkt: bool,
    /// Repeats inside the rows.
    pub expand: bool,
    /// Which submissions.
    pub filter: Option<Filter>,
    /// Paths of properties; all, if empty.
    pub select: Vec<String>,
    /// The options as they were given, but those of paging.
    pub kept: Vec<(String, String)>,
}

impl Query {
    /// The options of an address, keys and values decoded.
    ///
    /// # Errors
    /// All of: options that are not understood (`odata_option`: never ignored), values that they cannot have (`odata_value`), a filter
    /// that cannot be read.
    pub fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut query = Self::default();
        let mut problems = Problems::none();
        for (key, value) in pairs {
            // Central takes them with and without the sign.
            let name = key.strip_prefix('$').or_else(|| key.strip_prefix('%')).unwrap_or(key);
            let told = match name {
                "top" => number(key, value).map(|n| query.top = Some(n)),
                "skip" => number(key, value).map(|n| query.skip = n),
                "count" => truth(key, value).map(|yes| query.count = yes),
                "wkt" => truth(key, value).map(|yes| query.wkt = yes),
                "expand" if value == "*" => {
                    query.expand = true;
                    Ok(())
                }
                "expand" => Err(wrong(key, value, "*")),
                "filter" => Filter::read(value).map(|filter| query.filter = Some(filter)),
                "select" => {
                    query.select = value.split(',').map(|one| one.trim().to_owned()).filter(|one| one != "*").collect();
                    Ok(())
                }
                "format" if value == "json" || value.starts_with("application/json") => Ok(()),
                _ if key.starts_with('$') => Err(Problem::new(
                    "odata_option",
                    "tùy chọn OData này không được hỗ trợ",
                    "this OData option is not supported",
                )
                .expected("$top, $skip, $count, $wkt, $expand, $filter, $select, $format=json")
                .got(format!("{key}={value}"))),
                _ => Ok(()),
            };
            if let Err(problem) = told {
                problems.push(problem);
            }
            if !matches!(name, "top" | "skip") {
                query.kept.push((key.to_owned(), value.to_owned()));
            }
        }
        problems.into_result(query)
    }

    /// The selected properties of a row; its id always stays.
    ///
    /// # Errors
    /// `odata_property`: a path that the row does not have.
    pub fn selected(&self, row: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
        if self.select.is_empty() {
            return Ok(row.clone());
        }
        let mut selected: Map<String, Value> =
            row.iter().filter(|(name, _)| *name == "__id").map(|(name, value)| (name.clone(), value.clone())).collect();
        for path in &self.select {
            let parts: Vec<&str> = path.split('/').collect();
            if copy(row, &mut selected, &parts).is_none() {
                return Err(Problem::new("odata_property", "không có cột này", "there is no such property")
                    .got(path.clone())
                    .hint("xem $metadata", "see $metadata"));
            }
        }
        Ok(selected)
    }
}

/// Copies what a path leads to, with the sections around it.
fn copy(from: &Map<String, Value>, to: &mut Map<String, Value>, path: &[&str]) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let value = from.get(*first)?;
    if rest.is_empty() {
        to.insert((*first).to_owned(), value.clone());
        return Some(());
    }
    let inside = to.entry((*first).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    copy(value.as_object()?, inside.as_object_mut()?, rest)
}

fn wrong(key: &str, value: &str, expected: &str) -> Problem {
    Problem::new("odata_value", "giá trị của tùy chọn OData không hợp lệ", "the OData option has no such value")
        .expected(expected.to_owned())
        .got(format!("{key}={value}"))
}

fn number(key: &str, value: &str) -> Result<usize, Problem> {
    value.parse().map_err(|_| wrong(key, value, "0, 1, 2, …"))
}

fn truth(key: &str, value: &str) -> Result<bool, Problem> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(key, value, "true, false")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Query, Problems> {
        Query::read(pairs.iter().copied())
    }

    #[test]
    fn all_that_is_wrong_is_told_and_nothing_is_ignored() {
        let query =
            read(&[("$top", "5"), ("$skip", "2"), ("$count", "True"), ("$expand", "*"), ("x", "y")]).expect("good");
        assert_eq!((query.top, query.skip, query.count, query.expand), (Some(5), 2, true, true));
        let wrong =
            read(&[("$top", "-1"), ("$orderby", "__id"), ("$expand", "a"), ("$filter", "x"), ("$count", "yes")]);
        let codes: Vec<&str> = wrong.expect_err("refused").iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["odata_value", "odata_option", "odata_value", "odata_filter_unsupported", "odata_value"]);
    }

    #[test]
    fn selected_paths_keep_their_sections() {
        let row = json!({"__id": "a", "__system": {"reviewState": null, "edits": 0}, "g": {"x": 1, "y": 2}, "z": 3});
        let query = read(&[("$select", "__system/edits, g/y")]).expect("good");
        let selected = query.selected(row.as_object().expect("an object")).expect("all there");
        assert_eq!(json!(selected), json!({"__id": "a", "__system": {"edits": 0}, "g": {"y": 2}}));
        let query = read(&[("$select", "g/q")]).expect("good");
        assert_eq!(query.selected(row.as_object().expect("an object")).expect_err("refused").code, "odata_property");
    }
}
