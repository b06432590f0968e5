//! The seeds in `fuzz/seeds`, made by our own code: `cargo test --test house write_the_seeds -- --ignored`.

use std::io::Read as _;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use khaosat::questionnaire::{Sheets, xlsform};
use khaosat::secret::sha256_hex;
use rust_xlsxwriter::Workbook;
use serde_json::json;

use super::folder;
use crate::support::database::TestDatabase;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, response_body, sample_list, uuid};

const EXAMPLE: &str = include_str!("../../sampling/frames/bac-giang-2019-example.csv");
const SURVEY: &str = include_str!("../questionnaire/fixtures/survey.csv");
const CHOICES: &str = include_str!("../questionnaire/fixtures/choices.csv");
const SETTINGS: &str = include_str!("../questionnaire/fixtures/settings.csv");

fn write(door: &str, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(folder(door)).expect("a folder");
    std::fs::write(folder(door).join(name), bytes).expect("written");
}

/// Parts with a zero byte between them.
fn divided(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&0)
}

/// A sheet of texts; numbers as numbers.
fn workbook_of(rows: &[Vec<&str>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number).expect("written"),
                Err(_) => sheet.write(row, column, *cell).expect("written"),
            };
        }
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
#[ignore = "writes fuzz/seeds"]
fn write_the_seeds() {
    forms();
    requests();
    tables();
    phones();
    drawn();
    backup();
}

fn forms() {
    let household = divided(&[SURVEY.as_bytes(), CHOICES.as_bytes(), SETTINGS.as_bytes()]);
    write("sheets", "household", household);
    let small =
        "type,name,label,required\nselect_one l,consent,Đồng ý?,yes\nbegin_repeat,r,R,\ninteger,n,N,\nend_repeat,,,\n";
    let choices = "list_name,name,label\nl,1,Có\nl,0,Không\n";
    let settings = "form_title,form_id,version,default_language\nThử,thu,1,vi\n";
    write("sheets", "repeat", divided(&[small.as_bytes(), choices.as_bytes(), settings.as_bytes()]));
    for (name, survey, choices, settings) in
        [("household", SURVEY, CHOICES, SETTINGS), ("repeat", small, choices, settings)]
    {
        let questionnaire =
            xlsform::read(&Sheets::from_csv(survey, choices, settings).expect("sheets")).expect("a form");
        let sheets = xlsform::to_sheets(&questionnaire);
        write("workbook", name, xlsform::to_xlsx(&sheets).expect("a workbook"));
    }
    for (name, expression, answer) in [
        ("routing", "${a} = '1' or (${b} > 3 and not(selected(${c}, 'x')))", "1 x"),
        ("rule", "regex(., '[0-9]{2,4}(a|b)+') and string-length(.) <= 20", "123ab"),
        ("dates", "format-date(date('2024-02-29') + 1, '%d/%m/%Y') = '01/03/2024'", "2024-10-01"),
        ("numbers", "round(${a} div 3, 2) mod 2 + pow(-1.5, 3) * sum(${b}) - max(${a}, 2)", "7.5"),
        ("texts", "concat(substr(${a}, 1, 3), join(', ', ${b}), if(${a} = '', 'trống', 'có'))", "Bắc Giang"),
        ("places", "distance(${a}) + area(${a}) > 1000", "21.28 106.19 0 0;21.29 106.20 0 0;21.30 106.21 0 0"),
    ] {
        write("expression", name, divided(&[expression.as_bytes(), answer.as_bytes()]));
    }
    write("design", "papi", include_str!("../../sampling/designs/papi-3x2x2x20.toml"));
    write("index", "par-2017", include_str!("../../questionnaires/indices/par-2017.toml"));
    for figure in ["p1", "r2", "s1", "m1", "f5"] {
        let path = format!("{}/reports/examples/{figure}.json", env!("CARGO_MANIFEST_DIR"));
        let data = std::fs::read(path).expect("an example");
        write("chart", figure, divided(&[figure.as_bytes(), &data]));
    }
    let square = json!({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "a"},
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}]});
    write("chart", "outlines", divided(&[b"outlines", square.to_string().as_bytes()]));
}

fn requests() {
    let submission = "<?xml version='1.0' ?><data id=\"papi-2019\" version=\"1\" xmlns:orx=\"http://openrosa.org/xforms\">\
        <khs_started>2024-10-01T08:00:00.000+07:00</khs_started><khs_visit><khs_case_id>v1-1</khs_case_id></khs_visit>\
        <khs_interview><consent>1</consent><a>Nguyễn &amp; <![CDATA[<b>]]></a><r><n>1</n></r><r><n>2</n></r></khs_interview>\
        <khs_disposition>1.1</khs_disposition><orx:meta><orx:instanceID>uuid:11112222-3333-4444-8000-000000000001</orx:instanceID>\
        </orx:meta></data>";
    write("submission", "collect", submission);
    write(
        "submission",
        "plain",
        "<d id='f'><meta><instanceID>u</instanceID><deprecatedID>v</deprecatedID></meta><x>1 2</x></d>",
    );
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\nContent-Type: text/xml\r\n\r\n\
         {submission}\r\n--b\r\nContent-Disposition: form-data; name=\"a.jpg\"; filename=\"ả nh.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n\u{1}\u{2}\r\n--b\r\nContent-Disposition: form-data; name=\"*isIncomplete*\"\r\n\r\n\
         yes\r\n--b--\r\n"
    );
    write("multipart", "collect", divided(&[b"multipart/form-data; boundary=b", form.as_bytes()]));
    write("interview", "short", response_body("v1-1", "có"));
    let answers = json!({
        "round": ROUND, "questionnaire": "trial", "questionnaire_sha256": null, "case_id": "v1-1", "disposition": "1.1",
        "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "x", "language": "vi", "replaces": uuid(7),
        "answers": {"consent": "1", "age": 43, "sex": "male", "used": ["id", "land"], "order": "tax id land", "income": "1234.5",
            "built": "2020-12-31", "place": "21.28 106.19 0 5", "member": [{"nickname": "An", "job": [{"title": "giáo viên"}]}, {}],
            "remark": {"missing": "refused"}},
    });
    write("interview", "kinds", answers.to_string());
    let attempt = json!({"round": ROUND, "case_id": "v1-1", "attempt_no": 1, "disposition": "2.11", "at": "2024-10-01T00:00:00Z"});
    write("interview", "attempt", attempt.to_string());
    let token = format!(
        "authorization: Bearer khs_{:064}\naccept-language: vi-VN,en;q=0.8\nx-forwarded-for: 203.0.113.7, ::1",
        7
    );
    write("request", "token", divided(&[token.as_bytes(), uuid(1).as_bytes(), b""]));
    let cookie = format!("cookie: a=b; khaosat=khs_{:064}\nsec-fetch-site: same-origin\norigin: http://x\nhost: x", 8);
    write("request", "cookie", divided(&[cookie.as_bytes(), b"", b"csrf=abc&user=a+b%20c&user=%C3%A1&user="]));
    write("request", "estimates", divided(&[b"", b"questionnaire=papi&question=q1&by=sex&lang=vi", b""]));
    write(
        "request",
        "export",
        divided(&[b"", b"format=csv&words=labels&flavour=excel&joined=yes&blank=no&rows=worked", b""]),
    );
    write("odata", "page", "$top=10&$skip=20&$count=true&$select=uuid,case_id");
    write("odata", "all", "$format=json&$select=*&lang=en");
}

fn tables() {
    let rows: Vec<Vec<&str>> = EXAMPLE.lines().take(40).map(|line| line.split(',').collect()).collect();
    let csv: String = EXAMPLE.lines().take(40).map(|line| format!("{line}\n")).collect();
    write("frame", "csv", divided(&[b"", csv.as_bytes()]));
    let mut renamed = rows.clone();
    let size = renamed[0].iter().position(|heading| *heading == "households").expect("a size");
    renamed[0][size] = "Số hộ";
    renamed.insert(0, vec!["DANH SÁCH THÔN"]);
    write("frame", "workbook", divided(&["[columns]\nhouseholds = \"Số hộ\"\n".as_bytes(), &workbook_of(&renamed)]));
    let mapping = "[interview]\ncase_id = \"Mã hộ\"\ndisposition = { value = \"1.1\" }\nstarted_at = \"Bắt đầu\"\n[file]\n\
        day_first = true\ndecimal_comma = true\nzone = \"+07:00\"\nbetween_choices = \";\"\nignore = [\"STT\"]\n[columns]\n\
        age = \"Tuổi\"\nconsent = \"Đồng ý\"\nsex = \"Giới\"\nincome = \"Thu nhập\"\nbuilt = \"Ngày\"\nplace = \"Vị trí\"\n\
        [codes.sex]\n\"Nam\" = \"male\"\n\"Nữ\" = \"female\"\n";
    let data = "STT;Mã hộ;Đồng ý;Tuổi;Giới;Thu nhập;Ngày;Bắt đầu;remark;Vị trí\n\
        1;c1;1;43;Nam;1.234,5;31/12/2020;01/11/2026 08:00:00;;21.2 106.1\n2;c2;1;37;Nữ;;;;\"Nói \"\"nhỏ\"\"\";\n";
    write("import", "csv", divided(&[mapping.as_bytes(), data.as_bytes()]));
    let sheet = workbook_of(&[
        vec!["Mã hộ", "consent", "age", "remark"],
        vec!["c1", "1", "43", "có"],
        vec!["c2", "1", "19", ""],
    ]);
    let short = "[interview]\ncase_id = \"Mã hộ\"\ndisposition = { value = \"1.1\" }\n";
    write("import", "workbook", divided(&[short.as_bytes(), &sheet]));
    let central = "SubmissionDate,consent,about-age,about-sex,about-place-Latitude,about-place-Longitude,KEY,case\n\
        2026-11-01T00:00:00.000Z,1,43,male,21.2,106.1,uuid:1,c1\n";
    let from = "[interview]\ncase_id = \"case\"\ndisposition = { value = \"1.1\" }\n[file]\nfrom = \"central\"\n";
    write("import", "central", divided(&[from.as_bytes(), central.as_bytes()]));
    let official = include_str!("../../src/plan/data/official.csv");
    let mut lines = official.lines();
    let heading = lines.next().expect("a heading");
    let two: Vec<&str> = lines.take(2).collect();
    write("plan", "papi", format!("{heading}\n{}\n", two.join("\n")));
    write("list", "short", sample_list());
    let data = "psu,ssu,h,w,f1,f2,y,x,g,sex\n1,1,1,2.5,20,8,1,2,a,Nam\n1,2,1,2.5,20,8,0,1,b,Nữ\n2,1,1,3,20,9,1,4,a,Nữ\n\
        2,2,1,3,20,9,,3,b,Nam\n3,1,2,1,30,5,5,1,a,Nam\n3,2,2,1,30,5,4,,a,Nữ\n4,1,2,7,30,6,3,2,b,Nữ\n4,2,2,7,30,6,2,2,,Nam\n";
    let design = r#""design": {"ids": ["psu", "ssu"], "strata": "h", "fpc": ["f1", "f2"], "weights": "w"}"#;
    for (name, estimand) in [
        ("mean", r#"{"kind": "mean", "vars": ["y", "x"], "by": ["g", "sex"], "deff": true, "level": 0.9}"#),
        ("total", r#"{"kind": "total", "vars": "y", "by": "sex", "deff": "replace"}"#),
        ("ratio", r#"{"kind": "ratio", "numerator": "y", "denominator": "x", "by": ["g"]}"#),
        ("proportion", r#"{"kind": "proportion", "vars": ["g", "y"], "missing": "listwise"}"#),
        ("quantile", r#"{"kind": "quantile", "vars": ["y"], "probs": [0, 0.5, 1], "by": ["sex"]}"#),
        (
            "contrast",
            r#"{"kind": "contrast", "estimates": {"a": {"var": "y", "domain": {"sex": "Nam"}}, "b": {"var": "x"}}, "contrasts": {"d": {"a": 1, "b": -1}}}"#,
        ),
    ] {
        let request = format!("{{\"data\": \"d.csv\", {design}, \"estimand\": {estimand}}}");
        write("estimate", name, divided(&[request.as_bytes(), data.as_bytes()]));
    }
}

fn phones() {
    write(
        "device-log",
        "audit",
        "event,node,start,end,latitude,longitude,accuracy,old-value,new-value\nform start,,1700000000000,,21.2,106.1,5,,\n\
         question,/data/a,1700000001000,1700000009000,,,,\"\",\"1\"\nform finalize,,1700000010000,,,,,,\n",
    );
    write("device-log", "typed", "case_id,uuid,a,b\nv1-1,1,1,x\nv1-2,2,0,\"y, z\"\n");
    let content = json!({
        "round": ROUND, "enumerator": {"id": "hoa", "login": "hoa", "name": "Nguyễn Thị Hoa"}, "exported_at": "2024-10-01T10:00:00.000Z",
        "items": [
            {"kind": "response", "uuid": uuid(1), "sha256": sha256_hex(b"{}"), "body": "{}"},
            {"kind": "draft", "uuid": uuid(2), "sha256": null, "body": "{\"case_id\": \"v1-1\"}"},
        ],
    });
    write("rescue", "inside", content.to_string());
    let (salt, iv, iterations) = ([7_u8; 16], [9_u8; 12], 1_000);
    let key = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(b"A", &salt, iterations);
    let text = content.to_string();
    let payload = Payload { msg: text.as_bytes(), aad: b"khaosat-ksx-1" };
    let data = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key)).encrypt(&Nonce::from(iv), payload).expect("encrypted");
    let file = json!({
        "format": "khaosat-ksx-1", "kdf": "PBKDF2-SHA256", "iterations": iterations, "cipher": "AES-256-GCM",
        "salt": STANDARD.encode(salt), "iv": STANDARD.encode(iv), "data": STANDARD.encode(data),
    });
    write("rescue", "sealed", file.to_string());
}

/// The proofs of a draw.
fn drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("frame.csv"), EXAMPLE).expect("written");
    let (frame, list, workbook) = (at("frame.csv"), at("list.csv"), at("list.xlsx"));
    let design = ["--design", "papi-3x2x2x20"];
    for out in [&list, &workbook] {
        let drawn =
            khaosat(&[&["sample", "draw", "--frame", &frame, "--seed", "7", "--out", out][..], &design].concat());
        assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    }
    write("list", "certificate", std::fs::read(at("list.csv.certificate.json")).expect("a certificate"));
    let text = std::fs::read_to_string(&list).expect("a list");
    write("list", "drawn", text.lines().take(45).map(|line| format!("{line}\n")).collect::<String>());
}

/// The lines of the backup of a new database, without seal and packing.
fn backup() {
    let database = TestDatabase::sqlite();
    let clock = crate::support::clock::TestClock::at("2024-10-01T01:00:00Z");
    drop(database.open(clock));
    let folder = tempfile::tempdir().expect("a folder");
    let (secret, public) = khaosat::backup::new_identity();
    let path = folder.path().join("b.age");
    let made = khaosat(&["backup", &path.display().to_string(), "--recipient", &public, "--database", &database.url]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let line = secret.lines().find(|line| line.starts_with("AGE")).expect("a key");
    let identity: age::x25519::Identity = line.parse().expect("a key");
    let sealed = age::Decryptor::new(std::fs::File::open(path).expect("opened")).expect("a backup");
    let opened = sealed.decrypt(std::iter::once(&identity as &dyn age::Identity)).expect("opened");
    let mut lines = Vec::new();
    flate2::read::GzDecoder::new(opened).read_to_end(&mut lines).expect("unpacked");
    write("backup", "empty", lines);
}
