//! Files that hold answers: private to their owner, whole or absent under their name, on the disk when it is said so.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Makes a new file that only its owner may read.
///
/// # Errors
/// That it exists already ([`io::ErrorKind::AlreadyExists`]), or cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The same name with something behind it: `khaosat.db` and `-wal` make `khaosat.db-wal`.
#[must_use]
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Gives a finished file its name: the bytes reach the disk first, then the name does. A file that has the name already is
/// never replaced.
///
/// # Errors
/// That the name is taken ([`io::ErrorKind::AlreadyExists`]), or that the disk did not take the bytes. The name is then free
/// of it, and the temporary file is still there.
pub fn publish(temporary: &Path, name: &Path) -> io::Result<()> {
    File::open(temporary)?.sync_all()?;
    match std::fs::hard_link(temporary, name) {
        Ok(()) => std::fs::remove_file(temporary)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // A file system without hard links: there the name is looked at first.
        Err(_no_links) if name.try_exists()? => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(_no_links) => std::fs::rename(temporary, name)?,
    }
    sync_folder_of(name)
}

/// A name is on the disk when its folder is.
///
/// # Errors
/// That the folder cannot be opened or written.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_not_given_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (first, second, name) =
            (folder.path().join("a"), folder.path().join("b"), folder.path().join("khaosat.db"));
        std::fs::write(&first, "one").expect("written");
        std::fs::write(&second, "two").expect("written");
        publish(&first, &name).expect("published");
        assert!(!first.exists());
        let refused = publish(&second, &name).expect_err("taken");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&name).expect("read"), b"one");
        assert!(second.exists());
    }
}
