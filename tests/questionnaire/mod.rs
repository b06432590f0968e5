//! The instrument: expressions, sheets, routing, answers, tables, commands.
#![cfg(test)]

mod answers;
mod builtins;
mod command;
mod every_type;
mod expressions;
mod routes;
mod sheets;
mod support;
mod tables;
mod workbooks;
