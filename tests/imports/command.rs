//! `khaosat round import`, as an administrator would type it, on both databases.

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, sample_list, sheets};

on_both_databases! {
    fn interviews_of_a_file_are_kept_flagged_and_never_doubled(database: &TestDatabase) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
        std::fs::write(path("sample.csv"), sample_list()).expect("written");
        for (file, content) in sheets("papi-2019", "1") {
            std::fs::write(path(&file), content).expect("written");
        }
        let run = |arguments: &[&str]| {
            let output = khaosat(&[arguments, &["--database", &database.url]].concat());
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (output.status.code(), text(&output.stdout), text(&output.stderr))
        };
        let (list, form) = (path("sample.csv"), path("."));
        let made = run(&["round", "create", "--code", ROUND, "--name", "Bắc Giang", "--sample", &list, "--questionnaire", &form]);
        assert_eq!(made.0, Some(0), "{made:?}");
        let mapping = "[interview]\ncase_id = \"Hộ\"\ndisposition = { value = \"1.1\" }\n[columns]\na = \"Câu A\"\n";
        std::fs::write(path("map.toml"), mapping).expect("written");
        let data = path("phieu.csv");
        let import = |content: &str, more: &[&str]| {
            std::fs::write(&data, content).expect("written");
            let (mapping, form) = (path("map.toml"), "papi-2019");
            let import = ["round", "import", ROUND, "--questionnaire", form, "--data", &data, "--mapping", &mapping];
            run(&[import.as_slice(), more].concat())
        };
        let good = "Hộ,consent,Câu A\nv1-1,1,tốt\nv9-9,1,lạ\n";
        let tried = import(good, &["--dry-run"]);
        assert_eq!((tried.0, database.number("SELECT count(*) AS n FROM response")), (Some(0), 0), "{tried:?}");
        let broken = import("Hộ,consent,Câu A\nv1-1,1,tốt\nv1-2,có,x\n,1,x\n", &[]);
        assert_eq!((broken.0, database.number("SELECT count(*) AS n FROM response")), (Some(1), 0), "nothing is kept: {broken:?}");
        assert!(broken.2.contains("dòng 3, cột consent") && broken.2.contains("dòng 4, cột Hộ"), "{}", broken.2);
        let kept = import(good, &[]);
        assert!(kept.1.contains("2 phiếu mới, 0 đã có, 0 khác nội dung"), "{kept:?}");
        assert_eq!(database.number("SELECT count(*) AS n FROM response WHERE state = 'accepted'"), 2);
        assert_eq!(database.number("SELECT count(*) AS n FROM response_flag WHERE code = 'case_unknown'"), 1);
        let again = import(good, &[]);
        assert!(again.1.contains("0 phiếu mới, 2 đã có, 0 khác nội dung"), "{again:?}");
        let changed = import("Hộ,consent,Câu A\nv1-1,1,khác\n", &[]);
        assert!(changed.1.contains("0 phiếu mới, 0 đã có, 1 khác nội dung"), "{changed:?}");
        assert_eq!(database.number("SELECT count(*) AS n FROM response"), 3);
        assert_eq!(database.number("SELECT count(*) AS n FROM access_token WHERE revoked_at IS NULL"), 0);
        assert_eq!(run(&["round", "import", "nowhere", "--questionnaire", "x", "--data", &data, "--mapping", &path("map.toml")]).0, Some(1));
        assert_eq!(run(&["db", "check"]).0, Some(0));
    }
}
