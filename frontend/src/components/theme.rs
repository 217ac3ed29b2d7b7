//! Light and dark: the system decides until the reader chooses.
//!
//! The choice is a cookie rather than an entry of the browser's storage, so that the server writes it into the first
//! byte of the page: nothing flashes, no script has to run before the first paint, and it holds without script.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::icon;
use crate::markup::{El, el};

/// The cookie's name; its value is `light` or `dark`.
const COOKIE: &str = "portico-theme";

/// A year: a choice that is renewed at each change and forgotten with the browser.
const MAX_AGE: &str = "31536000";

/// Turns light into dark and back.
pub(crate) fn theme_toggle() -> El {
    const DOES: &str = "Switch between light and dark";
    el("button")
        .class("btn needs-script")
        .flag("data-icon", true)
        .attr("data-variant", "quiet")
        .attr("type", "button")
        .attr("aria-label", DOES)
        .title(DOES)
        .on(ev::click, |_| toggle())
        .child(icon("sun"))
}

fn toggle() {
    let Some(root) = document().document_element() else { return };
    let system_is_dark =
        || window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
    let dark = match root.get_attribute("data-theme") {
        Some(theme) => theme == "dark",
        None => system_is_dark(),
    };
    let theme = if dark { "light" } else { "dark" };
    // Both fail only where the document is being taken down, and then there is nothing left to colour.
    let _ = root.set_attribute("data-theme", theme);
    if let Ok(page) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = page.set_cookie(&format!("{COOKIE}={theme}; path=/; max-age={MAX_AGE}; samesite=lax"));
    }
}

/// The theme that a request asks for, by its `Cookie` headers.
#[cfg(feature = "ssr")]
pub(crate) fn of_request(headers: &http::HeaderMap) -> Option<&'static str> {
    let cookies = headers.get_all(http::header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    ["light", "dark"].into_iter().find(|theme| *theme == value)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn the_first_byte_of_a_page_knows_the_theme() {
        for (cookie, theme) in [
            ("portico-theme=dark", Some("dark")),
            ("a=b; portico-theme=light; c=d", Some("light")),
            ("portico-theme=\"><script>", None),
            ("xportico-theme=dark", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(http::header::COOKIE, HeaderValue::from_static(cookie))]);
            assert_eq!(of_request(&headers), theme, "{cookie}");
        }
    }
}
