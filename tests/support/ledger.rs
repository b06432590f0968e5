//! What the senders were promised, and an audit that reads the database past the program.

use std::collections::BTreeMap;
use std::sync::Mutex;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::answers::opened_response;
use super::database::TestDatabase;

/// Responses the server acknowledged: UUID → the bytes that were sent. Kept by a process that is never killed.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<String, Vec<u8>>>);

/// What is wrong between ledger and database.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Breach {
    Lost(String),
    Changed(String),
    Doubled(String),
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    uuid: String,
    #[diesel(sql_type = BigInt)]
    version_no: i64,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
    #[diesel(sql_type = Nullable<Text>)]
    key_id: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    wrapped_key: Option<Vec<u8>>,
}

impl Kept {
    /// The bytes as they came; what does not open is nothing that anybody sent.
    fn opened(self) -> (String, i64, Vec<u8>) {
        let (Some(key_id), Some(wrapped)) = (&self.key_id, &self.wrapped_key) else {
            return (self.uuid, self.version_no, self.body);
        };
        let opened = opened_response(&self.uuid, self.version_no, key_id, wrapped, &self.body);
        (self.uuid, self.version_no, opened.unwrap_or_default())
    }
}

impl Ledger {
    pub(crate) fn acknowledged(&self, uuid: String, body: Vec<u8>) {
        self.0.lock().expect("a ledger").insert(uuid, body);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().expect("a ledger").len()
    }

    pub(crate) fn audit(&self, database: &TestDatabase) -> Vec<Breach> {
        let mut kept: BTreeMap<String, Vec<(i64, Vec<u8>)>> = BTreeMap::new();
        let select = "SELECT r.uuid, r.version_no, r.body, r.key_id, k.wrapped_key FROM response r \
                      LEFT JOIN respondent_key k ON k.key_id = r.key_id ORDER BY r.uuid, r.version_no";
        for row in database.query::<Kept>(select) {
            let (uuid, version_no, body) = row.opened();
            kept.entry(uuid).or_default().push((version_no, body));
        }
        let ledger = self.0.lock().expect("a ledger");
        ledger
            .iter()
            .filter_map(|(uuid, sent)| match kept.get(uuid).map(Vec::as_slice) {
                None => Some(Breach::Lost(uuid.clone())),
                Some([(1, body)]) if body == sent => None,
                Some([_]) => Some(Breach::Changed(uuid.clone())),
                Some(_) => Some(Breach::Doubled(uuid.clone())),
            })
            .collect()
    }
}
