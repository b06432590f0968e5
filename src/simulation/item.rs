//! A question of the simulated province: finitely many answers, tilted by place and person.

/// One possible answer of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Possible {
    /// The answer as it is sent: a choice code or a number as text.
    pub answer: String,
    /// Its value, in the unit of the indicator it feeds.
    pub value: f64,
    /// −1…1: how much better or worse than the middle it is.
    score: f64,
}

/// The distribution of the answers to one question, given place effect and person shift.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    possible: Vec<Possible>,
    level_tilt: f64,
    loading: f64,
}

/// Bisection steps; the bracket of ±40 shrinks below 1e-13.
const SOLVER_STEPS: usize = 60;

impl Item {
    /// An item whose mean value is `level` where place and person are average. `better` is +1 when larger values are better
    /// and −1 when smaller ones are. A level at or beyond the end of the values is drawn back inside by 1 % of their range,
    /// since a question with one possible answer would teach the estimators nothing.
    pub fn new(answers: &[(String, f64)], level: f64, better: f64, loading: f64) -> Self {
        let smallest = answers.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        let largest = answers.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
        let range = largest - smallest;
        let possible: Vec<Possible> = answers
            .iter()
            .map(|(answer, value)| Possible {
                answer: answer.clone(),
                value: *value,
                score: if range > 0.0 { better * (2.0 * (value - smallest) / range - 1.0) } else { 0.0 },
            })
            .collect();
        let level = level.clamp(smallest + 0.01 * range, largest - 0.01 * range);
        let mut item = Self { possible, level_tilt: 0.0, loading };
        if range > 0.0 {
            item.level_tilt = item.solve_tilt(level, better);
        }
        item
    }

    /// An item that neither place nor person moves: every answer equally likely.
    pub fn uniform(answers: &[String]) -> Self {
        let possible =
            answers.iter().map(|answer| Possible { answer: answer.clone(), value: 0.0, score: 0.0 }).collect();
        Self { possible, level_tilt: 0.0, loading: 0.0 }
    }

    fn solve_tilt(&self, level: f64, better: f64) -> f64 {
        let (mut low, mut high) = (-40.0, 40.0);
        for _ in 0..SOLVER_STEPS {
            let middle = 0.5 * (low + high);
            let mean = self.mean_at_tilt(middle);
            // The mean grows with the tilt when larger values are better, falls otherwise.
            if (mean < level) == (better > 0.0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    fn mean_at_tilt(&self, tilt: f64) -> f64 {
        self.possible.iter().zip(probabilities(&self.possible, tilt)).map(|(one, p)| p * one.value).sum()
    }

    /// The possible answers.
    pub fn possible(&self) -> &[Possible] {
        &self.possible
    }

    /// Probability of each possible answer for a person of shift `shift` in a place of effect `effect`.
    pub fn probabilities(&self, effect: f64, shift: f64) -> Vec<f64> {
        probabilities(&self.possible, self.level_tilt + self.loading * (effect + shift))
    }
}

fn probabilities(possible: &[Possible], tilt: f64) -> Vec<f64> {
    let weights: Vec<f64> = possible.iter().map(|one| (tilt * one.score).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating() -> Vec<(String, f64)> {
        (1..=5).map(|code| (code.to_string(), f64::from(code))).collect()
    }

    fn mean(item: &Item, effect: f64) -> f64 {
        item.possible().iter().zip(item.probabilities(effect, 0.0)).map(|(one, p)| one.value * p).sum()
    }

    #[test]
    fn the_level_asked_for_is_the_mean_of_the_average_place() {
        for (level, better) in [(3.7, 1.0), (1.2, 1.0), (2.2, -1.0), (4.9, -1.0)] {
            let item = Item::new(&rating(), level, better, 0.7);
            assert!((mean(&item, 0.0) - level).abs() < 1e-9, "level {level}");
        }
    }

    #[test]
    fn a_better_place_answers_better() {
        let up = Item::new(&rating(), 3.0, 1.0, 0.7);
        assert!(mean(&up, 0.5) > 3.05);
        let down = Item::new(&rating(), 3.0, -1.0, 0.7);
        assert!(mean(&down, 0.5) < 2.95, "fewer is better");
    }

    #[test]
    fn a_level_beyond_the_scale_is_drawn_inside() {
        let item = Item::new(&rating(), 9.0, 1.0, 0.7);
        assert!((mean(&item, 0.0) - 4.96).abs() < 1e-9);
    }
}
