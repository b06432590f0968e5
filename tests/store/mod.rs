mod audit_seal;
mod backup;
mod exactly_once;
mod migrations;
mod plan;
mod rounds;
mod tokens;
mod writer;
