//! The service document of a form's feed and its types (EDMX, `OData` 4.0).

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::rows::{SUBMISSIONS, link_name};
use super::schema::{Content, FieldKind, Node, Schema};
use crate::openrosa::escape;

const NAMESPACE: &str = "org.opendatakit.user";

/// The tables of the feed: `root` is its address, without a slash at the end.
#[must_use]
pub fn service(schema: &Schema, root: &str) -> Value {
    let tables = std::iter::once(Vec::new()).chain(schema.repeats()).map(|path| table_name(&path));
    let entries: Vec<Value> = tables.map(|name| json!({"name": name, "kind": "EntitySet", "url": name})).collect();
    json!({"@odata.context": format!("{root}/$metadata"), "value": entries})
}

/// The types of the feed.
#[must_use]
pub fn metadata(schema: &Schema) -> String {
    let mut types = Types { space: format!("{NAMESPACE}.{}", identifier(&schema.form_id)), xml: String::new() };
    types.entity(&[], &[], &schema.nodes);
    let mut sets = String::new();
    for path in std::iter::once(Vec::new()).chain(schema.repeats()) {
        let name = table_name(&path);
        let _ = write!(sets, "<EntitySet Name=\"{name}\" EntityType=\"{}.{name}\"/>", types.space);
    }
    let Types { space, xml } = types;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\"><edmx:DataServices>\
         <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"org.opendatakit.submission\">\
         <ComplexType Name=\"metadata\">{SYSTEM}</ComplexType>\
         <EnumType Name=\"Status\"><Member Name=\"notDecrypted\"/><Member Name=\"missingEncryptedFormData\"/></EnumType>\
         <EnumType Name=\"ReviewState\"><Member Name=\"hasIssues\"/><Member Name=\"edited\"/><Member Name=\"rejected\"/>\
         <Member Name=\"approved\"/></EnumType></Schema>\
         <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"{space}\">{xml}\
         <EntityContainer Name=\"{container}\">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>\n",
        container = identifier(&schema.form_id),
    )
}

const SYSTEM: &str = "<Property Name=\"submissionDate\" Type=\"Edm.DateTimeOffset\"/>\
    <Property Name=\"updatedAt\" Type=\"Edm.DateTimeOffset\"/><Property Name=\"submitterId\" Type=\"Edm.String\"/>\
    <Property Name=\"submitterName\" Type=\"Edm.String\"/><Property Name=\"attachmentsPresent\" Type=\"Edm.Int64\"/>\
    <Property Name=\"attachmentsExpected\" Type=\"Edm.Int64\"/>\
    <Property Name=\"status\" Type=\"org.opendatakit.submission.Status\"/>\
    <Property Name=\"reviewState\" Type=\"org.opendatakit.submission.ReviewState\"/>\
    <Property Name=\"deviceId\" Type=\"Edm.String\"/><Property Name=\"edits\" Type=\"Edm.Int64\"/>\
    <Property Name=\"formVersion\" Type=\"Edm.String\"/><Property Name=\"deletedAt\" Type=\"Edm.DateTimeOffset\"/>";

struct Types {
    space: String,
    xml: String,
}

impl Types {
    /// The rows of a table, and after them everything that stands in them.
    fn entity(&mut self, path: &[&str], repeat_around: &[&str], nodes: &[Node]) {
        let mut properties = String::from(
            "<Key><PropertyRef Name=\"__id\"/></Key><Property Name=\"__id\" Type=\"Edm.String\" Nullable=\"false\"/>",
        );
        if path.is_empty() {
            properties.push_str("<Property Name=\"__system\" Type=\"org.opendatakit.submission.metadata\"/>");
        } else {
            let _ = write!(properties, "<Property Name=\"{}\" Type=\"Edm.String\"/>", link_name(repeat_around));
        }
        properties.push_str(&self.properties(path, nodes));
        let _ = write!(self.xml, "<EntityType Name=\"{}\">{properties}</EntityType>", table_name(path));
        self.inside(path, path, nodes);
    }

    fn inside(&mut self, path: &[&str], repeat: &[&str], nodes: &[Node]) {
        for node in nodes {
            let here: Vec<&str> = path.iter().copied().chain([node.name.as_str()]).collect();
            match &node.content {
                Content::Field(_) => {}
                Content::Section(inside) => {
                    let properties = self.properties(&here, inside);
                    let _ = write!(self.xml, "<ComplexType Name=\"{}\">{properties}</ComplexType>", here.join("."));
                    self.inside(&here, repeat, inside);
                }
                Content::Repeat(inside) => self.entity(&here, repeat, inside),
            }
        }
    }

    fn properties(&self, path: &[&str], nodes: &[Node]) -> String {
        let mut properties = String::new();
        for node in nodes {
            let here: Vec<&str> = path.iter().copied().chain([node.name.as_str()]).collect();
            let name = escape(&node.name);
            let _ = match &node.content {
                Content::Field(kind) => {
                    write!(properties, "<Property Name=\"{name}\" Type=\"{}\"/>", edm_type(*kind))
                }
                Content::Section(_) => {
                    write!(properties, "<Property Name=\"{name}\" Type=\"{}.{}\"/>", self.space, here.join("."))
                }
                Content::Repeat(_) => write!(
                    properties,
                    "<NavigationProperty Name=\"{name}\" Type=\"Collection({}.{})\"/>",
                    self.space,
                    table_name(&here)
                ),
            };
        }
        properties
    }
}

fn table_name(path: &[&str]) -> String {
    std::iter::once(SUBMISSIONS).chain(path.iter().copied()).collect::<Vec<_>>().join(".")
}

/// Letters, digits and underscores only, and no digit first.
fn identifier(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

fn edm_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Int => "Edm.Int64",
        FieldKind::Decimal => "Edm.Decimal",
        FieldKind::Date => "Edm.Date",
        FieldKind::DateTime => "Edm.DateTimeOffset",
        FieldKind::Geopoint => "Edm.GeographyPoint",
        FieldKind::Geotrace => "Edm.GeographyLineString",
        FieldKind::Geoshape => "Edm.GeographyPolygon",
        FieldKind::Text | FieldKind::Several | FieldKind::Time | FieldKind::File => "Edm.String",
    }
}
