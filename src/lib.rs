//! khaosat: from the sampling frame to the chart a decision is made on.
//!
//! The rooms in reading order (the plan is docs/ARCHITECTURE.md). Arrows point down only:
//! `cli, http → app → store, questionnaire, fieldwork, analysis → sampling, estimation, reports`.

pub mod analysis;
pub mod fieldwork;
pub mod questionnaire;
pub mod simulation;
