//! What the arguments of a function must look like, where their number alone does not say it.

use super::dates::{is_date_pattern, is_moment_pattern};
use super::{Expression, ExpressionFault, Function, digest, pattern};

/// What is wrong with the arguments of a function; their number is right. Brings `jr:choice-name` to its plain form.
pub(super) fn fault(function: Function, arguments: &mut [Expression]) -> Option<ExpressionFault> {
    match function {
        Function::FormatDate => {
            (!fixed(arguments, 1).is_some_and(is_date_pattern)).then_some(ExpressionFault::DatePattern)
        }
        Function::FormatDateTime => {
            (!fixed(arguments, 1).is_some_and(is_moment_pattern)).then_some(ExpressionFault::MomentPattern)
        }
        Function::Sum | Function::Count | Function::CountNonEmpty => {
            let of_question = matches!(arguments.first(), Some(Expression::Question(_)));
            (!of_question).then(|| ExpressionFault::Turns(function.name()))
        }
        Function::IndexedRepeat => {
            let pairs = arguments.len() % 2 == 1;
            let of_questions = |at: usize| matches!(arguments.get(at), Some(Expression::Question(_)));
            let named = of_questions(0) && (1..arguments.len()).step_by(2).all(of_questions);
            (!(pairs && named)).then_some(ExpressionFault::IndexedRepeat)
        }
        Function::ChoiceName => choice_name(arguments),
        Function::Pulldata => (!(0..3).all(|at| fixed(arguments, at).is_some())).then_some(ExpressionFault::Pulldata),
        Function::Regex => match fixed(arguments, 1) {
            None => Some(ExpressionFault::Pattern("'…'".to_owned())),
            Some(text) => pattern::compiled(text).err().map(ExpressionFault::Pattern),
        },
        Function::Digest => {
            let algorithm = fixed(arguments, 1).is_some_and(digest::is_algorithm);
            let encoding = arguments.len() < 3 || fixed(arguments, 2).is_some_and(digest::is_encoding);
            (!(algorithm && encoding)).then_some(ExpressionFault::Digest)
        }
        Function::WeightedChecklist if !arguments.len().is_multiple_of(2) => {
            Some(ExpressionFault::Arguments(function.name().to_owned(), arguments.len()))
        }
        _ => None,
    }
}

fn fixed(arguments: &[Expression], at: usize) -> Option<&str> {
    match arguments.get(at) {
        Some(Expression::Text(text)) => Some(text),
        _ => None,
    }
}

/// Sheets write the question in quotes; the tree holds it as a question.
fn choice_name(arguments: &mut [Expression]) -> Option<ExpressionFault> {
    let second = arguments.get_mut(1)?;
    if let Expression::Text(text) = second {
        let name = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).map(str::trim);
        match name {
            Some(name) if !name.is_empty() => *second = Expression::Question(name.to_owned()),
            _ => return Some(ExpressionFault::ChoiceName),
        }
    }
    (!matches!(second, Expression::Question(_))).then_some(ExpressionFault::ChoiceName)
}
