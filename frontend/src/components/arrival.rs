//! What a browser does by itself when a page is loaded, done when one is reached within the application: the sheet that
//! led here closes, and reading begins at the content.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Whether a page has been reached yet. The first one is the browser's own business.
#[derive(Clone, Copy)]
pub(crate) struct Arrival(StoredValue<bool>);

impl Arrival {
    /// Puts it into the context of the whole application.
    pub(crate) fn provide() {
        provide_context(Arrival(StoredValue::new(false)));
    }

    /// Watches the address for as long as a page is shown. What only changes a page's query does not arrive anywhere.
    pub(crate) fn watch() {
        let Arrival(reached) = expect_context();
        let path = use_location().pathname;
        Effect::new(move || {
            path.track();
            if reached.get_value() {
                arrive();
            }
            reached.set_value(true);
        });
    }
}

fn arrive() {
    let element = |id| document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(nav) = element("nav") {
        // It refuses only if it is not open, which is as well.
        let _ = nav.hide_popover();
    }
    if let Some(main) = element("main") {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        // An element that cannot take the focus leaves it where it is.
        let _ = main.focus_with_options(&options);
    }
}
