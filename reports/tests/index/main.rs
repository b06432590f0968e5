//! The index: shipped definitions against official numbers, wrong definitions, estimates from answers.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set its scene must stop, and says why")]

mod answers;
mod compare;
mod definition;
mod estimate;
mod export;
mod extends;
mod forms;
mod instruments;
mod never_nan;
mod official;
mod papi;
mod published;
mod repetition;
mod scene;
mod weights;
