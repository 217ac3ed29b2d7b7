//! The head of a page: what it is about, one line on it, and what can be done.

use leptos::prelude::*;

use crate::markup::{Child, El, div, el};

/// A page's head that is being put together.
pub(crate) struct PageHead {
    title: String,
    mark: Option<El>,
    beside: Vec<AnyView>,
    lead: Option<AnyView>,
}

impl PageHead {
    /// A head with a title.
    pub(crate) fn titled(title: impl Into<String>) -> PageHead {
        PageHead { title: title.into(), mark: None, beside: Vec::new(), lead: None }
    }

    /// Puts a glyph before the title.
    pub(crate) fn mark(self, mark: El) -> PageHead {
        PageHead { mark: Some(mark), ..self }
    }

    /// Puts something beside the title: tags, a state.
    pub(crate) fn beside(mut self, what: impl Child) -> PageHead {
        what.put_into(&mut self.beside);
        self
    }

    /// Says in a line what it is about.
    pub(crate) fn lead(self, lead: impl Child) -> PageHead {
        let mut said = Vec::new();
        lead.put_into(&mut said);
        let lead = (!said.is_empty()).then(|| el("p").class("lead").child(said).view());
        PageHead { lead, ..self }
    }

    /// The head, with what can be done at the right.
    pub(crate) fn doing(self, actions: impl Child) -> AnyView {
        let title = div("row").attr("style", "--gap:4px 10px").child(el("h1").child(self.title)).child(self.beside);
        let text = el("div").child(title).child(self.lead);
        let text = match self.mark {
            Some(mark) => div("row head-mark").flag("data-nowrap", true).child(mark).child(text),
            None => text,
        };
        div("page-head").child(text).child(div("row").child(actions)).view()
    }
}
