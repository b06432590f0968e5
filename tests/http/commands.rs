//! A round put together from the command line, as an administrator would, and used over HTTP.

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::{Process, khaosat};
use crate::support::service::{ROUND, response_body, sample_list, sheets, uuid};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

on_both_databases! {
    fn a_round_is_made_opened_to_the_public_and_closed(database: &TestDatabase) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
        std::fs::write(path("sample.csv"), sample_list()).expect("written");
        for (file, content) in sheets("papi-2019", "1") {
            std::fs::write(path(&file), content).expect("written");
        }
        let run = |arguments: &[&str]| khaosat(&[arguments, &["--database", &database.url]].concat());
        let done = |arguments: &[&str]| {
            let output = run(arguments);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
            text(&output.stdout)
        };
        let (list, form) = (path("sample.csv"), path("."));
        let create = ["round", "create", "--code", ROUND, "--name", "Bắc Giang", "--sample", &list, "--questionnaire", &form];
        assert!(done(&create).starts_with("bac-giang-2024: 6"));
        let taken = run(&create);
        assert_eq!((taken.status.code(), text(&taken.stdout)), (Some(1), String::new()));
        assert!(!taken.stderr.is_empty());
        let secret = |arguments: &[&str]| done(arguments).lines().next().expect("a secret").to_owned();
        let hoa = secret(&["token", "add", "--role", "enumerator", "--round", ROUND, "--name", "Hoa", "--area", "v1"]);
        assert_eq!(run(&["token", "add", "--role", "enumerator", "--name", "Hoa"]).status.code(), Some(1));
        assert_eq!(run(&["token", "add", "--role", "king", "--name", "Hoa"]).status.code(), Some(2));
        done(&["round", "publish", ROUND]);

        let process = Process::serve(&database.url);
        let put = |number: u64| {
            process.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(&hoa), &response_body("v1-1", "có"))
        };
        assert_eq!(put(1).status, 201);
        assert_eq!(process.client.get(&format!("/api/v1/rounds/{ROUND}/progress"), None).status, 200);
        // While the server runs, from another process.
        done(&["round", "close", ROUND]);
        assert!(put(2).flags().contains(&"round_not_open".to_owned()));
        let listed = done(&["token", "list"]);
        let id = listed.split('\t').next().expect("an id").to_owned();
        assert!(!listed.contains(&hoa));
        done(&["token", "revoke", &id]);
        assert_eq!(put(3).status, 401);
        assert_eq!(process.terminate(), Some(0));
        assert!(done(&["round", "list"]).contains("closed\tpublic"));
        // Opened again with a reason only; and once people have accounts, closing and publishing are theirs.
        assert_eq!(run(&["round", "open", ROUND]).status.code(), Some(2));
        done(&["round", "open", ROUND, "--reason", "thiếu thôn Hạ"]);
        done(&["round", "unpublish", ROUND]);
        done(&["account", "add", "--login", "lan", "--name", "Lan", "--role", "coordinator", "--round", ROUND]);
        for (act, page) in [("close", "closing"), ("publish", "publication")] {
            let refused = run(&["round", act, ROUND]);
            assert_eq!(refused.status.code(), Some(1), "{act}");
            assert!(text(&refused.stderr).contains(&format!("/rounds/{ROUND}/{page}")), "{}", text(&refused.stderr));
        }
        assert!(done(&["round", "list"]).contains("open\tprivate"));
        done(&["db", "check"]);
    }
}

#[test]
fn an_address_open_to_the_network_needs_the_word() {
    let database = TestDatabase::sqlite();
    let output = khaosat(&["serve", "--listen", "0.0.0.0:0", "--database", &database.url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("--insecure-lan"));
    assert!(database.files().is_empty(), "nothing was made");
}
