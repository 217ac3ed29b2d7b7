//! Refusals that say what would allow them.
//!
//! Rule: a refusal shows the exact lines to add, to `portico.yaml` where the operator has not granted what the manifest asks for, and to
//! the manifest first where that does not ask; or it says that no line can help and what can.

use std::fmt;

/// What a plugin can be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Reading Git repositories.
    Repositories,
    /// Pushing to Git repositories.
    Push,
    /// Reading files of this machine.
    Files,
    /// Sending HTTP requests.
    Http,
    /// Secrets that the host adds.
    Credentials,
    /// Reaching the clusters of kubeconfigs.
    Kubeconfig,
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
    /// HTTP requests in a call.
    Requests,
    /// Files in a task's workspace.
    Disk,
}

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 17] = [
        Capability::Repositories,
        Capability::Push,
        Capability::Files,
        Capability::Http,
        Capability::Credentials,
        Capability::Kubeconfig,
        Capability::Read,
        Capability::Write,
        Capability::Attach,
        Capability::State,
        Capability::Memory,
        Capability::Cpu,
        Capability::Wall,
        Capability::Response,
        Capability::Log,
        Capability::Requests,
        Capability::Disk,
    ];

    /// As the manifest spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Capability::Repositories => "repositories",
            Capability::Push => "push",
            Capability::Files => "files",
            Capability::Http => "http",
            Capability::Credentials => "credentials",
            Capability::Kubeconfig => "kubeconfig",
            Capability::Read => "read",
            Capability::Write => "write",
            Capability::Attach => "attach",
            Capability::State => "state",
            Capability::Memory => "memory",
            Capability::Cpu => "cpu",
            Capability::Wall => "wall",
            Capability::Response => "response",
            Capability::Log => "log",
            Capability::Requests => "requests",
            Capability::Disk => "disk",
        }
    }
}

/// What the operator writes.
const FILE: &str = "portico.yaml";

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Denial {
    /// The capability.
    pub capability: Capability,
    /// What was wanted, such as an address.
    pub target: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// What would allow it.
    pub remedy: Remedy,
    /// Where the grant is written.
    pub written: Box<str>,
}

impl Denial {
    /// Whether a text holds a denial that lines of `portico.yaml` would change, for who says where else such lines belong.
    pub fn is_in(text: &str) -> bool {
        text.contains(&format!("add to {FILE}:\n"))
    }
}

/// What would allow what was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The operator grants it: the lines to add.
    Grant(String),
    /// The manifest asks for it, and then the operator grants it.
    Ask {
        /// The lines to add to the manifest.
        manifest: String,
        /// The lines to add to the grants.
        grant: String,
    },
    /// No line can help; the sentence says what can.
    Nothing,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        let written = &self.written;
        match &self.remedy {
            Remedy::Grant(lines) => write!(f, " To allow it, add to {written}:\n{lines}"),
            Remedy::Ask { manifest, grant } => write!(
                f,
                " Its manifest does not ask for it, so no grant alone can allow it. To have it asked for, add to the plugin's \
                 manifest:\n{manifest}\nTo allow it then, add to {written}:\n{grant}"
            ),
            Remedy::Nothing => Ok(()),
        }
    }
}

/// Who keeps what a plugin is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeper {
    /// `portico.yaml`.
    #[default]
    File,
    /// The portal, which the plugin was installed through.
    Portal,
}

impl Keeper {
    /// Where grants are written, in the middle of a sentence.
    pub fn written(self, plugin: &str) -> String {
        match self {
            Keeper::File => FILE.to_owned(),
            Keeper::Portal => {
                format!(
                    "the grants of `{plugin}`, on its page or with `portico plugin configure {plugin} --config FILE`"
                )
            }
        }
    }

    /// The lines of a grant: `under` are the keys below `grants`, each one level deeper, and `last` is what they hold.
    pub fn lines(self, plugin: &str, under: &[&str], last: &[String]) -> String {
        let above: &[&str] = match self {
            Keeper::File => &["plugins", plugin, "grants"],
            Keeper::Portal => &["grants"],
        };
        nested(&[above, under].concat(), last)
    }
}

/// The lines of an ask: `under` are the keys below `asks`, and `last` is what they hold beside the reason.
pub(crate) fn ask_lines(under: &[&str], last: &[String]) -> String {
    nested(&[&["asks"], under].concat(), last)
}

/// In the place of what its author says something is asked for.
pub(crate) const REASON: &str = "Say here what for.";

/// The line of that.
pub(crate) fn reason_line() -> String {
    format!("reason: {REASON}")
}

/// Keys, each one level deeper, and what the last one holds.
fn nested(keys: &[&str], last: &[String]) -> String {
    let indent = |depth: usize| " ".repeat(2 * depth);
    let keys_lines = keys.iter().enumerate().map(|(depth, key)| format!("{}{key}:", indent(depth)));
    let last_lines = last.iter().map(|line| format!("{}{line}", indent(keys.len())));
    keys_lines.chain(last_lines).collect::<Vec<_>>().join("\n")
}

/// A YAML scalar that needs no thought: quoted, with what YAML reads inside quotes escaped.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
