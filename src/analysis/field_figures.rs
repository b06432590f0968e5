//! From a sample and the outcomes so far to the figures of fieldwork: progress, funnel, weights.

use std::collections::BTreeMap;

use problem::Words;
use reports::chart::build::{
    FunnelFigure, FunnelRate, FunnelStage, Metadata, ProgressFigure, VillageProgress, WeightFigure,
};
use sampling::{Role, Sample};

use crate::fieldwork::disposition::Outcome;
use crate::fieldwork::rates::outcome_rates;

fn same(name: &str) -> Words {
    Words::new(name, name)
}

/// F1: interviews of each listing area against the households drawn there, by outcome so far.
#[must_use]
pub fn progress(sample: &Sample, outcomes: &BTreeMap<String, Outcome>, metadata: Metadata) -> ProgressFigure {
    let villages = sample.groups().into_iter().map(|units| {
        let path = units.first().map(|unit| unit.path.as_slice()).unwrap_or_default();
        // The area itself, and what it lies in.
        let area = path.len().min(sample.levels.len().saturating_sub(1));
        let name = |level: usize| path.get(level).map_or("", |label| label.name.as_str());
        let key =
            |label: &sampling::UnitLabel| if label.code.is_empty() { label.name.clone() } else { label.code.clone() };
        let of =
            |wanted: Outcome| units.iter().filter(|unit| outcomes.get(&unit.unit_id) == Some(&wanted)).count() as u64;
        VillageProgress {
            code: path[..area].iter().map(key).collect::<Vec<_>>().join("-"),
            name: same(name(area.saturating_sub(1))),
            commune: same(name(area.saturating_sub(2))),
            enumerator: None,
            planned: units.iter().filter(|unit| unit.role == Role::Main).count() as u64,
            complete: of(Outcome::Complete),
            in_review: 0,
            started: of(Outcome::Partial),
            expected: None,
        }
    });
    ProgressFigure { villages: villages.collect(), metadata }
}

/// F2: households with an outcome, those reached, eligible, willing and interviewed. Reserves that were released count.
#[must_use]
pub fn funnel(outcomes: &BTreeMap<String, Outcome>, metadata: Metadata) -> FunnelFigure {
    let count = |of: &dyn Fn(Outcome) -> bool| outcomes.values().filter(|outcome| of(**outcome)).count() as u64;
    let reached =
        |outcome: Outcome| !matches!(outcome, Outcome::NonContact | Outcome::UnknownHousehold | Outcome::UnknownOther);
    let eligible = |outcome: Outcome| reached(outcome) && outcome != Outcome::NotEligible;
    let stage = |code: &str, vi: &str, en: &str, count: u64| FunnelStage {
        code: code.to_owned(),
        name: Words::new(vi, en),
        count,
    };
    let stages = vec![
        stage("worked", "Hộ đã có kết quả", "Households with an outcome", outcomes.len() as u64),
        stage("reached", "Tiếp cận được", "Reached", count(&reached)),
        stage("eligible", "Có người đủ điều kiện", "With an eligible person", count(&eligible)),
        stage("interviewed", "Phỏng vấn, cả dở dang", "Interviewed, in part too", count(&|one| one.is_interview())),
        stage("complete", "Hoàn thành phỏng vấn", "Complete interviews", count(&|one| one == Outcome::Complete)),
    ];
    let rates = outcome_rates(outcomes.values().copied());
    let rate =
        |vi: &str, en: &str, value: Option<f64>| value.map(|value| FunnelRate { name: Words::new(vi, en), value });
    let rates = [
        rate("Tỷ lệ trả lời (AAPOR RR1)", "Response rate (AAPOR RR1)", rates.response_rate_1),
        rate("hợp tác (COOP1)", "cooperation (COOP1)", rates.cooperation_rate_1),
        rate("từ chối (REF1)", "refusal (REF1)", rates.refusal_rate_1),
    ];
    FunnelFigure { metadata, stages, rates: rates.into_iter().flatten().collect() }
}

/// F3: the weights of the interviews used.
#[must_use]
pub fn weights(weights: &[f64], metadata: Metadata) -> WeightFigure {
    WeightFigure { metadata, weights: weights.iter().copied().filter(|weight| *weight > 0.0).collect(), limits: None }
}
