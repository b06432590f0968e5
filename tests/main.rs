//! Walks the whole house, on both databases.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

mod bombs;
mod doors;
mod floors;
mod http;
mod imports;
mod journeys;
mod nodes;
mod questionnaire;
mod security;
mod store;
mod support;
