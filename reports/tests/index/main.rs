//! The index: shipped definitions against official numbers, wrong definitions, estimates from answers.

mod definition;
mod papi;
mod published;
