//! The tables of an index: scores, indicators, weights.

use problem::Words;

use super::model::{Align, Table, TableColumn, Value};
use super::scores::{DECIMALS, ScoreMaterial};
use crate::chart::{Cell, Interval, Mark};
use crate::index::IndicatorEstimate;

impl ScoreMaterial<'_> {
    fn estimate_columns(&self) -> Vec<TableColumn> {
        vec![
            TableColumn::new(self.pick("Mã", "Code"), 8.0, Align::Left),
            TableColumn::new(self.pick("Nội dung", "Name"), 40.0, Align::Left),
            TableColumn::new(
                if self.is_percent() { self.pick("Tỷ lệ (%)", "Share (%)") } else { self.pick("Điểm", "Score") },
                10.0,
                Align::Right,
            ),
            TableColumn::new(self.pick("Cận dưới", "Lower"), 10.0, Align::Right),
            TableColumn::new(self.pick("Cận trên", "Upper"), 10.0, Align::Right),
            TableColumn::new("n", 8.0, Align::Right),
            TableColumn::new(self.pick("Ghi chú", "Note"), 18.0, Align::Left),
        ]
    }

    fn estimate_row(&self, code: &str, name: &Words, cell: &Cell) -> Vec<Value> {
        let mark = cell.mark();
        let limits = mark.and_then(|mark| mark.interval);
        let note = match mark {
            Some(mark) => mark.cautions.iter().map(|caution| self.caution(*caution)).collect::<Vec<_>>().join(", "),
            None => self.why(cell),
        };
        vec![
            Value::text(code),
            Value::text(self.words(name)),
            Value::maybe(mark.map(|mark| mark.value), DECIMALS),
            Value::maybe(limits.map(|limits| limits.lower), DECIMALS),
            Value::maybe(limits.map(|limits| limits.upper), DECIMALS),
            Value::maybe(mark.and_then(|mark| mark.n).map(|n| n as f64), 0),
            Value::text(note),
        ]
    }

    pub(super) fn scores_table(&self) -> Table {
        let rows = self.estimates.scores.iter().map(|node| self.estimate_row(&node.code, &node.name, &self.cell(node)));
        Table {
            caption: format!(
                "{}, {} {}",
                self.pick("Điểm theo nội dung", "Scores"),
                self.words(&self.metadata.unit),
                self.metadata.year
            ),
            columns: self.estimate_columns(),
            rows: rows.collect(),
            note: self.source(),
            ..Table::default()
        }
    }

    pub(super) fn indicators_table(&self) -> Table {
        let cell = |one: &IndicatorEstimate| {
            let known = self.definition.indicator(&one.code);
            let (low, high) = known.map_or((0.0, 1.0), |known| (known.scale_min, known.scale_max));
            let estimate = one.estimate.as_ref();
            let reason = || one.missing.as_ref().map(|missing| self.words(&missing.words())).unwrap_or_default();
            match estimate.and_then(|estimate| Some((estimate, estimate.estimate?))) {
                None => Cell::Missing { reason: reason() },
                Some((estimate, value)) => {
                    let limits = estimate.interval.as_ref();
                    let mark = Mark {
                        value,
                        interval: limits.map(|limits| Interval { lower: limits.lower, upper: limits.upper }),
                        standard_error: estimate.standard_error,
                        degrees_of_freedom: None,
                        n: Some(estimate.n as u64),
                        cautions: Vec::new(),
                    };
                    self.metadata.small_cells.apply(&mark, high - low)
                }
            }
        };
        let mut columns = self.estimate_columns();
        columns[2].heading = self.pick("Giá trị", "Value");
        // Indicators are on scales of their own, often shares between 0 and 1.
        let decimals =
            |value: Value| if let Value::Number(number, DECIMALS) = value { Value::Number(number, 4) } else { value };
        let rows = self.estimates.indicators.iter().map(|one| {
            let row = self.estimate_row(&one.code, &one.name, &cell(one));
            row.into_iter().map(decimals).collect()
        });
        Table {
            caption: format!(
                "{}, {} {}",
                self.pick("Giá trị các chỉ tiêu", "Indicators"),
                self.words(&self.metadata.unit),
                self.metadata.year
            ),
            columns,
            rows: rows.collect(),
            note: self.source(),
            ..Table::default()
        }
    }

    pub(super) fn weights_table(&self) -> Table {
        let rows = self.weights.iter().map(|(name, n, sum, effect)| {
            vec![
                Value::text(self.step(name)),
                Value::Number(*n as f64, 0),
                Value::Number(*sum, 0),
                Value::Number(*effect, 3),
            ]
        });
        Table {
            caption: self.pick("Các bước tính trọng số", "Steps of the weights"),
            columns: vec![
                TableColumn::new(self.pick("Bước", "Step"), 40.0, Align::Left),
                TableColumn::new(self.pick("Số hộ có trọng số", "Rows with a weight"), 16.0, Align::Right),
                TableColumn::new(self.pick("Tổng trọng số", "Sum of weights"), 18.0, Align::Right),
                TableColumn::new(self.pick("Hiệu ứng Kish", "Kish effect"), 14.0, Align::Right),
            ],
            rows: rows.collect(),
            ..Table::default()
        }
    }

    fn step(&self, name: &str) -> String {
        match name {
            "base" => self.pick("Trọng số thiết kế", "Design weight"),
            "unknown_eligibility" => self.pick("Chuyển trọng số của hộ không rõ đủ điều kiện", "Unknown eligibility"),
            "nonresponse" => self.pick("Chuyển trọng số của hộ không trả lời", "Nonresponse"),
            "respondent" => self.pick("Nhân với nghịch đảo xác suất chọn người trả lời", "Respondent in the household"),
            other => other.to_owned(),
        }
    }
}
