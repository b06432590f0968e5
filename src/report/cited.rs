//! Tables of analysts' pages in a paper: the question stands in the page's address, the numbers are made anew from the present data.

use ::problem::{Language, Problem, Problems};
use reports::document::paper::{Align, Cited, Table, TableColumn, Value};
use reports::export::data::DataSet;
use reports::verdict::{DifferenceVerdict, difference_verdict};
use reports::vietnamese;

use super::kept::{House, told};
use crate::analysis::inquiry::{Ask, Asked, Finding, Line, Part, groups, questions};
use crate::analysis::microdata::Rows;
use crate::export::Wanted;
use crate::problem as catalogue;
use crate::results::compare::{NodeDifference, compare, family_of};

/// Level that a p value is compared with.
const ALPHA: f64 = 0.05;

/// The table of a page (`question`, `cross-table`, `comparison`) and the query of its address.
///
/// # Errors
/// `cited_page` for another page or a query that asks nothing; those of the inquiry or the comparison.
pub(super) fn cited(
    house: &House<'_>,
    code: &str,
    page: &str,
    query: &str,
    language: Language,
) -> Result<Cited, Problem> {
    let made = of_page(house, code, page, query, language);
    made.map_err(|problems| problems.0.into_iter().next().unwrap_or_else(catalogue::internal))
}

fn of_page(house: &House<'_>, code: &str, page: &str, query: &str, language: Language) -> Result<Cited, Problems> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let field =
        |name: &str| pairs.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.clone());
    if let ("comparison", Some(with)) = (page, field("with")) {
        return of_rounds(house, code, &with, field("family").as_deref(), language);
    }
    let nothing = || {
        Problem::new("cited_page", "liên kết không hỏi gì", "the link asks nothing")
            .expected("question?question=…, cross-table?row=…&col=…, comparison?question=…&groups=…")
            .got(format!("{page}?{query}"))
    };
    let ask = Ask::of(field).ok_or_else(nothing)?;
    let fits = matches!(
        (page, &ask),
        ("question", Ask::Question { .. })
            | ("cross-table", Ask::CrossTable { .. })
            | ("comparison", Ask::Groups { .. })
    );
    if !fits {
        return Err(nothing().into());
    }
    let wanted = Wanted { rows: Rows::Worked, in_english: language == Language::En, ..Wanted::default() };
    let all = house.feeds.data_sets(house.store, code, &wanted).map_err(told)?;
    let all = all.ok_or_else(|| catalogue::round_unknown(code))?;
    let form = field("questionnaire");
    let data = all.iter().find(|data| form.as_ref().is_none_or(|form| data.origin.form_id == *form));
    let data = data.ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|data| data.origin.form_id.as_str()).collect();
        Problem::new("export_form", "đợt khảo sát không có bảng hỏi này", "the round has no such questionnaire")
            .expected(known.join(", "))
            .got(form.unwrap_or_default())
    })?;
    let finding = ask.put(data, "data.csv")?;
    let input: String = data.sha256().chars().take(8).collect();
    let writer = Writer { data, finding: &finding, language, share: field("show") };
    Ok(Cited { table: writer.table(&input), input })
}

struct Writer<'a> {
    data: &'a DataSet,
    finding: &'a Finding,
    language: Language,
    /// Of a cross table: the shares of what.
    share: Option<String>,
}

fn column(heading: &str, width: f64, align: Align) -> TableColumn {
    TableColumn::new(heading, width, align)
}

impl Writer<'_> {
    fn pick<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        if self.language == Language::Vi { vi } else { en }
    }

    fn label(&self, known: &[Asked<'_>], name: &str) -> String {
        known.iter().find(|one| one.name == name).map_or_else(|| name.to_owned(), |one| one.label.to_owned())
    }

    fn table(&self, input: &str) -> Table {
        let (known, by) = (questions(self.data), groups(self.data));
        let (caption, columns, rows) = match &self.finding.ask {
            Ask::Question { var, by: None } => {
                let rows = self.finding.lines.iter().map(|line| self.row(line, &[Side::Value], true));
                (self.label(&known, var), self.columns(&[self.answer()], true), rows.collect())
            }
            Ask::Question { var, by: Some(group) } => {
                let group = self.label(&by, group);
                let caption = format!("{} – {} {}", self.label(&known, var), self.pick("theo", "by"), group);
                let rows = self.finding.lines.iter().map(|line| self.row(line, &[Side::Group, Side::Value], true));
                (caption, self.columns(&[&group, self.answer()], true), rows.collect())
            }
            Ask::CrossTable { row, col } => {
                let part = match self.share.as_deref() {
                    Some("col") => Part::OfCol,
                    Some("table") => Part::OfTable,
                    _ => Part::OfRow,
                };
                let of = match part {
                    Part::OfCol => self.pick("% theo cột", "% of columns"),
                    Part::OfTable => self.pick("% của tất cả", "% of everybody"),
                    _ => self.pick("% theo hàng", "% of rows"),
                };
                let (down, across) = (self.label(&by, row), self.label(&by, col));
                let lines = self.finding.lines.iter().filter(|line| line.part == part);
                let rows = lines.map(|line| self.row(line, &[Side::Group, Side::Value], true));
                (format!("{down} × {across} ({of})"), self.columns(&[&down, &across], true), rows.collect())
            }
            Ask::Groups { var, value, by: group } => return self.groups(input, var, value.as_deref(), group),
        };
        Table { caption, columns, rows, note: self.note(input), ..Table::default() }
    }

    fn answer(&self) -> &'static str {
        let vi = self.language == Language::Vi;
        match (self.finding.lines.iter().any(|line| line.part == Part::Mean), vi) {
            (true, true) => "Đại lượng",
            (true, false) => "Quantity",
            (false, true) => "Câu trả lời",
            (false, false) => "Answer",
        }
    }

    fn columns(&self, sides: &[&str], has_n: bool) -> Vec<TableColumn> {
        let is_mean = self.finding.lines.iter().any(|line| line.part == Part::Mean);
        let mut all: Vec<TableColumn> = sides.iter().map(|heading| column(heading, 30.0, Align::Left)).collect();
        let value = if is_mean { self.pick("Trung bình", "Mean") } else { self.pick("Tỷ lệ (%)", "Share (%)") };
        all.push(column(value, 11.0, Align::Right));
        all.push(column(self.pick("Cận dưới", "Lower"), 10.0, Align::Right));
        all.push(column(self.pick("Cận trên", "Upper"), 10.0, Align::Right));
        if has_n {
            all.push(column("n", 8.0, Align::Right));
        }
        all.push(column(self.pick("Ghi chú", "Note"), 20.0, Align::Left));
        all
    }

    fn row(&self, line: &Line, sides: &[Side], has_n: bool) -> Vec<Value> {
        let is_mean = line.part == Part::Mean;
        let (group, value) = self.finding.ask.labels(self.data, line);
        let value = if is_mean { self.pick("Trung bình", "Mean").to_owned() } else { value };
        let mut row: Vec<Value> =
            sides.iter().map(|side| Value::text(if *side == Side::Group { &group } else { &value })).collect();
        row.extend(self.numbers(line, is_mean));
        if has_n {
            row.push(Value::Number(line.n_cell.unwrap_or(line.n) as f64, 0));
        }
        row.push(Value::text(self.remark(line)));
        row
    }

    /// Estimate and limits: shares in per cent.
    fn numbers(&self, line: &Line, is_mean: bool) -> [Value; 3] {
        let (scale, decimals) = if is_mean { (1.0, 2) } else { (100.0, 1) };
        [line.estimate, line.interval[0], line.interval[1]]
            .map(|value| Value::maybe(value.map(|value| value * scale), decimals))
    }

    fn remark(&self, line: &Line) -> String {
        let reasons = line.small_cell.iter().flat_map(|cell| &cell.reason);
        let told: Vec<&str> = reasons.map(|reason| self.pick(&reason.vi, &reason.en)).collect();
        match (told.is_empty(), line.why_missing) {
            (true, Some(why)) => why.words().in_language(self.language).to_owned(),
            _ => told.join("; "),
        }
    }

    fn note(&self, input: &str) -> String {
        let n = vietnamese::number(self.finding.n_interviews as f64, 0).unwrap_or_default();
        format!(
            "{}: {n}. {} {input}.",
            self.pick(
                "Khoảng tin cậy 95% theo thiết kế mẫu; số phiếu có trọng số",
                "Design-based 95% intervals; weighted interviews"
            ),
            self.pick("Mã số liệu", "Data"),
        )
    }

    /// Groups with their values, then every pair with the interval of its difference.
    fn groups(&self, input: &str, var: &str, value: Option<&str>, group: &str) -> Table {
        let is_share = self.finding.steps.iter().any(|step| step.derived.is_some());
        let answer = self
            .data
            .variables()
            .iter()
            .find(|one| one.name == var)
            .and_then(|one| one.categories().iter().find(|category| Some(category.code.as_str()) == value));
        let mut caption = self.label(&questions(self.data), var);
        if let Some(answer) = answer {
            caption.push_str(&format!(": {}", answer.label));
        }
        caption.push_str(&format!(
            " – {} {}",
            self.pick("so sánh theo", "compared by"),
            self.label(&groups(self.data), group)
        ));
        let rows = self.finding.lines.iter().map(|line| {
            let (a, b) = self.finding.ask.labels(self.data, line);
            let is_pair = line.part == Part::Difference;
            let name = if is_pair { format!("{a} − {b}") } else { a };
            let mut row = vec![Value::text(name)];
            row.extend(self.numbers(line, !is_share));
            row.push(if is_pair { Value::Empty } else { Value::Number(line.n as f64, 0) });
            row.push(Value::maybe(line.p_holm.filter(|_| is_pair), 3));
            row.push(Value::text(match self.remark(line) {
                told if told.is_empty() && is_pair => verdict(line.interval, line.p_holm, self.language).to_owned(),
                told => told,
            }));
            row
        });
        let value = if is_share {
            self.pick("Tỷ lệ, chênh lệch (%)", "Share, difference (%)")
        } else {
            self.pick("Giá trị, chênh lệch", "Value, difference")
        };
        Table {
            caption,
            columns: vec![
                column(self.pick("Nhóm, cặp nhóm", "Group, pair"), 40.0, Align::Left),
                column(value, 12.0, Align::Right),
                column(self.pick("Cận dưới", "Lower"), 10.0, Align::Right),
                column(self.pick("Cận trên", "Upper"), 10.0, Align::Right),
                column("n", 8.0, Align::Right),
                column("p (Holm)", 9.0, Align::Right),
                column(self.pick("Kết luận", "Verdict"), 24.0, Align::Left),
            ],
            rows: rows.collect(),
            note: self.note(input),
            ..Table::default()
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Group,
    Value,
}

/// What the interval of a difference says; within a family of tests the adjusted p value decides.
fn verdict(interval: [Option<f64>; 2], p_holm: Option<f64>, language: Language) -> &'static str {
    let said = interval[0].zip(interval[1]).and_then(|(lower, upper)| difference_verdict(lower, upper).ok());
    let is_clear = p_holm.is_some_and(|p| p < ALPHA);
    let (vi, en) = match said {
        Some(DifferenceVerdict::Higher) if is_clear => ("cao hơn", "higher"),
        Some(DifferenceVerdict::Lower) if is_clear => ("thấp hơn", "lower"),
        Some(_) => ("chưa đủ cơ sở kết luận", "not enough evidence"),
        None => ("", ""),
    };
    if language == Language::Vi { vi } else { en }
}

fn of_rounds(
    house: &House<'_>,
    code: &str,
    with: &str,
    family: Option<&str>,
    language: Language,
) -> Result<Cited, Problems> {
    let pick = |vi: &'static str, en: &'static str| if language == Language::Vi { vi } else { en };
    let results = |code: &str| -> Result<_, Problems> {
        let found = house.results.of_round(house.store, code).map_err(told)?;
        found.ok_or_else(|| catalogue::round_unknown(code).into())
    };
    let (before, after) = (results(with)?, results(code)?);
    let family = match family {
        Some(family) => family.to_owned(),
        None => after.indexes.first().map(family_of).unwrap_or_default().to_owned(),
    };
    let comparison = compare(&before, &after, &family)?;
    let rows = comparison.nodes.iter().map(|node: &NodeDifference| {
        let limits = node.interval.map_or([None, None], |(lower, upper)| [Some(lower), Some(upper)]);
        let said = match &node.why_not {
            Some(why) => why.in_language(language).to_owned(),
            None => verdict(limits, node.p_holm, language).to_owned(),
        };
        vec![
            Value::text(node.name.in_language(language)),
            Value::maybe(node.before, 2),
            Value::maybe(node.after, 2),
            Value::maybe(node.change, 2),
            Value::maybe(limits[0], 2),
            Value::maybe(limits[1], 2),
            Value::maybe(node.p_holm, 3),
            Value::text(said),
        ]
    });
    let input = format!("{}-{}", comparison.before.1, comparison.after.1);
    let mut note = format!(
        "{} {input}.",
        pick(
            "Khoảng tin cậy 95% của chênh lệch, p theo Holm. Mã số liệu",
            "95% intervals of differences, p by Holm. Data"
        )
    );
    if comparison.n_shared_areas > 0 {
        let n = comparison.n_shared_areas;
        note.push_str(&match language {
            Language::Vi => format!(" {n} địa bàn có trong cả hai mẫu: hai đợt không độc lập hẳn."),
            Language::En => format!(" {n} areas are in both samples: the rounds are not quite independent."),
        });
    }
    let table = Table {
        caption: format!("{}: {} → {}", family.to_uppercase(), before.round.name, after.round.name),
        columns: vec![
            column(pick("Nội dung", "Name"), 34.0, Align::Left),
            column(pick("Đợt trước", "Before"), 9.0, Align::Right),
            column(pick("Đợt này", "Now"), 9.0, Align::Right),
            column(pick("Chênh lệch", "Change"), 10.0, Align::Right),
            column(pick("Cận dưới", "Lower"), 9.0, Align::Right),
            column(pick("Cận trên", "Upper"), 9.0, Align::Right),
            column("p", 7.0, Align::Right),
            column(pick("Kết luận", "Verdict"), 22.0, Align::Left),
        ],
        rows: rows.collect(),
        note,
        ..Table::default()
    };
    Ok(Cited { table, input })
}
