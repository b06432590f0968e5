//! Which response of a case counts.

use serde_json::json;

use super::*;
use crate::questionnaire::{Answer, builtin};
use crate::store::{Receipt, ReceivedState};

fn response(sequence: i64, disposition: &str, answer: i64) -> StoredResponse {
    StoredResponse {
        format: crate::store::BodyFormat::Json,
        receipt: Receipt {
            uuid: sequence.to_string(),
            version_no: 1,
            sha256: String::new(),
            sequence,
            received_at: "2024-08-05T00:00:00Z".to_owned(),
            state: ReceivedState::Accepted,
            flags: Vec::new(),
        },
        round_code: "r".to_owned(),
        form_id: "t".to_owned(),
        questionnaire_sha256: Some("v1".to_owned()),
        case_id: "c".to_owned(),
        disposition: disposition.to_owned(),
        token_id: "k".to_owned(),
        replaces_uuid: None,
        body: json!({ "answers": { "consent": "1", "n_adults": answer } }).to_string().into_bytes(),
    }
}

/// The number of adults that counts when these responses arrive in this order.
fn counted(responses: &[StoredResponse], sha256: &str) -> Option<Answer> {
    let questionnaire = builtin("papi-2019").expect("built in").questionnaire().expect("valid");
    let bodies: Vec<Option<Body>> =
        responses.iter().map(|response| serde_json::from_slice(&response.body).ok()).collect();
    interviews(&questionnaire, sha256, responses, &bodies).get("c").and_then(|one| one.answer("n_adults").cloned())
}

#[test]
fn a_complete_interview_counts_before_a_partial_one_that_came_earlier() {
    let responses = [response(1, "1.2", 1), response(2, "1.1", 2), response(3, "1.1", 3)];
    assert_eq!(counted(&responses, "v1"), Some(Answer::Number(2.0)), "the first complete one");
    assert_eq!(counted(&responses[..1], "v1"), Some(Answer::Number(1.0)), "a partial one, while there is no other");
}

#[test]
fn refusals_and_other_versions_are_no_interviews() {
    assert_eq!(counted(&[response(1, "2.11", 1), response(2, "nonsense", 2)], "v1"), None);
    assert_eq!(counted(&[response(1, "1.1", 1)], "v2"), None);
}
