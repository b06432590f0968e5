//! Crooked bytes at every door of the program: no crash, no input over a second, no memory without bound. The same doors, seeds and
//! mangler as `scripts/fuzz`, which goes on for longer and is guided by what the bytes reach.

mod mangle;
mod seeds;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use khaosat::doors::{DOORS, Door, door};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::machine;

/// How many mangled inputs a door gets here; more by hand: `KHAOSAT_MUTATIONS=100000`.
const MUTATIONS: usize = 250;
/// The longest input, as in `scripts/fuzz`.
const BYTES_MAX: usize = 64 * 1024;
/// The processor's time that one input may take.
const SECONDS_MAX: f64 = 1.0;
/// By how much the memory of a door's process may grow over what it needs for its seeds.
const GROWTH_KIB_MAX: u64 = 256 * 1024;

fn folder(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(of)
}

fn seeds_of(door: &Door) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder(door.name)).unwrap_or_else(|error| panic!("{}: {error}", door.name));
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("a file").path();
        (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read(&path).expect("read"))
    };
    files.map(read).collect()
}

struct Dice(ChaCha8Rng);

impl mangle::Chance for Dice {
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.next_u64() % n as u64).expect("small")
    }
}

#[test]
fn every_door_has_seeds_and_takes_them() {
    // The negative control: were everything refused, mangled seeds would say nothing.
    for door in DOORS {
        let seeds = seeds_of(door);
        assert!(!seeds.is_empty(), "{}", door.name);
        for (name, bytes) in seeds {
            assert!(bytes.len() <= BYTES_MAX, "{}/{name} has {} bytes", door.name, bytes.len());
            assert!((door.open)(&bytes), "{}/{name} is refused", door.name);
        }
    }
}

/// A process of its own for each door: one that overflows its stack or its memory takes nobody else with it.
fn withstands(names: &[&str]) {
    for name in names {
        let n = std::env::var("KHAOSAT_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(MUTATIONS);
        let last = tempfile::NamedTempFile::new().expect("a file");
        let began = Instant::now();
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "doors::a_door_alone", "--ignored", "--nocapture"])
            .env("KHAOSAT_DOOR", name)
            .env("KHAOSAT_MUTATIONS", n.to_string())
            .env("KHAOSAT_LAST", last.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let allowed = Duration::from_secs(60) + Duration::from_millis(100) * u32::try_from(n).expect("few");
        let status = loop {
            if let Some(status) = child.try_wait().expect("it is ours") {
                break Some(status);
            }
            if began.elapsed() > allowed {
                child.kill().expect("killed");
                child.wait().expect("gone");
                break None;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        if !status.is_some_and(|status| status.success()) {
            let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("target/finding-{name}"));
            let _best_effort = std::fs::copy(last.path(), &kept);
            panic!("{name}: {status:?}; the last input is {}", kept.display());
        }
        eprintln!("{name}: {n} inputs in {:.1} s", began.elapsed().as_secs_f64());
    }
}

// Three tests, so that they run beside each other.
#[test]
fn forms_withstand_mangled_bytes() {
    withstands(&["workbook", "sheets", "expression", "design", "index", "chart"]);
}

#[test]
fn requests_withstand_mangled_bytes() {
    withstands(&["submission", "multipart", "interview", "request", "odata", "device-log", "rescue"]);
}

#[test]
fn tables_withstand_mangled_bytes() {
    withstands(&["frame", "import", "list", "plan", "backup", "estimate"]);
}

#[test]
fn every_door_is_among_those_that_are_mangled() {
    let text = include_str!("mod.rs");
    for door in DOORS {
        assert!(text.matches(&format!("\"{}\"", door.name)).count() == 1, "{}", door.name);
    }
}

/// Started by [`withstands`] only.
#[test]
#[ignore = "a process that other tests start"]
fn a_door_alone() {
    let Some(door) = std::env::var("KHAOSAT_DOOR").ok().as_deref().and_then(door) else { return };
    let n: usize = std::env::var("KHAOSAT_MUTATIONS").expect("set").parse().expect("a number");
    let last = std::env::var("KHAOSAT_LAST").expect("set");
    let seeds: Vec<Vec<u8>> = seeds_of(door).into_values().collect();
    for seed in &seeds {
        (door.open)(seed);
    }
    let before = machine::peak_kib(std::process::id()).expect("known");
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(20_261_127));
    let mut taken = 0;
    for number in 0..n {
        let (one, other) =
            (mangle::Chance::below(&mut dice, seeds.len()), mangle::Chance::below(&mut dice, seeds.len()));
        let input = mangle::mangled(&seeds[one], &seeds[other], &mut dice, BYTES_MAX);
        std::fs::write(&last, &input).expect("written");
        let (began, cpu) = (Instant::now(), machine::cpu_s(std::process::id()).expect("known"));
        taken += usize::from((door.open)(&input));
        if began.elapsed().as_secs_f64() > SECONDS_MAX {
            let used = machine::cpu_s(std::process::id()).expect("known") - cpu;
            assert!(used <= SECONDS_MAX, "{} input {number}: {used:.2} s", door.name);
        }
    }
    let grown = machine::peak_kib(std::process::id()).expect("known") - before;
    assert!(grown <= GROWTH_KIB_MAX, "{}: grew by {grown} KiB", door.name);
    eprintln!("{}: {taken} of {n} taken, grew by {} MiB", door.name, grown / 1024);
}
