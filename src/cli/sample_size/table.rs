//! The table of a design: what it will be able to say, and what not.

use problem::{Place, Problem, Problems};
use sampling::size::{
    OutlookRequest, OutlookRow, PlannedEstimate, PlannedSample, Population, PopulationCorrection, Quantity, Reading,
    TargetOutlook, outlook, target_outlook,
};
use sampling::{Only, draw};
use serde::Serialize;

use super::speaker::{Speaker, aligned};
use super::{SizeArgs, number_of};
use crate::cli::frame::{Format, design};
use crate::cli::language;
use crate::cli::sample::read_frame;

/// The seed of the trial draw that counts the units. Which units it draws does not matter and is shown to nobody.
const TRIAL_SEED: u64 = 0;
/// The chance that the bottom line speaks of.
const CHANCE: f64 = 0.8;

#[derive(Serialize)]
struct Table {
    design: String,
    counted_on: &'static str,
    value: f64,
    standard_deviation: Option<f64>,
    level: f64,
    deff: Option<f64>,
    icc: Vec<(String, f64)>,
    weighting: f64,
    population: Option<f64>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    row: OutlookRow,
    target: Option<TargetOutlook>,
}

/// The table, as text or as JSON.
pub(super) fn of_design(args: &SizeArgs) -> Result<String, Problems> {
    let mut design = design(args.design.as_deref().unwrap_or_default())?;
    if let Some(only) = &args.only {
        design = design.restricted_to(Only::parse(only)?)?;
    }
    let quantity = args.quantity()?;
    let icc = args.icc.iter().map(|text| level_and_share(text)).collect::<Result<Vec<_>, Problems>>()?;
    let sample = match &args.frame {
        Some(frame) => {
            PlannedSample::of_sample(&draw(&read_frame(frame, &design, &args.reading)?, &design, TRIAL_SEED)?)
        }
        None => PlannedSample::of_design(&design)?,
    };
    let weighting = args.weighting()?;
    let request = OutlookRequest {
        quantity,
        level: args.level,
        deff: args.deff,
        homogeneity: &icc,
        weighting,
        population: args.population,
        alternatives: &args.alternative,
    };
    let rows = outlook(&sample, &request)?
        .into_iter()
        .map(|row| Ok(Row { target: target_of(args, quantity, &row)?, row }))
        .collect::<Result<Vec<_>, Problems>>()?;
    let table = Table {
        design: design.name().to_owned(),
        counted_on: if args.frame.is_some() { "trial_draw" } else { "design_with_one_stratum" },
        value: quantity.value(),
        standard_deviation: args.sd,
        level: args.level,
        deff: args.deff,
        icc,
        weighting,
        population: args.population,
        rows,
    };
    match args.format {
        Format::Json => super::answers::json(&table),
        Format::Text => table.text(Speaker(language()), quantity, &sample),
    }
}

fn level_and_share(text: &str) -> Result<(String, f64), Problems> {
    match text.split_once('=') {
        Some((level, share)) => Ok((level.trim().to_owned(), number_of(share)?)),
        None => Err(Problem::new(
            "size_unknown_level",
            "với một thiết kế, tương quan nội cụm phải kèm tên cấp",
            "for a design, an intraclass correlation goes with the name of its level",
        )
        .at(Place::column("icc"))
        .expected("village=0.05")
        .got(text)
        .into()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of people are far below 2^53")]
fn target_of(args: &SizeArgs, quantity: Quantity, row: &OutlookRow) -> Result<Option<TargetOutlook>, Problems> {
    let (Some(target), Some(_)) = (args.target, row.interval) else { return Ok(None) };
    let planned = PlannedEstimate {
        quantity,
        n: row.n as f64,
        deff: row.deff,
        degrees_of_freedom: Some(row.degrees_of_freedom),
        level: args.level,
        population: row.population.map(|size| Population { size, correction: PopulationCorrection::Plain }),
    };
    target_outlook(&planned, target, CHANCE).map(Some)
}

impl Table {
    fn text(&self, speaker: Speaker, quantity: Quantity, sample: &PlannedSample) -> Result<String, Problems> {
        let mut lines = vec![format!("{} {}", speaker.word("Thiết kế", "Design"), self.design)];
        let units: Vec<String> =
            sample.stages.iter().map(|stage| format!("{} {}", stage.units, speaker.words(&stage.words))).collect();
        lines.push(format!("  {}", units.join(" → ")));
        lines.push(format!("  {}", self.assumptions(speaker, quantity)?));
        let counted = match self.counted_on {
            "trial_draw" => speaker.word(
                "số đơn vị đếm trên một lần rút thử từ khung mẫu",
                "units counted in a trial draw from the frame",
            ),
            _ => speaker.word(
                "số đơn vị theo thiết kế, với một tầng ở giai đoạn đầu (chưa nêu --frame)",
                "units as the design says, with one stratum at the first stage (no --frame stated)",
            ),
        };
        let corrected = match self.population {
            Some(population) => format!(
                "{} {}",
                speaker.word("hiệu chỉnh theo tổng thể N =", "corrected for a population of N ="),
                speaker.number(population, 0)?
            ),
            None => speaker
                .word(
                    "không hiệu chỉnh tổng thể hữu hạn (--population)",
                    "no finite population correction (--population)",
                )
                .to_owned(),
        };
        lines.push(format!("  {counted}; {corrected}"));
        lines.push(String::new());
        let mut cells = vec![
            [
                speaker.word("Cách hiểu mẫu", "Reading of the sample"),
                "n",
                "PSU",
                speaker.word("bậc tự do", "df"),
                "deff",
                speaker.word("khoảng dự kiến", "interval"),
                speaker.word("giới hạn logit", "logit limits"),
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        for Row { row, .. } in &self.rows {
            let (plain, logit) = match row.interval {
                Some(interval) => {
                    let half_width = match quantity {
                        Quantity::Proportion(_) => speaker.number(interval.half_width * 100.0, 1)?,
                        Quantity::Mean { .. } => speaker.number(interval.half_width, 2)?,
                    };
                    let logit = match interval.logit {
                        Some(limits) => format!(
                            "{}–{} %",
                            speaker.number(limits.lower * 100.0, 1)?,
                            speaker.number(limits.upper * 100.0, 1)?
                        ),
                        None => "–".to_owned(),
                    };
                    (format!("± {half_width}"), logit)
                }
                None => (speaker.word("không tính được", "none").to_owned(), "–".to_owned()),
            };
            cells.push(vec![
                reading(speaker, &row.reading),
                row.n.to_string(),
                row.psus.to_string(),
                row.degrees_of_freedom.to_string(),
                speaker.number(row.deff, 2)?,
                plain,
                logit,
            ]);
        }
        lines.extend(aligned(&cells));
        lines.push(String::new());
        lines.extend(self.bottom_lines(speaker, quantity)?);
        Ok(lines.join("\n"))
    }

    fn assumptions(&self, speaker: Speaker, quantity: Quantity) -> Result<String, Problems> {
        let mut parts = vec![speaker.quantity(quantity)?];
        if let Some(deff) = self.deff {
            parts.push(format!(
                "{} {}",
                speaker.word(
                    "hệ số thiết kế (nêu trước, giữ nguyên ở mọi dòng)",
                    "design effect (as stated, the same in all rows)"
                ),
                speaker.stated(deff)?
            ));
        }
        for (level, share) in &self.icc {
            parts.push(format!("ICC {level} {}", speaker.stated(*share)?));
        }
        if self.weighting > 1.0 {
            let (word, effect) =
                (speaker.word("trọng số nhân thêm", "weights multiply by"), speaker.stated(self.weighting)?);
            parts.push(format!("{word} {effect}"));
        }
        parts.push(format!("{} {}", speaker.word("mức tin cậy", "confidence level"), speaker.share(self.level)?));
        Ok(parts.join("; "))
    }

    /// What the planner must take home: the honest width, and what the target will look like.
    fn bottom_lines(&self, speaker: Speaker, quantity: Quantity) -> Result<Vec<String>, Problems> {
        let mut lines = Vec::new();
        for Row { row, target } in &self.rows {
            let judged = matches!(
                row.reading,
                Reading::Clusters { .. } | Reading::DefaultAnalysis | Reading::Alternative { .. }
            );
            let (Some(interval), true) = (row.interval, judged) else { continue };
            let half = speaker.difference(quantity, interval.half_width)?;
            let who = reading(speaker, &row.reading);
            let Some(target) = target else {
                if matches!(row.reading, Reading::Clusters { .. }) {
                    lines.push(match speaker.word("vi", "en") {
                        "vi" => format!("Với mẫu này, khoảng tin cậy dự kiến là ± {half} ({who})."),
                        _ => format!("With this sample, the expected interval is ± {half} ({who})."),
                    });
                }
                continue;
            };
            let value = |value| speaker.value(quantity, value);
            let (goal, from, to, truth) = (
                value(target.target)?,
                value(target.reached_from)?,
                value(target.missed_up_to)?,
                value(target.true_value_for_chance)?,
            );
            let chance = speaker.share(target.chance)?;
            lines.push(match speaker.word("vi", "en") {
                "vi" => format!(
                    "{who}: mục tiêu {goal} sẽ là “chưa đủ cơ sở khẳng định” trừ khi ước lượng từ {from} trở lên (đạt) hoặc đến {to} \
                     (chưa đạt); muốn có {chance} cơ hội kết luận “đạt”, giá trị thật phải từ {truth} trở lên."
                ),
                _ => format!(
                    "{who}: the target of {goal} will be \"not enough evidence\" unless the estimate is at least {from} (reached) or at \
                     most {to} (not reached); for a chance of {chance} to find \"reached\" the true value must be at least {truth}."
                ),
            });
        }
        lines.push(
            speaker
                .word(
                    "Kết luận chính thức dựa vào dòng có ít bậc tự do nhất phù hợp với cách rút: huyện (đơn vị giai đoạn đầu) được rút thì chính \
                     huyện là đơn vị mẫu sơ cấp.",
                    "The verdict rests on the row with the fewest degrees of freedom that fits the draw: where units of the first stage were \
                     drawn, they are the PSUs.",
                )
                .to_owned(),
        );
        Ok(lines)
    }
}

fn reading(speaker: Speaker, reading: &Reading) -> String {
    match reading {
        Reading::SimpleRandom => speaker.word("ngẫu nhiên đơn giản", "simple random sample").to_owned(),
        Reading::Clusters { words, .. } => {
            format!("{} {}", speaker.words(words), speaker.word("là đơn vị mẫu sơ cấp", "as PSU"))
        }
        Reading::DefaultAnalysis => {
            speaker.word("cách phân tích mặc định của chương trình", "the program's default analysis").to_owned()
        }
        Reading::OneFirstStageUnit { words, .. } => {
            format!("{} {}", speaker.word("riêng một", "one"), speaker.words(words))
        }
        Reading::Alternative { clusters, interviews, words } => format!(
            "{} {} × {interviews}",
            speaker.word("phương án:", "alternative:"),
            format_args!("{clusters} {}", speaker.words(words))
        ),
    }
}
