//! A PostgreSQL of one test alone, which may be stopped, killed and started. A shell holds it, as in `postgresql.rs`, and takes one
//! word a line: how to go down. When its input closes, however this process ends, everything is stopped and removed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::postgresql::{find_programs, is_root};

pub(crate) struct Cluster {
    shell: Child,
    /// `None` when it is being dropped.
    words: Option<ChildStdin>,
    told: BufReader<ChildStdout>,
    /// URL up to the name of the database.
    pub(crate) base_url: String,
}

const HOLD: &str = r#"
trap '' INT TERM HUP
dir=$(mktemp -d /tmp/khaosat-pg-XXXXXX) || exit 1
options="-c listen_addresses='' -c unix_socket_directories=$dir -c max_connections=200"
start() { "$1/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "$options" start >>"$dir/log" 2>&1 </dev/null; }
"$1/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 && start "$1" ||
  { echo "failed: $(tail -n 3 "$dir/log")"; rm -rf "$dir"; exit 1; }
echo "$dir"
while read -r how; do
  case "$how" in
    kill) kill -9 "$(head -n 1 "$dir/data/postmaster.pid")" ;;
    *) "$1/pg_ctl" -D "$dir/data" -w -m "$how" stop >>"$dir/log" 2>&1 </dev/null ;;
  esac
  # Orphans of a killed server hold its memory for a moment.
  for try in 1 2 3 4 5 6 7 8 9 10; do start "$1" && break; sleep 0.5; done
  echo up
done
"$1/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null 2>&1
rm -rf "$dir"
"#;

impl Cluster {
    /// A new one; `None`, and said so, where there is no PostgreSQL.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            assert!(std::env::var("KHAOSAT_TESTS_REQUIRE_POSTGRES").as_deref() != Ok("1"), "PostgreSQL is required");
            eprintln!("SKIPPED: no PostgreSQL (initdb and pg_ctl are not installed)");
            return None;
        };
        let mut command = if is_root() { Command::new("runuser") } else { Command::new("sh") };
        if is_root() {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let mut shell = command
            .args(["-c", HOLD, "sh"])
            .arg(&programs)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let words = shell.stdin.take();
        let mut told = BufReader::new(shell.stdout.take().expect("its output"));
        let mut folder = String::new();
        told.read_line(&mut folder).expect("a line");
        let folder = folder.trim();
        assert!(folder.starts_with('/'), "{folder}");
        let base_url = format!("postgres://postgres@{}", folder.replace('/', "%2F"));
        Some(Self { shell, words, told, base_url })
    }

    /// Goes down (`fast`, `immediate` or `kill`) and comes back; returns when it takes connections.
    pub(crate) fn restart(&mut self, how: &str) {
        writeln!(self.words.as_mut().expect("open"), "{how}").expect("it listens");
        let mut up = String::new();
        self.told.read_line(&mut up).expect("a line");
        assert_eq!(up.trim(), "up", "{how}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It then cleans up by itself, and that is waited for.
        drop(self.words.take());
        let _ended = self.shell.wait();
    }
}
