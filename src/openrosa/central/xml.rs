//! An interview that came from another client than Collect, as the XML of a submission of the same form.

use super::rows::{Instance, text_of};
use super::schema::{Content, Node, Schema};
use crate::openrosa::escape;
use crate::openrosa::form::{CASE_ID, DISPOSITION, ENDED, QUESTIONNAIRE, STARTED};
use crate::questionnaire::Arranged;

/// The XML. What has no answer is left out, as Collect leaves out what is not asked.
#[must_use]
pub fn submission(schema: &Schema, instance: &Instance<'_>) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<data id=\"{}\" version=\"{}\">",
        escape(&schema.form_id),
        escape(&schema.version)
    );
    inside(&mut xml, &schema.nodes, &instance.answers, instance);
    xml.push_str("</data>\n");
    xml
}

fn inside(xml: &mut String, nodes: &[Node], answers: &Arranged<'_>, instance: &Instance<'_>) {
    for node in nodes {
        match &node.content {
            Content::Field(_) => {
                let own = match node.name.as_str() {
                    STARTED => instance.started_at.clone(),
                    ENDED => instance.ended_at.clone(),
                    QUESTIONNAIRE => instance.questionnaire_sha256.clone(),
                    CASE_ID => Some(instance.case_id.clone()),
                    DISPOSITION => Some(instance.disposition.clone()),
                    "instanceID" if !answers.answers.contains_key("instanceID") => Some(instance.id.clone()),
                    name => answers.answers.get(name).and_then(|answer| text_of(answer)),
                };
                if let Some(text) = own.filter(|text| !text.is_empty()) {
                    xml.push_str(&format!("<{0}>{1}</{0}>", node.name, escape(&text)));
                }
            }
            Content::Section(nodes) => {
                xml.push_str(&format!("<{}>", node.name));
                inside(xml, nodes, answers, instance);
                xml.push_str(&format!("</{}>", node.name));
            }
            Content::Repeat(nodes) => {
                for turn in answers.turns.get(node.name.as_str()).into_iter().flatten() {
                    xml.push_str(&format!("<{}>", node.name));
                    inside(xml, nodes, turn, instance);
                    xml.push_str(&format!("</{}>", node.name));
                }
            }
        }
    }
}
