//! Backups through the library: what comes back is what was there, on either engine; what is not whole is refused.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use khaosat::backup::{Key, Lock, create, new_identity, restore, transfer, verify};
use khaosat::store::copy::{Contents, Filler, Row, Sink, Sums, Table, copy_out, digest};
use khaosat::store::{Clock, SchemaState, StoreError, SystemClock, inspect};
use rand::{RngExt, SeedableRng};
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::older::make_older;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, TestService, response_body, uuid};

/// A pair of keys, and a folder for files.
struct Safe {
    folder: tempfile::TempDir,
    lock: Lock,
    key: Key,
    secret: PathBuf,
}

impl Safe {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (secret, public) = new_identity();
        let path = folder.path().join("khaosat.key");
        std::fs::write(&path, &secret).expect("written");
        let lock = Lock::recipients(&[public]).expect("a public key");
        Self { lock, key: Key::identities(&secret).expect("a secret key"), secret: path, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn back_up(&self, database: &TestDatabase, name: &str) -> (PathBuf, Sums) {
        let path = self.file(name);
        let sums = create(&database.parsed(), &path, &self.lock, SystemClock.now(), &mut |_, _| {}).expect("backed up");
        (path, sums)
    }
}

fn restore_into(path: &Path, key: &Key, database: &TestDatabase) -> Result<Sums, &'static str> {
    let filled = restore(path, key, &database.parsed(), &database.settling(), &mut |_, _| {});
    filled.map(|filled| filled.sums).map_err(|problems| problems.iter().next().expect("a reason").code)
}

/// Interviews, a device, files of all bytes and of none, numbers with a fraction, nulls: every kind of column.
fn furnish(database: &TestDatabase) {
    let mut service = TestService::start(database);
    for number in 0..30 {
        let body = response_body("v1-1", &format!("Trả lời số {number}: “đồng ý”\t\u{1f33e}"));
        assert_eq!(service.put_response(number, &body).status, 201);
    }
    let code = service.activation_code("lan");
    assert_eq!(service.activate(&code).status, 201);
    let drawn = json!({"cases": ["v1-1"], "enumerator": "lan"});
    let _kept_or_not = service.post(&service.coordinator.clone(), "assignments", &drawn);
    service.stop();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let literal = |bytes: &[u8]| {
        if database.is_sqlite() { format!("X'{}'", hex(bytes)) } else { format!("'\\x{}'::bytea", hex(bytes)) }
    };
    let all: Vec<u8> = (0..=255).collect();
    // Noise does not pack: the file gets several of the seal's pieces of 64 KiB.
    let mut noise = vec![0; 300_000];
    rand_chacha::ChaCha8Rng::seed_from_u64(7).fill(&mut noise[..]);
    for (name, bytes) in [("tất cả.bin", all.as_slice()), ("rỗng.bin", &[]), ("ảnh 'một'.jpg", &noise)] {
        database.execute(&format!(
            "INSERT INTO attachment (uuid, file_name, version_no, media_type, body, body_bytes, body_sha256, received_at, token_id) \
             VALUES ('{}', '{}', 1, 'image/jpeg', {}, {}, '{}', '2024-10-01T01:00:00.000000Z', '{}')",
            uuid(1), name.replace('\'', "''"), literal(bytes), bytes.len(), khaosat::secret::sha256_hex(bytes), service.enumerator_id
        ));
    }
    database.execute("UPDATE device SET storage_persisted = TRUE, n_unsent = 9007199254740993, clock_offset_ms = -12");
    database.execute(&format!(
        "INSERT INTO back_check_draw (round_code, draw_no, seed_text, share, per_enumerator_min, frame_sha256, drawn_by, drawn_at) \
         VALUES ('{ROUND}', 1, '204873', 0.1, 1, '{:064}', 'test', '2024-10-01T01:00:00.000000Z')", 0
    ));
    for (case, drawn, ticket) in [("v1-1", "TRUE", 1), ("v1-2", "FALSE", 2)] {
        database.execute(&format!(
            "INSERT INTO back_check_unit (round_code, case_id, draw_no, uuid, enumerator, ticket, is_drawn) \
             VALUES ('{ROUND}', '{case}', 1, '{}', 'lan', '{ticket:064}', {drawn})",
            uuid(1)
        ));
    }
    database.execute(
        "UPDATE sampled_unit SET base_weight = 1.0e300 / 3, inclusion_probability = 0.1 + 0.2 WHERE case_id = 'v1-1'",
    );
}

/// A database that came from elsewhere works: it is whole, and its counters go on where the others stopped.
fn is_alive(database: &TestDatabase) {
    assert_eq!(database.damages(), Vec::<String>::new());
    let before = database.number("SELECT max(sequence) AS n FROM audit_event");
    let store = database.open_current(Arc::new(SystemClock));
    store.write("test", |tx| tx.create_round("after", "Sau khi khôi phục")).expect("it takes new rows");
    assert!(database.number("SELECT max(sequence) AS n FROM audit_event") > before);
}

fn pairs() -> Vec<(TestDatabase, TestDatabase)> {
    let mut pairs = vec![(TestDatabase::sqlite(), TestDatabase::sqlite())];
    for from_sqlite in [true, false] {
        let (Some(one), Some(other)) = (TestDatabase::postgresql(), TestDatabase::postgresql()) else { return pairs };
        pairs.push(if from_sqlite { (TestDatabase::sqlite(), other) } else { (one, TestDatabase::sqlite()) });
    }
    if let (Some(one), Some(other)) = (TestDatabase::postgresql(), TestDatabase::postgresql()) {
        pairs.push((one, other));
    }
    pairs
}

#[test]
fn what_is_restored_is_what_was_there_on_the_same_engine_and_crosswise() {
    let safe = Safe::new();
    for (number, (from, to)) in pairs().iter().enumerate() {
        furnish(from);
        let before = digest(&from.parsed()).expect("read");
        let (path, sums) = safe.back_up(from, &format!("{number}.age"));
        assert_eq!(sums, before, "the backup is the database");
        assert_eq!(verify(&path, &safe.key, &mut |_, _| {}).expect("whole").1, before);
        assert_eq!(restore_into(&path, &safe.key, to), Ok(before.clone()), "{} → {}", from.url, to.url);
        assert_eq!(digest(&to.parsed()).expect("read"), before);
        assert!(before.tables["response"].n_rows == 30 && before.tables["attachment"].n_rows == 3);
        // The negative control: one byte of one file is another.
        let flip = if to.is_sqlite() { "X'01'" } else { "'\\x01'::bytea" };
        to.execute(&format!("UPDATE attachment SET body = {flip} WHERE file_name = 'rỗng.bin'"));
        assert_eq!(digest(&to.parsed()).expect("read").differences(&before), ["attachment"]);
        let empty = if to.is_sqlite() { "X''" } else { "''::bytea" };
        to.execute(&format!("UPDATE attachment SET body = {empty} WHERE file_name = 'rỗng.bin'"));
        is_alive(to);
    }
}

#[test]
fn a_database_moves_to_the_other_engine_and_back() {
    for (from, to) in &pairs() {
        furnish(from);
        let before = digest(&from.parsed()).expect("read");
        let moved = transfer(&from.parsed(), &to.parsed(), &to.settling(), &mut |_, _| {}).expect("moved");
        assert_eq!((&moved.sums, &digest(&to.parsed()).expect("read")), (&before, &before));
        assert_eq!(digest(&from.parsed()).expect("read"), before, "the source stays as it is");
        is_alive(to);
        let again = transfer(&from.parsed(), &to.parsed(), &to.settling(), &mut |_, _| {})
            .expect_err("it is not empty any more");
        assert_eq!(again.iter().next().map(|problem| problem.code), Some("exists_already"));
    }
}

on_both_databases! {
    fn a_source_that_is_written_to_is_not_moved(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        store.write("test", |tx| tx.create_round("r", "Một")).expect("made");
        let to = TestDatabase::sqlite();
        let mut wrote = false;
        let refused = transfer(&database.parsed(), &to.parsed(), &to.settling(), &mut |_, _| {
            if !wrote {
                store.write("test", |tx| tx.create_round("late", "Muộn")).expect("made");
                wrote = true;
            }
        });
        assert_eq!(refused.expect_err("refused").iter().next().map(|problem| problem.code), Some("source_changed"));
        assert_eq!(to.files(), Vec::<PathBuf>::new(), "nothing is left");
    }

    fn a_database_that_holds_something_is_not_restored_into(database: &TestDatabase) {
        let safe = Safe::new();
        let store = database.open(Arc::new(SystemClock));
        store.write("test", |tx| tx.create_round("r", "Một")).expect("made");
        drop(store);
        let (path, before) = safe.back_up(database, "one.age");
        assert_eq!(restore_into(&path, &safe.key, database), Err("exists_already"));
        assert_eq!(digest(&database.parsed()).expect("read"), before);
    }

    fn a_copy_that_lost_a_row_is_noticed_and_leaves_nothing(database: &TestDatabase) {
        struct Losing(Filler, u32);
        impl Sink for Losing {
            type Error = StoreError;
            fn start(&mut self, contents: &Contents) -> Result<(), StoreError> {
                self.0.start(contents)
            }
            fn row(&mut self, table: &Table, row: Row) -> Result<(), StoreError> {
                self.1 += u32::from(table.name == "audit_event");
                if table.name == "audit_event" && self.1 == 2 { Ok(()) } else { self.0.row(table, row) }
            }
        }
        let from = TestDatabase::sqlite();
        let store = from.open(Arc::new(SystemClock));
        for code in ["a", "b", "c"] {
            store.write("test", move |tx| tx.create_round(code, "Một")).expect("made");
        }
        let mut losing = Losing(Filler::new(&database.parsed()), 0);
        let sums = copy_out(&from.parsed(), &mut losing).expect("read");
        let refused = losing.0.finish(&sums);
        assert!(matches!(&refused, Err(StoreError::Damaged { detail }) if detail.contains("audit_event")), "{refused:?}");
        assert_eq!(inspect(&database.parsed()).expect("looked at"), SchemaState::Empty);
        assert_eq!(database.files(), Vec::<PathBuf>::new());
    }

    fn a_backup_of_an_older_version_is_restored_and_brought_up_to_date(database: &TestDatabase) {
        let safe = Safe::new();
        make_older(database);
        let (path, sums) = safe.back_up(database, "older.age");
        assert!(matches!(inspect(&database.parsed()), Ok(SchemaState::Older { .. })), "a backup does not migrate");
        for to in [Some(TestDatabase::sqlite()), TestDatabase::postgresql()].into_iter().flatten() {
            let filled = restore(&path, &safe.key, &to.parsed(), &to.settling(), &mut |_, _| {}).expect("restored");
            assert_eq!(filled.sums, sums);
            assert!(filled.migrated.len() > 3, "{:?}", filled.migrated);
            assert!(matches!(inspect(&to.parsed()), Ok(SchemaState::Current { .. })));
            assert_eq!(to.number("SELECT count(*) AS n FROM account WHERE id = 'ac-tk-1'"), 1, "the migrations saw the rows");
        }
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused_and_leaves_nothing() {
    let (safe, from) = (Safe::new(), TestDatabase::sqlite());
    furnish(&from);
    let (path, sums) = safe.back_up(&from, "whole.age");
    let whole = std::fs::read(&path).expect("read");
    assert!(whole.len() > 5 * 65_536, "several pieces: {}", whole.len());
    let seed = std::env::var("KHAOSAT_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_127);
    eprintln!("SEED={seed}");
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let n = std::env::var("KHAOSAT_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    let mut mangled: Vec<(String, Vec<u8>)> = Vec::new();
    for _ in 0..n {
        let (at, bit) = (random.random_range(0..whole.len()), random.random_range(0..8));
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        mangled.push((format!("bit {bit} of byte {at}"), bytes));
        let cut = random.random_range(0..whole.len());
        mangled.push((format!("cut at {cut}"), whole[..cut].to_vec()));
    }
    // Where the head ends, where pieces end, and at the very end.
    for cut in [0, 1, 199, 200, 216, 65_536, whole.len() - 16, whole.len() - 1] {
        mangled.push((format!("cut at {cut}"), whole[..cut].to_vec()));
    }
    mangled.push(("one byte more".to_owned(), [&whole[..], &[0]].concat()));
    mangled.push(("twice".to_owned(), [&whole[..], &whole].concat()));
    let to = TestDatabase::sqlite();
    for (what, bytes) in &mangled {
        let path = safe.file("mangled.age");
        std::fs::write(&path, bytes).expect("written");
        let refused = restore_into(&path, &safe.key, &to).expect_err(what);
        assert!(["backup_damaged", "backup_not_opened", "backup_unknown"].contains(&refused), "{what}: {refused}");
        assert_eq!(to.files(), Vec::<PathBuf>::new(), "{what}: something is left");
    }
    eprintln!("{} mangled files refused", mangled.len());
    assert_eq!(restore_into(&path, &safe.key, &to), Ok(sums), "the negative control: the whole one is taken");
}

#[test]
fn only_the_right_key_or_passphrase_opens() {
    let (safe, other, from) = (Safe::new(), Safe::new(), TestDatabase::sqlite());
    from.open(Arc::new(SystemClock))
        .write("test", |tx| tx.create_round("canary-round", "Chim hoàng yến"))
        .expect("made");
    let (path, sums) = safe.back_up(&from, "keyed.age");
    assert_eq!(
        verify(&path, &other.key, &mut |_, _| {}).expect_err("another key").iter().next().map(|problem| problem.code),
        Some("backup_not_opened")
    );
    let passphrase = || "mật khẩu của tôi rất dài".to_owned();
    let closed = safe.file("passphrase.age");
    let lock = Lock::passphrase(passphrase()).expect("long enough");
    create(&from.parsed(), &closed, &lock, SystemClock.now(), &mut |_, _| {}).expect("backed up");
    let open = |text: &str| verify(&closed, &Key::passphrase(text.to_owned()), &mut |_, _| {});
    assert_eq!(open(&passphrase()).expect("opens").1, sums);
    assert_eq!(
        open("mật khẩu của ai khác").expect_err("wrong").iter().next().map(|problem| problem.code),
        Some("backup_not_opened")
    );
    assert_eq!(
        Lock::passphrase("ngắn quá".to_owned())
            .err()
            .and_then(|problems| problems.iter().next().map(|problem| problem.code)),
        Some("passphrase_short")
    );
    for file in [&path, &closed] {
        let bytes = std::fs::read(file).expect("read");
        assert!(!bytes.windows(6).any(|window| window == b"canary"), "nothing of it is readable");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(file).expect("a file").permissions().mode() & 0o077, 0);
    }
    assert!(
        create(&from.parsed(), &path, &lock, SystemClock.now(), &mut |_, _| {}).is_err(),
        "nothing is written over"
    );
}

/// A file closed with the right key that holds something else.
fn forged(safe: &Safe, name: &str, lines: &str) -> PathBuf {
    let path = safe.file(name);
    let Lock::Recipients(keys) = &safe.lock else { panic!("keys") };
    let sealed = age::Encryptor::with_recipients(keys.iter().map(|key| key as &dyn age::Recipient)).expect("keys");
    let mut sealed = sealed.wrap_output(std::fs::File::create(&path).expect("a file")).expect("written");
    let mut packed = flate2::write::GzEncoder::new(&mut sealed, flate2::Compression::fast());
    packed.write_all(lines.as_bytes()).expect("written");
    packed.finish().expect("written");
    sealed.finish().expect("written");
    path
}

#[test]
fn a_backup_of_a_newer_program_is_refused_with_78() {
    let (safe, to) = (Safe::new(), TestDatabase::sqlite());
    let secret = safe.secret.to_str().expect("UTF-8").to_owned();
    let format = json!({"format": "khaosat-backup", "format_version": 2}).to_string();
    let migration = json!({"format": "khaosat-backup", "format_version": 1, "program": "9.0.0", "created_at": "2030-01-01T00:00:00.000000Z",
        "engine": "SQLite 9", "migrations": ["20261123000001", "29991231000001"], "tables": []});
    for (name, line, told) in
        [("format.age", format, "khaosat-backup 2"), ("migration.age", migration.to_string(), "29991231000001")]
    {
        let path = forged(&safe, name, &format!("{line}\n"));
        let path = path.to_str().expect("UTF-8");
        for command in [&["restore", path, "--database", &to.url][..], &["backup", "verify", path]] {
            let output = khaosat(&[command, &["--identity", &secret]].concat());
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(78), "{errors}");
            assert!(errors.contains(told) && errors.contains("mới hơn"), "{errors}");
        }
    }
    assert_eq!(to.files(), Vec::<PathBuf>::new());
}

#[test]
fn an_old_log_beside_the_name_keeps_a_restore_away() {
    let (safe, from, to) = (Safe::new(), TestDatabase::sqlite(), TestDatabase::sqlite());
    from.open(Arc::new(SystemClock));
    let (path, _) = safe.back_up(&from, "one.age");
    let log = PathBuf::from(format!("{}-wal", to.url));
    std::fs::write(&log, "of another database").expect("written");
    assert_eq!(restore_into(&path, &safe.key, &to), Err("exists_already"), "it would be read into the new file");
    assert_eq!(to.files(), [log]);
}
