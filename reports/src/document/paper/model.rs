//! What a paper says, as plain data.

use problem::{Language, Problem};

use crate::chart::Size;
use crate::vietnamese;

/// A paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    /// Language of its words and numbers.
    pub language: Language,
    /// What stands above the text.
    pub head: Letterhead,
    /// Kind of paper, such as BÁO CÁO.
    pub title: String,
    /// What it is about (trích yếu).
    pub subject: String,
    /// The text.
    pub blocks: Vec<Block>,
    /// Whom it goes to.
    pub recipients: Vec<String>,
    /// Office of who signs; the name and the signature stay blank.
    pub signer: String,
    /// Whether it fits one page and has neither recipients nor a signature.
    pub one_page: bool,
    /// What stands across every page while the numbers are not final; empty where they are.
    pub watermark: String,
}

impl Paper {
    /// Whether a generated sentence has not been accepted: then the whole paper is a draft.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.sentences().any(|sentence| sentence.accepted_by.is_none())
    }

    /// The generated sentences, in order.
    pub fn sentences(&self) -> impl Iterator<Item = &Sentence> {
        self.blocks.iter().filter_map(|block| if let Block::Sentence(sentence) = block { Some(sentence) } else { None })
    }

    /// What a draft is called.
    #[must_use]
    pub fn draft_words(&self) -> &'static str {
        match self.language {
            Language::Vi => "DỰ THẢO – CHƯA ĐƯỢC CHẤP NHẬN",
            Language::En => "DRAFT – NOT ACCEPTED",
        }
    }
}

/// What stands above the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letterhead {
    /// The body above, such as UBND TỈNH BẮC GIANG.
    pub parent: String,
    /// The body that writes.
    pub body: String,
    /// What follows the blank number, such as BC-SNV.
    pub symbol: String,
    /// The place before the blank date.
    pub place: String,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading: 1 for I, II; 2 for 1, 2; 3 below.
    Heading(u8, String),
    /// Text that a person wrote.
    Text(String),
    /// Text that was generated from numbers, or judges them.
    Sentence(Sentence),
    /// A place that a person fills in; never invented.
    Prompt(String),
    /// A figure.
    Figure(Figure),
    /// A table.
    Table(Table),
    /// Recipients and signature: the text ends here, appendices follow.
    Ending,
    /// An appendix begins: its number and title.
    Appendix(String, String),
}

/// Where the words of a sentence come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From a template of the program or the office.
    Template,
    /// From a template that was edited for this paper.
    Edited,
    /// A person wrote it, and it judges a number.
    Own,
}

/// A sentence that somebody must accept: generated, or judging a number in a person's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The template it was made from.
    pub template: String,
    /// Its place in every edition of the paper, whatever the numbers: sentences, template and what it speaks of.
    pub slot: String,
    /// The sentence.
    pub text: String,
    /// Sixteen hexadecimal digits of the SHA-256 of template, text and every field behind it, shown or not: another number,
    /// another key.
    pub key: String,
    /// Who accepted this very sentence.
    pub accepted_by: Option<String>,
    /// Where its words come from.
    pub origin: Origin,
}

impl Sentence {
    /// What stands behind it until it is accepted.
    #[must_use]
    pub fn mark(&self, language: Language) -> Option<&'static str> {
        if self.accepted_by.is_some() {
            return None;
        }
        Some(match (self.origin, language) {
            (Origin::Own, Language::Vi) => "[lời văn tự viết, chưa đối chiếu]",
            (Origin::Own, Language::En) => "[own words, not checked]",
            (_, Language::Vi) => "[DỰ THẢO]",
            (_, Language::En) => "[DRAFT]",
        })
    }
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its name, such as p1.
    pub id: String,
    /// Its number among the figures.
    pub number: usize,
    /// Its title.
    pub caption: String,
    /// What a reader who does not see it must know.
    pub alt: String,
    /// The drawing.
    pub svg: String,
    /// The size it was drawn for.
    pub size: Size,
    /// Width and height on paper, in millimetres.
    pub size_mm: (f64, f64),
    /// Its data, which stand in the text of every rendering.
    pub data: Table,
    /// Dots with intervals, for a chart that a spreadsheet draws itself; empty where it cannot.
    pub dots: Vec<Dot>,
}

/// A dot with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// Name of the row.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// The ends of its interval, where there is one.
    pub interval: Option<(f64, f64)>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its name, such as scores.
    pub id: String,
    /// Its number among the tables; 0 for the data of a figure.
    pub number: usize,
    /// Its title.
    pub caption: String,
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The rows, one value a column.
    pub rows: Vec<Vec<Value>>,
    /// A line below it.
    pub note: String,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    /// Its heading.
    pub heading: String,
    /// Its part of the width; only relations count.
    pub width: f64,
    /// Where its cells stand.
    pub align: Align,
}

impl TableColumn {
    /// A column.
    pub fn new(heading: impl Into<String>, width: f64, align: Align) -> Self {
        Self { heading: heading.into(), width, align }
    }
}

/// Where the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// In the middle.
    Centre,
    /// At the right.
    Right,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: a place to fill in.
    Empty,
    /// Words.
    Text(String),
    /// A number that is shown with so many decimals.
    Number(f64, usize),
}

impl Value {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number, or an empty cell.
    #[must_use]
    pub fn maybe(number: Option<f64>, decimals: usize) -> Self {
        number.filter(|number| number.is_finite()).map_or(Self::Empty, |number| Self::Number(number, decimals))
    }

    /// As it is read.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn shown(&self, language: Language) -> Result<String, Problem> {
        match self {
            Self::Empty => Ok(String::new()),
            Self::Text(text) => Ok(text.clone()),
            Self::Number(number, decimals) => shown(*number, *decimals, language),
        }
    }
}

/// A number as it is read.
///
/// # Errors
/// A number that is not finite.
pub(super) fn shown(number: f64, decimals: usize, language: Language) -> Result<String, Problem> {
    let vietnamese = vietnamese::number(number, decimals)?;
    Ok(match language {
        Language::Vi => vietnamese,
        // The same rounding with the other marks.
        Language::En => vietnamese
            .chars()
            .map(|mark| match mark {
                ',' => '.',
                '.' => ',',
                other => other,
            })
            .collect(),
    })
}
