//! A database as an earlier version of the program left it: the first migrations only, and a token in it.

use super::database::TestDatabase;

/// What has run in it.
pub(crate) const VERSIONS: [&str; 2] = ["20261123000001", "20261125000001"];

/// Makes an empty database into one of an earlier version.
pub(crate) fn make_older(database: &TestDatabase) {
    database.execute(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    );
    database.execute(include_str!("../../migrations/2026-11-23-000001_first_house/up.sql"));
    database.execute(include_str!("../../migrations/2026-11-25-000001_replacement/up.sql"));
    for version in VERSIONS {
        database.execute(&format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"));
    }
    if !database.is_sqlite() {
        database.execute("CREATE SEQUENCE arrival_sequence; CREATE SEQUENCE audit_sequence;");
    }
    database.execute(
        "INSERT INTO survey_round (code, name, state, visibility, created_at) \
         VALUES ('old', 'Đợt cũ', 'open', 'private', '2024-10-01T01:00:00.000000Z')",
    );
    database.execute(&format!(
        "INSERT INTO access_token (id, round_code, name, role, token_sha256, created_at) \
         VALUES ('tk-1', 'old', 'Nguyễn Thị Hoa', 'enumerator', '{:064}', '2024-10-01T01:00:00.000000Z')",
        1
    ));
}
