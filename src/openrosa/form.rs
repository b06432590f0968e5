//! A questionnaire as XForm, for ODK Collect: which household, what came of the visit, the questions, how it ended.
//!
//! The form says in itself which published questionnaire it is ([`QUESTIONNAIRE`]), so that an answer given to an old version on a
//! phone that was long without a signal still finds its questions.
//!
//! Source: `ODK` `XForms` specification, <https://getodk.github.io/xforms-spec/>.

mod binds;
mod body;
pub(super) mod places;

use std::fmt::Write as _;

use problem::{Place, Problem};

use super::escape;
use super::form_words::{FINISHES, OUTCOMES, OwnText, Words as OwnWords};
use super::xpath::{text_with_outputs, xpath};
use crate::questionnaire::{
    Choice, ChoiceList, FormLanguage, Formula, Group, Question, QuestionKind, Questionnaire, Scopes, Step, Texts,
};
use places::{Places, Site};

/// Names that begin so are this program's own questions.
const OWN: &str = "khs_";
/// SHA-256 of the published questionnaire.
pub const QUESTIONNAIRE: &str = "khs_questionnaire";
/// Start by the device's clock.
pub const STARTED: &str = "khs_started";
/// End by the device's clock.
pub const ENDED: &str = "khs_ended";
/// The case.
pub const CASE_ID: &str = "khs_case_id";
/// Outcome code of the visit.
pub const DISPOSITION: &str = "khs_disposition";
/// The answer of `khs_reached` with which the questions begin.
const INTERVIEW: &str = "interview";
/// The table of the enumerator's households, which travels beside the form.
const HOUSEHOLDS: &str = "households";
/// Where the questions are.
const QUESTIONS: &str = "/data/khs_interview";

/// Whether a question is one that this program added.
#[must_use]
pub fn is_own(name: &str) -> bool {
    name.starts_with(OWN)
}

/// The form.
///
/// # Errors
/// `xform_unsupported`: what a questionnaire may say and a form of this kind cannot; all such places at once are few, so the first
/// is told.
pub fn xform(questionnaire: &Questionnaire, sha256: &str) -> Result<String, Problem> {
    let writer = Writer::new(questionnaire)?;
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" \
         xmlns:ev=\"http://www.w3.org/2001/xml-events\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" \
         xmlns:odk=\"http://www.opendatakit.org/xforms\">\n<h:head>\n",
    );
    let title = questionnaire.title().first_of(&[questionnaire.default_language()]).unwrap_or(questionnaire.id());
    let _ = writeln!(xml, "<h:title>{}</h:title>\n<model odk:xforms-version=\"1.0.0\">", escape(title));
    writer.itext(&mut xml);
    writer.instances(&mut xml, sha256);
    writer.binds(&mut xml);
    xml.push_str("</model>\n</h:head>\n");
    let class = questionnaire.draft().style.as_deref().unwrap_or("pages");
    let _ = writeln!(xml, "<h:body class=\"{}\">", escape(class));
    writer.body(&mut xml);
    xml.push_str("</h:body>\n</h:html>\n");
    Ok(xml)
}

struct Writer<'q> {
    questionnaire: &'q Questionnaire,
    steps: Vec<Step<'q>>,
    places: Places<'q>,
}

impl<'q> Writer<'q> {
    fn new(questionnaire: &'q Questionnaire) -> Result<Self, Problem> {
        let questions = questionnaire.questions().iter().map(|question| (question.name.as_str(), question.row));
        let groups = questionnaire.groups().iter().map(|group| (group.name.as_str(), group.row));
        let mut lists = questionnaire.choice_lists().iter().map(|list| (list.stem(), None));
        let own = questions.chain(groups).chain(lists.clone()).find(|(name, _)| is_own(name));
        if let Some((name, row)) = own.or_else(|| lists.find(|(name, _)| *name == HOUSEHOLDS)) {
            return Err(own_name(name, row));
        }
        Ok(Self { questionnaire, steps: questionnaire.steps(), places: Places::of(questionnaire, QUESTIONS) })
    }

    fn formula(&self, formula: &Formula, site: Site<'_>) -> String {
        escape(&xpath(formula.expression(), &self.places, site))
    }

    fn is_repeated(&self, question: &Question) -> bool {
        self.questionnaire.draft().scope_of_group(question.group).is_some()
    }

    /// Whether a repeat is the innermost one around a question.
    fn stands_in(&self, question: &Question, repeat: &Group) -> bool {
        let scope = self.questionnaire.draft().scope_of_group(question.group);
        scope.is_some_and(|scope| self.questionnaire.groups()[scope].name == repeat.name)
    }

    /// A node of this program's own beside a section, as a formula at the section finds it.
    fn beside(&self, group: &Group, name: &str, site: Site<'_>) -> String {
        let reference = self.places.reference(&group.name, site);
        match reference.rsplit_once('/') {
            Some((around, _)) => format!("{around}/{name}"),
            None => name.to_owned(),
        }
    }

    /// The texts in every language of the questionnaire.
    fn itext(&self, xml: &mut String) {
        xml.push_str("<itext>\n");
        for language in self.questionnaire.languages() {
            let is_default = language.code == self.questionnaire.default_language();
            let default = if is_default { " default=\"true()\"" } else { "" };
            let _ = writeln!(xml, "<translation lang=\"{}\"{default}>", escape(&shown_name(language)));
            for (id, words) in OwnWords::all() {
                let mut text = escape(words.in_language(&language.code));
                if id == OwnText::Respondent.id() {
                    text.push_str(" <output value=\" /data/khs_visit/khs_respondent \"/>");
                }
                text_entry(xml, &id, &format!("<value>{text}</value>"));
            }
            for step in &self.steps {
                match step {
                    Step::Open(group) => {
                        let path = self.places.path(&group.name);
                        self.entry(xml, path, "label", language, &[(None, &group.label)]);
                        self.entry(xml, path, "hint", language, &[(None, &group.hint)]);
                    }
                    Step::Question(question) => self.texts_of(xml, question, language),
                    Step::Close(_) => {}
                }
            }
            for list in self.questionnaire.choice_lists().iter().filter(|list| !has_one_wording(list)) {
                for (number, choice) in list.choices.iter().enumerate() {
                    let mut values = self.value(&choice.label, None, language, Site::at(""));
                    for (kind, texts) in &choice.media {
                        values.push_str(&self.value(texts, Some(kind), language, Site::at("")));
                    }
                    text_entry(xml, &choice_text_id(&list.name, number), &values);
                }
            }
            xml.push_str("</translation>\n");
        }
        xml.push_str("</itext>\n");
    }

    fn texts_of(&self, xml: &mut String, question: &Question, language: &FormLanguage) {
        let path = self.places.path(&question.name);
        let mut label: Vec<(Option<&str>, &Texts)> = vec![(None, &question.label)];
        label.extend(question.media.iter().map(|(kind, texts)| (Some(kind.as_str()), texts)));
        self.entry(xml, path, "label", language, &label);
        self.entry(xml, path, "hint", language, &[(None, &question.hint), (Some("guidance"), &question.guidance_hint)]);
        self.entry(xml, path, "requiredMsg", language, &[(None, &question.required_message)]);
        self.entry(xml, path, "constraintMsg", language, &[(None, &question.constraint_message)]);
    }

    fn entry(
        &self,
        xml: &mut String,
        path: &str,
        part: &str,
        language: &FormLanguage,
        texts: &[(Option<&str>, &Texts)],
    ) {
        let values: String =
            texts.iter().map(|(form, texts)| self.value(texts, *form, language, Site::at(path))).collect();
        if !values.is_empty() {
            text_entry(xml, &format!("{path}:{part}"), &values);
        }
    }

    /// A text in a language; where it is not written, in the default one: a screen without words helps nobody.
    fn value(&self, texts: &Texts, form: Option<&str>, language: &FormLanguage, site: Site<'_>) -> String {
        let Some(text) = texts.first_of(&[&language.code, self.questionnaire.default_language()]) else {
            return String::new();
        };
        match form {
            None => format!("<value>{}</value>", text_with_outputs(text, &self.places, site)),
            Some("guidance") => {
                format!("<value form=\"guidance\">{}</value>", text_with_outputs(text, &self.places, site))
            }
            Some(kind) => {
                let folder = if matches!(kind, "image" | "big-image") { "images" } else { kind };
                format!("<value form=\"{kind}\">jr://{folder}/{}</value>", escape(text))
            }
        }
    }

    fn instances(&self, xml: &mut String, sha256: &str) {
        let form = self.questionnaire;
        let _ = write!(
            xml,
            "<instance>\n<data id=\"{}\" version=\"{}\">\n<{STARTED}/><{ENDED}/><{QUESTIONNAIRE}>{sha256}</{QUESTIONNAIRE}>\n\
             <khs_visit><{CASE_ID}/><khs_respondent/><khs_respondent_note/><khs_reached/></khs_visit>\n<khs_interview>",
            escape(form.id()),
            escape(form.version())
        );
        for step in &self.steps {
            match step {
                Step::Open(group) => {
                    let Some(repeat) = &group.repeat else {
                        let _ = write!(xml, "<{}>", group.name);
                        continue;
                    };
                    if repeat.count.is_some() {
                        let _ = write!(xml, "<{}/>", count_name(group));
                    }
                    // A template only: nobody is in the list before the enumerator adds them.
                    let _ = write!(xml, "<{} jr:template=\"\">", group.name);
                }
                // The log of the screen is among the form's own.
                Step::Question(question) if question.kind == QuestionKind::Audit => {}
                Step::Question(Question { name, default: Some(default), .. }) => {
                    let _ = write!(xml, "<{name}>{}</{name}>", escape(default));
                }
                Step::Question(question) => {
                    let _ = write!(xml, "<{}/>", question.name);
                }
                Step::Close(group) => {
                    let _ = write!(xml, "</{}>", group.name);
                }
            }
        }
        let _ = writeln!(
            xml,
            "</khs_interview>\n<khs_finish/><{DISPOSITION}/>\n<meta><audit/><instanceID/><instanceName/></meta>\n</data>\n</instance>"
        );
        xml.push_str("<instance id=\"households\" src=\"jr://file-csv/households.csv\"/>\n");
        own_list(xml, "khs_outcomes", OUTCOMES);
        own_list(xml, "khs_finishes", FINISHES);
        for list in form.choice_lists() {
            let _ = writeln!(xml, "<instance id=\"{}\"><root>", escape(list.stem()));
            for (number, choice) in list.choices.iter().enumerate() {
                self.item(xml, list, number, choice);
            }
            xml.push_str("</root></instance>\n");
        }
    }

    fn item(&self, xml: &mut String, list: &ChoiceList, number: usize, choice: &Choice) {
        xml.push_str("<item>");
        if has_one_wording(list) {
            let label = choice.label.first_of(&[self.questionnaire.default_language()]).unwrap_or_default();
            let _ = write!(xml, "<label>{}</label>", escape(label));
        } else {
            let _ = write!(xml, "<itextId>{}</itextId>", escape(&choice_text_id(&list.name, number)));
        }
        let _ = write!(xml, "<name>{}</name>", escape(&choice.name));
        for (column, value) in &choice.columns {
            let _ = write!(xml, "<{column}>{}</{column}>", escape(value));
        }
        xml.push_str("</item>\n");
    }
}

/// Whether the words of a list in a file are the same in every language: then thousands of them need no translations.
fn has_one_wording(list: &ChoiceList) -> bool {
    list.is_file()
        && list.choices.iter().all(|choice| {
            let mut words = choice.label.0.values();
            let first = words.next();
            words.all(|other| Some(other) == first)
        })
}

/// The node with the number of turns of a repeat; one of this program's own.
fn count_name(group: &Group) -> String {
    format!("{OWN}count_{}", group.name)
}

fn own_name(name: &str, row: Option<usize>) -> Problem {
    let place = row.map_or_else(|| Place::column("name"), |row| Place::cell(row, "name"));
    Problem::new(
        "xform_unsupported",
        format!("{name}: biểu mẫu ODK không thể hiện được điều này"),
        format!("{name}: an ODK form cannot say this"),
    )
    .at(place)
    .hint(
        "đổi tên: các tên bắt đầu bằng khs_ và danh sách households là của chương trình",
        "rename it: names that begin with khs_ and the list households belong to the program",
    )
}

/// Collect shows these names in its menu; a bare code says nothing to an enumerator.
fn shown_name(language: &FormLanguage) -> String {
    match (language.name.as_str(), language.code.as_str()) {
        ("vi", _) => "Tiếng Việt (vi)".to_owned(),
        ("en", _) => "English (en)".to_owned(),
        (name, _) => name.to_owned(),
    }
}

fn choice_text_id(list: &str, number: usize) -> String {
    format!("{list}-{number}")
}

fn text_entry(xml: &mut String, id: &str, values: &str) {
    let _ = writeln!(xml, "<text id=\"{}\">{values}</text>", escape(id));
}

fn own_list(xml: &mut String, id: &str, choices: &[OwnWords]) {
    let _ = writeln!(xml, "<instance id=\"{id}\"><root>");
    for choice in choices {
        let _ = writeln!(xml, "<item><itextId>khs:{0}</itextId><name>{0}</name></item>", choice.code);
    }
    xml.push_str("</root></instance>\n");
}

fn own_select(xml: &mut String, path: &str, label: OwnText, list: &str) {
    let _ = writeln!(
        xml,
        "<select1 ref=\"{path}\"><label ref=\"jr:itext('{}')\"/><itemset nodeset=\"instance('{list}')/root/item\">\
         <value ref=\"name\"/><label ref=\"jr:itext(itextId)\"/></itemset></select1>",
        label.id()
    );
}

#[cfg(test)]
mod tests;
