//! The order in which relevance and calculations are worked out: what is read first, comes first.

use std::collections::{BTreeMap, BTreeSet};

use problem::Problems;

use super::question_place;
use crate::questionnaire::model::{Draft, Formula};
use crate::questionnaire::repeats::Scopes;
use crate::questionnaire::words;

/// Positions of the questions such that each stands after all that its relevance, its sections' relevance and its calculation
/// read; otherwise in the order of the interview. Circles are told.
pub(super) fn evaluation_order(
    draft: &Draft,
    positions: &BTreeMap<String, usize>,
    problems: &mut Problems,
) -> Vec<usize> {
    let reads: Vec<BTreeSet<usize>> = (0..draft.questions.len()).map(|index| reads(draft, positions, index)).collect();
    let mut read_by: Vec<Vec<usize>> = vec![Vec::new(); reads.len()];
    for (index, needed) in reads.iter().enumerate() {
        needed.iter().for_each(|source| read_by[*source].push(index));
    }
    let mut waiting: Vec<usize> = reads.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..reads.len()).filter(|index| waiting[*index] == 0).collect();
    let mut order = Vec::with_capacity(reads.len());
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for reader in &read_by[index] {
            waiting[*reader] -= 1;
            if waiting[*reader] == 0 {
                ready.insert(*reader);
            }
        }
    }
    if let Some(start) = waiting.iter().position(|count| *count > 0) {
        let circle = circle(&reads, &waiting, start);
        let names: Vec<&str> = circle.iter().map(|index| draft.questions[*index].name.as_str()).collect();
        // A question that reads itself is told with its formula.
        if names.len() > 2 {
            let place = question_place(&draft.questions[circle[0]], "name");
            problems.push(words::cycle(&names.join(" → ")).at(place));
        }
    }
    order
}

fn reads(draft: &Draft, positions: &BTreeMap<String, usize>, index: usize) -> BTreeSet<usize> {
    let question = &draft.questions[index];
    let mut found = BTreeSet::new();
    let mut formulas = vec![question.relevant.as_ref(), question.calculation.as_ref()];
    formulas.extend(conditions(draft, question.group));
    for name in formulas.into_iter().flatten().flat_map(|formula| formula.expression().questions()) {
        if let Some(position) = positions.get(name) {
            found.insert(*position);
        } else if let Some(repeat) = draft.group_position(name) {
            // The turns that are due are known once their conditions are.
            let names = conditions(draft, Some(repeat)).flatten().flat_map(|formula| formula.expression().questions());
            found.extend(names.filter_map(|name| positions.get(name)));
        }
    }
    found
}

/// The conditions of a section and those around it.
fn conditions(draft: &Draft, group: Option<usize>) -> impl Iterator<Item = Option<&Formula>> {
    let around = std::iter::successors(group, |index| draft.groups[*index].parent);
    around.map(|index| draft.groups[index].relevant.as_ref())
}

/// A circle among the questions that still wait: each one reads the next, the last is the first.
fn circle(reads: &[BTreeSet<usize>], waiting: &[usize], start: usize) -> Vec<usize> {
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        let Some(next) = reads[last].iter().copied().find(|source| waiting[*source] > 0) else { return path };
        if let Some(begin) = path.iter().position(|seen| *seen == next) {
            path.push(next);
            return path.split_off(begin);
        }
        path.push(next);
    }
}
