//! A paper as DOCX, laid out by Nghị định 30/2020/NĐ-CP, Appendix I.
//!
//! Elements stand in the order of the schema (ISO/IEC 29500), which Word insists on. The page number is at the top in the middle from page 2
//! on; heads of tables repeat on every page; every picture has its alternative text; number, date and signature are blank.

use std::panic::resume_unwind;
use std::thread;

use problem::{Language, Problem, Problems};

use super::columns::{TEXT_POINTS, widths};
use super::docx_parts::{
    About, BOTTOM_MM, LEFT_MM, NAMESPACES, PAGE_MM, RIGHT_MM, TEXT_MM, TOP_MM, emu, packed, twips,
};
use super::model::{Align, Block, Figure, Paper, Table};
use crate::chart::png;
use crate::xml::escaped;

/// Half points.
const BODY: u32 = 28;
const SMALL: u32 = 26;
const TABLE: u32 = 22;
/// Highest picture that leaves room for its caption.
const PICTURE_MM: f64 = 215.0;

/// The bytes of the `.docx`.
///
/// # Errors
/// Numbers that are not finite.
pub fn docx(paper: &Paper) -> Result<Vec<u8>, Problems> {
    let (body, table) = if paper.one_page { (22, 18) } else { (BODY, TABLE) };
    let mut document =
        Document { out: String::new(), pictures: Vec::new(), language: paper.language, body, table, keep: false };
    document.out.push_str(&format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:document {NAMESPACES}><w:body>"
    ));
    document.head(paper);
    for (place, block) in paper.blocks.iter().enumerate() {
        // Recipients and signature never stand alone on a page.
        document.keep = matches!(paper.blocks.get(place + 1), Some(Block::Ending));
        document.block(paper, block)?;
    }
    document.section();
    document.out.push_str("</w:body></w:document>");
    let language = if paper.language == Language::Vi { "vi-VN" } else { "en-GB" };
    let about =
        About { title: &format!("{} – {}", paper.title, paper.subject), language, watermark: &paper.watermark };
    packed(&document.out, &drawn(&document.pictures)?, &about)
}

/// The pictures in their order, drawn on all cores: they are nine tenths of the work.
fn drawn(figures: &[&Figure]) -> Result<Vec<Vec<u8>>, Problems> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let draw = |figure: &&Figure| png(&figure.svg, figure.size);
    thread::scope(|scope| {
        let parts: Vec<_> = figures
            .chunks(figures.len().div_ceil(cores).max(1))
            .map(|part| scope.spawn(move || part.iter().map(draw).collect::<Result<Vec<_>, _>>()))
            .collect();
        let mut all = Vec::new();
        for part in parts {
            all.extend(part.join().unwrap_or_else(|panicked| resume_unwind(panicked))?);
        }
        Ok(all)
    })
}

struct Document<'a> {
    out: String,
    pictures: Vec<&'a Figure>,
    language: Language,
    /// Half points of the text and of tables.
    body: u32,
    table: u32,
    /// Whether the paragraph stays on the page of the next.
    keep: bool,
}

/// How a run of text looks.
#[derive(Clone, Copy, Default)]
struct Look {
    bold: bool,
    italic: bool,
    /// Half points; 0 for the style's own.
    size: u32,
    grey: bool,
}

impl<'a> Document<'a> {
    fn pick(&self, vi: &'static str, en: &'static str) -> &'static str {
        if self.language == Language::Vi { vi } else { en }
    }

    fn run(&mut self, text: &str, look: Look) {
        let mut properties = String::new();
        if look.bold {
            properties.push_str("<w:b/><w:bCs/>");
        }
        if look.italic {
            properties.push_str("<w:i/><w:iCs/>");
        }
        if look.grey {
            properties.push_str("<w:color w:val=\"595959\"/>");
        }
        if look.size > 0 {
            properties.push_str(&format!("<w:sz w:val=\"{0}\"/><w:szCs w:val=\"{0}\"/>", look.size));
        }
        let text = escaped(text);
        self.out.push_str(&format!("<w:r><w:rPr>{properties}</w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r>"));
    }

    fn paragraph(&mut self, properties: &str, text: &str, look: Look) {
        self.out.push_str(&format!("<w:p><w:pPr>{properties}</w:pPr>"));
        if !text.is_empty() {
            self.run(text, look);
        }
        self.out.push_str("</w:p>");
    }

    fn centred(&mut self, text: &str, look: Look) {
        self.paragraph("<w:spacing w:before=\"0\" w:after=\"0\"/><w:jc w:val=\"center\"/>", text, look);
    }

    /// A rule below a line: a border over a part of the cell's width.
    fn rule(&mut self, width_mm: f64, cell_mm: f64) {
        let side = twips((cell_mm - width_mm) / 2.0);
        self.out.push_str(&format!(
            "<w:p><w:pPr><w:pBdr><w:top w:val=\"single\" w:sz=\"6\" w:space=\"0\" w:color=\"000000\"/></w:pBdr><w:spacing w:before=\"80\" \
             w:after=\"60\" w:line=\"120\" w:lineRule=\"exact\"/><w:ind w:left=\"{side}\" w:right=\"{side}\"/></w:pPr></w:p>"
        ));
    }

    fn head(&mut self, paper: &Paper) {
        let widths = [TEXT_MM * 0.42, TEXT_MM * 0.58];
        self.open_plain_table(&widths);
        self.out.push_str("<w:tr>");
        self.open_cell(widths[0]);
        let head = &paper.head;
        // 12 points, as the decree allows: the names of most provinces then stand on one line.
        self.centred(&head.parent, Look { size: 24, ..Look::default() });
        self.centred(&head.body, Look { size: 24, bold: true, ..Look::default() });
        self.rule(22.0, widths[0] - 4.0);
        if !paper.one_page {
            let number = format!("{}          /{}", self.pick("Số:", "No."), head.symbol);
            self.centred(&number, Look { size: SMALL, ..Look::default() });
        }
        self.out.push_str("</w:tc>");
        self.open_cell(widths[1]);
        let (nation, motto) = match paper.language {
            Language::Vi => ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
            Language::En => ("SOCIALIST REPUBLIC OF VIET NAM", "Independence - Freedom - Happiness"),
        };
        self.centred(nation, Look { size: 24, bold: true, ..Look::default() });
        self.centred(motto, Look { size: SMALL, bold: true, ..Look::default() });
        self.rule(58.0, widths[1] - 4.0);
        let place = if head.place.is_empty() { "…………".to_owned() } else { head.place.clone() };
        let date = match paper.language {
            Language::Vi => format!("{place}, ngày      tháng      năm         "),
            Language::En => format!("{place}, date:                     "),
        };
        self.centred(&date, Look { size: SMALL, italic: true, ..Look::default() });
        self.out.push_str("</w:tc></w:tr></w:tbl>");
        if paper.is_draft() {
            self.paragraph(
                "<w:spacing w:before=\"120\" w:after=\"0\"/><w:jc w:val=\"center\"/>",
                paper.draft_words(),
                Look { bold: true, grey: true, size: SMALL, ..Look::default() },
            );
        }
        self.paragraph(
            "<w:spacing w:before=\"240\" w:after=\"0\"/><w:jc w:val=\"center\"/>",
            &paper.title,
            Look { bold: true, ..Look::default() },
        );
        self.centred(&paper.subject, Look { bold: true, ..Look::default() });
        self.rule(45.0, TEXT_MM);
    }

    fn block(&mut self, paper: &Paper, block: &'a Block) -> Result<(), Problems> {
        let body = "<w:spacing w:before=\"60\" w:after=\"60\" w:line=\"276\" w:lineRule=\"auto\"/><w:ind w:firstLine=\"567\"/><w:jc w:val=\"both\"/>";
        let keep = if self.keep { "<w:keepNext/>" } else { "" };
        match block {
            Block::Heading(level, text) => {
                self.paragraph(&format!("<w:pStyle w:val=\"Heading{level}\"/>"), text, Look::default());
            }
            Block::Text(text) => {
                self.paragraph(&format!("{keep}{body}"), text, Look { size: self.body, ..Look::default() });
            }
            Block::Sentence(sentence) => {
                // A grey bar beside what nobody has accepted yet.
                let bar = match sentence.accepted_by {
                    Some(_) => String::new(),
                    None => "<w:pBdr><w:left w:val=\"single\" w:sz=\"24\" w:space=\"4\" w:color=\"A6A6A6\"/></w:pBdr>"
                        .to_owned(),
                };
                self.out.push_str(&format!("<w:p><w:pPr>{keep}{bar}{body}</w:pPr>"));
                let look = Look { size: self.body, ..Look::default() };
                self.run(&sentence.text, look);
                if let Some(mark) = sentence.mark(self.language) {
                    self.run(&format!(" {mark}"), Look { grey: true, ..look });
                }
                self.out.push_str("</w:p>");
            }
            Block::Prompt(text) => {
                self.paragraph(
                    &format!("{keep}{body}"),
                    text,
                    Look { size: self.body, italic: true, grey: true, ..Look::default() },
                );
            }
            Block::Figure(figure) => self.figure(figure)?,
            Block::Table(table) => {
                let caption = format!("{} {}. {}", self.pick("Bảng", "Table"), table.number, table.caption);
                self.paragraph("<w:pStyle w:val=\"Caption\"/><w:keepNext/>", &caption, Look::default());
                self.table(table)?;
            }
            Block::Appendix(number, title) => {
                self.paragraph(
                    "<w:pageBreakBefore/><w:spacing w:before=\"0\" w:after=\"0\"/><w:jc w:val=\"center\"/><w:outlineLvl w:val=\"0\"/>",
                    &format!("{} {number}", self.pick("Phụ lục", "Appendix")),
                    Look { bold: true, ..Look::default() },
                );
                self.centred(title, Look { bold: true, ..Look::default() });
                let with = self.pick(
                    "(Kèm theo Báo cáo số        /            ngày      tháng      năm         )",
                    "(Annexed to the report)",
                );
                self.centred(with, Look { italic: true, size: SMALL, ..Look::default() });
                self.rule(45.0, TEXT_MM);
            }
            Block::Ending => self.ending(paper),
        }
        Ok(())
    }

    /// Whom it goes to at the left, the office of who signs at the right, and room for a signature that nobody imitates.
    fn ending(&mut self, paper: &Paper) {
        let widths = [TEXT_MM * 0.5, TEXT_MM * 0.5];
        self.paragraph("<w:keepNext/><w:spacing w:before=\"120\" w:after=\"0\"/>", "", Look::default());
        self.open_plain_table(&widths);
        self.out.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        self.open_cell(widths[0]);
        let (label, left) = (self.pick("Nơi nhận:", "Recipients:"), "<w:spacing w:before=\"0\" w:after=\"0\"/>");
        self.paragraph(left, label, Look { bold: true, italic: true, size: 24, ..Look::default() });
        for recipient in &paper.recipients {
            self.paragraph(left, &format!("- {recipient}"), Look { size: TABLE, ..Look::default() });
        }
        self.out.push_str("</w:tc>");
        self.open_cell(widths[1]);
        self.centred(&paper.signer, Look { bold: true, size: BODY, ..Look::default() });
        for _ in 0..5 {
            self.centred("", Look::default());
        }
        self.out.push_str("</w:tc></w:tr></w:tbl>");
        self.paragraph(left, "", Look::default());
    }

    fn figure(&mut self, figure: &'a Figure) -> Result<(), Problems> {
        self.pictures.push(figure);
        let number = self.pictures.len();
        let (width, height) = figure.size_mm;
        let scale = (TEXT_MM / width).min(PICTURE_MM / height).min(1.0);
        let (width, height) = (emu(width * scale), emu(height * scale));
        let (name, alt) = (escaped(&figure.id), escaped(&figure.alt));
        self.out.push_str(&format!(
            "<w:p><w:pPr><w:keepNext/><w:spacing w:before=\"120\" w:after=\"60\"/><w:jc w:val=\"center\"/></w:pPr><w:r><w:drawing>\
             <wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{width}\" cy=\"{height}\"/>\
             <wp:docPr id=\"{number}\" name=\"{name}\" descr=\"{alt}\"/><wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect=\"1\"/>\
             </wp:cNvGraphicFramePr><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic>\
             <pic:nvPicPr><pic:cNvPr id=\"{number}\" name=\"{name}\" descr=\"{alt}\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>\
             <a:blip r:embed=\"rIdPicture{number}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x=\"0\" \
             y=\"0\"/><a:ext cx=\"{width}\" cy=\"{height}\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>\
             </a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        ));
        let caption = format!("{} {}. {}", self.pick("Hình", "Figure"), figure.number, figure.caption);
        self.paragraph("<w:pStyle w:val=\"Caption\"/><w:keepNext/>", &caption, Look::default());
        self.paragraph(
            "<w:keepNext/><w:spacing w:before=\"60\" w:after=\"40\"/><w:jc w:val=\"center\"/>",
            &format!("{} {}", figure.data.caption, figure.number),
            Look { italic: true, size: TABLE, ..Look::default() },
        );
        Ok(self.table(&figure.data)?)
    }

    fn open_plain_table(&mut self, widths_mm: &[f64]) {
        self.out.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:left w:w=\"57\" w:type=\"dxa\"/>\
             <w:right w:w=\"57\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>",
            twips(widths_mm.iter().sum())
        ));
        for width in widths_mm {
            self.out.push_str(&format!("<w:gridCol w:w=\"{}\"/>", twips(*width)));
        }
        self.out.push_str("</w:tblGrid>");
    }

    fn open_cell(&mut self, width_mm: f64) {
        self.out.push_str(&format!("<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/></w:tcPr>", twips(width_mm)));
    }

    fn table(&mut self, table: &Table) -> Result<(), Problem> {
        let points = f64::from(self.table) / 2.0;
        let widths: Vec<f64> = widths(table, TEXT_POINTS, points, self.language)
            .iter()
            .map(|width| width / TEXT_POINTS * TEXT_MM)
            .collect();
        let border = |side: &str| format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>");
        let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(border).concat();
        self.out.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:jc w:val=\"center\"/><w:tblBorders>{borders}</w:tblBorders>\
             <w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:left w:w=\"57\" w:type=\"dxa\"/><w:right w:w=\"57\" w:type=\"dxa\"/></w:tblCellMar>\
             <w:tblCaption w:val=\"{}\"/></w:tblPr><w:tblGrid>",
            twips(TEXT_MM),
            escaped(&table.caption)
        ));
        for width in &widths {
            self.out.push_str(&format!("<w:gridCol w:w=\"{}\"/>", twips(*width)));
        }
        // The head comes again on every page, and no row is broken over two.
        self.out.push_str("</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
        for (column, width) in table.columns.iter().zip(&widths) {
            self.open_cell(*width);
            self.cell_text(&column.heading, Align::Centre, Look { bold: true, size: self.table, ..Look::default() });
            self.out.push_str("</w:tc>");
        }
        self.out.push_str("</w:tr>");
        for row in &table.rows {
            self.out.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
            for ((value, column), width) in row.iter().zip(&table.columns).zip(&widths) {
                self.open_cell(*width);
                let text = value.shown(self.language)?;
                self.cell_text(&text, column.align, Look { size: self.table, ..Look::default() });
                self.out.push_str("</w:tc>");
            }
            self.out.push_str("</w:tr>");
        }
        self.out.push_str("</w:tbl>");
        // Two tables need a paragraph between them, and a table one behind it.
        self.paragraph(
            &format!("<w:spacing w:before=\"40\" w:after=\"120\"/><w:rPr><w:sz w:val=\"{}\"/></w:rPr>", self.table),
            &table.note,
            Look { italic: true, size: self.table, ..Look::default() },
        );
        Ok(())
    }

    fn cell_text(&mut self, text: &str, align: Align, look: Look) {
        let side = match align {
            Align::Left => "left",
            Align::Centre => "center",
            Align::Right => "right",
        };
        // An empty cell has no run: without a size of its own its paragraph is as high as the text of the paper.
        let properties = format!(
            "<w:spacing w:before=\"20\" w:after=\"20\"/><w:jc w:val=\"{side}\"/><w:rPr><w:sz w:val=\"{}\"/></w:rPr>",
            look.size
        );
        self.paragraph(&properties, text, look);
    }

    fn section(&mut self) {
        self.out.push_str(&format!(
            "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rIdHeader\"/><w:headerReference w:type=\"first\" r:id=\"rIdFirst\"/><w:pgSz w:w=\"{}\" w:h=\"{}\"/><w:pgMar w:top=\"{}\" \
             w:right=\"{}\" w:bottom=\"{}\" w:left=\"{}\" w:header=\"{}\" w:footer=\"{}\" w:gutter=\"0\"/><w:titlePg/></w:sectPr>",
            twips(PAGE_MM.0),
            twips(PAGE_MM.1),
            twips(TOP_MM),
            twips(RIGHT_MM),
            twips(BOTTOM_MM),
            twips(LEFT_MM),
            twips(10.0),
            twips(10.0)
        ));
    }
}
