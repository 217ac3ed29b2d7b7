//! The tools of languages, run as their developers run them.
//!
//! Rule: what a tool says goes to the terminal as it says it. One that is missing is an error that says how to get it. When nobody waits
//! for a tool any more, it ends with everything that it has started.

use std::error::Error;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// A tool with what it shall do.
pub(super) struct Tool {
    command: Command,
    /// How to get it.
    remedy: &'static str,
}

impl Tool {
    /// A program that runs in a folder.
    pub(super) fn new(program: impl AsRef<OsStr>, folder: &Path, remedy: &'static str) -> Tool {
        let mut command = Command::new(program);
        command.current_dir(folder);
        Tool { command, remedy }
    }

    /// With further arguments.
    pub(super) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Tool {
        self.command.args(arguments);
        self
    }

    /// With an environment variable.
    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Tool {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end. What it says is no answer of this program's, and goes to the standard error.
    pub(super) async fn run(mut self) -> Result<(), Box<dyn Error>> {
        self.command.stdout(io::stderr());
        self.finish().await.map(drop)
    }

    /// Runs it to its end, and answers what it wrote.
    pub(super) async fn output(mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        self.command.stdout(Stdio::piped());
        self.finish().await
    }

    /// Runs it in the place of this program, with its output, its signals and its exit status. An answer is why it did not start.
    pub(super) fn replace(self) -> Box<dyn Error> {
        let line = self.line();
        let mut command = self.command.into_std();
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        unstarted(&line, self.remedy, &error)
    }

    async fn finish(mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        let line = self.line();
        let command = self.command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| unstarted(&line, self.remedy, &error))?;
        let group = Group::of(child.id());
        let mut written = Vec::new();
        if let Some(stdout) = &mut child.stdout {
            stdout.read_to_end(&mut written).await?;
        }
        let status = child.wait().await?;
        group.has_ended();
        match status.success() {
            true => Ok(written),
            false => Err(format!("`{line}` failed ({status}); what it printed above says why").into()),
        }
    }

    fn line(&self) -> String {
        let command = self.command.as_std();
        let program = Path::new(command.get_program());
        let words = program.file_name().into_iter().chain(command.get_args());
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }
}

fn unstarted(line: &str, remedy: &str, error: &io::Error) -> Box<dyn Error> {
    match error.kind() {
        io::ErrorKind::NotFound => format!("`{line}` cannot be run: there is no such program. {remedy}").into(),
        _ => format!("`{line}` cannot be run: {error}. {remedy}").into(),
    }
}

/// A process with those that it starts, ended when it is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(leader: Option<u32>) -> Group {
        Group(leader.and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Its number may be another's from now on.
    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // One that has ended in the meantime needs no end.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::portal::wait;

    fn tool(script: &str) -> Tool {
        Tool::new("sh", Path::new("."), "Install a shell.").args(["-c", script])
    }

    #[test]
    fn a_tool_that_is_missing_is_an_error_that_says_how_to_get_it() {
        let missing = || Tool::new("no-such-tool", Path::new("."), "Install it from x.test.").args(["build"]);
        let expected = "`no-such-tool build` cannot be run: there is no such program. Install it from x.test.";
        assert_eq!(wait(missing().run()).unwrap_err().to_string(), expected);
        assert_eq!(missing().replace().to_string(), expected);
    }

    #[test]
    fn what_fails_says_which_tool_it_was() {
        assert_eq!(wait(tool("printf said").output()).unwrap(), b"said");
        let error = wait(tool("exit 3").run()).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 3` failed (exit status: 3); what it printed above says why");
    }

    #[test]
    fn what_nobody_waits_for_ends_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        wait(Tool::new("mkfifo", folder.path(), "Install coreutils.").args([&pipe]).run()).unwrap();
        // The grandchild holds the pipe open; its end is the end of the pipe.
        let script = format!("sh -c 'echo started; sleep 600' > {} & wait", pipe.display());
        let read = wait(async {
            let begun = tokio::fs::File::open(&pipe);
            let mut pipe = {
                let work = tool(&script).run();
                tokio::pin!(work);
                let mut pipe = tokio::select! {
                    opened = begun => opened?,
                    _ = &mut work => panic!("it waits"),
                };
                let mut first = [0; 8];
                pipe.read_exact(&mut first).await?;
                assert_eq!(&first, b"started\n");
                pipe
            };
            let mut rest = Vec::new();
            pipe.read_to_end(&mut rest).await?;
            Ok(rest)
        });
        assert_eq!(read.unwrap(), b"");
    }
}
