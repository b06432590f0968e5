//! `khaosat rescue`: a phone's backup file is kept whole and once, or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use khaosat::secret::sha256_hex;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, response_body, uuid};

const PASSPHRASE: &str = "ABCD-EFGH-KMNP-QRST";

fn item(kind: &str, number: u64, body: &str) -> Value {
    json!({"kind": kind, "uuid": uuid(number), "sha256": sha256_hex(body.as_bytes()), "body": body})
}

fn interview(number: u64, case_id: &str) -> Value {
    item("response", number, &String::from_utf8(response_body(case_id, "giải cứu")).expect("text"))
}

/// The file as the browser makes it, with fewer iterations.
fn backup(folder: &Path, enumerator: &str, items: &[Value]) -> PathBuf {
    let content = json!({
        "round": ROUND, "enumerator": {"id": enumerator, "login": enumerator, "name": "Nguyễn Thị Hoa"},
        "exported_at": "2024-10-01T10:00:00.000Z", "items": items,
    });
    let (salt, iv, iterations) = ([7_u8; 16], [9_u8; 12], 1_000);
    let key = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(PASSPHRASE.as_bytes(), &salt, iterations);
    let text = content.to_string();
    let payload = Payload { msg: text.as_bytes(), aad: b"khaosat-ksx-1" };
    let data = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key)).encrypt(&Nonce::from(iv), payload).expect("encrypted");
    let file = json!({
        "format": "khaosat-ksx-1", "kdf": "PBKDF2-SHA256", "iterations": iterations, "cipher": "AES-256-GCM",
        "salt": STANDARD.encode(salt), "iv": STANDARD.encode(iv), "data": STANDARD.encode(data),
    });
    let path = folder.join("phone.ksx");
    std::fs::write(&path, file.to_string()).expect("written");
    path
}

fn rescue(database: &TestDatabase, file: &Path, passphrase: &str, more: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
    command.args(["rescue", &file.display().to_string(), "--database", &database.url]).args(more);
    crate::support::answers::give_key(&mut command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("its input").write_all(format!("{passphrase}\n").as_bytes()).expect("written");
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

/// A service whose device belongs to `hoa`, and how many interviews it has.
fn activated(database: &TestDatabase) -> (TestService, String) {
    let service = TestService::start(database);
    let code = service.activation_code("hoa");
    let enumerator = service.activate(&code).json()["enumerator"]["id"].as_str().expect("an id").to_owned();
    (service, enumerator)
}

fn n_interviews(service: &TestService) -> usize {
    let reply = service.client.get(&format!("/api/v1/rounds/{ROUND}/reviews"), Some(&service.coordinator)).json();
    reply["interviews"].as_array().expect("interviews").len()
}

on_both_databases! {
    fn a_file_is_kept_whole_and_once(database: &TestDatabase) {
        let (service, enumerator) = activated(database);
        let folder = tempfile::tempdir().expect("a folder");
        let attempt = json!({"round": ROUND, "case_id": "v1-2", "attempt_no": 1, "disposition": "2.24", "at": "2024-10-01T09:00:00+07:00"}).to_string();
        let items = [interview(1, "v1-1"), item("contact_attempt", 2, &attempt), json!({"kind": "draft", "uuid": uuid(3), "body": "{\"case_id\":\"v1-2\"}"})];
        let file = backup(folder.path(), &enumerator, &items);
        let (code, told) = rescue(database, &file, "abcd efgh kmnp qrst", &["--check"]);
        assert_eq!((code, n_interviews(&service)), (Some(0), 0), "{told}");
        let drafts = folder.path().join("drafts.json");
        let (code, told) = rescue(database, &file, PASSPHRASE, &["--drafts", &drafts.display().to_string()]);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("2 mới nhận, 0 đã có từ trước, 1 phiếu dở dang"), "{told}");
        assert!(std::fs::read_to_string(&drafts).expect("drafts").contains("v1-2"));
        let (code, told) = rescue(database, &file, PASSPHRASE, &[]);
        assert!(code == Some(0) && told.contains("0 mới nhận, 2 đã có từ trước"), "{told}");
        // The phone sends after all: the same bytes, the same receipt.
        assert_eq!(service.put_response(1, &response_body("v1-1", "giải cứu")).status, 200);
        assert_eq!(n_interviews(&service), 1);
        let kept = service.client.get(&format!("/api/v1/responses/{}", uuid(1)), Some(&service.coordinator)).json();
        assert_eq!(kept["versions"].as_array().map(Vec::len), Some(1));
    }

    fn what_cannot_be_kept_keeps_nothing_and_everything_is_told(database: &TestDatabase) {
        let (service, enumerator) = activated(database);
        let folder = tempfile::tempdir().expect("a folder");
        let refused = |items: &[Value], sender: &str, passphrase: &str, words: &[&str]| {
            let file = backup(folder.path(), sender, items);
            let (code, told) = rescue(database, &file, passphrase, &[]);
            assert_eq!(code, Some(1), "{told}");
            for word in words {
                assert!(told.contains(word), "{word} in {told}");
            }
            assert_eq!(n_interviews(&service), 0);
        };
        refused(&[interview(1, "v1-1")], &enumerator, "AAAA-BBBB-CCCC-DDDD", &["mật khẩu không mở được tệp"]);
        refused(&[interview(1, "v1-1")], "somebody else", PASSPHRASE, &["không có máy nào của người này"]);
        let mut changed = interview(2, "v1-1");
        changed["body"] = json!(changed["body"].as_str().expect("text").replace("giải cứu", "bịa"));
        refused(&[interview(1, "v1-1"), changed], &enumerator, PASSPHRASE, &["không còn nguyên vẹn"]);
        let elsewhere = String::from_utf8(response_body("v1-1", "a")).expect("text").replace(ROUND, "khac");
        let broken = [interview(1, "v1-1"), item("response", 2, "{}"), item("response", 3, &elsewhere), item("response", 4, "no JSON")];
        refused(&broken, &enumerator, PASSPHRASE, &["phiếu thuộc một đợt khảo sát khác", "case_id"]);
        std::fs::write(folder.path().join("phone.ksx"), b"PK").expect("written");
        let (code, told) = rescue(database, &folder.path().join("phone.ksx"), PASSPHRASE, &[]);
        assert!(code == Some(1) && told.contains("đây không phải tệp dự phòng"), "{told}");
    }
}
