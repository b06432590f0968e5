//! What the enumerator sees: sections, turns, questions.

use std::fmt::Write as _;

use super::places::Site;
use super::{CASE_ID, Writer, count_name, has_one_wording, own_select};
use crate::openrosa::escape;
use crate::openrosa::form_words::OwnText;
use crate::questionnaire::{Group, Question, QuestionKind, Step};

impl Writer<'_> {
    pub(super) fn body(&self, xml: &mut String) {
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
                Step::Open(group) => self.open(xml, group),
                Step::Question(question) => self.control(xml, question),
                Step::Close(group) if group.repeat.is_some() => xml.push_str("</repeat></group>\n"),
                Step::Close(_) => xml.push_str("</group>\n"),
            }
        }
        xml.push_str("</group>\n");
        own_select(xml, "/data/khs_finish", OwnText::Finish, "khs_finishes");
    }

    fn open(&self, xml: &mut String, group: &Group) {
        let path = self.places.path(&group.name);
        let Some(repeat) = &group.repeat else {
            let _ = write!(xml, "<group ref=\"{path}\"{}>", appearance(group.appearance.as_deref()));
            self.label_and_hint(xml, path, !group.label.is_empty(), false);
            xml.push('\n');
            return;
        };
        let _ = write!(xml, "<group ref=\"{path}\">");
        self.label_and_hint(xml, path, !group.label.is_empty(), false);
        let _ = write!(xml, "<repeat nodeset=\"{path}\"{}", appearance(group.appearance.as_deref()));
        if repeat.count.is_some() {
            let node = self.beside(group, &count_name(group), Site::at(path));
            let _ = write!(xml, " jr:count=\" {node} \" jr:noAddRemove=\"true()\"");
        }
        xml.push_str(">\n");
        for question in self.questionnaire.questions() {
            if let Some(formula) = question.default_formula.as_ref().filter(|_| self.stands_in(question, group)) {
                self.set_value(xml, "odk-instance-first-load odk-new-repeat", question, formula);
            }
        }
    }

    fn control(&self, xml: &mut String, question: &Question) {
        if !question.kind.is_shown() {
            return;
        }
        let element = element_of(&question.kind);
        let path = self.places.path(&question.name);
        let _ = write!(xml, "<{element} ref=\"{path}\"{}", appearance(question.appearance.as_deref()));
        self.attributes(xml, question);
        xml.push('>');
        let has_label = !question.label.is_empty() || !question.media.is_empty();
        let has_hint = !question.hint.is_empty() || !question.guidance_hint.is_empty();
        self.label_and_hint(xml, path, has_label, has_hint);
        self.items(xml, question, path);
        for waiting in self.questionnaire.questions().iter().filter(|waiting| waiting.trigger.contains(&question.name))
        {
            if let Some(formula) = &waiting.calculation {
                self.set_value(xml, "xforms-value-changed", waiting, formula);
            }
        }
        let _ = writeln!(xml, "</{element}>");
    }

    fn attributes(&self, xml: &mut String, question: &Question) {
        if let Some(media) = media_type(&question.kind) {
            let _ = write!(xml, " mediatype=\"{media}\"");
        }
        if question.kind == QuestionKind::Range {
            for (name, otherwise) in [("start", "1"), ("end", "10"), ("step", "1")] {
                let _ = write!(xml, " {name}=\"{}\"", escape(question.parameter(name).unwrap_or(otherwise)));
            }
        }
        for (name, attribute) in [
            ("rows", "rows"),
            ("app", "intent"),
            ("capture-accuracy", "accuracyThreshold"),
            ("warning-accuracy", "unacceptableAccuracyThreshold"),
        ] {
            if let Some(value) = question.parameter(name) {
                let _ = write!(xml, " {attribute}=\"{}\"", escape(value));
            }
        }
    }

    fn items(&self, xml: &mut String, question: &Question, path: &str) {
        let Some(list) = self.questionnaire.choices(question) else { return };
        let site = Site::at(path).filtering();
        let filter = question.choice_filter.as_ref().map(|filter| format!("[{}]", self.formula(filter, site)));
        let items = format!("instance('{}')/root/item{}", escape(list.stem()), filter.unwrap_or_default());
        let seed = question.parameter("seed").map(|seed| {
            let name = seed.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            name.map_or_else(|| seed.to_owned(), |name| self.places.reference(name, Site::at(path)))
        });
        let nodeset = match (question.parameter("randomize") == Some("true"), seed) {
            (false, _) => items,
            (true, None) => format!("randomize({items})"),
            (true, Some(seed)) => format!("randomize({items}, {})", escape(&seed)),
        };
        let label = if has_one_wording(list) { "label" } else { "jr:itext(itextId)" };
        let _ = write!(xml, "<itemset nodeset=\"{nodeset}\"><value ref=\"name\"/><label ref=\"{label}\"/></itemset>");
    }

    fn label_and_hint(&self, xml: &mut String, path: &str, has_label: bool, has_hint: bool) {
        for (part, there) in [("label", has_label), ("hint", has_hint)] {
            if there {
                let _ = write!(xml, "<{part} ref=\"jr:itext('{path}:{part}')\"/>");
            }
        }
    }
}

fn element_of(kind: &QuestionKind) -> &'static str {
    match kind {
        QuestionKind::SelectOne(_) => "select1",
        QuestionKind::SelectMultiple(_) => "select",
        QuestionKind::Rank(_) => "odk:rank",
        QuestionKind::Acknowledge => "trigger",
        QuestionKind::Range => "range",
        kind if kind.is_file() => "upload",
        _ => "input",
    }
}

fn media_type(kind: &QuestionKind) -> Option<&'static str> {
    match kind {
        QuestionKind::Image => Some("image/*"),
        QuestionKind::Audio => Some("audio/*"),
        QuestionKind::Video => Some("video/*"),
        QuestionKind::File => Some("application/*"),
        _ => None,
    }
}

fn appearance(text: Option<&str>) -> String {
    text.map(|text| format!(" appearance=\"{}\"", escape(text))).unwrap_or_default()
}
