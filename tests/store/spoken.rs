//! What one respondent said, with words that stand nowhere else, and a search for them in everything that a database is.

use std::path::Path;
use std::sync::Arc;

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::secret::sha256_hex;
use khaosat::store::copy::{Contents, Row, Sink, Table, Value, copy_out};
use khaosat::store::{
    BodyFormat, DatabaseUrl, Flag, Kept, KeySource, NewAttachment, NewContactAttempt, NewResponse, NewReview, Role,
    Store, StoreError, SystemClock, Timestamp, Verdict, migrate,
};
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::service::{ROUND, new_round, uuid};

/// The respondent who is told apart, and another one whose words must stay.
pub(super) const CASE: &str = "v1-1";
pub(super) const OTHER_CASE: &str = "v1-2";

/// Name, telephone, free text, place, file, name of the file, note of a visit, flag, review.
pub(super) const CANARIES: [&str; 9] = [
    "Chim Hoàng Yến Thị Nở",
    "0987-654-321-chim",
    "tôi thấy ông chủ tịch xã nhận phong bì chim",
    "21.2731123456789",
    "bytes-of-a-photograph-chim",
    "anh-nha-ong-chim.jpg",
    "ghi chú thăm hộ: nhà có chó dữ chim",
    "điện thoại 0987-654-321-chim-flag không đúng dạng",
    "nhận xét: gọi lại cho bà chim-review",
];
/// What the other one said.
pub(super) const KEPT: &str = "lời của người khác vẫn còn";

pub(super) fn response(number: u64, case: &str, token: &str, answer: &str) -> NewResponse {
    let body = json!({"round": ROUND, "questionnaire": "papi-2019", "case_id": case, "disposition": "1.1",
        "answers": {"a": answer, "name": CANARIES[0], "phone": CANARIES[1], "place": format!("{} 106.2 0 5", CANARIES[3])}});
    let body = if case == CASE { body.to_string() } else { json!({"answers": {"a": answer}}).to_string() };
    NewResponse {
        uuid: uuid(number),
        round_code: ROUND.to_owned(),
        form_id: "papi-2019".to_owned(),
        questionnaire_sha256: None,
        case_id: case.to_owned(),
        disposition: "1.1".to_owned(),
        token_id: token.to_owned(),
        replaces_uuid: None,
        format: BodyFormat::Json,
        body_sha256: sha256_hex(body.as_bytes()),
        body: body.into_bytes(),
        flags: if case == CASE {
            vec![Flag { code: "odd".to_owned(), question: Some("phone".to_owned()), detail: CANARIES[7].to_owned() }]
        } else {
            Vec::new()
        },
    }
}

pub(super) fn attempt(number: u64, case: &str, token: &str, note: &str) -> NewContactAttempt {
    let body =
        json!({"round": ROUND, "case_id": case, "attempt_no": 1, "disposition": "2.24", "note": note}).to_string();
    NewContactAttempt {
        uuid: uuid(number),
        round_code: ROUND.to_owned(),
        case_id: case.to_owned(),
        attempt_no: 1,
        disposition: "2.24".to_owned(),
        attempted_at: Timestamp::parse("2024-10-01T08:00:00Z").expect("an instant"),
        token_id: token.to_owned(),
        body_sha256: sha256_hex(body.as_bytes()),
        body: body.into_bytes(),
    }
}

pub(super) fn keep(store: &Store, response: NewResponse) -> Kept {
    store.write("test", move |tx| tx.keep_response(&response)).expect("kept")
}

/// A round in which two people spoke: interview 1 and its conflict, with a file, a flag, a review and a visit; and interview 2 of somebody
/// else. Gives the token that sent them.
pub(super) fn speak(database: &TestDatabase, keys: &KeySource) -> (Store, String) {
    migrate(&database.parsed()).expect("migrated");
    let store = Store::open_with(&database.parsed(), Arc::new(SystemClock), keys).expect("opened");
    create(&store, &new_round(ROUND)).expect("a round");
    let token = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing).expect("a token").id;
    keep(&store, response(1, CASE, &token, CANARIES[2]));
    keep(&store, response(1, CASE, &token, "lần gửi thứ hai, nội dung khác"));
    keep(&store, response(2, OTHER_CASE, &token, KEPT));
    let (file, sender) = (
        NewAttachment {
            file_name: CANARIES[5].to_owned(),
            media_type: "image/jpeg".to_owned(),
            body: CANARIES[4].as_bytes().to_vec(),
        },
        token.clone(),
    );
    store.write("test", move |tx| tx.keep_attachment(&uuid(1), &sender, &file)).expect("kept");
    let visit = attempt(3, CASE, &token, CANARIES[6]);
    store.write("test", move |tx| tx.keep_contact_attempt(&visit)).expect("kept");
    let review = NewReview {
        uuid: uuid(1),
        round_code: ROUND.to_owned(),
        n_seen: 0,
        verdict: Verdict::Returned,
        comment: CANARIES[8].to_owned(),
        question: Some("phone".to_owned()),
    };
    store.write("test", move |tx| tx.create_review(&review)).expect("reviewed");
    (store, token)
}

/// Every cell of every table, as bytes.
pub(super) fn dump(url: &DatabaseUrl) -> Vec<u8> {
    struct All(Vec<u8>);
    impl Sink for All {
        type Error = StoreError;
        fn start(&mut self, _: &Contents) -> Result<(), StoreError> {
            Ok(())
        }
        fn row(&mut self, table: &Table, row: Row) -> Result<(), StoreError> {
            self.0.extend(table.name.as_bytes());
            for value in row {
                match value {
                    Value::Text(text) => self.0.extend(text.as_bytes()),
                    Value::Bytes(bytes) => self.0.extend(bytes),
                    _ => {}
                }
                self.0.push(b'\n');
            }
            Ok(())
        }
    }
    let mut all = All(Vec::new());
    copy_out(url, &mut all).expect("read");
    all.0
}

/// All that the store gives to whoever has the key.
pub(super) fn readable(store: &Store) -> Vec<u8> {
    let mut all = String::new();
    let read = store.read(|snapshot| {
        let mut told = format!("{:?}", snapshot.list_reviews(ROUND)?);
        for one in snapshot.list_first_responses(ROUND)? {
            told += &format!("{} {:?}\n", String::from_utf8_lossy(&one.body), one.receipt.flags);
        }
        for number in 1..=9 {
            for one in snapshot.list_response_versions(&uuid(number))? {
                told += &format!("{} {:?}\n", String::from_utf8_lossy(&one.body), one.receipt.flags);
            }
            for head in snapshot.list_attachments(&uuid(number))? {
                let file = snapshot.find_attachment(&uuid(number), &head.file_name)?;
                told += &format!(
                    "{} {}\n",
                    head.file_name,
                    String::from_utf8_lossy(&file.map_or(Vec::new(), |file| file.body))
                );
            }
        }
        told += &format!("{:?} {:?}", snapshot.list_case_events(ROUND)?, snapshot.list_interview_heads(ROUND, None)?);
        Ok(told)
    });
    all += &read.expect("read");
    all.into_bytes()
}

/// All files below a folder, as bytes.
pub(super) fn files_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files_below(&path));
        } else {
            all.extend(std::fs::read(&path).expect("read"));
        }
    }
    all
}

/// Which of the words stand in the bytes.
pub(super) fn found(bytes: &[u8]) -> Vec<&'static str> {
    CANARIES.into_iter().filter(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some()).collect()
}
