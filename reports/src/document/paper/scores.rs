//! The material of a round's index: what was found, how sure it is, what it means against the target.

use std::collections::BTreeMap;

use problem::{Language, Problem, Problems, Words};

use super::material::{Making, Material, Quantity, figure_of, in_text, place_of};
use super::model::shown;
use super::score_changes::Earlier;
use crate::chart::build::{FactorTarget, Metadata};
use crate::chart::{Caution, Cell, ChartSpec, Interval, Mark};
use crate::index::{Aggregation, IndexDefinition, IndexEstimates, NodeEstimate};
use crate::verdict::{Verdict, verdict};
use crate::vietnamese;

/// Decimals of scores.
pub(super) const DECIMALS: usize = 2;

/// What the material is made from.
pub struct ScoreMaterial<'a> {
    /// How the index is computed.
    pub definition: &'a IndexDefinition,
    /// Its scores.
    pub estimates: &'a IndexEstimates,
    /// Where they come from.
    pub metadata: &'a Metadata,
    /// What the plan asks of the whole.
    pub target: Option<FactorTarget>,
    /// The round before, if there is one to compare with.
    pub earlier: Option<Earlier>,
    /// Figures by name, drawn from the same scores.
    pub figures: Vec<(String, ChartSpec)>,
    /// Figures of the catalogue that this index does not have.
    pub absent: Vec<String>,
    /// Notes on the weights and the data.
    pub notes: &'a [Words],
    /// Weighting steps: name, n, sum, Kish's design effect.
    pub weights: Vec<(String, usize, f64, f64)>,
    /// Degrees of freedom of the design.
    pub degrees_of_freedom: usize,
    /// What the paper is in.
    pub language: Language,
}

/// Facts, sentences, figures, tables and method of an index.
///
/// # Errors
/// What the renderer finds wrong with a figure, numbers that are none.
pub fn score_material(from: &ScoreMaterial<'_>) -> Result<Material, Problems> {
    let mut material = Material { absent: from.absent.iter().cloned().collect(), ..Material::default() };
    let metadata = from.metadata;
    let unit = in_text(&from.words(&metadata.unit));
    for (name, value) in [
        ("unit", unit.clone()),
        ("unit_upper", unit.to_uppercase()),
        ("place", place_of(&unit)),
        ("year", metadata.year.to_string()),
        ("index", metadata.index.clone()),
        ("name", from.words(from.definition.name())),
        ("survey", from.words(&metadata.survey)),
        ("fingerprint", metadata.fingerprint.clone()),
    ] {
        material.facts.insert(name.to_owned(), value);
    }
    for (id, spec) in &from.figures {
        material.figures.insert(id.clone(), figure_of(spec)?);
    }
    let root = from.definition.root();
    let overall = from.estimates.score(root);
    let mut sentences: BTreeMap<String, Vec<Making>> = BTreeMap::new();
    sentences.insert("overall".to_owned(), overall.map(|node| from.overall(node)).transpose()?.into_iter().collect());
    sentences.insert(
        "target".to_owned(),
        overall.map(|node| from.target(node)).transpose()?.flatten().into_iter().collect(),
    );
    let parts: Vec<&NodeEstimate> =
        from.estimates.scores.iter().filter(|node| node.parent.as_deref() == Some(root)).collect();
    let mut of_parts = Vec::new();
    for node in &parts {
        of_parts.push(from.part(node)?);
        of_parts.extend(from.weakest(node)?);
    }
    sentences.insert("parts".to_owned(), of_parts);
    sentences.insert("changes".to_owned(), from.changes()?);
    sentences.insert("sample".to_owned(), vec![from.sample()]);
    material.sentences = sentences;
    material.tables.insert("scores".to_owned(), from.scores_table());
    material.tables.insert("indicators".to_owned(), from.indicators_table());
    material.tables.insert("weights".to_owned(), from.weights_table());
    material.method = from.method()?;
    material.quantities = from.quantities()?;
    if metadata.draft {
        material.watermark = from.pick("SỐ LIỆU TẠM TÍNH", "PROVISIONAL");
    }
    Ok(material)
}

impl ScoreMaterial<'_> {
    pub(super) fn words(&self, words: &Words) -> String {
        words.in_language(self.language).to_owned()
    }

    pub(super) fn pick(&self, vi: &str, en: &str) -> String {
        if self.language == Language::Vi { vi } else { en }.to_owned()
    }

    pub(super) fn is_percent(&self) -> bool {
        self.definition.node(self.definition.root()).is_some_and(|root| root.aggregation == Aggregation::Pooled)
    }

    pub(super) fn number(&self, value: f64) -> Result<String, Problem> {
        let text = shown(value, DECIMALS, self.language)?;
        Ok(if self.is_percent() { format!("{text}%") } else { text })
    }

    fn range(&self, interval: Interval) -> Result<String, Problem> {
        Ok(format!("{}–{}", self.number(interval.lower)?, self.number(interval.upper)?))
    }

    fn level(&self) -> Result<String, Problem> {
        Ok(format!("{}%", shown(self.metadata.confidence_level * 100.0, 0, self.language)?))
    }

    /// What may be shown of a node, by the same rule as in the figures.
    pub(super) fn cell(&self, node: &NodeEstimate) -> Cell {
        let estimate = node.estimate.as_ref();
        let value = estimate.and_then(|estimate| estimate.estimate);
        let reason = || match &node.missing {
            Some(missing) => self.words(&missing.words()),
            None => self.pick("không có giá trị", "there is no value"),
        };
        let (Some(estimate), Some(value)) = (estimate, value) else { return Cell::Missing { reason: reason() } };
        let interval = estimate.interval.as_ref();
        let mark = Mark {
            value,
            interval: interval.map(|limits| Interval { lower: limits.lower, upper: limits.upper }),
            standard_error: estimate.standard_error,
            degrees_of_freedom: Some(estimate.degrees_of_freedom as f64),
            n: Some(estimate.n as u64),
            cautions: Vec::new(),
        };
        self.metadata.small_cells.apply(&mark, node.score_max - node.score_min)
    }

    pub(super) fn why(&self, cell: &Cell) -> String {
        match cell {
            Cell::Missing { reason } => reason.clone(),
            Cell::Suppressed | Cell::Shown(_) => {
                let least = self.metadata.small_cells.hide_below_n;
                self.pick(&format!("ít hơn {least} người trả lời"), &format!("fewer than {least} respondents"))
            }
        }
    }

    fn fields(&self, name: String, mark: &Mark) -> Result<BTreeMap<String, String>, Problem> {
        let range = match mark.interval {
            Some(interval) => self.range(interval)?,
            None => self.pick("không có", "none"),
        };
        let pairs = [
            ("name", name),
            ("unit", in_text(&self.words(&self.metadata.unit))),
            ("year", self.metadata.year.to_string()),
            ("value", self.number(mark.value)?),
            ("range", range),
            ("level", self.level()?),
            ("n", shown(mark.n.unwrap_or_default() as f64, 0, self.language)?),
        ];
        Ok(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    fn without(&self, name: String, cell: &Cell) -> BTreeMap<String, String> {
        [
            ("name", name),
            ("unit", in_text(&self.words(&self.metadata.unit))),
            ("year", self.metadata.year.to_string()),
            ("reason", self.why(cell)),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
    }

    fn overall(&self, node: &NodeEstimate) -> Result<Making, Problem> {
        let name = self.words(self.definition.name());
        Ok(match self.cell(node) {
            Cell::Shown(mark) => ("overall".to_owned(), self.fields(name, &mark)?),
            cell => ("overall_missing".to_owned(), self.without(name, &cell)),
        })
    }

    /// The verdict comes from the interval and nowhere else; without an interval or a target there is none.
    fn target(&self, node: &NodeEstimate) -> Result<Option<Making>, Problem> {
        let (Some(target), Cell::Shown(mark)) = (self.target, self.cell(node)) else { return Ok(None) };
        let Some(found) = self.judged(node)? else { return Ok(None) };
        let mut fields = self.fields(self.words(&node.name), &mark)?;
        fields.insert("target".to_owned(), self.words(&target.rule.words(&self.number(target.value)?)));
        fields.insert("verdict".to_owned(), self.words(&found.words()).to_lowercase());
        Ok(Some(("target".to_owned(), fields)))
    }

    /// Every score by name: its value, `.range`, `.n`; of the whole also `.target` and `.verdict`, where the plan has a target.
    fn quantities(&self) -> Result<BTreeMap<String, Quantity>, Problem> {
        let family = self.metadata.index.to_lowercase();
        let root = self.definition.root();
        let mut all = BTreeMap::new();
        for node in &self.estimates.scores {
            let code = if node.code == root { "total".to_owned() } else { node.code.to_lowercase() };
            let name = format!("{family}.{code}");
            let plain = |text: String| Quantity { text, verdict: None };
            let mark = match self.cell(node) {
                Cell::Shown(mark) => mark,
                cell => {
                    let why = format!("({}: {})", self.pick("không công bố", "not published"), self.why(&cell));
                    all.insert(name, plain(why));
                    continue;
                }
            };
            let fields = self.fields(String::new(), &mark)?;
            let mut verdict = None;
            if node.code == root
                && let Some((_, fields)) = self.target(node)?
            {
                for part in ["target", "verdict"] {
                    all.insert(format!("{name}.{part}"), plain(fields[part].clone()));
                }
                verdict = self.judged(node)?;
            }
            all.insert(format!("{name}.range"), plain(fields["range"].clone()));
            all.insert(format!("{name}.n"), plain(fields["n"].clone()));
            all.insert(name, Quantity { text: fields["value"].clone(), verdict });
        }
        Ok(all)
    }

    /// What the interval of a score says about the target.
    fn judged(&self, node: &NodeEstimate) -> Result<Option<Verdict>, Problem> {
        let (Some(target), Cell::Shown(mark)) = (self.target, self.cell(node)) else { return Ok(None) };
        let Some(interval) = mark.interval else { return Ok(None) };
        verdict(interval.lower, interval.upper, target.value, target.rule).map(Some)
    }

    fn part(&self, node: &NodeEstimate) -> Result<Making, Problem> {
        let name = self.words(&node.name);
        let mark = match self.cell(node) {
            Cell::Shown(mark) => mark,
            cell => return Ok(("part_missing".to_owned(), self.without(name, &cell))),
        };
        let mut fields = self.fields(name, &mark)?;
        if mark.cautions.is_empty() {
            return Ok(("part".to_owned(), fields));
        }
        let words: Vec<String> = mark.cautions.iter().map(|caution| self.caution(*caution)).collect();
        fields.insert("caution".to_owned(), words.join(", "));
        Ok(("part_caution".to_owned(), fields))
    }

    pub(super) fn caution(&self, caution: Caution) -> String {
        match caution {
            Caution::SmallSample => self.pick("ít người trả lời", "few respondents"),
            Caution::WideInterval => self.pick("khoảng tin cậy rộng", "a wide interval"),
            Caution::LargeRelativeError => self.pick("sai số tương đối lớn", "a large relative error"),
        }
    }

    /// The component that lies nearest to the lower end of its own scale; several scales may meet in one dimension.
    fn weakest(&self, node: &NodeEstimate) -> Result<Option<Making>, Problem> {
        let below = self.estimates.scores.iter().filter(|one| one.parent.as_deref() == Some(&node.code));
        let shown: Vec<(&NodeEstimate, Mark)> = below
            .filter_map(|one| if let Cell::Shown(mark) = self.cell(one) { Some((one, mark)) } else { None })
            .collect();
        if shown.len() < 2 {
            return Ok(None);
        }
        let part =
            |(node, mark): &(&NodeEstimate, Mark)| (mark.value - node.score_min) / (node.score_max - node.score_min);
        let least = shown.iter().min_by(|a, b| part(a).total_cmp(&part(b)));
        let Some((component, mark)) = least else { return Ok(None) };
        let mut fields = self.fields(self.words(&node.name), mark)?;
        fields.insert("weakest".to_owned(), self.words(&component.name));
        Ok(Some(("weakest".to_owned(), fields)))
    }

    fn sample(&self) -> Making {
        let metadata = self.metadata;
        let count = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_else(|| "–".to_owned());
        let fieldwork = metadata.fieldwork.map_or_else(
            || "–".to_owned(),
            |(from, to)| format!("{}–{}", vietnamese::date(from), vietnamese::date(to)),
        );
        let fields = [
            ("n", count(metadata.n)),
            ("villages", count(metadata.villages)),
            ("fieldwork", fieldwork),
            ("method", self.words(&metadata.method)),
            ("df", self.degrees_of_freedom.to_string()),
        ];
        ("sample".to_owned(), fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub(super) fn source(&self) -> String {
        let metadata = self.metadata;
        format!(
            "{}: {}. {} {}; {} {}.",
            self.pick("Nguồn", "Source"),
            self.words(&metadata.survey),
            self.pick("Tính ngày", "Computed"),
            vietnamese::date(metadata.computed),
            self.pick("mã số liệu", "fingerprint"),
            metadata.fingerprint
        )
    }

    fn method(&self) -> Result<Vec<String>, Problem> {
        let rule = self.metadata.small_cells;
        let mut lines = vec![
            format!(
                "{} {}. {}: {}; {}.",
                self.pick("Khoảng tin cậy", "Confidence intervals:"),
                self.level()?,
                self.pick("Phương pháp", "Method"),
                self.words(&self.metadata.method),
                match self.language {
                    Language::Vi => format!("{} bậc tự do", self.degrees_of_freedom),
                    Language::En => format!("{} degrees of freedom", self.degrees_of_freedom),
                }
            ),
            match self.language {
                Language::Vi => format!(
                    "Ước lượng dựa trên ít hơn {} người trả lời không được công bố; từ {} đến {} người, hoặc khoảng tin cậy rộng, được ghi chú.",
                    rule.hide_below_n, rule.hide_below_n, rule.caution_below_n - 1
                ),
                Language::En => format!(
                    "Estimates on fewer than {} respondents are not published; those on {} to {}, or with wide intervals, are marked.",
                    rule.hide_below_n, rule.hide_below_n, rule.caution_below_n - 1
                ),
            },
            self.pick(
                "Kết luận so với mục tiêu dựa trên toàn bộ khoảng tin cậy: khi khoảng tin cậy chứa mục tiêu, mẫu chưa đủ cơ sở khẳng định.",
                "Verdicts against a target rest on the whole interval: where it holds the target, the sample cannot tell.",
            ),
        ];
        if let Some(scoring) = self.definition.scoring() {
            lines.push(format!("{}: {}.", self.pick("Cách tính điểm", "Scoring"), self.words(scoring)));
        }
        lines.extend(self.metadata.remarks.iter().map(|remark| self.words(remark)));
        lines.extend(self.notes.iter().map(|note| self.words(note)));
        lines.push(self.source());
        Ok(lines)
    }
}
