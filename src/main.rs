//! The khaosat program.
fn main() {}
