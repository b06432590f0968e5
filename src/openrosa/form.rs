//! A questionnaire as XForm, for ODK Collect: which household, what came of the visit, the questions, how it ended.
//!
//! The form says in itself which published questionnaire it is ([`QUESTIONNAIRE`]), so that an answer given to an old version on a
//! phone that was long without a signal still finds its questions.
//!
//! Source: `ODK` `XForms` specification, <https://getodk.github.io/xforms-spec/>.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use problem::{Place, Problem};

use super::escape;
use super::form_words::{FINISHES, OUTCOMES, OwnText, Words as OwnWords};
use super::xpath::{text_with_outputs, xpath};
use crate::questionnaire::{Choice, FormLanguage, Formula, Group, Question, QuestionKind, Questionnaire, Texts};

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

/// One step of the way through the questions.
enum Step<'q> {
    Open(&'q Group),
    Question(&'q Question),
    Close,
}

struct Writer<'q> {
    questionnaire: &'q Questionnaire,
    steps: Vec<Step<'q>>,
    /// Where each question and section is.
    paths: BTreeMap<&'q str, String>,
}

impl<'q> Writer<'q> {
    fn new(questionnaire: &'q Questionnaire) -> Result<Self, Problem> {
        let mut steps = Vec::new();
        let mut paths = BTreeMap::new();
        let mut open: Vec<&'q Group> = Vec::new();
        for question in questionnaire.questions() {
            writable(question)?;
            let sections = questionnaire.sections(question);
            let n_same = open.iter().zip(&sections).take_while(|(a, b)| a.name == b.name).count();
            while open.len() > n_same {
                open.pop();
                steps.push(Step::Close);
            }
            for section in sections.into_iter().skip(n_same) {
                open.push(section);
                steps.push(Step::Open(section));
                paths.insert(section.name.as_str(), path_of(&open, None));
            }
            paths.insert(question.name.as_str(), path_of(&open, Some(&question.name)));
            steps.push(Step::Question(question));
        }
        steps.extend(open.iter().map(|_| Step::Close));
        Ok(Self { questionnaire, steps, paths })
    }

    fn path(&self, name: &str) -> &str {
        self.paths.get(name).map_or("", String::as_str)
    }

    fn formula(&self, formula: &Formula) -> String {
        escape(&xpath(formula.expression(), &self.paths))
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
                text_entry(xml, &id, &text);
            }
            for step in &self.steps {
                match step {
                    Step::Open(group) => {
                        self.texts(xml, &group.name, language, &[("label", &group.label), ("hint", &group.hint)]);
                    }
                    Step::Question(question) => {
                        let texts = [
                            ("label", &question.label),
                            ("hint", &question.hint),
                            ("requiredMsg", &question.required_message),
                            ("constraintMsg", &question.constraint_message),
                        ];
                        self.texts(xml, &question.name, language, &texts);
                    }
                    Step::Close => {}
                }
            }
            for list in self.questionnaire.choice_lists() {
                for (number, choice) in list.choices.iter().enumerate() {
                    let label = self.text(&choice.label, language).unwrap_or_else(|| escape(&choice.name));
                    text_entry(xml, &choice_text_id(&list.name, number), &label);
                }
            }
            xml.push_str("</translation>\n");
        }
        xml.push_str("</itext>\n");
    }

    fn texts(&self, xml: &mut String, name: &str, language: &FormLanguage, texts: &[(&str, &Texts)]) {
        for (part, texts) in texts {
            if let Some(text) = self.text(texts, language) {
                text_entry(xml, &format!("{}:{part}", self.path(name)), &text);
            }
        }
    }

    /// The text in a language; where it is not written, in the default one: a screen without words helps nobody.
    fn text(&self, texts: &Texts, language: &FormLanguage) -> Option<String> {
        let text = texts.first_of(&[&language.code, self.questionnaire.default_language()])?;
        Some(text_with_outputs(text, &self.paths))
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
        let mut open: Vec<&str> = Vec::new();
        for step in &self.steps {
            match step {
                Step::Open(group) => {
                    let _ = write!(xml, "<{}>", group.name);
                    open.push(&group.name);
                }
                Step::Question(Question { name, default: Some(default), .. }) => {
                    let _ = write!(xml, "<{name}>{}</{name}>", escape(default));
                }
                Step::Question(question) => {
                    let _ = write!(xml, "<{}/>", question.name);
                }
                Step::Close => {
                    let _ = write!(xml, "</{}>", open.pop().unwrap_or_default());
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
            let _ = writeln!(xml, "<instance id=\"{}\"><root>", escape(&list.name));
            for (number, choice) in list.choices.iter().enumerate() {
                self.item(xml, &choice_text_id(&list.name, number), choice);
            }
            xml.push_str("</root></instance>\n");
        }
    }

    fn item(&self, xml: &mut String, text_id: &str, choice: &Choice) {
        let _ = write!(xml, "<item><itextId>{}</itextId><name>{}</name>", escape(text_id), escape(&choice.name));
        for (column, value) in &choice.columns {
            let _ = write!(xml, "<{column}>{}</{column}>", escape(value));
        }
        xml.push_str("</item>\n");
    }

    fn binds(&self, xml: &mut String) {
        let interview = format!("/data/khs_visit/khs_reached = '{INTERVIEW}'");
        let of_case = format!("instance('households')/root/item[name = /data/khs_visit/{CASE_ID} ]/respondent");
        let outcome = format!("if({interview}, /data/khs_finish, /data/khs_visit/khs_reached)");
        let instance_name = self.questionnaire.draft().instance_name.as_ref().map_or_else(
            || format!("concat(/data/khs_visit/{CASE_ID}, ' · ', /data/{DISPOSITION})"),
            |formula| xpath(formula.expression(), &self.paths),
        );
        for (path, kind, rest) in [
            (STARTED, "dateTime", "jr:preload=\"timestamp\" jr:preloadParams=\"start\"".to_owned()),
            (ENDED, "dateTime", "jr:preload=\"timestamp\" jr:preloadParams=\"end\"".to_owned()),
            (QUESTIONNAIRE, "string", "readonly=\"true()\"".to_owned()),
            (&format!("khs_visit/{CASE_ID}"), "string", "required=\"true()\"".to_owned()),
            ("khs_visit/khs_respondent", "string", format!("calculate=\"{}\"", escape(&of_case))),
            (
                "khs_visit/khs_respondent_note",
                "string",
                "readonly=\"true()\" relevant=\"/data/khs_visit/khs_respondent != ''\"".to_owned(),
            ),
            ("khs_visit/khs_reached", "string", "required=\"true()\"".to_owned()),
            ("khs_interview", "", format!("relevant=\"{}\"", escape(&interview))),
            ("khs_finish", "string", format!("required=\"true()\" relevant=\"{}\"", escape(&interview))),
            (DISPOSITION, "string", format!("calculate=\"{}\"", escape(&outcome))),
            ("meta/audit", "binary", String::new()),
            ("meta/instanceID", "string", "readonly=\"true()\" jr:preload=\"uid\"".to_owned()),
            ("meta/instanceName", "string", format!("calculate=\"{}\"", escape(&instance_name))),
        ] {
            let kind = if kind.is_empty() { String::new() } else { format!(" type=\"{kind}\"") };
            let _ = writeln!(xml, "<bind nodeset=\"/data/{path}\"{kind} {rest}/>");
        }
        for step in &self.steps {
            match step {
                Step::Open(group) => {
                    if let Some(relevant) = &group.relevant {
                        let _ = writeln!(
                            xml,
                            "<bind nodeset=\"{}\" relevant=\"{}\"/>",
                            self.path(&group.name),
                            self.formula(relevant)
                        );
                    }
                }
                Step::Question(question) => self.bind(xml, question),
                Step::Close => {}
            }
        }
    }

    fn bind(&self, xml: &mut String, question: &Question) {
        let path = self.path(&question.name);
        let (kind, fixed) = bind_of(&question.kind);
        let _ = write!(xml, "<bind nodeset=\"{path}\" type=\"{kind}\"{fixed}");
        for (attribute, formula) in [
            ("relevant", &question.relevant),
            ("required", &question.required),
            ("constraint", &question.constraint),
            ("calculate", &question.calculation),
        ] {
            if let Some(formula) = formula {
                let _ = write!(xml, " {attribute}=\"{}\"", self.formula(formula));
            }
        }
        for (attribute, part, texts) in [
            ("jr:requiredMsg", "requiredMsg", &question.required_message),
            ("jr:constraintMsg", "constraintMsg", &question.constraint_message),
        ] {
            if !texts.is_empty() {
                let _ = write!(xml, " {attribute}=\"jr:itext('{path}:{part}')\"");
            }
        }
        xml.push_str("/>\n");
    }

    fn body(&self, xml: &mut String) {
        let _ = write!(
            xml,
            "<group ref=\"/data/khs_visit\"><label ref=\"jr:itext('{visit}')\"/>\n\
             <select1 ref=\"/data/khs_visit/{CASE_ID}\" appearance=\"minimal autocomplete\"><label ref=\"jr:itext('{case}')\"/>\
             <itemset nodeset=\"instance('households')/root/item\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>\n\
             <input ref=\"/data/khs_visit/khs_respondent_note\"><label ref=\"jr:itext('{respondent}')\"/></input>\n",
            visit = OwnText::Visit.id(),
            case = OwnText::Case.id(),
            respondent = OwnText::Respondent.id(),
        );
        own_select(xml, "/data/khs_visit/khs_reached", OwnText::Reached, "khs_outcomes");
        xml.push_str("</group>\n<group ref=\"/data/khs_interview\">\n");
        for step in &self.steps {
            match step {
                Step::Open(group) => {
                    let path = self.path(&group.name);
                    let _ = write!(xml, "<group ref=\"{path}\"{}>", appearance(group.appearance.as_deref()));
                    self.label_and_hint(xml, path, &group.label, &Texts::default());
                    xml.push('\n');
                }
                Step::Question(question) => self.control(xml, question),
                Step::Close => xml.push_str("</group>\n"),
            }
        }
        xml.push_str("</group>\n");
        own_select(xml, "/data/khs_finish", OwnText::Finish, "khs_finishes");
    }

    fn control(&self, xml: &mut String, question: &Question) {
        let element = match question.kind {
            QuestionKind::SelectOne(_) => "select1",
            QuestionKind::SelectMultiple(_) => "select",
            QuestionKind::Acknowledge => "trigger",
            _ if question.kind.is_shown() => "input",
            _ => return,
        };
        let path = self.path(&question.name);
        let _ = write!(xml, "<{element} ref=\"{path}\"{}>", appearance(question.appearance.as_deref()));
        self.label_and_hint(xml, path, &question.label, &question.hint);
        if let Some(list) = question.kind.list() {
            let filter =
                question.choice_filter.as_ref().map(|filter| format!("[{}]", self.formula(filter))).unwrap_or_default();
            let items = format!("instance('{}')/root/item{filter}", escape(list));
            let nodeset = if is_randomized(question) { format!("randomize({items})") } else { items };
            let _ = write!(
                xml,
                "<itemset nodeset=\"{nodeset}\"><value ref=\"name\"/><label ref=\"jr:itext(itextId)\"/></itemset>"
            );
        }
        let _ = writeln!(xml, "</{element}>");
    }

    fn label_and_hint(&self, xml: &mut String, path: &str, label: &Texts, hint: &Texts) {
        for (part, texts) in [("label", label), ("hint", hint)] {
            if !texts.is_empty() {
                let _ = write!(xml, "<{part} ref=\"jr:itext('{path}:{part}')\"/>");
            }
        }
    }
}

/// What the questionnaire says and the form cannot.
fn writable(question: &Question) -> Result<(), Problem> {
    if is_own(&question.name) {
        return Err(unsupported(question, "name").hint(
            "đổi tên câu hỏi: các tên bắt đầu bằng khs_ là của chương trình",
            "rename the question: names that begin with khs_ belong to the program",
        ));
    }
    match question.parameters.as_deref().map(str::trim) {
        None | Some("") => Ok(()),
        Some(_) if question.kind.list().is_some() && is_randomized(question) => Ok(()),
        Some(other) => Err(unsupported(question, "parameters").expected("randomize=true").got(other)),
    }
}

fn unsupported(question: &Question, column: &str) -> Problem {
    let place = question.row.map_or_else(|| Place::column(column), |row| Place::cell(row, column));
    Problem::new(
        "xform_unsupported",
        format!("câu {}: biểu mẫu ODK không thể hiện được điều này", question.name),
        format!("question {}: an ODK form cannot say this", question.name),
    )
    .at(place)
}

fn is_randomized(question: &Question) -> bool {
    question.parameters.as_deref().is_some_and(|text| text.replace(' ', "").eq_ignore_ascii_case("randomize=true"))
}

fn path_of(open: &[&Group], last: Option<&str>) -> String {
    let mut path = QUESTIONS.to_owned();
    for name in open.iter().map(|group| group.name.as_str()).chain(last) {
        path.push('/');
        path.push_str(name);
    }
    path
}

/// The bind type of a question, and what else is always in its bind.
fn bind_of(kind: &QuestionKind) -> (&'static str, &'static str) {
    match kind {
        QuestionKind::Note => ("string", " readonly=\"true()\""),
        QuestionKind::Start => ("dateTime", " jr:preload=\"timestamp\" jr:preloadParams=\"start\""),
        QuestionKind::End => ("dateTime", " jr:preload=\"timestamp\" jr:preloadParams=\"end\""),
        QuestionKind::Today => ("date", " jr:preload=\"date\" jr:preloadParams=\"today\""),
        QuestionKind::DeviceId => ("string", " jr:preload=\"property\" jr:preloadParams=\"deviceid\""),
        QuestionKind::Integer => ("int", ""),
        QuestionKind::Decimal => ("decimal", ""),
        QuestionKind::Date => ("date", ""),
        QuestionKind::Geopoint => ("geopoint", ""),
        QuestionKind::Calculate
        | QuestionKind::Text
        | QuestionKind::SelectOne(_)
        | QuestionKind::SelectMultiple(_)
        | QuestionKind::Acknowledge => ("string", ""),
    }
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

fn text_entry(xml: &mut String, id: &str, text: &str) {
    let _ = writeln!(xml, "<text id=\"{}\"><value>{text}</value></text>", escape(id));
}

fn appearance(text: Option<&str>) -> String {
    text.map(|text| format!(" appearance=\"{}\"", escape(text))).unwrap_or_default()
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
