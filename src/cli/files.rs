//! Files on the command line: reading and writing them with problems a person understands.

use std::path::Path;

use problem::{Problem, Problems};

/// The bytes of a file.
///
/// # Errors
/// That it is not there, is a folder or may not be read, with its name.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problems> {
    std::fs::read(path).map_err(|error| {
        let problem = match error.kind() {
            std::io::ErrorKind::NotFound => Problem::new("file_not_found", "không có tệp này", "there is no such file"),
            _ => {
                Problem::new("file_unreadable", "không đọc được tệp", "the file cannot be read").got(error.to_string())
            }
        };
        problem.in_file(&path.display().to_string()).into()
    })
}

/// Writes a whole file: first under another name beside it, so that a half-written one never has the right name.
///
/// # Errors
/// That it cannot be written, with its name.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Problems> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path)).map_err(|error| {
        let _nothing_was_written = std::fs::remove_file(&beside);
        unwritable(path, &error)
    })
}

/// That a file cannot be written, with its name.
pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Problems {
    let problem = Problem::new("file_unwritable", "không ghi được tệp", "the file cannot be written")
        .got(error.to_string())
        .in_file(&path.display().to_string());
    match error.kind() {
        std::io::ErrorKind::NotFound => problem.hint("tạo thư mục trước", "make the folder first"),
        _ => problem,
    }
    .into()
}

/// Makes a folder where there is none.
///
/// # Errors
/// That it cannot be made, with its name.
pub(crate) fn folder(path: &Path) -> Result<(), Problems> {
    std::fs::create_dir_all(path).map_err(|error| {
        Problem::new("file_unwritable", "không tạo được thư mục", "the folder cannot be made")
            .got(error.to_string())
            .in_file(&path.display().to_string())
            .into()
    })
}
