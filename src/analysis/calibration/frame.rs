//! Households of the frame as a margin. A sample of a few units of a level says nothing of each of the others, so only units that were
//! certain to be drawn are cells of their own; all others are one.

use problem::{Place, Problem, Problems};
use sampling::{Sample, SamplingFrame};

use super::recipe::{CellTotal, MarginRule, MarginUnit};

/// The households of a frame by the units of a level. `size` is the column of the frame that counts them.
///
/// # Errors
/// `margin_frame`: a frame that the sample was not drawn from; `margin_level`: no such level.
pub fn frame_margins(sample: &Sample, frame: &SamplingFrame, level: &str, size: &str) -> Result<MarginRule, Problems> {
    if frame.sha256() != sample.provenance.frame_sha256 {
        return Err(Problem::new(
            "margin_frame",
            "tệp này không phải khung mẫu đã dùng để rút mẫu của đợt",
            "this file is not the frame that the round's sample was drawn from",
        )
        .expected(sample.provenance.frame_sha256.clone())
        .got(frame.sha256())
        .into());
    }
    let missing = || {
        Problem::new("margin_level", "khung mẫu không có cấp này", "the frame has no such level")
            .at(Place::column(level))
            .expected(sample.listed_levels().map(|level| level.name.as_str()).collect::<Vec<_>>().join(", "))
    };
    let place = sample.listed_levels().position(|known| known.name == level).ok_or_else(missing)?;
    let sizes = frame.sizes_of(level, size).ok_or_else(missing)?;
    let stage = sample.stages.iter().position(|stage| stage == level);
    let is_certain = |code: &str| {
        let of_unit =
            |label: &sampling::UnitLabel| if label.code.is_empty() { label.name.clone() } else { label.code.clone() };
        let inside = sample.units.iter().filter(|unit| unit.path.get(place).map(of_unit).as_deref() == Some(code));
        let mut inside = inside.peekable();
        inside.peek().is_some()
            && inside.all(|unit| match stage {
                Some(stage) => unit.stages.iter().take(stage + 1).all(|draw| draw.probability.is_certain()),
                // A level that is not drawn at is certain where all that was drawn above it is.
                None => false,
            })
    };
    let (mut totals, mut others) = (Vec::new(), 0_u64);
    for (unit, size) in frame.units(level).iter().zip(sizes) {
        let code = if unit.code.is_empty() { &unit.name } else { &unit.code };
        if is_certain(code) {
            totals.push(CellTotal { category: code.clone(), total: *size as f64 });
        } else {
            others += size;
        }
    }
    if others > 0 {
        totals.push(CellTotal { category: "*".to_owned(), total: others as f64 });
    }
    Ok(MarginRule {
        variable: level.to_owned(),
        unit: MarginUnit::Households,
        source: format!("khung mẫu {}", frame.sha256().get(..8).unwrap_or_default()),
        totals,
    })
}
