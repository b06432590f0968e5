//! What the tests stand on: throw-away databases, a service with a round in it, a client, a process that can be killed.

pub(crate) mod answers;
pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod cluster;
pub(crate) mod database;
pub(crate) mod ledger;
pub(crate) mod machine;
pub(crate) mod older;
mod postgresql;
pub(crate) mod process;
pub(crate) mod service;

/// Makes two tests out of one: `sqlite` and `postgresql`. Where no PostgreSQL can be had the second says so loudly, and
/// fails if `KHAOSAT_TESTS_REQUIRE_POSTGRES=1`.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* fn $name:ident($database:ident: $kind:ty) $body:block)+) => {
        $(mod $name {
            use super::*;

            $(#[$meta])*
            fn check($database: $kind) $body

            #[test]
            fn sqlite() {
                check(&$crate::support::database::TestDatabase::sqlite());
            }

            #[test]
            fn postgresql() {
                if let Some(database) = $crate::support::database::TestDatabase::postgresql() {
                    check(&database);
                }
            }
        })+
    };
}
pub(crate) use on_both_databases;
