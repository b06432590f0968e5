//! An outline under work: blocks that people move, leave out and write; sentences whose words they edit.
//!
//! A draft is plain data, and every change an act on it. Who keeps it, and what happens when two people change it at once, is the business
//! of whoever stores it.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Problem, Problems};
use serde::{Deserialize, Serialize};

use super::outline::{Outline, OutlineBlock};
use super::sentence::check;

/// Most blocks of a draft.
const BLOCKS_MAX: usize = 200;
/// Most signs of a text.
const TEXT_MAX: usize = 20_000;
/// Most signs of a line: a heading, a sentence, a line of the letterhead.
const LINE_MAX: usize = 1_000;

/// An outline under work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Letterhead, title, recipients and signer; its own blocks stand in `blocks`.
    pub head: Outline,
    /// The blocks in order, also those that are left out.
    pub blocks: Vec<DraftBlock>,
    /// Templates that were edited for this paper, by the slot of their sentence.
    pub edited: BTreeMap<String, String>,
}

/// A block with its name within the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftBlock {
    /// Stays while the block moves.
    pub id: u32,
    /// Kept in the draft, not in the paper.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_out: bool,
    /// What it is.
    pub block: OutlineBlock,
}

/// A change of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftAct {
    /// One place up, past blocks that are left out as well.
    Up(u32),
    /// One place down.
    Down(u32),
    /// Out of the paper, kept in the draft.
    LeaveOut(u32),
    /// Into the paper again.
    Restore(u32),
    /// Out of the draft.
    Remove(u32),
    /// A new block behind another; without one, at the end of the text (before the first appendix).
    Add(OutlineBlock, Option<u32>),
    /// New words of a heading, a text, an appendix, or in answer to a prompt.
    Write(u32, String),
    /// Takes over the present data of a cited table: the hash that was seen.
    Renew(u32, String),
    /// New letterhead, title, subject, recipients and signer.
    Head(Box<Outline>),
    /// Other words for the sentence of a slot; empty words give the template back.
    Edit(String, String),
}

impl Draft {
    /// The draft that begins with an outline.
    #[must_use]
    pub fn of(outline: &Outline) -> Self {
        let blocks = (1_u32..).zip(&outline.blocks);
        Self {
            head: Outline { blocks: Vec::new(), ..outline.clone() },
            blocks: blocks.map(|(id, block)| DraftBlock { id, left_out: false, block: block.clone() }).collect(),
            edited: BTreeMap::new(),
        }
    }

    /// A draft as it was stored.
    ///
    /// # Errors
    /// `draft_unreadable`.
    pub fn read(json: &str) -> Result<Self, Problem> {
        serde_json::from_str(json).map_err(|error| {
            Problem::new("draft_unreadable", "không đọc được dàn ý đã lưu", "the stored draft cannot be read")
                .got(error.to_string())
        })
    }

    /// As it is stored.
    ///
    /// # Errors
    /// `draft_unreadable`, which does not happen for texts.
    pub fn to_json(&self) -> Result<String, Problem> {
        serde_json::to_string(self).map_err(|error| {
            Problem::new("draft_unreadable", "không ghi được dàn ý", "the draft cannot be written")
                .got(error.to_string())
        })
    }

    /// The outline of what is in the paper.
    #[must_use]
    pub fn outline(&self) -> Outline {
        Outline { blocks: self.kept().map(|one| one.block.clone()).collect(), ..self.head.clone() }
    }

    /// The blocks that are in the paper, in order.
    pub fn kept(&self) -> impl Iterator<Item = &DraftBlock> {
        self.blocks.iter().filter(|one| !one.left_out)
    }

    /// The draft after an act; the draft itself stays as it is when the act cannot be done.
    ///
    /// # Errors
    /// `draft_block` where there is no such block, `draft_words` for words that are too long or missing or for a block without words, the
    /// rules of outlines and of templates.
    pub fn after(&self, act: DraftAct) -> Result<Self, Problems> {
        let mut next = self.clone();
        next.act(act)?;
        next.outline().check()?;
        Ok(next)
    }

    fn act(&mut self, act: DraftAct) -> Result<(), Problem> {
        match act {
            DraftAct::Up(id) => {
                let place = self.place(id)?;
                if place > 0 {
                    self.blocks.swap(place - 1, place);
                }
            }
            DraftAct::Down(id) => {
                let place = self.place(id)?;
                if place + 1 < self.blocks.len() {
                    self.blocks.swap(place, place + 1);
                }
            }
            DraftAct::LeaveOut(id) => self.block(id)?.left_out = true,
            DraftAct::Restore(id) => self.block(id)?.left_out = false,
            DraftAct::Remove(id) => {
                let place = self.place(id)?;
                self.blocks.remove(place);
            }
            DraftAct::Add(block, behind) => self.add(block, behind)?,
            DraftAct::Write(id, words) => write(&mut self.block(id)?.block, &words)?,
            DraftAct::Renew(id, seen) => match &mut self.block(id)?.block {
                OutlineBlock::Cited { input, .. } => *input = seen,
                _ => return Err(no_block(id)),
            },
            DraftAct::Head(head) => {
                let lines =
                    [&head.parent, &head.body, &head.symbol, &head.place, &head.title, &head.subject, &head.signer];
                for text in lines.into_iter().chain(&head.recipients) {
                    bounded(text, LINE_MAX)?;
                }
                if head.title.trim().is_empty() {
                    return Err(no_words());
                }
                self.head = Outline { blocks: Vec::new(), one_page: self.head.one_page, ..*head };
            }
            DraftAct::Edit(slot, words) => {
                let words = words.trim();
                bounded(words, LINE_MAX)?;
                if words.is_empty() {
                    self.edited.remove(&slot);
                } else {
                    check(words)?;
                    self.edited.insert(slot, words.to_owned());
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, block: OutlineBlock, behind: Option<u32>) -> Result<(), Problem> {
        if self.blocks.len() >= BLOCKS_MAX {
            return Err(Problem::new("draft_words", "báo cáo quá nhiều khối", "the draft has too many blocks")
                .expected(format!("≤ {BLOCKS_MAX}")));
        }
        match &block {
            OutlineBlock::Heading { text, .. } | OutlineBlock::Appendix { text, .. } if text.trim().is_empty() => {
                return Err(no_words());
            }
            OutlineBlock::Heading { text, .. }
            | OutlineBlock::Appendix { text, .. }
            | OutlineBlock::Cited { query: text, .. } => bounded(text, LINE_MAX)?,
            OutlineBlock::Text { text } | OutlineBlock::Prompt { text, .. } => bounded(text, TEXT_MAX)?,
            _ => {}
        }
        let place = match behind {
            Some(id) => self.place(id)? + 1,
            None => {
                let appendix = self.blocks.iter().position(|one| matches!(one.block, OutlineBlock::Appendix { .. }));
                let begins = matches!(block, OutlineBlock::Appendix { .. });
                appendix.filter(|_| !begins).unwrap_or(self.blocks.len())
            }
        };
        let known: BTreeSet<u32> = self.blocks.iter().map(|one| one.id).collect();
        let id = known.last().map_or(1, |last| last.saturating_add(1));
        self.blocks.insert(place, DraftBlock { id, left_out: false, block });
        Ok(())
    }

    fn place(&self, id: u32) -> Result<usize, Problem> {
        self.blocks.iter().position(|one| one.id == id).ok_or_else(|| no_block(id))
    }

    fn block(&mut self, id: u32) -> Result<&mut DraftBlock, Problem> {
        self.blocks.iter_mut().find(|one| one.id == id).ok_or_else(|| no_block(id))
    }
}

fn write(block: &mut OutlineBlock, words: &str) -> Result<(), Problem> {
    match block {
        OutlineBlock::Heading { text, .. } | OutlineBlock::Appendix { text, .. } => {
            bounded(words, LINE_MAX)?;
            if words.trim().is_empty() {
                return Err(no_words());
            }
            *text = words.trim().to_owned();
        }
        OutlineBlock::Text { text } | OutlineBlock::Prompt { answer: text, .. } => {
            bounded(words, TEXT_MAX)?;
            *text = words.trim().replace("\r\n", "\n");
        }
        _ => {
            return Err(Problem::new(
                "draft_words",
                "khối này không có lời văn để sửa",
                "this block has no words to edit",
            ));
        }
    }
    Ok(())
}

fn no_block(id: u32) -> Problem {
    Problem::new("draft_block", "báo cáo không còn khối này", "the draft no longer has this block").got(id.to_string())
}

fn no_words() -> Problem {
    Problem::new("draft_words", "chưa ghi lời văn", "there are no words")
}

fn bounded(text: &str, max: usize) -> Result<(), Problem> {
    let length = text.chars().count();
    if length > max || text.contains('\0') {
        return Err(Problem::new("draft_words", "lời văn quá dài", "the words are too long")
            .expected(format!("≤ {max}"))
            .got(length.to_string()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let outline = Outline::read(super::super::presets()[0].text).expect("shipped");
        Draft::of(&outline)
    }

    fn ids(draft: &Draft) -> Vec<u32> {
        draft.blocks.iter().map(|one| one.id).collect()
    }

    #[test]
    fn blocks_move_and_stay_whole() {
        let draft = draft();
        let moved = draft.after(DraftAct::Down(1)).and_then(|one| one.after(DraftAct::Up(3))).expect("moved");
        assert_eq!(ids(&moved)[..3], [2, 3, 1]);
        assert_eq!(draft.after(DraftAct::Up(1)).expect("the first stays"), draft);
        let out = moved.after(DraftAct::LeaveOut(3)).expect("left out");
        assert_eq!(out.outline().blocks.len() + 1, moved.outline().blocks.len());
        assert_eq!(out.after(DraftAct::Restore(3)).expect("back"), moved);
        assert_eq!(draft.after(DraftAct::Remove(999)).expect_err("no such").0[0].code, "draft_block");
        let json = out.to_json().expect("written");
        assert_eq!(Draft::read(&json).expect("read"), out);
    }

    #[test]
    fn numbers_never_lose_their_method() {
        let draft = draft();
        let method = draft.blocks.iter().find(|one| one.block == OutlineBlock::Method {}).expect("one").id;
        for act in [DraftAct::LeaveOut(method), DraftAct::Remove(method)] {
            assert_eq!(draft.after(act).expect_err("refused").0[0].code, "outline_method");
        }
    }

    #[test]
    fn words_are_written_and_bounded() {
        let draft = draft();
        let text = OutlineBlock::Text { text: String::new() };
        let added = draft.after(DraftAct::Add(text, None)).expect("added");
        let id = ids(&added).into_iter().max().expect("some");
        let place = added.blocks.iter().position(|one| one.id == id).expect("there");
        assert!(matches!(added.blocks[place + 1].block, OutlineBlock::Appendix { .. }), "before the appendices");
        let written = added.after(DraftAct::Write(id, " a\r\nb ".to_owned())).expect("written");
        assert_eq!(written.blocks[place].block, OutlineBlock::Text { text: "a\nb".to_owned() });
        let long = "x".repeat(20_001);
        for act in [
            DraftAct::Write(id, long.clone()),
            DraftAct::Write(1, String::new()),
            DraftAct::Write(2, "x".to_owned()),
            DraftAct::Edit("s".to_owned(), long),
        ] {
            assert_eq!(added.after(act.clone()).expect_err("refused").0[0].code, "draft_words", "{act:?}");
        }
        assert_eq!(
            draft.after(DraftAct::Edit("s".to_owned(), "Đã đạt {x}".to_owned())).expect_err("judges").0[0].code,
            "sentence_judges"
        );
        let edited = draft.after(DraftAct::Edit("s".to_owned(), "{x}: {verdict}".to_owned())).expect("edited");
        assert_eq!(edited.after(DraftAct::Edit("s".to_owned(), "  ".to_owned())).expect("given back"), draft);
    }
}
