//! One page for the one who decides: figures in a line, small plots, what to do. Plain data, as every plot.

use serde::{Deserialize, Serialize};

use super::{Cell, DotPlot, TargetPlot, Verdict};

/// One headline figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Stable code.
    pub id: String,
    /// What it is.
    pub label: String,
    /// The estimate, or why there is none.
    pub cell: Cell,
    /// As it is written; empty when there is none.
    pub written: String,
    /// Interval, rank or group below it.
    pub below: String,
    /// The verdict.
    pub verdict: Option<Verdict>,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListItem {
    /// Stable code.
    pub id: String,
    /// Words.
    pub label: String,
    /// The value that stands at its end, if any.
    pub cell: Option<Cell>,
    /// The value as it is written, or who leads.
    pub written: String,
}

/// A block of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PageBlock {
    /// Dots and intervals.
    Dots {
        /// Its heading.
        title: String,
        /// The plot.
        plot: DotPlot,
    },
    /// Targets.
    Targets {
        /// Its heading.
        title: String,
        /// The plot.
        plot: TargetPlot,
    },
    /// Lists side by side.
    Lists {
        /// Heading and lines of each list.
        lists: Vec<(String, Vec<ListItem>)>,
    },
}

/// One page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PagePlot {
    /// Headline figures, at most four.
    pub headlines: Vec<Headline>,
    /// Blocks from top to bottom.
    pub blocks: Vec<PageBlock>,
    /// Sentences for those who do not see it.
    pub told: Vec<String>,
}
