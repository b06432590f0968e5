//! What a reader should look at before a paper leaves the house.

use std::collections::BTreeMap;

use problem::{Language, Problem, Words};

use super::columns::is_wide;
use super::draft::Draft;
use super::material::{Material, citation};
use super::model::{Block, Origin};
use super::outline::{Assembled, OutlineBlock};

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckKind {
    /// The paper cannot be made until it is mended.
    Problem,
    /// A number has changed since somebody accepted or cited it.
    StaleNumber,
    /// Generated sentences that nobody has accepted.
    Unaccepted,
    /// Own words that judge a number, and that nobody has compared with it.
    OwnWords,
    /// A place that is still to be filled in.
    EmptyPrompt,
    /// A table whose words or numbers are broken on the page.
    WideTable,
    /// A figure without an alternative text.
    NoAltText,
    /// A number that was typed and does not follow the data.
    TypedNumber,
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What it is about.
    pub kind: CheckKind,
    /// The block of the draft; none for the letterhead.
    pub block: Option<u32>,
    /// What to do about it.
    pub words: Words,
    /// What is wrong, in full.
    pub problem: Option<Problem>,
}

/// The last that somebody said of the sentence of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastAct {
    /// The key of the sentence that it was said of.
    pub key: String,
    /// Whether it was accepted.
    pub is_accepted: bool,
    /// The words of that sentence.
    pub text: String,
    /// Who said it.
    pub by: String,
    /// When, as a reader takes it.
    pub at: String,
}

/// All there is to look at, the gravest first. `assembled` must come from the draft's own outline.
#[must_use]
pub fn checks(
    draft: &Draft,
    assembled: &Assembled,
    material: &Material,
    acts: &BTreeMap<String, LastAct>,
    language: Language,
) -> Vec<Check> {
    let ids: Vec<u32> = draft.kept().map(|one| one.id).collect();
    let id_of = |place: Option<usize>| place.and_then(|place| ids.get(place).copied());
    let mut all: Vec<Check> = Vec::new();
    let mut tell =
        |kind, block, vi: String, en: String| all.push(Check { kind, block, words: Words::new(vi, en), problem: None });
    let mut waiting: BTreeMap<(Option<u32>, CheckKind), usize> = BTreeMap::new();
    for (block, place) in assembled.paper.blocks.iter().zip(&assembled.of_block) {
        let id = id_of(*place);
        match block {
            Block::Sentence(sentence) if sentence.accepted_by.is_none() => {
                if let Some(before) = acts.get(&sentence.slot).filter(|act| act.is_accepted && act.key != sentence.key)
                {
                    tell(
                        CheckKind::StaleNumber,
                        id,
                        format!(
                            "Số liệu đã đổi từ khi {} chấp nhận ngày {}; câu khi đó: “{}”",
                            before.by, before.at, before.text
                        ),
                        format!(
                            "The numbers have changed since {} accepted it on {}; it said: “{}”",
                            before.by, before.at, before.text
                        ),
                    );
                }
                let kind = if sentence.origin == Origin::Own { CheckKind::OwnWords } else { CheckKind::Unaccepted };
                *waiting.entry((id, kind)).or_insert(0) += 1;
            }
            Block::Prompt(_) => {
                tell(CheckKind::EmptyPrompt, id, "Chỗ này chưa được viết".into(), "Nothing is written here yet".into());
            }
            Block::Figure(figure) => {
                if figure.alt.trim().is_empty() {
                    tell(
                        CheckKind::NoAltText,
                        id,
                        "Hình không có lời thay thế".into(),
                        "The figure has no alternative text".into(),
                    );
                }
                if is_wide(&figure.data, language) {
                    tell(
                        CheckKind::WideTable,
                        id,
                        "Bảng số liệu của hình rộng quá khổ giấy".into(),
                        "The figure's data are too wide for the page".into(),
                    );
                }
            }
            Block::Table(table) if is_wide(table, language) => {
                tell(
                    CheckKind::WideTable,
                    id,
                    format!("Bảng {} rộng quá khổ giấy: chữ và số bị ngắt", table.number),
                    format!("Table {} is too wide for the page: words and numbers are broken", table.number),
                );
            }
            _ => {}
        }
    }
    for ((block, kind), n) in waiting {
        match kind {
            CheckKind::OwnWords => tell(
                kind,
                block,
                format!("{n} đoạn tự viết có lời kết luận cạnh số liệu, chưa đối chiếu"),
                format!("{n} paragraphs judge a number in own words and were not checked"),
            ),
            _ => tell(kind, block, format!("{n} câu chưa được chấp nhận"), format!("{n} sentences are not accepted")),
        }
    }
    for one in draft.kept() {
        let OutlineBlock::Cited { page, query, input } = &one.block else { continue };
        if let Some(Ok(cited)) = material.cited.get(&citation(page, query))
            && cited.input != *input
        {
            tell(
                CheckKind::StaleNumber,
                Some(one.id),
                format!("Số liệu đã đổi từ khi bảng được đưa vào (khi đó {input}, nay {})", cited.input),
                format!("The data have changed since the table was added ({input} then, {} now)", cited.input),
            );
        }
    }
    for (place, typed) in &assembled.typed {
        let numbers = typed.join("; ");
        tell(
            CheckKind::TypedNumber,
            id_of(Some(*place)),
            format!("Số gõ tay không đổi theo số liệu: {numbers}"),
            format!("Typed numbers do not follow the data: {numbers}"),
        );
    }
    all.extend(assembled.problems.iter().map(|(place, problem)| Check {
        kind: CheckKind::Problem,
        block: id_of(*place),
        words: problem.message.clone(),
        problem: Some(problem.clone()),
    }));
    all.sort_by_key(|check| check.kind);
    all
}
