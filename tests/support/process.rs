//! The real program in a process of its own, which can be killed like one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use super::answers::give_key;
use super::service::Client;

pub(crate) fn khaosat(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
    command.args(arguments).stdin(Stdio::null());
    give_key(&mut command);
    command.output().expect("the program runs")
}

pub(crate) struct Process {
    child: Child,
    pub(crate) client: Client,
}

impl Process {
    pub(crate) fn serve(database: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", database]);
        Self::start(command)
    }

    /// Starts a command that ends in `khaosat serve`, and waits for the line in which it says where it listens.
    pub(crate) fn start(command: Command) -> Self {
        Self::start_telling(command).0
    }

    /// The same, and the line.
    pub(crate) fn start_telling(mut command: Command) -> (Self, String) {
        give_key(&mut command);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let url = line.split_whitespace().next().unwrap_or_else(|| panic!("the server did not start")).to_owned();
        (Self { child, client: Client::new(url) }, line)
    }

    /// As the power cut of a process: no chance to finish anything.
    pub(crate) fn kill_9(mut self) {
        self.child.kill().expect("it was running");
        let status = self.child.wait().expect("it ends");
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(status.signal(), Some(9), "it died of the kill and of nothing else");
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_waited = self.child.wait();
    }
}
