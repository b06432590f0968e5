//! Every door through which bytes of others come in, behind one name each: what `fuzz` mangles without end and
//! `tests/doors.rs` for some seconds. The doors are the program's own readers, not copies of them.
//!
//! ```text
//! mod    the list           files  what people hand in as files
//! http/doors.rs             what comes in a request
//! ```
//!
//! A door says whether it took the bytes; it never fails in any other way. Where a reader needs two texts (a mapping and a
//! table), they are divided by a zero byte.

mod files;

pub(crate) use files::asked;

/// A door.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// Its name: that of its folder in `fuzz/seeds`.
    pub name: &'static str,
    /// Whether the bytes were taken.
    pub open: fn(&[u8]) -> bool,
}

/// All doors.
pub const DOORS: &[Door] = &[
    Door { name: "workbook", open: files::workbook },
    Door { name: "sheets", open: files::sheets },
    Door { name: "expression", open: files::expression },
    Door { name: "submission", open: files::submission },
    Door { name: "multipart", open: crate::http::doors::multipart },
    Door { name: "interview", open: crate::http::doors::interview },
    Door { name: "request", open: crate::http::doors::request },
    Door { name: "odata", open: crate::http::doors::odata },
    Door { name: "frame", open: files::frame },
    Door { name: "import", open: files::import },
    Door { name: "design", open: files::design },
    Door { name: "list", open: files::list },
    Door { name: "index", open: files::index },
    Door { name: "plan", open: files::plan },
    Door { name: "chart", open: files::chart },
    Door { name: "device-log", open: files::device_log },
    Door { name: "rescue", open: crate::cli::rescue::is_backup_of_a_phone },
    Door { name: "backup", open: crate::backup::holds },
    Door { name: "estimate", open: files::estimate },
];

/// The door of a name.
#[must_use]
pub fn door(name: &str) -> Option<&'static Door> {
    DOORS.iter().find(|door| door.name == name)
}

/// The parts between zero bytes.
fn parts<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut parts = bytes.splitn(N, |byte| *byte == 0);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The text of a part.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
