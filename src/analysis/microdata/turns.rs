//! The tables of repeats: one row a turn, with the keys that link it to its interview and to the turn around it.

use std::collections::BTreeMap;

use estimation::table::Column;
use problem::Problems;
use reports::export::data::{Group, KEY, Kind, PARENT_KEY, TURN, Variable};

use super::{Microdata, Row, variable};
use crate::questionnaire::{Validated, repeat_tables};

/// A table by the name of its repeat.
type Turns = (String, Vec<Variable>);

impl Microdata<'_> {
    /// The variables of each repeat's table, and the names of columns that were left out.
    pub(super) fn turns(&self, rows: &[Row<'_>]) -> Result<(Vec<Turns>, Vec<String>), Problems> {
        let with_interview = rows.iter().filter_map(|row| Some((row.case_id, self.interviews.get(row.case_id)?)));
        let (cases, interviews): (Vec<&str>, Vec<Validated>) =
            with_interview.map(|(case_id, interview)| (case_id, interview.clone())).unzip();
        let keys: Vec<String> = cases.iter().map(|case_id| self.key_of(case_id)).collect();
        let (mut all, mut left_out) = (Vec::new(), Vec::new());
        for (number, (name, table)) in repeat_tables(self.questionnaire, &interviews, &keys)?.into_iter().enumerate() {
            let mut links = [const { Vec::new() }; 4];
            let mut turns = Vec::new();
            for ((interview, key), case_id) in interviews.iter().zip(&keys).zip(&cases) {
                for (own, (parent, turn)) in keys_of(interview, key).remove(&number).unwrap_or_default() {
                    for (column, text) in links.iter_mut().zip([own, parent, (*case_id).to_owned(), key.clone()]) {
                        column.push(Some(text));
                    }
                    turns.push(turn as f64);
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

/// The turns of an interview by the position of their repeat: key, and key of the parent with the number within it.
fn keys_of(interview: &Validated, key: &str) -> BTreeMap<usize, Vec<(String, (String, usize))>> {
    let mut all: BTreeMap<usize, Vec<(String, (String, usize))>> = BTreeMap::new();
    for (number, repeat) in interview.repeats.iter().enumerate() {
        // A repeat comes behind the one around it.
        let around =
            repeat.around.as_ref().and_then(|name| interview.repeats.iter().position(|one| one.repeat == *name));
        let outer = around.and_then(|around| all.get(&around));
        let of = |turn: &crate::questionnaire::TurnAnswers| {
            let parent = outer.and_then(|turns| turns.get(turn.parent)).map_or(key, |(own, _)| own.as_str());
            (format!("{parent}/{}[{}]", repeat.repeat, turn.number), (parent.to_owned(), turn.number))
        };
        let made = repeat.turns.iter().map(of).collect();
        all.insert(number, made);
    }
    all
}
