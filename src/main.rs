//! The `khaosat` program: reads the command, does it, answers with 0 (done), 1 (a problem the user can mend), 2 (wrong
//! usage) or 78 (the database is newer than the program).

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use khaosat::cli::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let language = cli.language();
    let mut out = std::io::stdout().lock();
    let outcome = run(cli, &mut out);
    // A reader that went away (`khaosat … | head`) is not an error of ours.
    let _ = out.flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            eprintln!("{}", problems.describe(language));
            ExitCode::from(khaosat::problem::exit_code(&problems))
        }
    }
}
