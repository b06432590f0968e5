//! The key of the answers: is it there, is it the right one, can others read it; and what is not sealed.

use ::problem::Problem;

use super::{Finding, Patient, bad, good, warning};
use crate::answer_key;
use crate::problem::from_store;
use crate::store::{StoreError, answer_key_of, count_plain_in};

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
    findings
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
