//! One throw-away database a test.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use khaosat::store::copy::Settling;
use khaosat::store::{Clock, DatabaseUrl, KeySource, Store, check_with, migrate};

use super::{answers, postgresql};

pub(crate) struct TestDatabase {
    pub(crate) url: String,
    kind: Kind,
}

enum Kind {
    Sqlite(tempfile::TempDir),
    Postgresql {
        server: &'static str,
        name: String,
    },
    /// Somebody else's, who also removes it.
    Lent,
}

impl TestDatabase {
    pub(crate) fn sqlite() -> Self {
        Self::sqlite_in(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn sqlite_in(folder: tempfile::TempDir) -> Self {
        let url = folder.path().join("test.db").to_str().expect("UTF-8").to_owned();
        // The key of all tests, so that a database can move from one place to another.
        let key = folder.path().join("test.db.key");
        std::fs::write(&key, answers::key_text()).expect("written");
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("private");
        Self { url, kind: Kind::Sqlite(folder) }
    }

    pub(crate) fn postgresql() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = postgresql::base_url()?;
        let name = format!("khaosat_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut conn = PgConnection::establish(&format!("{server}/postgres")).expect("the server answers");
        conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).expect("a database");
        Some(Self { url: format!("{server}/{name}"), kind: Kind::Postgresql { server, name } })
    }

    /// A PostgreSQL database that is there already.
    pub(crate) fn at(url: &str) -> Self {
        Self { url: url.to_owned(), kind: Kind::Lent }
    }

    pub(crate) fn parsed(&self) -> DatabaseUrl {
        DatabaseUrl::parse(&self.url).expect("a URL")
    }

    pub(crate) fn open(&self, clock: Arc<dyn Clock>) -> Store {
        migrate(&self.parsed()).expect("migrations run");
        self.open_current(clock)
    }

    pub(crate) fn open_current(&self, clock: Arc<dyn Clock>) -> Store {
        Store::open_with(&self.parsed(), clock, &self.keys()).expect("the store opens")
    }

    /// Where the key of its answers is.
    pub(crate) fn keys(&self) -> KeySource {
        if self.is_sqlite() { KeySource::Beside } else { KeySource::File(answers::key_file()) }
    }

    /// How a copy that comes here is settled.
    pub(crate) fn settling(&self) -> Settling {
        Settling { key_file: Some(answers::key_file()), ..Settling::default() }
    }

    /// What a check finds broken.
    pub(crate) fn damages(&self) -> Vec<String> {
        check_with(&self.parsed(), &self.keys()).expect("checked").damages
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.kind, Kind::Sqlite(_))
    }

    /// Runs SQL past the program, as an outsider would.
    pub(crate) fn execute(&self, sql: &str) {
        let ran = match &self.kind {
            Kind::Sqlite(_) => SqliteConnection::establish(&self.url).expect("opens").batch_execute(sql),
            Kind::Postgresql { .. } | Kind::Lent => {
                PgConnection::establish(&self.url).expect("opens").batch_execute(sql)
            }
        };
        ran.expect(sql);
    }

    /// Reads rows past the program, as an outsider would: columns as text.
    pub(crate) fn query<T>(&self, sql: &str) -> Vec<T>
    where
        T: diesel::deserialize::QueryableByName<diesel::sqlite::Sqlite>
            + diesel::deserialize::QueryableByName<diesel::pg::Pg>
            + 'static,
    {
        match &self.kind {
            Kind::Sqlite(_) => {
                diesel::sql_query(sql).load(&mut SqliteConnection::establish(&self.url).expect("opens")).expect(sql)
            }
            Kind::Postgresql { .. } | Kind::Lent => {
                diesel::sql_query(sql).load(&mut PgConnection::establish(&self.url).expect("opens")).expect(sql)
            }
        }
    }

    /// The single number a query gives.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        self.query::<Number>(sql)[0].n
    }

    /// The files of a SQLite database: the file itself, and beside it the log that is not yet merged.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        match &self.kind {
            Kind::Sqlite(folder) => {
                let mut files: Vec<_> = std::fs::read_dir(folder.path())
                    .expect("a folder")
                    .map(|entry| entry.expect("a file").path())
                    .filter(|path| path.extension().is_none_or(|extension| extension != "key"))
                    .collect();
                files.sort();
                files
            }
            Kind::Postgresql { .. } | Kind::Lent => Vec::new(),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Kind::Postgresql { server, name } = &self.kind
            && let Ok(mut conn) = PgConnection::establish(&format!("{server}/postgres"))
        {
            let _left_for_the_end_of_the_cluster =
                conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}
