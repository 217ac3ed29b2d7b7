//! Where a card may lead.

use crate::entity::safe_url;
use crate::markup::{El, link, span, way_out};

/// A link, if its address opens a page of this portal or another; the same without a way otherwise.
pub(crate) fn way(class: &'static str, url: &str) -> El {
    match (own_path(url), safe_url(url)) {
        // What is no page the browser has to fetch by itself.
        (Some(path), _) if path.starts_with("/api/") => way_out(class, path),
        (Some(path), _) => link(class, path),
        (None, Some(url)) => way_out(class, url),
        (None, None) => span(""),
    }
}

/// The same where there may be no address.
pub(super) fn way_if(class: &'static str, url: Option<&str>) -> El {
    url.map_or_else(|| span(""), |url| way(class, url))
}

/// Whether there is a way at an address.
pub(super) fn leads(url: &str) -> bool {
    own_path(url).is_some() || safe_url(url).is_some()
}

/// Whether it leaves the portal.
pub(super) fn leaves(url: &str) -> bool {
    own_path(url).is_none() && safe_url(url).is_some()
}

/// A path of this portal. Browsers read `//` and `/\` as the beginning of another host's address, and pass over tabs
/// and ends of lines on the way.
fn own_path(url: &str) -> Option<&str> {
    let path = url.trim();
    let is_own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\t', '\n', '\r']);
    is_own.then_some(path)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::prelude::*;

    use super::*;

    #[test]
    fn only_what_opens_a_page_becomes_a_link() {
        for (url, html) in [
            ("/runs/1", r#"<a href="/runs/1"></a>"#),
            ("/api/x", r#"<a href="/api/x" rel="external noopener"></a>"#),
            ("https://acme.example", r#"<a href="https://acme.example" rel="external noopener"></a>"#),
            ("mailto:core@acme.example", r#"<a href="mailto:core@acme.example" rel="external noopener"></a>"#),
            ("//acme.example", "<span></span>"),
            ("/\\acme.example", "<span></span>"),
            ("/\t/acme.example", "<span></span>"),
            ("runs/1", "<span></span>"),
            ("javascript:alert(1)", "<span></span>"),
            ("", "<span></span>"),
        ] {
            assert_eq!(way("", url).view().to_html(), html, "{url}");
        }
    }

    #[test]
    fn the_portals_own_pages_do_not_leave_it() {
        for (url, leads_on, out) in
            [("/runs/1", true, false), ("https://acme.example", true, true), ("javascript:alert(1)", false, false)]
        {
            assert_eq!((leads(url), leaves(url)), (leads_on, out), "{url}");
        }
    }
}
