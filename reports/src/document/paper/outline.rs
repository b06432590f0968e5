//! The outline of a paper as data, and the paper that it and the material make.

use std::collections::BTreeMap;

use problem::{Language, Place, Problem, Problems};
use serde::Deserialize;

use super::material::Material;
use super::model::{Block, Letterhead, Paper};
use super::sentence::{Accepted, Sentences};

/// An outline: letterhead, title, and blocks in order. Texts may hold fields of the material, such as `{unit}` and `{year}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// The body above; left blank where it is not named.
    #[serde(default)]
    pub parent: String,
    /// The body that writes.
    #[serde(default)]
    pub body: String,
    /// What follows the blank number, such as BC-SNV.
    #[serde(default)]
    pub symbol: String,
    /// The place before the blank date.
    #[serde(default)]
    pub place: String,
    /// Kind of paper.
    pub title: String,
    /// What it is about.
    pub subject: String,
    /// Whom it goes to.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// Office of who signs.
    #[serde(default)]
    pub signer: String,
    /// Whether it is a page to look at, without recipients and signature.
    #[serde(default)]
    pub one_page: bool,
    /// The blocks.
    #[serde(rename = "block")]
    pub blocks: Vec<OutlineBlock>,
}

/// A block of an outline.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutlineBlock {
    /// A heading.
    Heading {
        /// 1, 2 or 3.
        level: u8,
        /// Its words.
        text: String,
    },
    /// Words as they stand.
    Text {
        /// The words.
        text: String,
    },
    /// A place for a person to fill in.
    Prompt {
        /// What belongs there.
        text: String,
    },
    /// The generated sentences of a name: none, one or many.
    Sentences {
        /// Their name in the material.
        id: String,
    },
    /// A figure of the material; left out where it does not exist for this round.
    Figure {
        /// Its name.
        id: String,
    },
    /// A table of the material.
    Table {
        /// Its name.
        id: String,
    },
    /// An appendix begins.
    Appendix {
        /// I, II, III.
        number: String,
        /// Its title.
        text: String,
    },
    /// Sample, method, weights and what a reader must know: never left out of an outline with numbers.
    Method {},
}

impl Outline {
    /// An outline from its text.
    ///
    /// # Errors
    /// `outline_toml` with the place in the text; `outline_method` when numbers come without their method.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let outline: Self = toml::from_str(text).map_err(|error| {
            Problem::new("outline_toml", "không đọc được dàn ý", "the outline cannot be read").got(error.to_string())
        })?;
        let shows = |block: &OutlineBlock| {
            matches!(block, OutlineBlock::Sentences { .. } | OutlineBlock::Figure { .. } | OutlineBlock::Table { .. })
        };
        if outline.blocks.iter().any(shows) && !outline.blocks.contains(&OutlineBlock::Method {}) {
            return Err(Problem::new(
                "outline_method",
                "dàn ý có số liệu nhưng không có khối phương pháp",
                "the outline shows numbers without their method",
            )
            .hint("thêm [[block]] kind = \"method\"", "add [[block]] kind = \"method\"")
            .into());
        }
        Ok(outline)
    }
}

/// The paper of an outline.
///
/// # Errors
/// All of: names that the material does not have, sentences and fields that do not exist.
pub fn assemble(
    outline: &Outline,
    sentences: &Sentences,
    material: &Material,
    accepted: &Accepted,
    language: Language,
) -> Result<Paper, Problems> {
    let mut problems = Problems::none();
    let mut filled = |text: &str| match fill(text, &material.facts) {
        Ok(text) => text,
        Err(problem) => {
            problems.push(problem);
            String::new()
        }
    };
    let head = Letterhead {
        parent: filled(&outline.parent),
        body: filled(&outline.body),
        symbol: filled(&outline.symbol),
        place: filled(&outline.place),
    };
    let (title, subject) = (filled(&outline.title), filled(&outline.subject));
    let recipients = outline.recipients.iter().map(|text| filled(text)).collect();
    let signer = filled(&outline.signer);
    let mut blocks = Vec::new();
    let (mut n_figures, mut n_tables) = (0, 0);
    for (place, block) in outline.blocks.iter().enumerate() {
        let unknown = |id: &str, known: Vec<&String>| {
            Problem::new("outline_unknown", "dàn ý nêu khối không có", "the outline names a block that is not there")
                .at(Place::row(place + 1))
                .expected(known.into_iter().cloned().collect::<Vec<_>>().join(", "))
                .got(id)
        };
        let told = |text: &str, problems: &mut Problems| {
            fill(text, &material.facts).map_err(|problem| problems.push(problem)).unwrap_or_default()
        };
        match block {
            OutlineBlock::Heading { level, text } => {
                let text = told(text, &mut problems);
                blocks.push(Block::Heading((*level).clamp(1, 3), text));
            }
            OutlineBlock::Text { text } => blocks.push(Block::Text(told(text, &mut problems))),
            OutlineBlock::Prompt { text } => blocks.push(Block::Prompt(told(text, &mut problems))),
            OutlineBlock::Appendix { number, text } => {
                if !blocks.contains(&Block::Ending) {
                    blocks.push(Block::Ending);
                }
                blocks.push(Block::Appendix(number.clone(), told(text, &mut problems)));
            }
            OutlineBlock::Sentences { id } => match material.sentences.get(id) {
                Some(all) => {
                    for (name, fields) in all {
                        match sentences.made(name, fields, language, accepted) {
                            Ok(sentence) => blocks.push(Block::Sentence(sentence)),
                            Err(problem) => problems.push(problem),
                        }
                    }
                }
                None => problems.push(unknown(id, material.sentences.keys().collect())),
            },
            OutlineBlock::Figure { id } => {
                if let Some(figure) = material.figures.get(id) {
                    n_figures += 1;
                    blocks.push(Block::Figure(figure.numbered(id, n_figures)));
                } else if !material.absent.contains(id) {
                    problems.push(unknown(id, material.figures.keys().collect()));
                }
            }
            OutlineBlock::Table { id } => match material.tables.get(id) {
                Some(table) => {
                    n_tables += 1;
                    let mut table = table.clone();
                    (table.id, table.number) = (id.clone(), n_tables);
                    blocks.push(Block::Table(table));
                }
                None => problems.push(unknown(id, material.tables.keys().collect())),
            },
            OutlineBlock::Method {} => {
                blocks.extend(material.method.iter().map(|line| Block::Text(line.clone())));
            }
        }
    }
    if !outline.one_page && !blocks.contains(&Block::Ending) {
        blocks.push(Block::Ending);
    }
    problems.into_result(Paper {
        language,
        head,
        title,
        subject,
        blocks,
        recipients,
        signer,
        one_page: outline.one_page,
    })
}

/// The text with the facts in their places.
fn fill(text: &str, facts: &BTreeMap<String, String>) -> Result<String, Problem> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        let field = &rest[open + 1..open + length];
        out.push_str(&rest[..open]);
        out.push_str(facts.get(field).ok_or_else(|| {
            Problem::new("outline_field", "dàn ý dùng trường không có", "the outline uses a field that is not there")
                .expected(facts.keys().cloned().collect::<Vec<_>>().join(", "))
                .got(field)
        })?);
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    Ok(out)
}
