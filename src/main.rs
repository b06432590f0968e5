//! The khaosat program.

fn main() -> std::process::ExitCode {
    khaosat::cli::main()
}
