//! Bombs in files, at the commands that read them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{CPU_S_MAX, Elsewhere, MEMORY_KIB_MAX, packages};
use crate::support::machine;

/// What became of a command: its exit code, the processor's time and the most memory it took.
struct Ended {
    code: Option<i32>,
    cpu_s: f64,
    peak_kib: u64,
    told: String,
}

fn run(arguments: &[&str], envs: &[(&str, &str)]) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_khaosat"))
        .args(arguments)
        .envs(envs.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let pid = child.id();
    let mut errors = child.stderr.take().expect("its errors");
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _end = std::io::Read::read_to_end(&mut errors, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let (began, mut peak_kib) = (Instant::now(), 0);
    while !machine::has_ended(pid) && began.elapsed() < Duration::from_secs(30) {
        peak_kib = machine::peak_kib(pid).unwrap_or(peak_kib).max(peak_kib);
        std::thread::sleep(Duration::from_millis(2));
    }
    // Until it is waited for, an ended process still says how much it took.
    let cpu_s = machine::cpu_s(pid).unwrap_or_default();
    let _already_gone = child.kill();
    let code = child.wait().expect("it ends").code();
    Ended { code, cpu_s, peak_kib, told: reader.join().expect("no panic") }
}

/// A command, and the bombs it is given as files of a name.
struct Target {
    what: &'static str,
    arguments: Vec<String>,
    /// The file that is the bomb, below the folder.
    file: &'static str,
    /// What the same command needs for a file without anything in it.
    harmless: Vec<u8>,
    bombs: Vec<(&'static str, Vec<u8>)>,
}

fn strings(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|&one| one.to_owned()).collect()
}

fn survey_of(row: &str) -> Vec<u8> {
    format!("type,name,label,constraint,relevant\ntext,a,A,,\n{row}\n").into_bytes()
}

fn survey_bombs() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    vec![
        ("a pattern of a megabyte", survey_of(&format!("text,b,B,\"regex(., '{}')\",", "a".repeat(1_000_000)))),
        ("a pattern that multiplies", survey_of("text,b,B,\"regex(., '((((a{100}){100}){100}){100}){100}')\",")),
        ("a pattern that tries all ways", survey_of("text,b,B,\"regex(., '(a+)+$')\",x")),
        (
            "a pattern in a hundred brackets",
            survey_of(&format!("text,b,B,\"regex(., '{}a{}')\",", "(".repeat(100), ")".repeat(100))),
        ),
        ("a hundred thousand brackets", survey_of(&format!("text,b,B,{},", nested(100_000)))),
        ("four thousand brackets", survey_of(&format!("text,b,B,{},", nested(4_000)))),
        ("a sum without end", survey_of(&format!("text,b,B,{}1,", "1+".repeat(4_000)))),
        ("signs without end", survey_of(&format!("text,b,B,{}1,", "-".repeat(9_000)))),
        ("a quote that is never closed", [survey_of("text,b,\"B"), vec![b'x'; 8_000_000]].concat()),
        ("three hundred thousand columns", [&b"type,name"[..], ",c".repeat(300_000).as_bytes(), b"\n"].concat()),
        ("groups in each other", {
            let groups: String = (0..15_000).map(|at| format!("begin_group,g{at},G,,\n")).collect();
            [survey_of(""), groups.into_bytes()].concat()
        }),
        ("bytes that are no text", vec![0xff; 100_000]),
        ("UTF-16", "type,name\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ]
}

/// A backup for a key, with these lines in it.
fn sealed(public: &str, unpacked: &mut dyn FnMut(&mut dyn Write)) -> Vec<u8> {
    let recipient: age::x25519::Recipient = public.parse().expect("a key");
    let encryptor =
        age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).expect("a recipient");
    let mut file = Vec::new();
    let mut packed = GzEncoder::new(encryptor.wrap_output(&mut file).expect("begun"), Compression::best());
    unpacked(&mut packed);
    packed.finish().expect("packed").finish().expect("sealed");
    file
}

fn backup_bombs(public: &str) -> Vec<(&'static str, Vec<u8>)> {
    let zeros = vec![b'0'; 1 << 20];
    let flood = sealed(public, &mut |out| {
        for _ in 0..64 {
            out.write_all(&zeros).expect("written");
        }
    });
    let header = |tables: &str| {
        format!(
            "{{\"format\":\"khaosat-backup\",\"format_version\":1,\"program\":\"0\",\"created_at\":\"x\",\"engine\":\"x\",\"migrations\":[],\"tables\":[{tables}]}}\n"
        )
    };
    let claims = header(
        r#"{"name":"a","columns":[],"n_rows":18446744073709551615},{"name":"b","columns":[],"n_rows":18446744073709551615}"#,
    );
    let rows = sealed(public, &mut |out| {
        out.write_all(claims.as_bytes()).expect("written");
        out.write_all(b"{\"table\":\"a\"}\n").expect("written");
    });
    let deep =
        sealed(public, &mut |out| out.write_all(format!("{}\n", "[".repeat(1_000_000)).as_bytes()).expect("written"));
    let stanza = "age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 40\n8zoJcKkZ0AfbvJL5BeVDOs5nVP3Wt1rWAh8xXtrCXIg\n--- x\n";
    vec![
        ("a line of sixty-four megabytes", flood),
        ("more rows than there are numbers", rows),
        ("levels without end", deep),
        ("a passphrase that takes a century", stanza.as_bytes().to_vec()),
        ("a header without end", [&b"age-encryption.org/v1\n"[..], &b"-> X25519 a\n".repeat(100_000)].concat()),
        ("nothing", Vec::new()),
    ]
}

fn phone_bombs() -> Vec<(&'static str, Vec<u8>)> {
    let file = |iterations: &str, data: &str| {
        format!("{{\"format\":\"khaosat-ksx-1\",\"kdf\":\"PBKDF2-SHA256\",\"iterations\":{iterations},\"cipher\":\"AES-256-GCM\",\"salt\":\"AAAA\",\"iv\":\"AAAAAAAAAAAAAAAA\",\"data\":\"{data}\"}}").into_bytes()
    };
    vec![
        ("four thousand million rounds", file("4294967295", "")),
        ("ten million rounds", file("10000000", "")),
        ("no rounds", file("0", "")),
        ("levels without end", "[".repeat(2_000_000).into_bytes()),
        ("ten megabytes sealed with nothing", file("1000", &"A".repeat(10_000_000))),
    ]
}

fn targets(folder: &Path, elsewhere: &str) -> Vec<Target> {
    let workbooks = packages::all(elsewhere);
    let at = |name: &str| folder.join(name).display().to_string();
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(folder.join(name).parent().expect("a folder")).expect("made");
        std::fs::write(folder.join(name), text).expect("written");
    };
    write("form/choices.csv", "list_name,name,label\nl,1,Có\n");
    write("form/settings.csv", "form_title,form_id,version,default_language\nThử,thu,1,vi\n");
    let (secret, public) = khaosat::backup::new_identity();
    write("key", &secret);
    let toml = |n: usize| format!("a = {}{}\n", "[".repeat(n), "]".repeat(n)).into_bytes();
    let tables = |n: usize| format!("[{}a]\n", "a.".repeat(n)).into_bytes();
    let json = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n)).into_bytes();
    let data_bombs = vec![
        ("a quote that is never closed", [&b"y,w\n\""[..], &vec![b'1'; 8_000_000]].concat()),
        ("a table of nothing but quotes", b"\"\"".repeat(2_000_000)),
    ];
    write(
        "request.json",
        r#"{"data": "d.csv", "design": {"weights": "w"}, "estimand": {"kind": "mean", "vars": "y"}}"#,
    );
    vec![
        Target {
            what: "questionnaire check",
            arguments: strings(&["questionnaire", "check", &at("form.xlsx")]),
            file: "form.xlsx",
            harmless: b"PK".to_vec(),
            bombs: workbooks.clone(),
        },
        Target {
            what: "frame check",
            arguments: strings(&["frame", "check", &at("frame.xlsx"), "--design", "papi-3x2x2x20"]),
            file: "frame.xlsx",
            harmless: b"PK\x03\x04".to_vec(),
            bombs: workbooks.clone(),
        },
        Target {
            what: "sample verify",
            arguments: strings(&[
                "sample",
                "verify",
                "--sample",
                &at("list.xlsx"),
                "--frame",
                &at("list.xlsx"),
                "--design",
                "papi-3x2x2x20",
            ]),
            file: "list.xlsx",
            harmless: b"PK\x03\x04".to_vec(),
            // The same look at the package as above; a few suffice.
            bombs: workbooks.iter().take(8).cloned().collect(),
        },
        Target {
            what: "questionnaire check of texts",
            arguments: strings(&["questionnaire", "check", &at("form")]),
            file: "form/survey.csv",
            harmless: b"x".to_vec(),
            bombs: survey_bombs(),
        },
        Target {
            what: "backup verify",
            arguments: strings(&["backup", "verify", &at("b.age"), "--identity", &at("key")]),
            file: "b.age",
            harmless: b"x".to_vec(),
            bombs: backup_bombs(&public),
        },
        Target {
            what: "rescue",
            arguments: strings(&["rescue", &at("phone.ksx"), "--check"]),
            file: "phone.ksx",
            harmless: b"x".to_vec(),
            bombs: phone_bombs(),
        },
        Target {
            what: "frame check with a design",
            arguments: strings(&["frame", "check", &at("request.json"), "--design", &at("design.toml")]),
            file: "design.toml",
            harmless: b"x".to_vec(),
            bombs: vec![
                ("levels of lists", toml(500_000)),
                ("levels of tables", tables(200_000)),
                ("a few hundred levels", toml(300)),
            ],
        },
        Target {
            what: "index check",
            arguments: strings(&["index", "check", &at("index.toml")]),
            file: "index.toml",
            harmless: b"x".to_vec(),
            bombs: vec![
                ("levels of lists", toml(500_000)),
                ("levels of tables", tables(200_000)),
                ("a few hundred levels", toml(300)),
            ],
        },
        Target {
            what: "chart",
            arguments: strings(&["chart", "p1", "--data", &at("chart.json"), "--out", &at("chart.svg")]),
            file: "chart.json",
            harmless: b"x".to_vec(),
            bombs: vec![
                ("levels", json(1_000_000)),
                ("a number of a million digits", "1".repeat(1_000_000).into_bytes()),
            ],
        },
        Target {
            what: "estimate",
            arguments: strings(&["estimate", &at("request.json"), "--data-dir", &folder.display().to_string()]),
            file: "d.csv",
            harmless: b"x".to_vec(),
            bombs: data_bombs,
        },
    ]
}

#[test]
fn every_bomb_in_a_file_is_refused_cheaply_and_nothing_is_fetched() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = Elsewhere::listen();
    let (mut wrong, mut n, mut most_cpu, mut most_kib) = (Vec::new(), 0, 0.0_f64, 0);
    for Target { what, arguments, file, harmless, bombs } in targets(folder.path(), &elsewhere.url) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let go = |bytes: &[u8]| {
            std::fs::write(folder.path().join(file), bytes).expect("written");
            run(&arguments, &[("KHAOSAT_LANGUAGE", "en"), ("KHAOSAT_PASSPHRASE", "A")])
        };
        let base = go(&harmless);
        assert_eq!(base.code, Some(1), "{what}: {}", base.told);
        for (name, bytes) in bombs {
            let ended = go(&bytes);
            let grown = ended.peak_kib.saturating_sub(base.peak_kib);
            (n, most_cpu, most_kib) = (n + 1, most_cpu.max(ended.cpu_s), most_kib.max(grown));
            let is_told = !ended.told.trim().is_empty() && !ended.told.contains("panicked");
            // The file itself passes through memory.
            let allowed = MEMORY_KIB_MAX + bytes.len() as u64 / 1024;
            if ended.code != Some(1) || !is_told || ended.cpu_s > CPU_S_MAX || grown > allowed {
                let told: String = ended.told.chars().take(300).collect();
                wrong.push(format!("{what}: {name}: {:?}, {:.2} s, {grown} KiB: {told}", ended.code, ended.cpu_s));
            }
        }
    }
    eprintln!("{n} bombs, at most {most_cpu:.2} s and {} MiB", most_kib / 1024);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n >= 40, "{n}");
    elsewhere.assert_nobody_came();
}
