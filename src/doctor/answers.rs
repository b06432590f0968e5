//! The key of the answers: is it there, is it the right one, can others read it; and what is not sealed.

use ::problem::Problem;

use super::{Finding, Patient, bad, good, warning};
use crate::answer_key;
use crate::fieldwork::deadline::Holidays;
use crate::problem::from_store;
use crate::respondents::{day_in_vietnam, due, is_late};
use crate::store::{StoreError, answer_key_of, count_plain_in, requests_in, retentions_in};

/// So long before the last day of a round somebody is told.
const NOTICE_DAYS: u64 = 31;

pub(super) fn examine(patient: &Patient) -> Vec<Finding> {
    let name = "answers.key";
    let file = patient.keys.file(&patient.database);
    let wanted = match answer_key_of(&patient.database) {
        Ok(wanted) => wanted,
        Err(error) => return vec![bad(name, from_store(&error))],
    };
    let mut findings = Vec::new();
    match (wanted, &file) {
        (None, _) => {
            let problem = Problem::new(
                "answer_key_none",
                "chưa có khóa phiếu: câu trả lời được lưu không mã hóa",
                "there is no key of answers: they are kept unsealed",
            );
            findings.push(warning(
                name,
                problem.hint(
                    "khóa được tạo khi mở cơ sở dữ liệu (PostgreSQL: --key-file); sau đó chạy khaosat db seal",
                    "a key is made when the database is opened (PostgreSQL: --key-file); then run khaosat db seal",
                ),
            ));
        }
        (Some(fingerprint), None) => {
            findings.push(bad(name, from_store(&StoreError::KeyMissing { file: String::new(), fingerprint })));
        }
        (Some(fingerprint), Some(file)) => {
            let shown = file.display().to_string();
            match answer_key::read(file) {
                Ok(key) if key.fingerprint() == fingerprint => {
                    let short = &fingerprint[..16];
                    findings.push(good(name, format!("{shown}: khóa {short}"), format!("{shown}: key {short}")));
                    if answer_key::is_open_to_others(file) {
                        let problem = Problem::new(
                            "answer_key_open",
                            "người khác trên máy đọc được tệp khóa phiếu",
                            "others on this machine can read the file of the key",
                        );
                        let hint = format!("chmod 600 {shown}");
                        findings.push(bad("answers.key.rights", problem.hint(hint.clone(), hint).in_file(&shown)));
                    }
                }
                Ok(key) => {
                    let got = key.fingerprint();
                    let wrong = StoreError::KeyWrong { file: shown, expected: fingerprint, got };
                    findings.push(bad(name, from_store(&wrong)));
                }
                Err(answer_key::KeyFileError::Missing(_)) => {
                    findings.push(bad(name, from_store(&StoreError::KeyMissing { file: shown, fingerprint })));
                }
                Err(error) => findings.push(bad(name, from_store(&error.into()))),
            }
            findings.push(sealed(patient));
        }
    }
    findings.push(requests(patient));
    findings.extend(retention(patient));
    findings
}

/// Rounds that will be erased soon: what shall stay must be made before. And those that were to be erased, and are not.
fn retention(patient: &Patient) -> Vec<Finding> {
    let name = "respondents.retention";
    let retentions = match retentions_in(&patient.database) {
        Ok(retentions) => retentions,
        Err(error) => return vec![bad(name, from_store(&error))],
    };
    let today = day_in_vietnam(patient.now);
    let soon = today.checked_add_days(chrono::Days::new(NOTICE_DAYS)).unwrap_or(today).to_string();
    let mut findings = Vec::new();
    for one in retentions.iter().filter(|one| one.applied_at.is_none() && one.until < soon) {
        let got = format!("{}: {}", one.round_code, one.until);
        findings.push(if one.until < today.to_string() {
            let problem = Problem::new(
                "retention_over",
                "đợt khảo sát đã hết hạn lưu giữ mà câu trả lời chưa được xóa",
                "the last day of a round is over and its answers are not erased",
            );
            bad(name, problem.got(got).hint("chạy khaosat retention apply", "run khaosat retention apply"))
        } else {
            let problem = Problem::new(
                "retention_soon",
                "đợt khảo sát sắp hết hạn lưu giữ; câu trả lời sẽ bị xóa",
                "the last day of a round is near; its answers will be erased",
            );
            warning(
                name,
                problem.got(got).hint(
                    "xuất dữ liệu đã bỏ thông tin nhận dạng (khaosat export) nếu còn cần",
                    "export the data without what identifies people (khaosat export) if it is still needed",
                ),
            )
        });
    }
    findings
}

/// Requests of respondents have days that the law gives them.
fn requests(patient: &Patient) -> Finding {
    let name = "respondents.requests";
    let requests = match requests_in(&patient.database) {
        Ok(requests) => requests,
        Err(error) => return bad(name, from_store(&error)),
    };
    let (holidays, today) = (Holidays::built_in(), day_in_vietnam(patient.now));
    let open = requests.iter().filter(|one| one.done_at.is_none());
    let (mut n_open, mut late) = (0, Vec::new());
    for one in open {
        n_open += 1;
        if due(one, &holidays).is_some_and(|due| is_late(one, &due, today)) {
            late.push(format!("{} · {}", one.round_code, one.case_id));
        }
    }
    if late.is_empty() {
        return good(
            name,
            format!("{n_open} yêu cầu chưa xong, không có yêu cầu quá hạn"),
            format!("{n_open} open, none late"),
        );
    }
    let problem =
        Problem::new("requests_late", "có yêu cầu của người trả lời đã quá hạn", "requests of respondents are late");
    bad(name, problem.got(late.join(", ")).hint("khaosat respondent requests", "khaosat respondent requests"))
}

fn sealed(patient: &Patient) -> Finding {
    let name = "answers.sealed";
    match count_plain_in(&patient.database) {
        Err(error) => bad(name, from_store(&error)),
        Ok(0) => good(name, "mọi câu trả lời đều được niêm phong", "all answers are sealed"),
        Ok(n) => {
            let problem = Problem::new(
                "answers_plain",
                "còn dòng được lưu không mã hóa, từ trước khi có khóa",
                "some rows are unsealed, from before there was a key",
            );
            warning(name, problem.got(n.to_string()).hint("chạy khaosat db seal", "run khaosat db seal"))
        }
    }
}
