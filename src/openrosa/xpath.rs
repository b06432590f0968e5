//! Expressions as `XPath` of a form: questions by their place in it.

use super::escape;
use super::form::places::{Places, Site};
use crate::questionnaire::expression::{Expression, Function};

/// The expression as `XPath`, fully bracketed. Not escaped for XML.
pub(super) fn xpath(expression: &Expression, places: &Places<'_>, site: Site<'_>) -> String {
    let inner = |expression: &Expression| xpath(expression, places, site);
    match expression {
        Expression::Number(number) => number.to_string(),
        Expression::Text(text) => quoted(text),
        Expression::Question(name) if places.is_known(name) => format!(" {} ", places.reference(name, site)),
        Expression::Question(_) => " '' ".to_owned(),
        Expression::This if site.filters => "current()/.".to_owned(),
        Expression::This => ".".to_owned(),
        Expression::ChoiceColumn(column) => column.clone(),
        Expression::Call { function, arguments } => call(*function, arguments, places, site),
        Expression::Negate(operand) => format!("(-{})", inner(operand)),
        Expression::Binary { operator, left, right } => {
            format!("({} {} {})", inner(left), operator.name(), inner(right))
        }
    }
}

fn call(function: Function, arguments: &[Expression], places: &Places<'_>, site: Site<'_>) -> String {
    let path = |argument: &Expression| match argument {
        Expression::Question(name) => places.path(name).to_owned(),
        _ => String::new(),
    };
    let arguments: Vec<String> = match function {
        Function::Position => vec![places.turn(site)],
        // The question is named by its path in quotes.
        Function::ChoiceName => match arguments {
            [code, question] => vec![xpath(code, places, site), format!("' {} '", path(question))],
            _ => Vec::new(),
        },
        // The question and the repeats are named from the root: the numbers say which turn is meant.
        Function::IndexedRepeat => {
            let one = |(at, argument): (usize, &Expression)| {
                let named = at == 0 || at % 2 == 1;
                if named { format!(" {} ", path(argument)) } else { xpath(argument, places, site) }
            };
            arguments.iter().enumerate().map(one).collect()
        }
        Function::Pulldata => return cell(arguments, places, site),
        Function::Regex => match arguments {
            [text, Expression::Text(pattern)] => {
                vec![xpath(text, places, site), quoted(&super::pattern::portable(pattern))]
            }
            _ => arguments.iter().map(|argument| xpath(argument, places, site)).collect(),
        },
        _ => arguments.iter().map(|argument| xpath(argument, places, site)).collect(),
    };
    format!("{}({})", function.name(), arguments.join(", "))
}

/// A cell of a table of the questionnaire: the table travels in the form itself.
fn cell(arguments: &[Expression], places: &Places<'_>, site: Site<'_>) -> String {
    let [Expression::Text(table), Expression::Text(column), Expression::Text(key_column), key] = arguments else {
        return "''".to_owned();
    };
    let key = xpath(key, places, site.filtering());
    let item = format!("instance('{table}')/root/item[{key_column} = {key}]");
    if column == "label" && !places.has_plain_words(table) {
        return format!("jr:itext({item}/itextId)");
    }
    format!("{item}/{column}")
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
pub(super) fn text_with_outputs(text: &str, places: &Places<'_>, site: Site<'_>) -> String {
    let mut xml = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        xml.push_str(&escape(before));
        match after.split_once('}').filter(|(name, _)| places.is_known(name.trim())) {
            Some((name, tail)) => {
                xml.push_str(&format!("<output value=\" {} \"/>", places.reference(name.trim(), site)));
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
    use crate::questionnaire::{Questionnaire, Sheets, xlsform};

    fn form() -> Questionnaire {
        let survey = "type,name,label,required,relevant\nselect_one yes_no,consent,Đồng ý?,yes,\ninteger,a,A,,\n\
                      begin_group,g,G,,\ninteger,b,B,,\nend_group,,,,\nbegin_repeat,m,M,,\ntext,name,Tên,,\n\
                      begin_group,h,H,,\ninteger,age,Tuổi,,\nend_group,,,,\nend_repeat,,,,\n";
        let choices = "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n";
        let settings = "form_title,form_id,version,default_language\nThử,thu,1,vi\n";
        xlsform::read(&Sheets::from_csv(survey, choices, settings).expect("sheets")).expect("a questionnaire")
    }

    #[test]
    fn an_expression_keeps_its_order_of_evaluation() {
        let form = form();
        let places = Places::of(&form, "/data");
        for (text, expected) in [
            ("${a} + 2 * ${b}", "( /data/a  + (2 *  /data/g/b ))"),
            ("(${a} + 2) * -1", "(( /data/a  + 2) * (-1))"),
            ("selected(${a}, '1') and . >= 0.5", "(selected( /data/a , '1') and (. >= 0.5))"),
            (
                "if(${a} = 1 or ${b} != 'x', 1 div 3, 7 mod 2)",
                "if((( /data/a  = 1) or ( /data/g/b  != 'x')), (1 div 3), (7 mod 2))",
            ),
            ("sum(${age}) + count(${m})", "(sum( /data/m/h/age ) + count( /data/m ))"),
            ("indexed-repeat(${age}, ${m}, ${a})", "indexed-repeat( /data/m/h/age ,  /data/m ,  /data/a )"),
        ] {
            assert_eq!(xpath(&parse(text).expect("an expression"), &places, Site::at("/data/x")), expected, "{text}");
        }
    }

    #[test]
    fn inside_a_repeat_the_same_turn_is_meant() {
        let form = form();
        let places = Places::of(&form, "/data");
        let site = Site::at("/data/m/h/age");
        for (text, expected) in [
            ("${name} = ${a}", "( ../../name  =  /data/a )"),
            ("position(..)", "position(../..)"),
            ("count(${m})", "count( ../../../m )"),
            ("jr:choice-name(${a}, '${a}')", "jr:choice-name( /data/a , ' /data/a ')"),
        ] {
            assert_eq!(xpath(&parse(text).expect("an expression"), &places, site), expected, "{text}");
        }
        let filter = xpath(&parse("x = ${name}").expect("an expression"), &places, site.filtering());
        assert_eq!(filter, "(x =  current()/../../name )");
        assert_eq!(text_with_outputs("Chào ${name}", &places, site), "Chào <output value=\" ../../name \"/>");
    }

    #[test]
    fn texts_with_quotes_and_names_are_written() {
        let form = form();
        let places = Places::of(&form, "/data");
        assert_eq!(quoted("a"), "'a'");
        assert_eq!(quoted("a'b"), "\"a'b\"");
        assert_eq!(quoted("a'b\"c"), "concat('a', \"'\", 'b\"c')");
        assert_eq!(
            text_with_outputs("Chào ${a} & ${b}!", &places, Site::at("/data/x")),
            "Chào <output value=\" /data/a \"/> &amp; <output value=\" /data/g/b \"/>!"
        );
        assert_eq!(text_with_outputs("${x} ${", &places, Site::at("/data/x")), "${x} ${");
    }
}
