//! What holds for each node of the form: type, condition, rule, calculation.

use std::fmt::Write as _;

use super::places::Site;
use super::{CASE_ID, DISPOSITION, ENDED, INTERVIEW, QUESTIONNAIRE, STARTED, Writer, count_name};
use crate::openrosa::escape;
use crate::openrosa::xpath::xpath;
use crate::questionnaire::{Formula, Group, Question, QuestionKind, Step};

impl Writer<'_> {
    pub(super) fn binds(&self, xml: &mut String) {
        self.own_binds(xml);
        for step in &self.steps {
            match step {
                Step::Open(group) => self.bind_group(xml, group),
                Step::Question(question) if question.kind == QuestionKind::Audit => {}
                Step::Question(question) => self.bind(xml, question),
                Step::Close(_) => {}
            }
        }
        for step in &self.steps {
            if let Step::Question(question) = step
                && let Some(formula) = &question.default_formula
                && !self.is_repeated(question)
            {
                self.set_value(xml, "odk-instance-first-load", question, formula);
            }
        }
    }

    fn own_binds(&self, xml: &mut String) {
        let interview = format!("/data/khs_visit/khs_reached = '{INTERVIEW}'");
        let of_case = format!("instance('households')/root/item[name = /data/khs_visit/{CASE_ID} ]/respondent");
        let outcome = format!("if({interview}, /data/khs_finish, /data/khs_visit/khs_reached)");
        let instance_name = self.questionnaire.draft().instance_name.as_ref().map_or_else(
            || format!("concat(/data/khs_visit/{CASE_ID}, ' · ', /data/{DISPOSITION})"),
            |formula| xpath(formula.expression(), &self.places, Site::at("/data/meta/instanceName")),
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
            ("meta/audit", "binary", self.audit()),
            ("meta/instanceID", "string", "readonly=\"true()\" jr:preload=\"uid\"".to_owned()),
            ("meta/instanceName", "string", format!("calculate=\"{}\"", escape(&instance_name))),
        ] {
            let kind = if kind.is_empty() { String::new() } else { format!(" type=\"{kind}\"") };
            let _ = writeln!(xml, "<bind nodeset=\"/data/{path}\"{kind} {rest}/>");
        }
    }

    /// What the log of the screen holds, where the questionnaire says it.
    fn audit(&self) -> String {
        let questions = self.questionnaire.questions();
        let Some(audit) = questions.iter().find(|question| question.kind == QuestionKind::Audit) else {
            return String::new();
        };
        let names = [
            "location-priority",
            "location-min-interval",
            "location-max-age",
            "track-changes",
            "track-changes-reasons",
            "identify-user",
        ];
        let said = names.iter().filter_map(|name| {
            let value = audit.parameter(name)?;
            Some(format!("odk:{name}=\"{}\"", escape(value)))
        });
        said.collect::<Vec<_>>().join(" ")
    }

    fn bind_group(&self, xml: &mut String, group: &Group) {
        let path = self.places.path(&group.name);
        if let Some(count) = group.repeat.as_ref().and_then(|repeat| repeat.count.as_ref()) {
            let node = format!("{}/{}", path.rsplit_once('/').map_or("", |(around, _)| around), count_name(group));
            let calculate = escape(&xpath(count.expression(), &self.places, Site::at(&node)));
            let _ = writeln!(xml, "<bind nodeset=\"{node}\" type=\"int\" calculate=\"{calculate}\"/>");
        }
        if let Some(relevant) = &group.relevant {
            let _ = writeln!(xml, "<bind nodeset=\"{path}\" relevant=\"{}\"/>", self.formula(relevant, Site::at(path)));
        }
    }

    fn bind(&self, xml: &mut String, question: &Question) {
        let path = self.places.path(&question.name);
        let (kind, fixed) = bind_of(question);
        let _ = write!(xml, "<bind nodeset=\"{path}\" type=\"{kind}\"{fixed}");
        let calculation = question.calculation.as_ref().filter(|_| question.trigger.is_empty());
        let read_only = question.read_only.as_ref().filter(|_| question.kind != QuestionKind::Note);
        for (attribute, formula) in [
            ("relevant", question.relevant.as_ref()),
            ("required", question.required.as_ref()),
            ("readonly", read_only),
            ("constraint", question.constraint.as_ref()),
            ("calculate", calculation),
        ] {
            if let Some(formula) = formula {
                let _ = write!(xml, " {attribute}=\"{}\"", self.formula(formula, Site::at(path)));
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
        for (name, attribute) in [
            ("max-pixels", "orx:max-pixels"),
            ("quality", "odk:quality"),
            ("allow-mock-accuracy", "odk:allow-mock-accuracy"),
        ] {
            if let Some(value) = question.parameter(name) {
                let _ = write!(xml, " {attribute}=\"{}\"", escape(value));
            }
        }
        xml.push_str("/>\n");
    }

    /// A value that is written when something happens.
    pub(super) fn set_value(&self, xml: &mut String, event: &str, question: &Question, formula: &Formula) {
        let path = self.places.path(&question.name);
        let value = self.formula(formula, Site::at(path));
        let _ = writeln!(xml, "<setvalue event=\"{event}\" ref=\"{path}\" value=\"{value}\"/>");
    }
}

/// The bind type of a question, and what else is always in its bind.
fn bind_of(question: &Question) -> (&'static str, &'static str) {
    match question.kind {
        QuestionKind::Note => ("string", " readonly=\"true()\""),
        QuestionKind::Start => ("dateTime", " jr:preload=\"timestamp\" jr:preloadParams=\"start\""),
        QuestionKind::End => ("dateTime", " jr:preload=\"timestamp\" jr:preloadParams=\"end\""),
        QuestionKind::Today => ("date", " jr:preload=\"date\" jr:preloadParams=\"today\""),
        QuestionKind::DeviceId => ("string", " jr:preload=\"property\" jr:preloadParams=\"deviceid\""),
        QuestionKind::Username => ("string", " jr:preload=\"property\" jr:preloadParams=\"username\""),
        QuestionKind::PhoneNumber => ("string", " jr:preload=\"property\" jr:preloadParams=\"phonenumber\""),
        QuestionKind::Email => ("string", " jr:preload=\"property\" jr:preloadParams=\"email\""),
        QuestionKind::Integer => ("int", ""),
        QuestionKind::Decimal => ("decimal", ""),
        QuestionKind::Range => {
            let fraction = question.parameters.as_deref().is_some_and(|parameters| parameters.contains('.'));
            (if fraction { "decimal" } else { "int" }, "")
        }
        QuestionKind::Date => ("date", ""),
        QuestionKind::Time => ("time", ""),
        QuestionKind::DateTime => ("dateTime", ""),
        QuestionKind::Geopoint => ("geopoint", ""),
        QuestionKind::Geotrace => ("geotrace", ""),
        QuestionKind::Geoshape => ("geoshape", ""),
        QuestionKind::Image | QuestionKind::Audio | QuestionKind::Video | QuestionKind::File => ("binary", ""),
        QuestionKind::Barcode => ("barcode", ""),
        QuestionKind::Rank(_) => ("odk:rank", ""),
        _ => ("string", ""),
    }
}
