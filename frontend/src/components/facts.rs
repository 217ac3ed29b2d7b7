//! Facts: a name and what is said of it, line by line.

use crate::markup::{Child, El, div, el};

/// A list of facts that is being put together.
pub(crate) struct Facts(El);

impl Facts {
    /// An empty list.
    pub(crate) fn new() -> Facts {
        Facts(el("dl").class("dl"))
    }

    /// Adds a fact.
    pub(crate) fn with(self, name: impl Into<String>, value: impl Child) -> Facts {
        Facts(self.0.child(el("dt").child(name.into())).child(el("dd").child(value)))
    }

    /// Adds a fact if there is something to say.
    pub(crate) fn with_some(self, name: impl Into<String>, value: Option<impl Child>) -> Facts {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The list alone.
    pub(crate) fn list(self) -> El {
        self.0
    }

    /// The list as the body of a card.
    pub(crate) fn body(self) -> El {
        div("card-body").child(self.0)
    }
}
