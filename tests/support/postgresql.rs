//! A PostgreSQL cluster of our own: one for each run of the tests, gone when the run is over, however it ends.
//!
//! A shell holds it: it makes the cluster, says where it is, and stops it when its standard input closes, which happens
//! when this process ends, killed or not. The cluster listens on a socket in its own folder and on no port.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

struct Cluster {
    /// URL up to the name of the database.
    base_url: String,
    _held_open: Option<ChildStdin>,
}

/// The URL of the server, up to the name of the database; `None` where none can be had.
pub(super) fn base_url() -> Option<&'static str> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| match std::env::var("KHAOSAT_TEST_POSTGRES") {
        Ok(url) => Ok(Cluster { base_url: url.trim_end_matches('/').to_owned(), _held_open: None }),
        Err(_unset) => start(),
    });
    match cluster {
        Ok(cluster) => Some(&cluster.base_url),
        Err(reason) => {
            assert!(
                std::env::var("KHAOSAT_TESTS_REQUIRE_POSTGRES").as_deref() != Ok("1"),
                "PostgreSQL is required and cannot be had: {reason}"
            );
            eprintln!("SKIPPED: no PostgreSQL ({reason})");
            None
        }
    }
}

const HOLD: &str = r#"
trap '' INT TERM HUP
dir=$(mktemp -d /tmp/khaosat-pg-XXXXXX) || exit 1
"$1/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 &&
"$1/pg_ctl" -D "$dir/data" -w -l "$dir/log" \
  -o "-c listen_addresses='' -c unix_socket_directories=$dir -c max_connections=200" start >>"$dir/log" 2>&1 </dev/null ||
  { echo "failed: $(tail -n 3 "$dir/log")"; rm -rf "$dir"; exit 1; }
echo "$dir"
cat >/dev/null
"$1/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null 2>&1
rm -rf "$dir"
"#;

fn start() -> Result<Cluster, String> {
    let programs = find_programs().ok_or("initdb and pg_ctl are not installed")?;
    let is_root = is_root();
    let mut command = if is_root { Command::new("runuser") } else { Command::new("sh") };
    if is_root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    let mut child = command
        .args(["-c", HOLD, "sh"])
        .arg(&programs)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let held_open = child.stdin.take();
    let mut folder = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?)
        .read_line(&mut folder)
        .map_err(|error| error.to_string())?;
    let folder = folder.trim();
    if !folder.starts_with('/') {
        return Err(format!("the cluster did not start: {folder}"));
    }
    Ok(Cluster { base_url: format!("postgres://postgres@{}", folder.replace('/', "%2F")), _held_open: held_open })
}

/// PostgreSQL refuses to run as root.
pub(super) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().is_ok_and(|own| own.uid() == 0)
}

/// Debian keeps them out of PATH, one folder a version; the newest is taken.
pub(super) fn find_programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}
