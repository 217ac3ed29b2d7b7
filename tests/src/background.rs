//! A command that goes on while a test looks at what it says.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::wait::until;

/// A command that was started, ended when it is dropped.
pub struct Background {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Background {
    /// Starts a command.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start(command: &mut Command) -> Background {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let said = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().expect("piped"), Arc::clone(&said));
        collect(child.stderr.take().expect("piped"), Arc::clone(&said));
        Background { child, said }
    }

    /// What it has said so far, on both streams.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn said(&self) -> String {
        self.said.lock().expect("lines").clone()
    }

    /// Waits until it has said all of these after the first `from` bytes; answers all that it had said by then. The two streams have no
    /// order between them.
    ///
    /// # Panics
    ///
    /// If it does not, or ends.
    pub fn until_said(&mut self, parts: &[&str], from: usize) -> String {
        until(&format!("{parts:?} are said"), || {
            let said = self.said();
            let missing: Vec<&&str> = parts.iter().filter(|part| !said[from..].contains(**part)).collect();
            if missing.is_empty() {
                return Some(said);
            }
            let ended = self.child.try_wait().expect("its own process");
            assert!(ended.is_none(), "it ended ({ended:?}) and has not said {missing:?}: {said}");
            None
        })
    }

    /// Interrupts it, as Ctrl-C does, and waits until it has ended. Whether it ended well.
    ///
    /// # Panics
    ///
    /// If it goes on.
    pub fn interrupt(&mut self) -> bool {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-INT", &id]).status().is_ok_and(|status| status.success());
        told && until("the command ends", || self.child.try_wait().expect("its own process")).success()
    }
}

fn collect(stream: impl Read + Send + 'static, said: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut said = said.lock().expect("lines");
            said.push_str(&line);
            said.push('\n');
        }
    });
}

impl Drop for Background {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("The command has said:\n{}", self.said());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
