//! What the report's page shows of a report: plain words for the template.

use std::collections::BTreeMap;

use reports::document::paper::{
    Block, Check, CheckKind, DraftBlock, Figure, LastAct, Origin, OutlineBlock, Paper, Sentence, Table, citation,
};

use super::super::frame::Frame;
use crate::report::kept::Report;

/// Names of numbers that are listed beside a text.
const NAMES_SHOWN: usize = 400;

pub(super) struct CheckView {
    /// `fault` keeps the paper from being made; `open` is to be looked at.
    pub(super) class: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// The block that it is about; 0 for the letterhead.
    pub(super) block: u32,
    pub(super) title: String,
}

pub(super) struct Written {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) is_line: bool,
}

pub(super) struct SentenceView {
    pub(super) key: String,
    pub(super) slot: String,
    pub(super) text: String,
    pub(super) mark: &'static str,
    /// Who accepted it and when.
    pub(super) accepted: Option<String>,
    /// What was accepted before, where the numbers have changed since.
    pub(super) before: Option<String>,
    pub(super) is_own: bool,
    pub(super) is_edited: bool,
    /// The template, to be edited.
    pub(super) template: String,
}

pub(super) struct CitedView {
    pub(super) href: String,
    /// The data that were seen, and those of now.
    pub(super) seen: String,
    pub(super) now: String,
    pub(super) is_stale: bool,
}

pub(super) struct BlockView {
    pub(super) id: u32,
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) left_out: bool,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    pub(super) may_be_removed: bool,
    pub(super) may_be_left_out: bool,
    /// Stands in the outline and shows nothing in this round.
    pub(super) is_empty: bool,
    pub(super) checks: Vec<CheckView>,
    pub(super) written: Option<Written>,
    pub(super) sentences: Vec<SentenceView>,
    /// Keys of those that wait.
    pub(super) waiting: Vec<String>,
    pub(super) cited: Option<CitedView>,
}

pub(super) struct Choices {
    pub(super) heading: &'static str,
    pub(super) entries: Vec<(String, String)>,
}

pub(super) struct NameView {
    pub(super) name: String,
    pub(super) value: String,
}

pub(super) struct Head {
    pub(super) lines: Vec<(&'static str, &'static str, String)>,
    pub(super) recipients: String,
}

pub(super) struct ReportView {
    pub(super) version_no: i64,
    pub(super) saved: String,
    pub(super) watermark: String,
    pub(super) is_draft: bool,
    pub(super) n_sentences: usize,
    pub(super) n_accepted: usize,
    pub(super) n_faults: usize,
    pub(super) checks: Vec<CheckView>,
    pub(super) blocks: Vec<BlockView>,
    pub(super) files: Vec<(&'static str, String)>,
    /// The paper as a page, and this page with it in a frame.
    pub(super) preview: String,
    pub(super) framed: String,
    pub(super) unframed: String,
    pub(super) head: Head,
    pub(super) add: Vec<Choices>,
    /// Blocks by number, to add behind.
    pub(super) places: Vec<(u32, String)>,
    pub(super) names: Vec<NameView>,
}

impl ReportView {
    pub(super) fn new(report: &Report, frame: &Frame, code: &str) -> Self {
        let paper = &report.assembled.paper;
        let titles: BTreeMap<u32, String> =
            report.draft.blocks.iter().map(|one| (one.id, title(one, report, frame))).collect();
        let checks: Vec<CheckView> = report.checks.iter().map(|check| check_view(check, frame, &titles)).collect();
        let last = report.draft.blocks.len().saturating_sub(1);
        let blocks: Vec<BlockView> = report
            .draft
            .blocks
            .iter()
            .enumerate()
            .map(|(place, one)| BlockView {
                is_first: place == 0,
                is_last: place == last,
                title: titles[&one.id].clone(),
                checks: report
                    .checks
                    .iter()
                    .filter(|check| check.block == Some(one.id))
                    .map(|check| check_view(check, frame, &titles))
                    .collect(),
                ..block_view(one, report, frame, code)
            })
            .collect();
        let asked = serde_urlencoded::to_string([("index", &report.form_id)]).unwrap_or_default();
        let file = |ending: &str| frame.to(&format!("/rounds/{code}/report/paper.{ending}?{asked}"));
        let sentences: Vec<&Sentence> = paper.sentences().collect();
        Self {
            version_no: report.version_no,
            saved: match &report.saved {
                Some((by, at)) => {
                    format!("{} {}: {by}, {at}", frame.say("Bản lưu số", "Saved version"), report.version_no)
                }
                None => frame.say("Dàn ý mặc định, chưa ai sửa", "The usual outline; nobody has changed it").to_owned(),
            },
            watermark: paper.watermark.clone(),
            is_draft: paper.is_draft(),
            n_accepted: sentences.iter().filter(|one| one.accepted_by.is_some()).count(),
            n_sentences: sentences.len(),
            n_faults: report.checks.iter().filter(|check| check.kind == CheckKind::Problem).count(),
            files: vec![("DOCX", file("docx")), ("PDF", file("pdf")), ("XLSX", file("xlsx")), ("HTML", file("html"))],
            preview: frame.to(&format!("/rounds/{code}/report/paper.html?{asked}&preview=yes")),
            framed: frame.to(&format!("/rounds/{code}/report?{asked}&preview=yes")),
            unframed: frame.to(&format!("/rounds/{code}/report?{asked}")),
            head: head(report, frame),
            add: additions(report, frame),
            places: report.draft.blocks.iter().map(|one| (one.id, titles[&one.id].clone())).collect(),
            names: names(report),
            checks,
            blocks,
        }
    }
}

fn check_view(check: &Check, frame: &Frame, titles: &BTreeMap<u32, String>) -> CheckView {
    let (vi, en) = match check.kind {
        CheckKind::Problem => ("Lỗi", "Fault"),
        CheckKind::StaleNumber => ("Số liệu đã đổi", "Numbers changed"),
        CheckKind::Unaccepted => ("Chưa chấp nhận", "Not accepted"),
        CheckKind::OwnWords => ("Lời văn tự viết, chưa đối chiếu", "Own words, not checked"),
        CheckKind::EmptyPrompt => ("Chưa viết", "Not written"),
        CheckKind::WideTable => ("Bảng quá rộng", "Wide table"),
        CheckKind::NoAltText => ("Thiếu lời thay thế", "No alternative text"),
        CheckKind::TypedNumber => ("Số gõ tay", "Typed number"),
    };
    let text = match &check.problem {
        Some(problem) => problem.describe(frame.language()),
        None => frame.words(&check.words),
    };
    let block = check.block.unwrap_or_default();
    CheckView {
        class: if check.kind == CheckKind::Problem { "fault" } else { "open" },
        kind: frame.say(vi, en),
        text,
        block,
        title: titles.get(&block).cloned().unwrap_or_else(|| frame.say("Đầu báo cáo", "Letterhead").to_owned()),
    }
}

/// Where the paper's blocks of a draft's block are.
fn made(report: &Report, id: u32) -> impl Iterator<Item = &Block> {
    let place = report.draft.kept().position(|one| one.id == id);
    let paper: &Paper = &report.assembled.paper;
    let of = paper.blocks.iter().zip(&report.assembled.of_block);
    of.filter(move |(_, from)| place.is_some() && **from == place).map(|(block, _)| block)
}

fn short(text: &str) -> String {
    let mut short: String = text.lines().next().unwrap_or_default().chars().take(90).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn sentences_name(id: &str, frame: &Frame) -> String {
    let (vi, en) = match id {
        "overall" => ("Câu về kết quả chung", "Sentence on the whole"),
        "target" => ("Câu so với mục tiêu", "Sentence on the target"),
        "changes" => ("Câu về thay đổi so với đợt trước", "Sentences on changes"),
        "sample" => ("Câu về mẫu", "Sentence on the sample"),
        "parts" => ("Câu về từng nội dung", "Sentences on the parts"),
        "tasks" => ("Câu về nhiệm vụ của kế hoạch", "Sentence on the plan's tasks"),
        "counts" => ("Câu về các mục tiêu của kế hoạch", "Sentence on the plan's targets"),
        other => return other.to_owned(),
    };
    frame.say(vi, en).to_owned()
}

fn title(one: &DraftBlock, report: &Report, frame: &Frame) -> String {
    let table = |table: Option<&Table>, id: &str| table.map_or_else(|| id.to_owned(), |table| short(&table.caption));
    let figure =
        |figure: Option<&Figure>, id: &str| figure.map_or_else(|| id.to_uppercase(), |figure| short(&figure.caption));
    let first = made(report, one.id).next();
    match &one.block {
        OutlineBlock::Heading { text, .. } => short(text),
        OutlineBlock::Text { text } if text.is_empty() => frame.say("(chưa viết)", "(empty)").to_owned(),
        OutlineBlock::Text { text } => short(text),
        OutlineBlock::Prompt { text, answer } => short(if answer.is_empty() { text } else { answer }),
        OutlineBlock::Sentences { id } => sentences_name(id, frame),
        OutlineBlock::Figure { id } => {
            figure(first.and_then(|block| if let Block::Figure(figure) = block { Some(figure) } else { None }), id)
        }
        OutlineBlock::Table { id } => table(report.material.tables.get(id), id),
        OutlineBlock::Cited { page, query, .. } => {
            let cited = report.material.cited.get(&citation(page, query));
            table(cited.and_then(|cited| cited.as_ref().ok()).map(|cited| &cited.table), query)
        }
        OutlineBlock::Appendix { number, text } => {
            format!("{} {number}. {}", frame.say("Phụ lục", "Appendix"), short(text))
        }
        OutlineBlock::Method {} => frame.say("Phương pháp", "Method").to_owned(),
    }
}

fn kind(block: &OutlineBlock, frame: &Frame) -> &'static str {
    match block {
        OutlineBlock::Heading { .. } => frame.say("Tiêu đề", "Heading"),
        OutlineBlock::Text { .. } => frame.say("Văn bản tự viết", "Own text"),
        OutlineBlock::Prompt { .. } => frame.say("Phần cơ quan viết", "To be written"),
        OutlineBlock::Sentences { .. } => frame.say("Câu sinh từ số liệu", "Generated sentences"),
        OutlineBlock::Figure { .. } => frame.say("Hình", "Figure"),
        OutlineBlock::Table { .. } => frame.say("Bảng", "Table"),
        OutlineBlock::Cited { .. } => frame.say("Bảng từ trang phân tích", "Table of an analyst's page"),
        OutlineBlock::Appendix { .. } => frame.say("Phụ lục", "Appendix"),
        OutlineBlock::Method {} => frame.say("Phương pháp", "Method"),
    }
}

fn block_view(one: &DraftBlock, report: &Report, frame: &Frame, code: &str) -> BlockView {
    let written = match &one.block {
        OutlineBlock::Heading { text, .. } | OutlineBlock::Appendix { text, .. } => {
            Some(Written { label: frame.say("Lời tiêu đề", "Words"), value: text.clone(), is_line: true })
        }
        OutlineBlock::Text { text } | OutlineBlock::Prompt { answer: text, .. } => Some(Written {
            label: frame.say("Lời văn (mỗi dòng một đoạn)", "Text (a paragraph a line)"),
            value: text.clone(),
            is_line: false,
        }),
        _ => None,
    };
    let sentences: Vec<SentenceView> = made(report, one.id)
        .filter_map(|block| {
            if let Block::Sentence(sentence) = block { Some(sentence_view(sentence, report, frame)) } else { None }
        })
        .collect();
    let cited = match &one.block {
        OutlineBlock::Cited { page, query, input } => {
            let now = report.material.cited.get(&citation(page, query)).and_then(|cited| cited.as_ref().ok());
            let now = now.map_or_else(String::new, |cited| cited.input.clone());
            Some(CitedView {
                href: frame.to(&format!("/rounds/{code}/{page}?{query}&input={input}")),
                is_stale: !now.is_empty() && now != *input,
                seen: input.clone(),
                now,
            })
        }
        _ => None,
    };
    BlockView {
        id: one.id,
        kind: kind(&one.block, frame),
        title: String::new(),
        left_out: one.left_out,
        is_first: false,
        is_last: false,
        may_be_removed: !matches!(one.block, OutlineBlock::Method {}),
        may_be_left_out: !matches!(one.block, OutlineBlock::Method {}),
        is_empty: !one.left_out
            && made(report, one.id).next().is_none()
            && !report.checks.iter().any(|check| check.block == Some(one.id)),
        checks: Vec::new(),
        written,
        waiting: sentences.iter().filter(|one| one.accepted.is_none()).map(|one| one.key.clone()).collect(),
        sentences,
        cited,
    }
}

fn sentence_view(sentence: &Sentence, report: &Report, frame: &Frame) -> SentenceView {
    let act: Option<&LastAct> = report.acts.get(&sentence.slot);
    let words = |act: &LastAct| format!("{}, {}", act.by, act.at);
    let accepted = sentence
        .accepted_by
        .as_ref()
        .map(|by| act.filter(|act| act.key == sentence.key).map_or_else(|| by.clone(), words));
    let template = report.draft.edited.get(&sentence.slot).map(String::as_str);
    SentenceView {
        key: sentence.key.clone(),
        slot: sentence.slot.clone(),
        text: sentence.text.clone(),
        mark: sentence.mark(frame.language()).unwrap_or_default(),
        before: act
            .filter(|act| accepted.is_none() && act.is_accepted && act.key != sentence.key)
            .map(|act| format!("{} ({})", act.text, words(act))),
        accepted,
        is_own: sentence.origin == Origin::Own,
        is_edited: sentence.origin == Origin::Edited,
        template: template
            .or_else(|| report.sentences.template(&sentence.template, frame.language()))
            .unwrap_or_default()
            .to_owned(),
    }
}

fn head(report: &Report, frame: &Frame) -> Head {
    let head = &report.draft.head;
    Head {
        lines: vec![
            ("parent", frame.say("Cơ quan chủ quản", "Body above"), head.parent.clone()),
            ("body", frame.say("Cơ quan ban hành", "Body that writes"), head.body.clone()),
            ("symbol", frame.say("Ký hiệu", "Symbol"), head.symbol.clone()),
            ("place", frame.say("Địa danh", "Place"), head.place.clone()),
            ("title", frame.say("Tên loại văn bản", "Kind of paper"), head.title.clone()),
            ("subject", frame.say("Trích yếu", "Subject"), head.subject.clone()),
            ("signer", frame.say("Chức vụ người ký", "Office of who signs"), head.signer.clone()),
        ],
        recipients: head.recipients.join("\n"),
    }
}

/// What the numbers give and the draft does not hold yet.
fn additions(report: &Report, frame: &Frame) -> Vec<Choices> {
    let has = |block: &OutlineBlock| report.draft.blocks.iter().any(|one| one.block == *block);
    let material = &report.material;
    let figures = material.figures.iter().filter(|(id, _)| !has(&OutlineBlock::Figure { id: (*id).clone() }));
    let tables = material.tables.iter().filter(|(id, _)| !has(&OutlineBlock::Table { id: (*id).clone() }));
    let sentences = material.sentences.keys().filter(|id| !has(&OutlineBlock::Sentences { id: (*id).clone() }));
    let all = vec![
        Choices {
            heading: frame.say("Hình", "Figures"),
            entries: figures
                .map(|(id, figure)| {
                    (format!("figure:{id}"), format!("{} · {}", id.to_uppercase(), short(figure.caption())))
                })
                .collect(),
        },
        Choices {
            heading: frame.say("Bảng", "Tables"),
            entries: tables.map(|(id, table)| (format!("table:{id}"), short(&table.caption))).collect(),
        },
        Choices {
            heading: frame.say("Câu sinh từ số liệu", "Generated sentences"),
            entries: sentences.map(|id| (format!("sentences:{id}"), sentences_name(id, frame))).collect(),
        },
    ];
    all.into_iter().filter(|one| !one.entries.is_empty()).collect()
}

fn names(report: &Report) -> Vec<NameView> {
    let numbers = report.material.quantities.iter().map(|(name, number)| (name, number.text.as_str()));
    let facts = report.material.facts.iter().map(|(name, fact)| (name, fact.as_str()));
    let all = numbers.chain(facts).take(NAMES_SHOWN);
    all.map(|(name, value)| NameView { name: format!("{{{{{name}}}}}"), value: value.to_owned() }).collect()
}
