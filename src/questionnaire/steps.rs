//! The way through a questionnaire, section by section.

use super::Questionnaire;
use super::model::{Group, Question};

/// One step of the way through the questions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step<'q> {
    /// A section or repeat begins.
    Open(&'q Group),
    /// A question.
    Question(&'q Question),
    /// The section or repeat ends.
    Close(&'q Group),
}

impl Questionnaire {
    /// All steps in the order of the interview; every section that is opened is closed.
    #[must_use]
    pub fn steps(&self) -> Vec<Step<'_>> {
        let (mut steps, mut open): (Vec<Step<'_>>, Vec<usize>) = (Vec::new(), Vec::new());
        for question in self.questions() {
            let mut sections: Vec<usize> =
                std::iter::successors(question.group, |index| self.groups()[*index].parent).collect();
            sections.reverse();
            let n_same = open.iter().zip(&sections).take_while(|(a, b)| a == b).count();
            while open.len() > n_same
                && let Some(last) = open.pop()
            {
                steps.push(Step::Close(&self.groups()[last]));
            }
            for section in sections.into_iter().skip(n_same) {
                open.push(section);
                steps.push(Step::Open(&self.groups()[section]));
            }
            steps.push(Step::Question(question));
        }
        steps.extend(open.iter().rev().map(|last| Step::Close(&self.groups()[*last])));
        steps
    }
}
