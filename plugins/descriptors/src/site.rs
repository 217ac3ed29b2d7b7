//! How the files of a tree are addressed: what others call them, and where an address that stands in one of them leads.

use portico_sdk::Result;

/// What Backstage's annotations say of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// `type:target` of the file.
    pub location: String,
    /// A page that shows it.
    pub view: Option<String>,
    /// A page that edits it.
    pub edit: Option<String>,
    /// `type:target` of the folder that it describes.
    pub source: Option<String>,
}

/// Where a target of a Location leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a file of the tree, by its path.
    File(String),
    /// To the files of the tree that a pattern matches.
    Files(String),
    /// To what is read by itself, so that there is nothing to do here.
    Elsewhere,
    /// To nothing that is read here: why, and what to do, as the rest of a sentence that begins with the target.
    Refused(String),
}

/// How the files of a tree are addressed.
pub trait Site {
    /// What is said of a file.
    fn links(&self, path: &str) -> Links;

    /// Where a target leads that a Location in `file` names.
    fn target(&self, file: &str, written: &str) -> Target;

    /// The file of the tree that a placeholder in `file` names.
    fn include(&self, file: &str, written: &str) -> Result<String>;

    /// What to do where there are more descriptor files than are read, as a clause.
    fn fewer(&self) -> &'static str;
}
