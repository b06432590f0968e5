//! A paper as one HTML page without anything from elsewhere: to preview it, and to print it.

use std::fmt::Write;

use problem::{Language, Problem, Problems};

use super::model::{Align, Block, Figure, Paper, Table};
use crate::xml::escaped;

/// A4 with the margins of the DOCX; heads of tables come again on every page.
const STYLE: &str = "@page{size:A4;margin:20mm 20mm 20mm 30mm}body{font:14pt/1.4 'Times New Roman','Liberation Serif',serif;color:#1a1a1a;\
max-width:160mm;margin:1rem auto;padding:0 1rem}header{display:grid;grid-template-columns:42% 58%;text-align:center;font-size:13pt}\
header p{margin:0}header .rule{border-top:1px solid;width:35%;margin:2px auto 4px}header .long{width:65%}h1{font-size:14pt;text-align:center;margin:1.2rem 0 0}\
.subject{font-weight:bold;text-align:center;margin:0 0 1rem}h2,h3,h4{font-size:14pt;margin:.8rem 0 .3rem}h4{font-style:italic}\
p{margin:.4rem 0;text-align:justify}.draft{color:#595959;font-weight:bold;text-align:center}.sentence.open{border-left:4px solid #a6a6a6;padding-left:.5rem}\
.sentence .state{color:#595959;font-size:10pt}.prompt{color:#595959;font-style:italic}figure{margin:1rem 0;break-inside:avoid;text-align:center}\
figure svg{max-width:100%;height:auto}figcaption,caption{font-weight:bold;font-size:13pt;padding:.3rem 0;text-align:center}table{border-collapse:collapse;\
width:100%;font-size:11pt}th,td{border:1px solid;padding:2px 4px;vertical-align:top}thead{display:table-header-group}tr{break-inside:avoid}.right{text-align:right}\
.centre{text-align:center}.note{font-style:italic;font-size:11pt}.appendix{break-before:page;text-align:center}.scroll{overflow-x:auto}\
.ending{display:grid;grid-template-columns:1fr 1fr;margin:1.5rem 0 6rem}.ending .signer{text-align:center;font-weight:bold}.watermark{position:fixed;top:45%;left:0;right:0;text-align:center;\
font:bold 48pt 'Times New Roman','Liberation Serif',serif;color:#e4e4e4;transform:rotate(-35deg);z-index:-1;margin:0;white-space:nowrap}.ending ul{list-style:'- ';font-size:11pt;margin:0;padding-left:1rem}";

/// The page.
///
/// # Errors
/// Numbers that are not finite.
pub fn html(paper: &Paper) -> Result<String, Problems> {
    let mut page = Page { out: String::new(), language: paper.language };
    let language = if paper.language == Language::Vi { "vi" } else { "en" };
    page.put(format_args!(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{} – {}</title><style>{STYLE}</style></head><body>\n",
        escaped(&paper.title),
        escaped(&paper.subject)
    ));
    if !paper.watermark.is_empty() {
        page.put(format_args!("<p class=\"watermark\">{}</p>\n", escaped(&paper.watermark)));
    }
    page.head(paper);
    for block in &paper.blocks {
        page.block(paper, block)?;
    }
    page.out.push_str("</main></body></html>\n");
    Ok(page.out)
}

struct Page {
    out: String,
    language: Language,
}

impl Page {
    fn pick(&self, vi: &'static str, en: &'static str) -> &'static str {
        if self.language == Language::Vi { vi } else { en }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(text);
    }

    fn head(&mut self, paper: &Paper) {
        let head = &paper.head;
        let (nation, motto) = match paper.language {
            Language::Vi => ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
            Language::En => ("SOCIALIST REPUBLIC OF VIET NAM", "Independence - Freedom - Happiness"),
        };
        let number = match (paper.one_page, self.pick("Số:", "No.")) {
            (true, _) => String::new(),
            (false, word) => format!("<p>{word} …………/{}</p>", escaped(&head.symbol)),
        };
        let place = if head.place.is_empty() { "…………".into() } else { escaped(&head.place) };
        let date = self.pick("ngày …… tháng …… năm ………", "date: …………");
        self.put(format_args!(
            "<header><div><p>{}</p><p><b>{}</b></p><div class=\"rule\"></div>{number}</div><div><p><b>{nation}</b></p><p><b>{motto}</b></p>\
             <div class=\"rule long\"></div><p><i>{place}, {date}</i></p></div></header><main>\n",
            escaped(&head.parent),
            escaped(&head.body)
        ));
        if paper.is_draft() {
            self.put(format_args!("<p class=\"draft\">{}</p>\n", paper.draft_words()));
        }
        self.put(format_args!(
            "<h1>{}</h1>\n<p class=\"subject\">{}</p>\n",
            escaped(&paper.title),
            escaped(&paper.subject)
        ));
    }

    fn block(&mut self, paper: &Paper, block: &Block) -> Result<(), Problem> {
        match block {
            Block::Heading(level, text) => {
                let level = level + 1;
                self.put(format_args!("<h{level}>{}</h{level}>\n", escaped(text)));
            }
            Block::Text(text) => self.put(format_args!("<p>{}</p>\n", escaped(text))),
            Block::Sentence(sentence) => {
                let (class, state) = match sentence.mark(self.language) {
                    None => ("sentence", String::new()),
                    Some(mark) => ("sentence open", format!(" <span class=\"state\">{mark}</span>")),
                };
                self.put(format_args!(
                    "<p class=\"{class}\" data-key=\"{}\">{}{state}</p>\n",
                    sentence.key,
                    escaped(&sentence.text)
                ));
            }
            Block::Prompt(text) => self.put(format_args!("<p class=\"prompt\">{}</p>\n", escaped(text))),
            Block::Figure(figure) => self.figure(figure)?,
            Block::Table(table) => {
                let caption = format!("{} {}. {}", self.pick("Bảng", "Table"), table.number, table.caption);
                self.table(&caption, table)?;
            }
            Block::Ending => {
                let recipients: String =
                    paper.recipients.iter().map(|one| format!("<li>{}</li>", escaped(one))).collect();
                let label = self.pick("Nơi nhận:", "Recipients:");
                self.put(format_args!(
                    "<div class=\"ending\"><div><b><i>{label}</i></b><ul>{recipients}</ul></div><div class=\"signer\">{}</div></div>\n",
                    escaped(&paper.signer)
                ));
            }
            Block::Appendix(number, title) => {
                let word = self.pick("Phụ lục", "Appendix");
                self.put(format_args!(
                    "<h2 class=\"appendix\">{word} {}<br>{}</h2>\n",
                    escaped(number),
                    escaped(title)
                ));
            }
        }
        Ok(())
    }

    fn figure(&mut self, figure: &Figure) -> Result<(), Problem> {
        // The drawing's own declaration has no place inside a page.
        let svg = figure.svg.find("<svg").map_or("", |at| &figure.svg[at..]);
        let word = self.pick("Hình", "Figure");
        self.put(format_args!(
            "<figure>{svg}<figcaption>{word} {}. {}</figcaption></figure>\n",
            figure.number,
            escaped(&figure.caption)
        ));
        self.table(&format!("{} {}", figure.data.caption, figure.number), &figure.data)
    }

    fn table(&mut self, caption: &str, table: &Table) -> Result<(), Problem> {
        self.put(format_args!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><caption>{0}</caption><thead><tr>",
            escaped(caption)));
        for column in &table.columns {
            self.put(format_args!("<th scope=\"col\">{}</th>", escaped(&column.heading)));
        }
        self.out.push_str("</tr></thead><tbody>\n");
        for row in &table.rows {
            self.out.push_str("<tr>");
            for (value, column) in row.iter().zip(&table.columns) {
                let class = match column.align {
                    Align::Left => "",
                    Align::Centre => " class=\"centre\"",
                    Align::Right => " class=\"right\"",
                };
                let text = value.shown(self.language)?;
                self.put(format_args!("<td{class}>{}</td>", escaped(&text)));
            }
            self.out.push_str("</tr>\n");
        }
        self.out.push_str("</tbody></table></div>\n");
        if !table.note.is_empty() {
            self.put(format_args!("<p class=\"note\">{}</p>\n", escaped(&table.note)));
        }
        Ok(())
    }
}
