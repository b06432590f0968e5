//! A province that does not exist, with scores that are known: what the demonstration and the coverage benchmark interview.
//!
//! # The model
//! * **Places.** Each village v has one effect per group of questions g (a PAPI dimension, a SIPAS part):
//!   `η_vg = district + commune + village`, independent normal effects ([`world::EffectSizes`]), rounded to a grid of 0.05.
//! * **People.** Each adult belongs to one of three classes t with shares 0.3, 0.4, 0.3 and shifts τ = −0.35, 0, +0.35; given
//!   village and class all answers are independent, so the answers of one person hang together through τ.
//! * **Answers.** A question has finitely many possible answers k with values `x_k` ([`item::Item`]):
//!   `P(k) ∝ exp((θ + λ(η_vg + τ_t)) · s_k)`, where `s_k` is the answer's value rescaled to −1…1, turned so that more is
//!   better, λ the question's loading, and θ is solved so that the mean at η = τ = 0 is the level asked for (published
//!   province values where there are any). Questions that open or close others depend on the class only.
//! * **Missing answers.** "Don't know" and "refused" strike each question at its own rate, the same everywhere, independent
//!   of the answer. Households refuse or are not met at rates that differ by village.
//!
//! Because every distribution is finite, the true value of each indicator is a sum, not a simulation ([`truth`]); it is the
//! expectation over adults of the model's province. Nothing in it describes the real Bắc Giang.

pub mod coverage;
pub mod instrument;
pub mod item;
pub mod levels;
pub mod round;
pub mod script;
pub mod truth;
pub mod visits;
pub mod world;
