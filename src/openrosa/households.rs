//! `households.csv`: the cases of one enumerator, as Collect shows them.

use problem::Problem;

/// A household to visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// The case.
    pub case_id: String,
    /// Its areas from the top, by name.
    pub areas: Vec<String>,
    /// Order of the visit within its area, from 1.
    pub visiting_order: i64,
    /// Whether it came in the place of another.
    pub is_reserve: bool,
    /// The outcome codes the server knows of, in the order of their arrival.
    pub dispositions: Vec<String>,
    /// Whom to ask, in words; empty where the list does not say.
    pub respondent: String,
}

/// The table: `name` and `label` are what Collect asks for. Households without an interview first, each group in the given order.
///
/// # Errors
/// That a row cannot be written, which memory alone can cause.
pub fn households_csv(households: &[Household]) -> Result<Vec<u8>, Problem> {
    let mut sorted: Vec<&Household> = households.iter().collect();
    sorted.sort_by_key(|household| household.is_interviewed());
    let mut table = csv::Writer::from_writer(Vec::new());
    let written = table
        .write_record(["name", "label", "area", "visiting_order", "role", "visits", "respondent"])
        .and_then(|()| {
            sorted.iter().try_for_each(|household| {
                table.write_record([
                    household.case_id.as_str(),
                    &household.label(),
                    &household.areas.join(", "),
                    &household.visiting_order.to_string(),
                    if household.is_reserve { "reserve" } else { "main" },
                    &household.dispositions.join(" "),
                    &household.respondent,
                ])
            })
        })
        .map_err(|error| error.to_string())
        .and_then(|()| table.into_inner().map_err(|error| error.to_string()));
    written.map_err(|error| {
        Problem::new("households_csv", "không ghi được danh sách hộ", "the list of households cannot be written")
            .got(error)
    })
}

impl Household {
    fn is_interviewed(&self) -> bool {
        self.dispositions.iter().any(|code| code == "1.1")
    }

    fn label(&self) -> String {
        let mark = match self.dispositions.last() {
            _ if self.is_interviewed() => " ✓".to_owned(),
            Some(last) => format!(" ({last})"),
            None => String::new(),
        };
        let reserve = if self.is_reserve { ", dự phòng" } else { "" };
        let area = self.areas.last().map_or("", String::as_str);
        format!("{area}: hộ {}{reserve} · {}{mark}", self.visiting_order, self.case_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_puts_open_households_first_and_says_how_it_went() {
        let household = |case_id: &str, order, dispositions: &[&str]| Household {
            case_id: case_id.to_owned(),
            areas: vec!["Xã A".to_owned(), "Thôn \"Hạ\"".to_owned()],
            visiting_order: order,
            is_reserve: order > 2,
            dispositions: dispositions.iter().map(|&code| code.to_owned()).collect(),
            respondent: String::new(),
        };
        let bytes = households_csv(&[
            household("v-1", 1, &["2.24", "1.1"]),
            household("v-2", 2, &["2.24"]),
            household("v-3", 3, &[]),
        ])
        .expect("a table");
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let labels: Vec<String> = reader.records().map(|row| row.expect("a row")[1].to_owned()).collect();
        assert_eq!(
            labels,
            ["Thôn \"Hạ\": hộ 2 · v-2 (2.24)", "Thôn \"Hạ\": hộ 3, dự phòng · v-3", "Thôn \"Hạ\": hộ 1 · v-1 ✓"]
        );
    }
}
