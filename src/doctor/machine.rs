//! The machine: room on the disk, who may read the files, the clock, the address.

use std::path::Path;

use ::problem::Problem;

use super::{Finding, Patient, bad, good, warning};
use crate::durable::beside;
use crate::store::{DatabaseUrl, Timestamp};

/// So much must be free beside the database, and a copy of it besides (a migration makes one).
const FREE_BYTES_MIN: u64 = 512 * 1024 * 1024;

/// A log of this size is not folded into the file: somebody reads for very long, or nobody stopped cleanly.
const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// No machine that runs this program is younger than it.
const NOT_BEFORE: &str = "2026-11-01T00:00:00Z";

pub(super) fn examine(patient: &Patient) -> Vec<Finding> {
    let mut findings = vec![clock(patient.now), address(patient.public_url.as_deref())];
    if let DatabaseUrl::Sqlite(path) = &patient.database
        && path.exists()
    {
        findings.push(room(path));
        findings.extend(rights(path));
    }
    findings
}

fn clock(now: Timestamp) -> Finding {
    let is_sane = Timestamp::parse(NOT_BEFORE).is_some_and(|earliest| now >= earliest);
    if is_sane {
        return good("machine.clock", now.to_string(), now.to_string());
    }
    let problem = Problem::new("clock_wrong", "đồng hồ của máy sai", "the clock of this machine is wrong")
        .got(now.to_string())
        .hint("đặt lại giờ, bật NTP", "set the time, switch NTP on");
    bad("machine.clock", problem)
}

fn address(public_url: Option<&str>) -> Finding {
    match public_url {
        Some(url) if url.starts_with("https://") => good("configuration.address", url, url),
        Some(url) => warning(
            "configuration.address",
            Problem::new("address_in_clear", "địa chỉ công khai không mã hóa", "the public address is not encrypted")
                .expected("https://…")
                .got(url),
        ),
        None => warning(
            "configuration.address",
            Problem::new("address_unset", "chưa đặt địa chỉ công khai", "the public address is not set")
                .expected("KHAOSAT_PUBLIC_URL=https://…")
                .hint(
                    "cần khi người khác truy cập qua mạng: cookie và mã QR dùng địa chỉ này",
                    "needed where others come over a network: cookies and QR codes use it",
                ),
        ),
    }
}

fn room(path: &Path) -> Finding {
    let name = "machine.disk";
    let bytes_of = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let (database, log) = (bytes_of(path), bytes_of(&beside(path, "-wal")));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let free = match fs4::available_space(folder) {
        Ok(free) => free,
        Err(error) => {
            return warning(
                name,
                Problem::new("disk_unknown", "không xem được chỗ trống trên đĩa", "the free space cannot be read")
                    .got(error.to_string()),
            );
        }
    };
    let mib = |bytes: u64| format!("{} MiB", bytes / (1024 * 1024));
    let needed = FREE_BYTES_MIN.saturating_add(database);
    if free < needed {
        let problem = Problem::new("disk_short", "đĩa sắp đầy", "the disk is nearly full")
            .expected(format!("≥ {}", mib(needed)))
            .got(mib(free))
            .hint("dọn đĩa hoặc chuyển cơ sở dữ liệu sang đĩa khác", "make room, or move the database to another disk");
        return if free < FREE_BYTES_MIN { bad(name, problem) } else { warning(name, problem) };
    }
    if log > LOG_BYTES_MAX {
        let problem = Problem::new("log_large", "tệp -wal quá lớn", "the log beside the database is large")
            .got(mib(log))
            .hint("khởi động lại dịch vụ", "restart the service");
        return warning(name, problem);
    }
    good(
        name,
        format!("còn trống {}, cơ sở dữ liệu {}, nhật ký ghi {}", mib(free), mib(database), mib(log)),
        format!("{} free, database {}, log {}", mib(free), mib(database), mib(log)),
    )
}

/// Answers are personal: nobody but the owner reads the files.
fn rights(path: &Path) -> Vec<Finding> {
    let name = "machine.rights";
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open: Vec<Finding> = ["", "-wal", "-shm"]
            .iter()
            .map(|suffix| beside(path, suffix))
            .filter_map(|file| Some((std::fs::metadata(&file).ok()?.permissions().mode() & 0o777, file)))
            .filter(|(mode, _)| mode & 0o077 != 0)
            .map(|(mode, file)| {
                bad(
                    name,
                    Problem::new(
                        "file_open_to_others",
                        "người khác trên máy đọc được tệp",
                        "others on this machine can read the file",
                    )
                    .in_file(&file.display().to_string())
                    .expected("600")
                    .got(format!("{mode:o}"))
                    .hint(format!("chmod 600 {}", file.display()), format!("chmod 600 {}", file.display())),
                )
            })
            .collect();
        if !open.is_empty() {
            return open;
        }
    }
    vec![good(name, "chỉ chủ sở hữu đọc được tệp", "only the owner can read the files")]
}
