//! The outline of a paper as data, and the paper that it and the material make.

use std::collections::BTreeMap;

use problem::{Language, Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use super::material::{Material, citation};
use super::model::{Block, Letterhead, Origin, Paper, Sentence};
use super::own_words::{filled, paragraphs};
use super::sentence::{Accepted, Decided, Sentences, key, verdict_words};

/// An outline: letterhead, title, and blocks in order. Texts may hold fields of the material, such as `{unit}` and `{year}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(rename = "block", default)]
    pub blocks: Vec<OutlineBlock>,
}

/// A block of an outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutlineBlock {
    /// A heading.
    Heading {
        /// 1, 2 or 3.
        level: u8,
        /// Its words.
        text: String,
    },
    /// Words that a person wrote, a paragraph a line; numbers are named, such as `{{papi.total}}`.
    Text {
        /// The words.
        text: String,
    },
    /// A place for a person to fill in.
    Prompt {
        /// What belongs there.
        text: String,
        /// What a person wrote there; the prompt is shown while it is empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        answer: String,
    },
    /// The generated sentences of a name: none, one or many; left out where they do not exist for this paper.
    Sentences {
        /// Their name in the material.
        id: String,
    },
    /// A figure of the material; left out where it does not exist for this round.
    Figure {
        /// Its name.
        id: String,
    },
    /// A table of the material; left out where it does not exist for this paper.
    Table {
        /// Its name.
        id: String,
    },
    /// A table from an analyst's page.
    Cited {
        /// `question`, `cross-table` or `comparison`.
        page: String,
        /// The question as the page's address holds it.
        query: String,
        /// The hash of the data that the analyst saw.
        input: String,
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
        outline.check()?;
        Ok(outline)
    }

    /// That numbers come with their method.
    ///
    /// # Errors
    /// `outline_method`.
    pub fn check(&self) -> Result<(), Problem> {
        let shows = |block: &OutlineBlock| {
            matches!(
                block,
                OutlineBlock::Sentences { .. }
                    | OutlineBlock::Figure { .. }
                    | OutlineBlock::Table { .. }
                    | OutlineBlock::Cited { .. }
            )
        };
        if self.blocks.iter().any(shows) && !self.blocks.contains(&OutlineBlock::Method {}) {
            return Err(Problem::new(
                "outline_method",
                "dàn ý có số liệu nhưng không có khối phương pháp",
                "the outline shows numbers without their method",
            )
            .hint("thêm [[block]] kind = \"method\"", "add [[block]] kind = \"method\""));
        }
        Ok(())
    }
}

/// A paper with where its blocks come from, and what is wrong.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The paper, without what could not be made.
    pub paper: Paper,
    /// For each block of the paper, the place of the outline's block that it comes from; none for the ending.
    pub of_block: Vec<Option<usize>>,
    /// What is wrong, each with the place of the outline's block; none for the letterhead.
    pub problems: Vec<(Option<usize>, Problem)>,
    /// Decimals that a person typed into a text, by the place of the outline's block.
    pub typed: Vec<(usize, Vec<String>)>,
}

/// The paper of an outline.
///
/// # Errors
/// All of: names that the material does not have, sentences, fields and placeholders that do not exist, words that contradict a verdict.
pub fn assemble(
    outline: &Outline,
    sentences: &Sentences,
    material: &Material,
    accepted: &Accepted,
    language: Language,
) -> Result<Paper, Problems> {
    let decided = Decided { accepted: accepted.clone(), ..Decided::default() };
    let assembled = assembled(outline, sentences, material, &decided, language);
    let problems = assembled.problems.into_iter().map(|(place, problem)| match (place, &problem.place) {
        (Some(place), None) => problem.at(Place::row(place + 1)),
        _ => problem,
    });
    Problems(problems.collect()).into_result(assembled.paper)
}

/// The paper of an outline as far as it can be made, with all that is wrong.
#[must_use]
pub fn assembled(
    outline: &Outline,
    sentences: &Sentences,
    material: &Material,
    decided: &Decided,
    language: Language,
) -> Assembled {
    let mut made = Maker {
        material,
        sentences,
        decided,
        language,
        place: None,
        counts: (0, 0),
        slots: BTreeMap::new(),
        blocks: Vec::new(),
        of_block: Vec::new(),
        problems: Vec::new(),
        typed: Vec::new(),
    };
    let head = Letterhead {
        parent: made.words(&outline.parent),
        body: made.words(&outline.body),
        symbol: made.words(&outline.symbol),
        place: made.words(&outline.place),
    };
    let (title, subject) = (made.words(&outline.title), made.words(&outline.subject));
    let recipients = outline.recipients.iter().map(|text| made.words(text)).collect();
    let signer = made.words(&outline.signer);
    for (place, block) in outline.blocks.iter().enumerate() {
        made.place = Some(place);
        made.block(block);
    }
    made.place = None;
    if !outline.one_page {
        made.end();
    }
    let Maker { blocks, of_block, problems, typed, .. } = made;
    let paper = Paper {
        language,
        head,
        title,
        subject,
        blocks,
        recipients,
        signer,
        one_page: outline.one_page,
        watermark: material.watermark.clone(),
    };
    Assembled { paper, of_block, problems, typed }
}

struct Maker<'a> {
    material: &'a Material,
    sentences: &'a Sentences,
    decided: &'a Decided,
    language: Language,
    /// Of the block that is being made.
    place: Option<usize>,
    /// Figures and tables so far.
    counts: (usize, usize),
    /// How often each slot was met.
    slots: BTreeMap<String, usize>,
    blocks: Vec<Block>,
    of_block: Vec<Option<usize>>,
    problems: Vec<(Option<usize>, Problem)>,
    typed: Vec<(usize, Vec<String>)>,
}

impl Maker<'_> {
    fn push(&mut self, block: Block) {
        self.blocks.push(block);
        self.of_block.push(self.place);
    }

    fn tell(&mut self, problem: Problem) {
        self.problems.push((self.place, problem));
    }

    /// Recipients and signature, once.
    fn end(&mut self) {
        if !self.blocks.contains(&Block::Ending) {
            self.blocks.push(Block::Ending);
            self.of_block.push(None);
        }
    }

    /// A line that is no sentence: it may name numbers, and never judges one.
    fn words(&mut self, text: &str) -> String {
        match filled(text, self.material) {
            Ok(filled) => {
                if !verdict_words(&text.to_lowercase()).is_empty()
                    && filled.text.chars().any(|one| one.is_ascii_digit())
                {
                    self.tell(
                        Problem::new("heading_judges", "tiêu đề tự kết luận về số liệu", "a heading judges a number")
                            .got(text)
                            .hint("viết kết luận trong khối văn bản", "say it in a block of text"),
                    );
                }
                filled.text
            }
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.tell(problem));
                String::new()
            }
        }
    }

    /// Paragraphs of a person's own words.
    fn own(&mut self, text: &str) {
        let paragraphs = match paragraphs(text, self.material) {
            Ok(paragraphs) => paragraphs,
            Err(problems) => return problems.into_iter().for_each(|problem| self.tell(problem)),
        };
        for paragraph in paragraphs {
            if let (Some(place), false) = (self.place, paragraph.typed.is_empty()) {
                self.typed.push((place, paragraph.typed));
            }
            self.push(if paragraph.judges {
                let key = key("own", &paragraph.text, &BTreeMap::new());
                let accepted_by = self.decided.accepted.0.get(&key).cloned();
                Block::Sentence(Sentence {
                    template: "own".to_owned(),
                    slot: format!("own/{key}"),
                    text: paragraph.text,
                    key,
                    accepted_by,
                    origin: Origin::Own,
                })
            } else {
                Block::Text(paragraph.text)
            });
        }
    }

    fn block(&mut self, block: &OutlineBlock) {
        match block {
            OutlineBlock::Heading { level, text } => {
                let text = self.words(text);
                self.push(Block::Heading((*level).clamp(1, 3), text));
            }
            OutlineBlock::Text { text } => self.own(text),
            OutlineBlock::Prompt { text, answer } if answer.trim().is_empty() => {
                let text = self.words(text);
                self.push(Block::Prompt(text));
            }
            OutlineBlock::Prompt { answer, .. } => self.own(answer),
            OutlineBlock::Appendix { number, text } => {
                self.end();
                let text = self.words(text);
                self.push(Block::Appendix(number.clone(), text));
            }
            OutlineBlock::Sentences { id } => self.generated(id),
            OutlineBlock::Figure { id } => {
                if let Some(figure) = self.material.figures.get(id) {
                    self.counts.0 += 1;
                    self.push(Block::Figure(figure.numbered(id, self.counts.0)));
                } else if !self.material.absent.contains(id) {
                    self.tell(unknown(id, self.material.figures.keys()));
                }
            }
            OutlineBlock::Table { id } => {
                if let Some(table) = self.material.tables.get(id) {
                    self.counts.1 += 1;
                    let mut table = table.clone();
                    (table.id, table.number) = (id.clone(), self.counts.1);
                    self.push(Block::Table(table));
                } else if !self.material.absent.contains(id) {
                    self.tell(unknown(id, self.material.tables.keys()));
                }
            }
            OutlineBlock::Cited { page, query, .. } => match self.material.cited.get(&citation(page, query)) {
                Some(Ok(cited)) => {
                    self.counts.1 += 1;
                    let mut table = cited.table.clone();
                    (table.id, table.number) = (page.clone(), self.counts.1);
                    self.push(Block::Table(table));
                }
                Some(Err(problem)) => self.tell(problem.clone()),
                None => self.tell(unknown(&citation(page, query), self.material.cited.keys())),
            },
            OutlineBlock::Method {} => {
                for line in &self.material.method {
                    self.push(Block::Text(line.clone()));
                }
            }
        }
    }

    fn generated(&mut self, id: &str) {
        let material = self.material;
        let Some(all) = material.sentences.get(id) else {
            if !material.absent.contains(id) {
                self.tell(unknown(id, material.sentences.keys()));
            }
            return;
        };
        let language = if self.language == Language::Vi { "vi" } else { "en" };
        for (name, fields) in all {
            let of = fields.get("name").map_or("", String::as_str);
            let mut slot = format!("{language}/{id}/{name}/{of}");
            let count = self.slots.entry(slot.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                slot.push_str(&format!("#{count}"));
            }
            match self.sentences.made((name, &slot), fields, self.language, self.decided) {
                Ok(sentence) => self.push(Block::Sentence(sentence)),
                Err(problem) => self.tell(problem),
            }
        }
    }
}

fn unknown<'a>(id: &str, known: impl Iterator<Item = &'a String>) -> Problem {
    Problem::new("outline_unknown", "dàn ý nêu khối không có", "the outline names a block that is not there")
        .expected(known.cloned().collect::<Vec<_>>().join(", "))
        .got(id)
}
