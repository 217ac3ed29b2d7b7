//! Refusals that say what would allow them.
//!
//! Rule: a refusal shows the exact lines to add to `portico.yaml`, or says that no line can help and what can.

use std::fmt;

/// What a plugin can be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Reading Git repositories.
    Repositories,
    /// Reading files of this machine.
    Files,
    /// Sending HTTP requests.
    Http,
    /// Secrets that the host adds.
    Credentials,
    /// Reading entities.
    Read,
    /// Bringing entities in.
    Write,
    /// Attaching facts.
    Attach,
    /// Keeping state.
    State,
    /// Memory in a call.
    Memory,
    /// Computing time in a call.
    Cpu,
    /// Time on the clock in a call.
    Wall,
    /// The size of what a server answers.
    Response,
    /// Lines of a run's log.
    Log,
}

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 13] = [
        Capability::Repositories,
        Capability::Files,
        Capability::Http,
        Capability::Credentials,
        Capability::Read,
        Capability::Write,
        Capability::Attach,
        Capability::State,
        Capability::Memory,
        Capability::Cpu,
        Capability::Wall,
        Capability::Response,
        Capability::Log,
    ];

    /// As the manifest spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Capability::Repositories => "repositories",
            Capability::Files => "files",
            Capability::Http => "http",
            Capability::Credentials => "credentials",
            Capability::Read => "read",
            Capability::Write => "write",
            Capability::Attach => "attach",
            Capability::State => "state",
            Capability::Memory => "memory",
            Capability::Cpu => "cpu",
            Capability::Wall => "wall",
            Capability::Response => "response",
            Capability::Log => "log",
        }
    }
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Denial {
    /// The capability.
    pub capability: Capability,
    /// What was wanted, such as an address.
    pub target: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// The lines to add to `portico.yaml`; none where no line can help.
    pub lines: Option<String>,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        match &self.lines {
            Some(lines) => write!(f, " To allow it, add to portico.yaml:\n{lines}"),
            None => Ok(()),
        }
    }
}

/// The lines of a grant: `under` are the keys below `grants`, each one level deeper, and `last` is what they hold.
pub(crate) fn grant_lines(plugin: &str, under: &[&str], last: &[String]) -> String {
    let mut lines = vec!["plugins:".to_owned(), format!("  {plugin}:"), "    grants:".to_owned()];
    for (depth, key) in under.iter().enumerate() {
        lines.push(format!("{}{key}:", " ".repeat(6 + 2 * depth)));
    }
    let indent = " ".repeat(6 + 2 * under.len());
    lines.extend(last.iter().map(|line| format!("{indent}{line}")));
    lines.join("\n")
}

/// A YAML scalar that needs no thought: quoted, with what YAML reads inside quotes escaped.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
