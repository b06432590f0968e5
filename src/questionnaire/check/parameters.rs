//! Parameters and defaults: known to the type of question, and of the right form.

use problem::Problems;

use super::question_place;
use crate::questionnaire::expression::{parse_date, parse_moment, parse_number, parse_time};
use crate::questionnaire::model::{Draft, Question, QuestionKind};
use crate::questionnaire::words;

/// The parameters of a kind, each with what its value must be.
fn known(question: &Question) -> &'static [(&'static str, Form)] {
    match &question.kind {
        QuestionKind::Range => &[("start", Form::Number), ("end", Form::Number), ("step", Form::Number)],
        QuestionKind::SelectOne(list) | QuestionKind::SelectMultiple(list) | QuestionKind::Rank(list) => {
            if list.ends_with(".csv") {
                &[("randomize", Form::Truth), ("seed", Form::Seed), ("value", Form::Text), ("label", Form::Text)]
            } else {
                &[("randomize", Form::Truth), ("seed", Form::Seed)]
            }
        }
        QuestionKind::Text => &[("rows", Form::Number)],
        QuestionKind::Image => &[("max-pixels", Form::Number), ("app", Form::Text)],
        QuestionKind::Audio => &[("quality", Form::Text)],
        QuestionKind::Geopoint => &[
            ("capture-accuracy", Form::Number),
            ("warning-accuracy", Form::Number),
            ("allow-mock-accuracy", Form::Truth),
        ],
        QuestionKind::Geotrace | QuestionKind::Geoshape => &[("allow-mock-accuracy", Form::Truth)],
        QuestionKind::Audit => &[
            ("location-priority", Form::Text),
            ("location-min-interval", Form::Number),
            ("location-max-age", Form::Number),
            ("track-changes", Form::Truth),
            ("track-changes-reasons", Form::Text),
            ("identify-user", Form::Truth),
        ],
        _ => &[],
    }
}

#[derive(Clone, Copy)]
enum Form {
    Number,
    Truth,
    Text,
    /// A number or a question.
    Seed,
}

impl Form {
    fn fits(self, value: &str) -> bool {
        let number = || parse_number(value).is_some();
        match self {
            Self::Number => number(),
            Self::Truth => matches!(value, "true" | "false"),
            Self::Text => !value.is_empty(),
            Self::Seed => number() || (value.starts_with("${") && value.ends_with('}')),
        }
    }
}

pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    for question in &draft.questions {
        parameters(question, problems);
        default(question, problems);
        if !question.trigger.is_empty() && question.calculation.is_none() {
            problems.push(words::trigger_without_calculation().at(question_place(question, "trigger")));
        }
    }
}

fn parameters(question: &Question, problems: &mut Problems) {
    let Some(text) = question.parameters.as_deref() else { return };
    let known = known(question);
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let place = || question_place(question, "parameters");
    for part in text.split([' ', ',', ';']).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match known.iter().find(|(known, _)| *known == name) {
            None => problems.push(words::parameter_unknown(name, &names.join(", ")).at(place())),
            Some((_, form)) if !form.fits(value) => problems.push(words::parameter_invalid(name, value).at(place())),
            Some(_) => {}
        }
    }
    if question.kind == QuestionKind::Range {
        let number = |name: &str, otherwise: f64| {
            question.parameter(name).map_or(Some(otherwise), parse_number).unwrap_or(f64::NAN)
        };
        let (start, end, step) = (number("start", 1.0), number("end", 10.0), number("step", 1.0));
        let right = step > 0.0 && start < end && step <= end - start;
        if !right && ![start, end, step].iter().any(|number| number.is_nan()) {
            problems
                .push(words::parameter_invalid("start, end, step", text).at(place()).expected("start < end, step > 0"));
        }
    }
}

/// A default that the question could not take as an answer.
fn default(question: &Question, problems: &mut Problems) {
    let Some(text) = question.default.as_deref() else { return };
    let whole = |text: &str| parse_number(text).is_some_and(|number| number.fract() == 0.0);
    let fits = match question.kind {
        QuestionKind::Integer => whole(text),
        QuestionKind::Decimal | QuestionKind::Range => parse_number(text).is_some(),
        QuestionKind::Date => parse_date(text).is_some(),
        QuestionKind::Time => parse_time(text).is_some(),
        QuestionKind::DateTime => parse_moment(text).is_some(),
        QuestionKind::Acknowledge => text == "OK",
        // A file would have to travel with the form.
        QuestionKind::Image
        | QuestionKind::Audio
        | QuestionKind::Video
        | QuestionKind::File
        | QuestionKind::Rank(_) => false,
        _ => true,
    };
    if !fits {
        problems.push(words::default_invalid(question.kind.name(), text).at(question_place(question, "default")));
    }
}
