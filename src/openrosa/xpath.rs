//! Expressions as `XPath` of a form: questions by their place in it.

use std::collections::BTreeMap;

use super::escape;
use crate::questionnaire::expression::Expression;

/// The expression as `XPath`, fully bracketed. Not escaped for XML.
pub(super) fn xpath(expression: &Expression, paths: &BTreeMap<&str, String>) -> String {
    let inner = |expression: &Expression| xpath(expression, paths);
    match expression {
        Expression::Number(number) => number.to_string(),
        Expression::Text(text) => quoted(text),
        Expression::Question(name) => format!(" {} ", paths.get(name.as_str()).map_or("''", String::as_str)),
        Expression::This => ".".to_owned(),
        Expression::ChoiceColumn(column) => column.clone(),
        Expression::Call { function, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(inner).collect();
            format!("{}({})", function.name(), arguments.join(", "))
        }
        Expression::Negate(operand) => format!("(-{})", inner(operand)),
        Expression::Binary { operator, left, right } => {
            format!("({} {} {})", inner(left), operator.name(), inner(right))
        }
    }
}

/// `XPath` 1.0 has no escape inside quotes: a text with both kinds is put together.
fn quoted(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}

/// A text as XML content, `${question}` as the answer to it. A name that no question has stays as it is written.
pub(super) fn text_with_outputs(text: &str, paths: &BTreeMap<&str, String>) -> String {
    let mut xml = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        xml.push_str(&escape(before));
        match after.split_once('}').and_then(|(name, tail)| Some((paths.get(name)?, tail))) {
            Some((path, tail)) => {
                xml.push_str(&format!("<output value=\" {path} \"/>"));
                rest = tail;
            }
            None => {
                xml.push_str("${");
                rest = after;
            }
        }
    }
    xml.push_str(&escape(rest));
    xml
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questionnaire::expression::parse;

    fn paths() -> BTreeMap<&'static str, String> {
        BTreeMap::from([("a", "/data/a".to_owned()), ("b", "/data/g/b".to_owned())])
    }

    #[test]
    fn an_expression_keeps_its_order_of_evaluation() {
        for (text, expected) in [
            ("${a} + 2 * ${b}", "( /data/a  + (2 *  /data/g/b ))"),
            ("(${a} + 2) * -1", "(( /data/a  + 2) * (-1))"),
            ("selected(${a}, '1') and . >= 0.5", "(selected( /data/a , '1') and (. >= 0.5))"),
            (
                "if(${a} = 1 or ${b} != 'x', 1 div 3, 7 mod 2)",
                "if((( /data/a  = 1) or ( /data/g/b  != 'x')), (1 div 3), (7 mod 2))",
            ),
        ] {
            assert_eq!(xpath(&parse(text).expect("an expression"), &paths()), expected, "{text}");
        }
    }

    #[test]
    fn texts_with_quotes_and_names_are_written() {
        assert_eq!(quoted("a"), "'a'");
        assert_eq!(quoted("a'b"), "\"a'b\"");
        assert_eq!(quoted("a'b\"c"), "concat('a', \"'\", 'b\"c')");
        assert_eq!(
            text_with_outputs("Chào ${a} & ${b}!", &paths()),
            "Chào <output value=\" /data/a \"/> &amp; <output value=\" /data/g/b \"/>!"
        );
        assert_eq!(text_with_outputs("${x} ${", &paths()), "${x} ${");
    }
}
