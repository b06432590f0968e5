//! khaosat: from the sampling frame to the chart a decision is made on.
//!
//! The rooms in reading order (the plan is docs/ARCHITECTURE.md). Arrows point down only:
//! `cli, http → app, backup, doctor, export, report → standing → results, inspection, replacements, back_checks, assignment, review, people, weights → store, questionnaire, quality, fieldwork, plan, analysis → sampling, estimation, reports`.

pub mod analysis;
pub mod answer_key;
pub mod app;
pub mod assignment;
pub mod audit_keeper;
pub mod back_checks;
pub mod backup;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod doors;
pub mod durable;
pub mod erased;
pub mod export;
pub mod fieldwork;
pub mod frame_file;
pub mod happened;
pub mod http;
pub mod imports;
pub mod inspection;
pub mod openrosa;
pub mod package;
pub mod password;
pub mod people;
pub mod plan;
pub mod problem;
pub mod publication;
pub mod quality;
pub mod questionnaire;
pub mod questionnaire_draft;
pub mod replacements;
pub mod report;
pub mod respondents;
pub mod results;
pub mod retention_keeper;
pub mod review;
pub mod round_draft;
pub mod rounds;
pub mod secret;
pub mod side_by_side;
pub mod simulation;
pub mod standing;
pub mod store;
pub mod weights;
