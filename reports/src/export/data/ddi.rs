//! The description of a data set as DDI Codebook 2.5, for archives (NADA, World Bank, IHSN).
//!
//! The file holds no rows, but may be published: counts of a variable stand in it only where none of them is small.

use problem::Language;

use super::dataset::{Cell, DataSet, Group, Kind, MISSING, Variable, missing_mark};
use crate::xml::escaped;

/// Counts below this are not told, and then none of that variable is: what is left would give the small one away.
const COUNT_MIN: usize = 10;

/// The document.
#[must_use]
pub fn xml(data: &DataSet) -> String {
    let mut out = Xml::default();
    let language = if data.language == Language::Vi { "vi" } else { "en" };
    out.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.open(&format!(
        "codeBook xmlns=\"ddi:codebook:2_5\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"ddi:codebook:2_5 http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd\" \
         version=\"2.5\" xml:lang=\"{language}\""
    ));
    study(&mut out, data);
    for (number, table) in (1..).zip(data.tables()) {
        file(&mut out, number, table);
    }
    out.open("dataDscr");
    let mut place = 0;
    for (number, table) in (1..).zip(data.tables()) {
        for variable in table.variables() {
            one(&mut out, place, variable, (number, table));
            place += 1;
        }
    }
    out.close("dataDscr");
    out.close("codeBook");
    out.text
}

fn file(out: &mut Xml, number: usize, data: &DataSet) {
    out.open(&format!("fileDscr ID=\"F{number}\""));
    out.open("fileTxt");
    out.leaf("fileName", &format!("{}-{}{}", data.origin.round, data.origin.form_id, data.in_file_name()));
    out.open("dimensns");
    out.leaf("caseQnty", &data.n_rows().to_string());
    out.leaf("varQnty", &data.variables().len().to_string());
    out.close("dimensns");
    out.close("fileTxt");
    for (label, value) in data.facts() {
        out.leaf("notes", &format!("{label}: {value}"));
    }
    out.close("fileDscr");
}

fn study(out: &mut Xml, data: &DataSet) {
    let origin = &data.origin;
    let vi = data.language == Language::Vi;
    let pick = |in_vi: &str, in_en: &str| if vi { in_vi.to_owned() } else { in_en.to_owned() };
    out.open("stdyDscr");
    out.open("citation");
    out.open("titlStmt");
    out.leaf("titl", &origin.round_name);
    out.leaf("IDNo", &format!("{}/{}", origin.round, origin.form_id));
    out.close("titlStmt");
    out.open("prodStmt");
    out.leaf_with("software", &[("version", origin.program.rsplit(' ').next().unwrap_or_default())], &origin.program);
    out.close("prodStmt");
    out.open("verStmt");
    out.leaf_with("version", &[("date", origin.exported_at.get(..10).unwrap_or_default())], &origin.form_version);
    out.close("verStmt");
    out.close("citation");
    out.open("stdyInfo");
    out.leaf("abstract", &format!("{} – {}", origin.round_name, origin.form_title));
    out.close("stdyInfo");
    out.open("method");
    out.open("dataColl");
    out.leaf(
        "sampProc",
        &pick(
            "Mẫu xác suất nhiều giai đoạn. Xác suất của từng giai đoạn, tầng và PSU là các biến của tệp.",
            "Multistage probability sample. The probability of each stage, strata and PSUs are variables of the file.",
        ),
    );
    out.leaf(
        "weight",
        &pick(
            "Biến weight: trọng số thiết kế đã điều chỉnh theo tình trạng đủ điều kiện, không trả lời và xác suất của người trả lời.",
            "Variable weight: design weight adjusted for eligibility, nonresponse and the respondent's probability.",
        ),
    );
    out.close("dataColl");
    for note in &origin.notes {
        out.leaf("notes", note.in_language(data.language));
    }
    out.close("method");
    out.close("stdyDscr");
}

fn one(out: &mut Xml, place: usize, variable: &Variable, (file, data): (usize, &DataSet)) {
    let interval = if matches!(variable.kind, Kind::Number | Kind::Date) { "contin" } else { "discrete" };
    let weight = if variable.name == "weight" { " wgt=\"wgt\"" } else { "" };
    out.open(&format!(
        "var ID=\"V{}\" name=\"{}\" files=\"F{file}\" intrvl=\"{interval}\"{weight}",
        place + 1,
        escaped(&variable.name)
    ));
    out.leaf("labl", &variable.label);
    if variable.group == Group::Answer {
        out.open("qstn");
        let words = variable.multiple.as_ref().map_or(&variable.label, |multiple| &multiple.label);
        out.leaf("qstnLit", words);
        out.close("qstn");
    }
    if !variable.relevant.is_empty() {
        out.leaf("universe", &variable.relevant);
    }
    let counts = Counts::of(variable, data.n_rows());
    if counts.may_be_told() {
        out.leaf_with("sumStat", &[("type", "vald")], &counts.valid.to_string());
        out.leaf_with("sumStat", &[("type", "invd")], &(data.n_rows() - counts.valid).to_string());
    }
    for (position, category) in variable.categories().iter().enumerate() {
        let n = counts.may_be_told().then(|| counts.categories[position]);
        category_element(out, &category.code, &category.label, false, n);
    }
    if variable.group == Group::Answer {
        for (position, mark) in MISSING.iter().enumerate() {
            let n = counts.may_be_told().then(|| counts.missing[position]);
            category_element(out, &mark.code.to_string(), mark.words(data.language), true, n);
        }
    }
    if !variable.section.is_empty() {
        out.leaf("concept", &variable.section);
    }
    let kind = if variable.kind == Kind::Text { "character" } else { "numeric" };
    out.empty(&format!("varFormat type=\"{kind}\""));
    out.close("var");
}

fn category_element(out: &mut Xml, code: &str, label: &str, missing: bool, n: Option<usize>) {
    out.open(if missing { "catgry missing=\"Y\"" } else { "catgry" });
    out.leaf("catValu", code);
    out.leaf("labl", label);
    if let Some(n) = n {
        out.leaf_with("catStat", &[("type", "freq")], &n.to_string());
    }
    out.close("catgry");
}

struct Counts {
    categories: Vec<usize>,
    missing: Vec<usize>,
    valid: usize,
    rest: usize,
}

impl Counts {
    fn of(variable: &Variable, n_rows: usize) -> Self {
        let mut counts = Self {
            categories: vec![0; variable.categories().len()],
            missing: vec![0; MISSING.len()],
            valid: 0,
            rest: 0,
        };
        for row in 0..n_rows {
            match variable.cell(row) {
                Cell::Category(position) => {
                    counts.categories[position] += 1;
                    counts.valid += 1;
                }
                Cell::Missing(reason) => {
                    let known = missing_mark(reason);
                    match MISSING.iter().position(|mark| Some(mark) == known) {
                        Some(position) => counts.missing[position] += 1,
                        None => counts.rest += 1,
                    }
                }
                Cell::Number(_) | Cell::Text(_) => counts.valid += 1,
            }
        }
        counts
    }

    fn may_be_told(&self) -> bool {
        let own = [self.valid, self.rest];
        self.categories.iter().chain(&self.missing).chain(&own).all(|n| *n == 0 || *n >= COUNT_MIN)
    }
}

#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn open(&mut self, tag: &str) {
        self.indent();
        self.text.push_str(&format!("<{tag}>\n"));
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.text.push_str(&format!("</{name}>\n"));
    }

    fn empty(&mut self, tag: &str) {
        self.indent();
        self.text.push_str(&format!("<{tag}/>\n"));
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.indent();
        let attributes: String =
            attributes.iter().map(|(key, value)| format!(" {key}=\"{}\"", escaped(value))).collect();
        self.text.push_str(&format!("<{name}{attributes}>{}</{name}>\n", escaped(text)));
    }
}
