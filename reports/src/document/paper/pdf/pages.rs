//! Pages as plain data: what stands where, and what each piece is to a reader who hears the paper. Nothing here knows the file format.

use super::font::{Face, width};
use super::lines::{Line, Run};

/// Points of a millimetre.
const MM: f64 = 72.0 / 25.4;
/// A4, with the margins of Nghị định 30/2020.
pub(super) const PAGE: (f64, f64) = (210.0 * MM, 297.0 * MM);
pub(super) const LEFT: f64 = 30.0 * MM;
pub(super) const TOP: f64 = 20.0 * MM;
pub(super) const BOTTOM: f64 = PAGE.1 - 20.0 * MM;
/// Height of a line in letters: single spacing of Times New Roman.
pub(super) const LEADING: f64 = 1.15;

/// What a piece of a paper is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    Heading(u16, String),
    Paragraph,
    List,
    Item,
    Figure(String),
    Caption,
    Table,
    Head,
    Body,
    Row,
    HeadCell,
    Cell,
}

/// A node of the tree that is read aloud.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) role: Role,
    pub(super) children: Vec<Child>,
}

/// What a node holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Child {
    Node(usize),
    /// A mark: page, place on it.
    Mark(usize, usize),
}

/// Something that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// A stretch of a line, from the left end of its base line.
    Text { x: f64, y: f64, points: f64, run: Run, widened: f64 },
    /// A straight line; only for the eye.
    Rule { from: (f64, f64), to: (f64, f64), thickness: f64, grey: u8 },
    /// The picture of this number, at its upper left corner.
    Picture { number: usize, x: f64, y: f64, width: f64, height: f64 },
    /// The number of the page.
    PageNumber { text: String },
    /// Words across the page.
    Watermark { text: String },
}

/// How the lines of a paragraph stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    Left,
    Centre,
    Right,
    Justified,
}

/// Pages under way.
pub(super) struct Pages {
    pub(super) pages: Vec<Vec<Mark>>,
    pub(super) nodes: Vec<Node>,
    /// The uppermost nodes.
    pub(super) roots: Vec<usize>,
    /// Headings for the list beside the pages: level, words, page, height.
    pub(super) outline: Vec<(u16, String, usize, f64)>,
    /// Where the next line begins, from the top.
    pub(super) y: f64,
    watermark: String,
}

impl Pages {
    pub(super) fn new(watermark: &str) -> Self {
        let mut pages = Self {
            pages: Vec::new(),
            nodes: Vec::new(),
            roots: Vec::new(),
            outline: Vec::new(),
            y: TOP,
            watermark: watermark.to_owned(),
        };
        pages.next_page();
        pages
    }

    pub(super) fn next_page(&mut self) {
        let mut page = Vec::new();
        if !self.watermark.is_empty() {
            page.push(Mark::Watermark { text: self.watermark.clone() });
        }
        if !self.pages.is_empty() {
            page.push(Mark::PageNumber { text: (self.pages.len() + 1).to_string() });
        }
        self.pages.push(page);
        self.y = TOP;
    }

    /// Begins a page unless so much fits on this one, or nothing stands on it yet.
    pub(super) fn ensure(&mut self, height: f64) {
        if self.y + height > BOTTOM + 1e-6 && self.y > TOP {
            self.next_page();
        }
    }

    /// A node below another, or uppermost.
    pub(super) fn node(&mut self, role: Role, parent: Option<usize>) -> usize {
        let number = self.nodes.len();
        self.nodes.push(Node { role, children: Vec::new() });
        match parent {
            Some(parent) => self.nodes[parent].children.push(Child::Node(number)),
            None => self.roots.push(number),
        }
        number
    }

    /// Draws on the present page; without a node it is for the eye only.
    pub(super) fn draw(&mut self, mark: Mark, node: Option<usize>) {
        let page = self.pages.len() - 1;
        self.pages[page].push(mark);
        if let Some(node) = node {
            let place = self.pages[page].len() - 1;
            self.nodes[node].children.push(Child::Mark(page, place));
        }
    }

    /// One line with its upper edge at `top`; gives its height.
    pub(super) fn line(&mut self, line: &Line, at: &Column, top: f64, node: Option<usize>) -> f64 {
        let height = at.points * LEADING * at.spacing;
        let room = at.room - line.width;
        let (mut x, widened) = match at.stand {
            Stand::Left => (at.x, 0.0),
            Stand::Centre => (at.x + room / 2.0, 0.0),
            Stand::Right => (at.x + room, 0.0),
            Stand::Justified if line.is_last || line.spaces == 0 => (at.x, 0.0),
            Stand::Justified => (at.x, room.max(0.0) / line.spaces as f64),
        };
        // The base line lies at the ascent of Times New Roman below the upper edge, in the middle of the spacing.
        let y = top + (height - at.points * LEADING) / 2.0 + at.points * 0.891;
        for run in &line.runs {
            let spaces = run.text.matches(' ').count() as f64;
            let length = width(&run.text, at.points, run.face) + spaces * widened;
            if !run.text.is_empty() {
                self.draw(Mark::Text { x, y, points: at.points, run: run.clone(), widened }, node);
            }
            x += length;
        }
        height
    }

    /// A straight line for the eye.
    pub(super) fn rule(&mut self, from: (f64, f64), to: (f64, f64), thickness: f64) {
        self.draw(Mark::Rule { from, to, thickness, grey: 0 }, None);
    }
}

/// Where lines stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) x: f64,
    pub(super) room: f64,
    pub(super) points: f64,
    /// Of single spacing.
    pub(super) spacing: f64,
    pub(super) stand: Stand,
}

impl Column {
    pub(super) fn line_height(&self) -> f64 {
        self.points * LEADING * self.spacing
    }
}

/// Whether every character can be drawn; those that cannot, once each.
pub(super) fn missing(pages: &[Vec<Mark>]) -> Vec<char> {
    let texts = pages.iter().flatten().filter_map(|mark| match mark {
        Mark::Text { run, .. } => Some((run.text.as_str(), run.face)),
        Mark::Watermark { text } => Some((text.as_str(), Face::Bold)),
        _ => None,
    });
    let mut missing: Vec<char> = texts
        .flat_map(|(text, face)| text.chars().filter(move |&letter| super::font::glyph(letter, face).is_none()))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}
