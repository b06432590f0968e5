//! Which units of a group are taken with certainty before the method draws from the others.

use crate::design::Stage;
use crate::frame::SamplingFrame;
use crate::selection::certain_by_threshold;

/// A group's units, split.
pub(crate) struct GroupCertainty {
    /// Marked by the design's flag.
    pub(crate) by_flag: Vec<usize>,
    /// Reaching the design's threshold by their size.
    pub(crate) by_size: Vec<usize>,
    /// Drawn from by the method, which still takes those of them with certainty whose probability reaches one.
    pub(crate) others: Vec<usize>,
    /// How many of the others are drawn.
    pub(crate) n_left: u64,
}

/// Flagged units first; then, where the design has a threshold, those of the others that reach it.
pub(crate) fn certainty_of(frame: &SamplingFrame, stage: &Stage, units: &[usize], n: u64) -> GroupCertainty {
    let flags = stage.certainty.as_deref().map(|column| frame.flags(stage.level, column));
    let (by_flag, others): (Vec<usize>, Vec<usize>) =
        units.iter().copied().partition(|unit| flags.is_some_and(|flags| flags[*unit]));
    let n_left = n.saturating_sub(by_flag.len() as u64);
    let (Some(threshold), Some(column)) = (stage.certainty_threshold, stage.size.as_deref()) else {
        return GroupCertainty { by_flag, by_size: Vec::new(), others, n_left };
    };
    let sizes = frame.sizes_at(stage.level, column);
    let of_others: Vec<u64> = others.iter().map(|unit| sizes[*unit]).collect();
    let split = certain_by_threshold(&of_others, n_left.min(others.len() as u64), threshold);
    let mut certain = split.certain.into_iter();
    let (by_size, others) = others.into_iter().partition(|_| certain.next().unwrap_or_default());
    GroupCertainty { by_flag, by_size, others, n_left: split.n_left }
}
