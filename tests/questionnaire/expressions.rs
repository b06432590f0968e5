//! Every expression of the shared table, and the promise that no text can make the parser or the evaluator fail.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use khaosat::questionnaire::expression::{
    Context, Expression, Function, MAX_CHARACTERS, MAX_DEPTH, Operator, Value, parse, parse_date, parse_moment,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The table that every evaluator of the expression language must pass: an expression, its context (`answers`, `this`,
/// `today`, `choice`) and what is expected, or the character where an error is noticed.
///
/// Numbers, texts and truths are written as JSON, days as `{"date": …}`, NaN and infinity as `{"number": …}`. The expected
/// values come from `XPath` 1.0 and the ODK `XForms` specification. Those that need no clock and no choice are also put to
/// `JavaRosa`, the engine of ODK Collect, and to `@getodk/xforms-engine`, that of Web Forms (`tools/check_expressions.py`): where
/// one of them gives something else, the case says what under `javarosa` or `xforms_engine`, and why we do not follow.
const TABLE: &str = include_str!("expressions.json");

#[derive(Default)]
struct Case {
    answers: BTreeMap<String, Value>,
    turns: BTreeMap<String, Vec<Value>>,
    position: Option<usize>,
    now: Option<DateTime<FixedOffset>>,
    random: Option<f64>,
    labels: Json,
    tables: Json,
    this: Option<Value>,
    today: Option<NaiveDate>,
    choice: BTreeMap<String, String>,
}

impl Context for Case {
    fn question(&self, name: &str) -> Value {
        self.answers.get(name).cloned().unwrap_or_else(Value::empty)
    }

    fn this(&self) -> Value {
        self.this.clone().unwrap_or_else(Value::empty)
    }

    fn today(&self) -> Option<NaiveDate> {
        self.today
    }

    fn choice_column(&self, name: &str) -> Option<&str> {
        self.choice.get(name).map(String::as_str)
    }

    fn turns(&self, name: &str) -> Vec<Value> {
        self.turns.get(name).cloned().unwrap_or_else(|| vec![self.question(name)])
    }

    fn in_turn(&self, name: &str, turns: &[(&str, usize)]) -> Value {
        let turn = self.turns.get(name).and_then(|values| values.get(turns[0].1 - 1));
        turn.cloned().unwrap_or_else(Value::empty)
    }

    fn position(&self) -> Option<usize> {
        self.position
    }

    fn now(&self) -> Option<DateTime<FixedOffset>> {
        self.now
    }

    fn random(&self) -> Option<f64> {
        self.random
    }

    fn choice_label(&self, question: &str, code: &str) -> Option<String> {
        self.labels[question][code].as_str().map(str::to_owned)
    }

    fn lookup(&self, table: &str, column: &str, key_column: &str, key: &str) -> Option<String> {
        let rows = self.tables[table].as_array()?;
        rows.iter().find(|row| row[key_column] == key)?[column].as_str().map(str::to_owned)
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::Number(number.as_f64().expect("a number")),
        Json::String(text) => Value::Text(text.clone()),
        Json::Bool(truth) => Value::Boolean(*truth),
        Json::Object(fields) if fields.contains_key("moment") => {
            Value::Moment(parse_moment(fields["moment"].as_str().expect("a text")).expect("a moment"))
        }
        Json::Object(fields) => match (fields.get("date"), fields.get("number")) {
            (Some(date), None) => Value::Date(parse_date(date.as_str().expect("a text")).expect("a day")),
            (None, Some(Json::String(name))) => Value::Number(match name.as_str() {
                "NaN" => f64::NAN,
                "Infinity" => f64::INFINITY,
                "-Infinity" => f64::NEG_INFINITY,
                other => panic!("unknown number {other}"),
            }),
            _ => panic!("unknown value {json}"),
        },
        _ => panic!("unknown value {json}"),
    }
}

fn context(json: &Json) -> Case {
    let mut case = Case::default();
    let Some(fields) = json.as_object() else { return case };
    for (field, content) in fields {
        match field.as_str() {
            "answers" => {
                let answers = content.as_object().expect("answers by name");
                case.answers = answers.iter().map(|(name, answer)| (name.clone(), value(answer))).collect();
            }
            "turns" => {
                let turns = content.as_object().expect("turns by name");
                let all = |values: &Json| values.as_array().expect("turns").iter().map(value).collect();
                case.turns = turns.iter().map(|(name, values)| (name.clone(), all(values))).collect();
            }
            "position" => case.position = content.as_u64().and_then(|position| position.try_into().ok()),
            "now" => case.now = parse_moment(content.as_str().expect("a moment")),
            "random" => case.random = content.as_f64(),
            "labels" => case.labels = content.clone(),
            "tables" => case.tables = content.clone(),
            "this" => case.this = Some(value(content)),
            "today" => case.today = parse_date(content.as_str().expect("a day")),
            "choice" => {
                let columns = content.as_object().expect("columns by name");
                let text = |cell: &Json| cell.as_str().expect("a text").to_owned();
                case.choice = columns.iter().map(|(name, cell)| (name.clone(), text(cell))).collect();
            }
            other => panic!("unknown field {other}"),
        }
    }
    case
}

fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        // Powers, roots and angles may differ in the last digit from one library to another.
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 * b.abs().max(1.0)
        }
        _ => one == two,
    }
}

#[test]
fn every_case_of_the_shared_table_has_known_fields_and_a_reason_where_an_engine_differs() {
    let cases: Vec<Json> = serde_json::from_str(TABLE).expect("the table is JSON");
    let known = ["expression", "context", "expected", "javarosa", "xforms_engine", "reason"];
    for case in &cases {
        assert!(case.as_object().expect("a case").keys().all(|field| known.contains(&field.as_str())), "{case}");
        let differs = ["javarosa", "xforms_engine"].iter().any(|engine| case.get(engine).is_some());
        assert_eq!(case["reason"].as_str().is_some_and(|reason| reason.ends_with('.')), differs, "{case}");
        assert!(case.get("javarosa").is_none_or(|theirs| *theirs != case["expected"]), "{case}");
    }
}

#[test]
fn every_case_of_the_shared_table_gives_what_is_expected() {
    let cases: Vec<Json> = serde_json::from_str(TABLE).expect("the table is JSON");
    assert!(cases.len() >= 300, "{} cases", cases.len());
    let mut wrong: Vec<String> = Vec::new();
    for case in &cases {
        let text = case["expression"].as_str().expect("an expression");
        let position = case["expected"].get("error").and_then(Json::as_u64);
        match (parse(text), position) {
            (Err(error), Some(position)) if error.position as u64 == position => {}
            (Err(error), _) => wrong.push(format!("{text}: {error:?}")),
            (Ok(tree), Some(_)) => wrong.push(format!("{text}: no error but {tree:?}")),
            (Ok(tree), None) => {
                let (got, expected) = (tree.evaluate(&context(&case["context"])), value(&case["expected"]));
                if !same(&got, &expected) {
                    wrong.push(format!("{text}: {got:?} instead of {expected:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_tree_means_the_same_after_a_journey_through_json() {
    let cases: Vec<Json> = serde_json::from_str(TABLE).expect("the table is JSON");
    let mut n_trees = 0;
    for case in cases {
        let Ok(tree) = parse(case["expression"].as_str().expect("an expression")) else { continue };
        let sent = serde_json::to_string(&tree).expect("a tree is JSON");
        let back: Expression = serde_json::from_str(&sent).expect("the JSON is a tree");
        assert_eq!(tree, back);
        n_trees += 1;
    }
    assert!(n_trees >= 100, "{n_trees} trees");
}

#[test]
fn the_json_of_a_tree_is_what_the_browser_reads() {
    let tree = parse("not(${age} >= 18) or selected(., 'x')").expect("it parses");
    let expected = json!({"binary": {
        "operator": "or",
        "left": {"call": {"function": "not", "arguments": [
            {"binary": {"operator": ">=", "left": {"question": "age"}, "right": {"number": 18.0}}}
        ]}},
        "right": {"call": {"function": "selected", "arguments": ["this", {"text": "x"}]}},
    }});
    assert_eq!(serde_json::to_value(&tree).expect("JSON"), expected);
}

#[test]
fn an_expression_is_never_deeper_than_the_bound() {
    let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(parse(&nested(MAX_DEPTH - 1)).is_ok());
    assert!(parse(&nested(MAX_DEPTH)).is_err());
    let chain = |terms: usize| vec!["${a} = 1"; terms].join(" or ");
    assert!(parse(&chain(100)).is_ok(), "a hundred alternatives are an ordinary condition");
    assert!(parse(&chain(500)).is_err());
    assert!(parse(&"-".repeat(MAX_CHARACTERS)).is_err());
    assert!(parse(&"not(".repeat(2_000)).is_err());
    assert!(parse(&"1".repeat(MAX_CHARACTERS + 1)).is_err());
    assert!(parse(&"9".repeat(400)).is_err(), "an infinite number cannot be sent as JSON");
}

#[test]
fn an_error_says_what_to_write_instead() {
    let words = |text: &str| parse(text).expect_err("it is wrong").fault.words();
    assert_eq!(words("${a} == 1").en, "write = instead of ==");
    assert_eq!(words("${a} = “x”").vi, "viết \" thay cho “ ”");
    assert_eq!(words("floor(1)").en, "the function floor() is not supported yet");
    assert_eq!(words("count(1)").en, "count() needs a question or repeat: count(${name})");
    assert!(words("regex(., '(?=a)')").vi.starts_with("mẫu của regex() không dùng được"));
    assert_eq!(words("selekted(., 'a')").vi, "không có hàm selekted()");
    assert_eq!(words("/data/a = 1").en, "node paths are not supported; write ${question_name}");
}

/// Any tree that the parser can make, few levels deep.
fn any_tree() -> impl Strategy<Value = Expression> {
    let name = "[a-z_][a-z0-9_.-]{0,6}";
    let leaf = prop_oneof![
        (0_u32..100_000, 0_u32..4).prop_map(|(digits, places)| {
            Expression::Number(f64::from(digits) / 10_f64.powi(i32::try_from(places).expect("few")))
        }),
        "[^'\"]{0,8}".prop_map(Expression::Text),
        name.prop_map(Expression::Question),
        Just(Expression::This),
        "[a-z]{3,8}x".prop_map(Expression::ChoiceColumn),
    ];
    leaf.prop_recursive(6, 40, 3, |inner| {
        let operators = prop::sample::select(vec![
            Operator::Or,
            Operator::And,
            Operator::Equal,
            Operator::NotEqual,
            Operator::Less,
            Operator::LessOrEqual,
            Operator::Greater,
            Operator::GreaterOrEqual,
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Modulo,
        ]);
        let functions = prop::sample::select(vec![
            (Function::If, 3),
            (Function::Not, 1),
            (Function::Selected, 2),
            (Function::Max, 2),
            (Function::Join, 3),
            (Function::Round, 2),
            (Function::DecimalTime, 1),
            (Function::True, 0),
            (Function::Distance, 2),
        ]);
        prop_oneof![
            inner.clone().prop_map(|tree| Expression::Negate(Box::new(tree))),
            (operators, inner.clone(), inner.clone()).prop_map(|(operator, left, right)| Expression::Binary {
                operator,
                left: Box::new(left),
                right: Box::new(right),
            }),
            (functions, prop::collection::vec(inner, 3)).prop_map(|((function, count), mut arguments)| {
                arguments.truncate(count);
                Expression::Call { function, arguments }
            }),
        ]
    })
}

/// A tree as people would write it, with all brackets.
fn written(tree: &Expression) -> String {
    match tree {
        Expression::Number(number) => number.to_string(),
        Expression::Text(text) => format!("'{text}'"),
        Expression::Question(name) => format!("${{{name}}}"),
        Expression::This => ".".to_owned(),
        Expression::ChoiceColumn(column) => column.clone(),
        Expression::Call { function, arguments } => {
            format!("{}({})", function.name(), arguments.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Expression::Negate(inner) => format!("-({})", written(inner)),
        Expression::Binary { operator, left, right } => {
            format!("({}) {} ({})", written(left), operator.name(), written(right))
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_tree(tree in any_tree()) {
        let text = written(&tree);
        prop_assert_eq!(parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?, tree);
    }

    #[test]
    fn no_pattern_makes_the_parser_panic_and_every_one_let_through_ends(pattern in "[a-c()|*+?{}0-9,.^$\\\\dwsp\\[\\]-]{0,24}", text in "[a-c0-9 -]{0,40}") {
        if let Ok(tree) = parse(&format!("regex('{text}', '{pattern}')")) {
            prop_assert!(matches!(tree.evaluate(&Case::default()), Value::Boolean(_)));
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_likely_text_makes_parser_or_evaluator_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "${a}", "${b}", "${d}", ".", "1", "-5", "0.5", "'x y'", "''", "\"2024-02-29\"", "(", ")", ",", "+", "-", "*", " div ",
            " mod ", "=", "!=", "<", ">=", " and ", " or ", "not(", "if(", "selected(", "selected-at(", "substr(", "round(", "int(",
            "coalesce(", "date(", "format-date(", "'%Y'", "today()", "max(", "concat(", "translate(", "true()", "1e9", "name", "sum(", "count(", "regex(", "'[a-z]+'", "join(", "position(..)", "..", "indexed-repeat(",
            "decimal-time(", "date-time(", "digest(", "'MD5'", "area(", "distance(", "checklist(", "once(", "now()", "pow(",
        ]), 0..24),
        number in any::<f64>(),
    ) {
        let text = pieces.concat();
        if let Ok(tree) = parse(&text) {
            let mut case = Case { today: parse_date("2026-11-23"), ..Case::default() };
            case.answers.insert("a".to_owned(), Value::Number(number));
            case.answers.insert("b".to_owned(), Value::Text("x y z".to_owned()));
            case.answers.insert("d".to_owned(), Value::Date(parse_date("2024-02-29").expect("a day")));
            let one = tree.evaluate(&case);
            prop_assert!(same(&one, &tree.evaluate(&case)));
        }
    }

    #[test]
    fn comparing_with_an_empty_answer_is_false_except_for_unequal(number in -1e6..1e6f64) {
        let mut case = Case::default();
        case.answers.insert("n".to_owned(), Value::Number(number));
        for operator in ["=", "<", "<=", ">", ">="] {
            let tree = parse(&format!("${{empty}} {operator} ${{n}}")).expect("it parses");
            prop_assert!(!tree.holds(&case));
        }
        let unequal = parse("${empty} != ${n}").expect("it parses").holds(&case);
        prop_assert!(unequal);
    }

    #[test]
    fn whole_numbers_go_through_text_and_back(number in -9_007_199_254_740_992_i64..=9_007_199_254_740_992) {
        let value = Value::Number(number as f64);
        prop_assert_eq!(Value::Text(value.to_text()).to_number(), number as f64);
        prop_assert_eq!(value.to_text(), number.to_string());
    }
}
