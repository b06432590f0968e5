//! The tables of repeats: one row a turn, with the keys that link it to its interview and to the turn around it.

use estimation::table::Column;
use problem::Problems;
use reports::export::data::{Group, KEY, Kind, PARENT_KEY, TURN, Variable};

use super::{Microdata, Row, variable};
use crate::questionnaire::{RepeatAnswers, TurnAnswers};

/// What links a turn.
struct Link {
    /// Its own key.
    key: String,
    /// The key of the interview, or of the turn around it.
    parent: String,
    /// Its number within the parent, from 1.
    turn: usize,
}

/// A table by the name of its repeat.
type Turns = (String, Vec<Variable>);

impl Microdata<'_> {
    /// The variables of each repeat's table, and the names of columns that were left out.
    pub(super) fn turns(&self, rows: &[Row<'_>]) -> Result<(Vec<Turns>, Vec<String>), Problems> {
        let cases: Vec<&str> = rows.iter().map(|row| row.case_id).filter(|case| self.interviews.has(case)).collect();
        let keys: Vec<String> = cases.iter().map(|case_id| self.key_of(case_id)).collect();
        let linked: Vec<Vec<Vec<Link>>> =
            cases.iter().zip(&keys).map(|(case_id, key)| links_of(self.interviews.repeats(case_id), key)).collect();
        let (mut all, mut left_out) = (Vec::new(), Vec::new());
        for (number, (name, table)) in
            self.interviews.repeat_tables(self.questionnaire, &cases, &keys)?.into_iter().enumerate()
        {
            let mut links = [const { Vec::new() }; 4];
            let mut turns = Vec::new();
            for ((of_interview, key), case_id) in linked.iter().zip(&keys).zip(&cases) {
                for link in of_interview.get(number).into_iter().flatten() {
                    let texts = [&link.key, &link.parent, *case_id, key].map(|text: &str| Some(text.to_owned()));
                    for (column, text) in links.iter_mut().zip(texts) {
                        column.push(text);
                    }
                    turns.push(link.turn as f64);
                }
            }
            let [own, parent, case, response] = links.map(|texts| Column::categorical(&texts));
            let text = |name: &str, label, column| variable(name, label, Group::Identity, Kind::Text, column);
            let mut variables = vec![
                text(KEY, self.pick("Khóa của lượt", "Key of the turn"), own),
                text(
                    PARENT_KEY,
                    self.pick("Khóa của phiếu hoặc lượt bao quanh", "Key of the interview or turn around"),
                    parent,
                ),
                text("case_id", self.pick("Mã hộ trong danh sách mẫu", "Case in the sample list"), case),
                text("response_uuid", self.pick("Mã của phiếu được tính", "Response that counts"), response),
                variable(
                    TURN,
                    self.pick("Số thứ tự của lượt, từ 1", "Number of the turn, from 1"),
                    Group::Identity,
                    Kind::Number,
                    Column::numeric(turns),
                ),
            ];
            let (answers, without) = self.of_table(Some(&name), &table, &variables)?;
            variables.extend(answers);
            left_out.extend(without);
            all.push((name, variables));
        }
        Ok((all, left_out))
    }

    /// What the turns of an interview are linked by: its number, as the column `response_uuid` of the interviews has it.
    fn key_of(&self, case_id: &str) -> String {
        let known = self.facts.get(case_id).map(|facts| facts.uuid.clone());
        known.filter(|uuid| !uuid.is_empty()).unwrap_or_else(|| case_id.to_owned())
    }
}

/// The links of an interview's turns, repeat by repeat.
fn links_of(repeats: &[RepeatAnswers], key: &str) -> Vec<Vec<Link>> {
    let mut all: Vec<Vec<Link>> = Vec::new();
    for repeat in repeats {
        // A repeat comes behind the one around it.
        let around = repeat.around.as_ref().and_then(|name| repeats.iter().position(|one| one.repeat == *name));
        let outer = around.and_then(|around| all.get(around));
        let link = |turn: &TurnAnswers| {
            let parent = outer.and_then(|turns| turns.get(turn.parent)).map_or(key, |around| around.key.as_str());
            let own = format!("{parent}/{}[{}]", repeat.repeat, turn.number);
            Link { key: own, parent: parent.to_owned(), turn: turn.number }
        };
        let made = repeat.turns.iter().map(link).collect();
        all.push(made);
    }
    all
}
