//! A paper on pages, laid out as the DOCX is: by Nghị định 30/2020/NĐ-CP, Appendix I.

use problem::{Language, Problems};

use super::super::columns::{TABLE_POINTS, TEXT_POINTS};
use super::super::model::{Block, Figure, Paper, Table};
use super::font::{Face, width};
use super::lines::{Line, Run, lines};
use super::pages::{BOTTOM, Column, LEFT, Mark, Pages, Role, Stand, TOP};
use super::table::Laid;

const BODY: f64 = 14.0;
const SMALL: f64 = 13.0;
/// First line of a paragraph: 1 cm.
const INDENT: f64 = 28.35;
/// Above and below a paragraph.
const AROUND: f64 = 3.0;
/// Highest picture that leaves room for its caption, in points.
const PICTURE: f64 = 215.0 * 72.0 / 25.4;
const SPACING: f64 = 1.15;

/// The pages, and the pictures on them in order.
pub(super) fn laid_out(paper: &Paper) -> Result<(Pages, Vec<&Figure>), Problems> {
    let (body, table) = if paper.one_page { (11.0, 9.0) } else { (BODY, TABLE_POINTS) };
    let (title, small) = if paper.one_page { (12.0, 11.0) } else { (BODY, SMALL) };
    let mut layout =
        Layout { pages: Pages::new(&paper.watermark), pictures: Vec::new(), paper, body, table, title, small };
    layout.head();
    for place in 0..paper.blocks.len() {
        layout.block(place)?;
    }
    Ok((layout.pages, layout.pictures))
}

struct Layout<'a> {
    pages: Pages,
    pictures: Vec<&'a Figure>,
    paper: &'a Paper,
    /// Points of the text and of tables.
    body: f64,
    table: f64,
    /// Points of the title, and of what is a little smaller.
    title: f64,
    small: f64,
}

impl<'a> Layout<'a> {
    fn pick(&self, vi: &'static str, en: &'static str) -> &'static str {
        if self.paper.language == Language::Vi { vi } else { en }
    }

    /// One or more centred lines within a column, from a height on; gives the height behind them.
    fn centred(&mut self, text: &str, face: Face, points: f64, (x, room): (f64, f64), top: f64, role: Role) -> f64 {
        let at = Column { x, room, points, spacing: 1.0, stand: Stand::Centre };
        let node = self.pages.node(role, None);
        let mut y = top;
        for line in lines(&[Run::new(text, face)], points, room, 0.0) {
            y += self.pages.line(&line, &at, y, Some(node));
        }
        y
    }

    /// Body above, body and number at the left; the nation's name, motto, place and date at the right. Number and date stay blank.
    fn head(&mut self) {
        let head = &self.paper.head;
        let left = (LEFT, TEXT_POINTS * 0.42);
        let right = (LEFT + TEXT_POINTS * 0.42, TEXT_POINTS * 0.58);
        let rule = |layout: &mut Self, (x, room): (f64, f64), y: f64, length: f64| {
            let from = x + (room - length) / 2.0;
            layout.pages.rule((from, y + 4.0), (from + length, y + 4.0), 0.75);
            y + 9.0
        };
        let (small, capitals) = (self.small, self.small.min(12.0));
        let mut y = self.centred(&head.parent, Face::Regular, capitals, left, TOP, Role::Paragraph);
        y = self.centred(&head.body, Face::Bold, capitals, left, y, Role::Paragraph);
        y = rule(self, left, y, 62.0);
        if !self.paper.one_page {
            let number = format!("{} ................./{}", self.pick("Số:", "No."), head.symbol);
            y = self.centred(&number, Face::Regular, small, left, y, Role::Paragraph);
        }
        let (nation, motto) = match self.paper.language {
            Language::Vi => ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
            Language::En => ("SOCIALIST REPUBLIC OF VIET NAM", "Independence - Freedom - Happiness"),
        };
        let mut z = self.centred(nation, Face::Bold, capitals, right, TOP, Role::Paragraph);
        z = self.centred(motto, Face::Bold, small, right, z, Role::Paragraph);
        z = rule(self, right, z, width(motto, small, Face::Bold));
        let place = if head.place.is_empty() { "……………" } else { &head.place };
        let date = match self.paper.language {
            Language::Vi => format!("{place}, ngày ..... tháng ..... năm ........."),
            Language::En => format!("{place}, date: ......................"),
        };
        z = self.centred(&date, Face::Italic, small, right, z, Role::Paragraph);
        self.pages.y = y.max(z) + 6.0;
        let whole = (LEFT, TEXT_POINTS);
        if self.paper.is_draft() {
            let at = Column { x: LEFT, room: TEXT_POINTS, points: small, spacing: 1.0, stand: Stand::Centre };
            let node = self.pages.node(Role::Paragraph, None);
            let words = [Run::grey(self.paper.draft_words(), Face::Bold)];
            for line in lines(&words, small, TEXT_POINTS, 0.0) {
                let y = self.pages.y;
                self.pages.y += self.pages.line(&line, &at, y, Some(node));
            }
        }
        let title = self.paper.title.as_str();
        let page = self.pages.pages.len() - 1;
        self.pages.outline.push((1, title.to_owned(), page, self.pages.y));
        let y = self.pages.y + 12.0;
        let points = self.title;
        let y = self.centred(title, Face::Bold, points, whole, y, Role::Heading(1, title.to_owned()));
        let y = self.centred(&self.paper.subject, Face::Bold, points, whole, y, Role::Paragraph);
        self.pages.y = rule(self, whole, y, 128.0) + 4.0;
    }

    fn text_column(&self) -> Column {
        Column { x: LEFT, room: TEXT_POINTS, points: self.body, spacing: SPACING, stand: Stand::Justified }
    }

    /// The runs of a block that is a paragraph of text.
    fn runs(&self, block: &Block) -> Option<Vec<Run>> {
        Some(match block {
            Block::Text(text) => vec![Run::new(text, Face::Regular)],
            Block::Prompt(text) => vec![Run::grey(text, Face::Italic)],
            Block::Sentence(sentence) => {
                let mut runs = vec![Run::new(&sentence.text, Face::Regular)];
                if let Some(mark) = sentence.mark(self.paper.language) {
                    runs.push(Run::grey(format!(" {mark}"), Face::Regular));
                }
                runs
            }
            _ => return None,
        })
    }

    fn text_lines(&self, runs: &[Run]) -> Vec<Line> {
        lines(runs, self.body, TEXT_POINTS, INDENT)
    }

    /// Room that a block needs at least to begin on a page.
    fn least_height(&self, place: usize) -> f64 {
        let Some(block) = self.paper.blocks.get(place) else { return 0.0 };
        let line = self.text_column().line_height();
        match block {
            Block::Heading(..) => 2.0 * line + self.least_height(place + 1),
            Block::Figure(figure) => self.picture_size(figure).1 + 4.0 * line,
            Block::Table(_) => 6.0 * line,
            Block::Ending => 9.0 * line,
            Block::Appendix(..) => 0.0,
            Block::Text(_) | Block::Prompt(_) | Block::Sentence(_) => 2.0 * line,
        }
    }

    fn block(&mut self, place: usize) -> Result<(), Problems> {
        let block = &self.paper.blocks[place];
        let before_ending = matches!(self.paper.blocks.get(place + 1), Some(Block::Ending));
        match block {
            Block::Heading(level, text) => {
                self.pages.ensure(self.least_height(place));
                let face = if *level == 3 { Face::BoldItalic } else { Face::Bold };
                let level = u16::from(*level) + 1;
                self.heading(text, face, level);
            }
            Block::Text(_) | Block::Prompt(_) | Block::Sentence(_) => {
                let runs = self.runs(block).unwrap_or_default();
                let is_open = matches!(block, Block::Sentence(sentence) if sentence.accepted_by.is_none());
                self.paragraph(&runs, is_open, before_ending);
            }
            Block::Figure(figure) => self.figure(figure)?,
            Block::Table(table) => {
                let caption = format!("{} {}. {}", self.pick("Bảng", "Table"), table.number, table.caption);
                let points = self.small;
                self.table(table, &caption, Face::Bold, points)?;
            }
            Block::Appendix(number, title) => self.appendix(number, title),
            Block::Ending => self.ending(),
        }
        Ok(())
    }

    fn heading(&mut self, text: &str, face: Face, level: u16) {
        self.pages.y += 6.0;
        let at = Column { stand: Stand::Left, ..self.text_column() };
        let node = self.pages.node(Role::Heading(level, text.to_owned()), None);
        let (page, y) = (self.pages.pages.len() - 1, self.pages.y);
        self.pages.outline.push((level, text.to_owned(), page, y));
        for (number, line) in lines(&[Run::new(text, face)], self.body, TEXT_POINTS, INDENT).iter().enumerate() {
            let at = if number == 0 { Column { x: LEFT + INDENT, ..at } } else { at };
            let y = self.pages.y;
            self.pages.y += self.pages.line(line, &at, y, Some(node));
        }
        self.pages.y += AROUND;
    }

    /// No page begins with the last line of a paragraph, and none ends with the first.
    fn paragraph(&mut self, runs: &[Run], is_open: bool, before_ending: bool) {
        let made = self.text_lines(runs);
        let at = self.text_column();
        let height = at.line_height();
        let whole = made.len() as f64 * height + 2.0 * AROUND;
        if before_ending && whole + 9.0 * height < BOTTOM - TOP {
            // Recipients and signature never stand alone on a page.
            self.pages.ensure(whole + 9.0 * height);
        }
        self.pages.y += AROUND;
        let node = self.pages.node(Role::Paragraph, None);
        for (number, line) in made.iter().enumerate() {
            let left = made.len() - number;
            let together = match (number, left) {
                (0, left) => left.min(2),
                (_, 2) => 2,
                _ => 1,
            };
            self.pages.ensure(together as f64 * height);
            let at = if number == 0 { Column { x: LEFT + INDENT, room: TEXT_POINTS - INDENT, ..at } } else { at };
            let y = self.pages.y;
            self.pages.y += self.pages.line(line, &at, y, Some(node));
            if is_open {
                // A grey bar beside what nobody has accepted yet.
                let bar = Mark::Rule { from: (LEFT - 6.0, y), to: (LEFT - 6.0, y + height), thickness: 3.0, grey: 166 };
                self.pages.draw(bar, None);
            }
        }
        self.pages.y += AROUND;
    }

    fn picture_size(&self, figure: &Figure) -> (f64, f64) {
        let (width, height) = (figure.size_mm.0 * 72.0 / 25.4, figure.size_mm.1 * 72.0 / 25.4);
        let scale = (TEXT_POINTS / width).min(PICTURE / height).min(1.0);
        (width * scale, height * scale)
    }

    fn figure(&mut self, figure: &'a Figure) -> Result<(), Problems> {
        let (width, height) = self.picture_size(figure);
        let caption = format!("{} {}. {}", self.pick("Hình", "Figure"), figure.number, figure.caption);
        let n_lines = lines(&[Run::new(&caption, Face::Bold)], SMALL, TEXT_POINTS, 0.0).len() as f64;
        self.pages.ensure(height + n_lines * SMALL * 1.15 + 16.0);
        self.pages.y += 6.0;
        let node = self.pages.node(Role::Figure(figure.alt.clone()), None);
        let number = self.pictures.len();
        self.pictures.push(figure);
        let x = LEFT + (TEXT_POINTS - width) / 2.0;
        self.pages.draw(Mark::Picture { number, x, y: self.pages.y, width, height }, Some(node));
        let y = self.pages.y + height + 4.0;
        self.pages.y = self.centred(&caption, Face::Bold, SMALL, (LEFT, TEXT_POINTS), y, Role::Caption) + 4.0;
        let caption = format!("{} {}", figure.data.caption, figure.number);
        self.table(&figure.data, &caption, Face::Italic, self.table)
    }

    fn table(&mut self, table: &Table, caption: &str, face: Face, points: f64) -> Result<(), Problems> {
        let laid = Laid::new(table, TEXT_POINTS, self.table, self.paper.language)?;
        let n_lines = lines(&[Run::new(caption, face)], points, TEXT_POINTS, 0.0).len() as f64;
        self.pages.ensure(n_lines * points * 1.15 + 10.0 + laid.least_height());
        let y = self.pages.y + 6.0;
        self.pages.y = self.centred(caption, face, points, (LEFT, TEXT_POINTS), y, Role::Caption) + 3.0;
        laid.put(&mut self.pages);
        self.pages.y += 2.0;
        if !table.note.is_empty() {
            let at = Column { x: LEFT, room: TEXT_POINTS, points: self.table, spacing: 1.0, stand: Stand::Left };
            let node = self.pages.node(Role::Paragraph, None);
            for line in lines(&[Run::new(&table.note, Face::Italic)], self.table, TEXT_POINTS, 0.0) {
                self.pages.ensure(at.line_height());
                let y = self.pages.y;
                self.pages.y += self.pages.line(&line, &at, y, Some(node));
            }
        }
        self.pages.y += 8.0;
        Ok(())
    }

    fn appendix(&mut self, number: &str, title: &str) {
        self.pages.next_page();
        let whole = (LEFT, TEXT_POINTS);
        let heading = format!("{} {number}", self.pick("Phụ lục", "Appendix"));
        let (page, y) = (self.pages.pages.len() - 1, self.pages.y);
        let told = format!("{heading}. {title}");
        self.pages.outline.push((2, told.clone(), page, y));
        let y = self.centred(&heading, Face::Bold, BODY, whole, y, Role::Heading(2, told));
        let y = self.centred(title, Face::Bold, BODY, whole, y, Role::Paragraph);
        let with = self.pick(
            "(Kèm theo Báo cáo số ......../........ ngày ..... tháng ..... năm .........)",
            "(Annexed to the report)",
        );
        let y = self.centred(with, Face::Italic, SMALL, whole, y, Role::Paragraph);
        let from = LEFT + (TEXT_POINTS - 128.0) / 2.0;
        self.pages.rule((from, y + 4.0), (from + 128.0, y + 4.0), 0.75);
        self.pages.y = y + 14.0;
    }

    /// Whom it goes to at the left, the office of who signs at the right, and room for a signature.
    fn ending(&mut self) {
        let paper = self.paper;
        let height = (1.0 + paper.recipients.len() as f64).max(7.0) * 16.0 + 12.0;
        self.pages.ensure(height);
        let top = self.pages.y + 12.0;
        let room = TEXT_POINTS * 0.5;
        let at = Column { x: LEFT, room, points: 12.0, spacing: 1.0, stand: Stand::Left };
        let mut y = top;
        let node = self.pages.node(Role::Paragraph, None);
        for line in lines(&[Run::new(self.pick("Nơi nhận:", "Recipients:"), Face::BoldItalic)], 12.0, room, 0.0) {
            y += self.pages.line(&line, &at, y, Some(node));
        }
        let at = Column { points: TABLE_POINTS, ..at };
        if !paper.recipients.is_empty() {
            let list = self.pages.node(Role::List, None);
            for recipient in &paper.recipients {
                let item = self.pages.node(Role::Item, Some(list));
                for line in lines(&[Run::new(format!("- {recipient}"), Face::Regular)], TABLE_POINTS, room, 0.0) {
                    y += self.pages.line(&line, &at, y, Some(item));
                }
            }
        }
        let signer = (LEFT + room, room);
        self.centred(&paper.signer, Face::Bold, BODY, signer, top, Role::Paragraph);
        self.pages.y = (top + height - 12.0).max(y);
    }
}
