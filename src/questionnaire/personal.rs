//! Which answers can tell a person, and so leave the house only for roles that may have them.

use std::collections::BTreeSet;

use super::Questionnaire;
use super::expression::{Expression, Function, Operator};
use super::model::{Question, QuestionKind};
use super::table::is_number;

impl Questionnaire {
    /// Whether the answer to a question can tell a person: by its kind ([`QuestionKind::can_tell_a_person`]), or as a calculated text that
    /// is put together out of such answers (a list of the members' names). Calculated numbers and yes-or-no cannot.
    #[must_use]
    pub fn can_tell_a_person(&self, question: &Question) -> bool {
        self.tells(question, &mut BTreeSet::new())
    }

    fn tells<'q>(&'q self, question: &'q Question, seen: &mut BTreeSet<&'q str>) -> bool {
        if question.kind.can_tell_a_person() {
            return true;
        }
        if !matches!(question.kind, QuestionKind::Calculate | QuestionKind::Hidden) || !seen.insert(&question.name) {
            return false;
        }
        let formulas = [&question.calculation, &question.default_formula];
        formulas.into_iter().flatten().any(|formula| self.carries(formula.expression(), seen))
    }

    /// Whether what an expression gives can hold the words of an answer that tells a person.
    fn carries<'q>(&'q self, expression: &'q Expression, seen: &mut BTreeSet<&'q str>) -> bool {
        if is_number(self, expression) {
            return false;
        }
        match expression {
            Expression::Question(name) => self.question(name).is_some_and(|question| self.tells(question, seen)),
            // What it is worth hangs on the condition, its words come from the other two.
            Expression::Call { function: Function::If, arguments } => {
                arguments.iter().skip(1).any(|argument| self.carries(argument, seen))
            }
            Expression::Call { function, arguments } => {
                !is_yes_or_no(*function) && arguments.iter().any(|argument| self.carries(argument, seen))
            }
            Expression::Binary { operator, left, right } => {
                is_arithmetic(*operator) && (self.carries(left, seen) || self.carries(right, seen))
            }
            Expression::Negate(inner) => self.carries(inner, seen),
            Expression::Number(_) | Expression::Text(_) | Expression::This | Expression::ChoiceColumn(_) => false,
        }
    }
}

fn is_yes_or_no(function: Function) -> bool {
    matches!(
        function,
        Function::True
            | Function::False
            | Function::Not
            | Function::Selected
            | Function::Boolean
            | Function::BooleanFromString
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Regex
            | Function::Checklist
            | Function::WeightedChecklist
    )
}

fn is_arithmetic(operator: Operator) -> bool {
    matches!(operator, Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo)
}

#[cfg(test)]
mod tests {
    use crate::questionnaire::{Sheets, xlsform};

    #[test]
    fn names_are_found_in_what_is_calculated_from_them() {
        let survey = "type,name,label,calculation,required\nselect_one yes_no,consent,Đồng ý?,,yes\ntext,who,Tên,,\ninteger,age,Tuổi,,\n\
                      username,user,,,\nphonenumber,phone,,,\ngeotrace,path,Đường,,\nimage,photo,Ảnh,,\nbarcode,card,Thẻ,,\ndate,day,Ngày,,\n\
                      calculate,greeting,,\"concat('Chào ', ${who})\",\ncalculate,again,,\"substr(${greeting}, 0, 9)\",\n\
                      calculate,mark,,\"digest(${who}, 'SHA-256', 'hex')\",\ncalculate,length,,string-length(${who}),\n\
                      calculate,old,,\"if(${who} = 'x', 'a', 'b')\",\ncalculate,either,,\"if(${age} > 3, ${who}, 'b')\",\n\
                      calculate,twice,,${age} * 2,\ncalculate,has,,\"contains(${who}, 'x')\",\n";
        let choices = "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n";
        let settings = "form_title,form_id,version,default_language\nThử,thu,1,vi\n";
        let form = xlsform::read(&Sheets::from_csv(survey, choices, settings).expect("sheets")).expect("a form");
        let told: Vec<&str> = form
            .questions()
            .iter()
            .filter(|question| form.can_tell_a_person(question))
            .map(|question| question.name.as_str())
            .collect();
        assert_eq!(
            told,
            ["who", "user", "phone", "path", "photo", "card", "greeting", "again", "mark", "either"],
            "numbers, days, codes and conditions tell nobody"
        );
    }
}
