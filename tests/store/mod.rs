mod exactly_once;
mod migrations;
mod rounds;
mod tokens;
mod writer;
