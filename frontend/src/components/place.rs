//! A place in a file, as a link where a page shows the file.

use leptos::prelude::*;

use crate::entity::safe_url;

/// `catalog-info.yaml:11`.
pub(crate) fn place(file: &str, line: u32, url: Option<&str>) -> AnyView {
    let line = (line > 0).then(|| view! { <span class="subtle">":"{line}</span> });
    let text = view! { <span class="mono">{file.to_owned()}{line}</span> };
    match url.and_then(safe_url) {
        Some(url) => view! { <a class="place link" href=url.to_owned() rel="external noopener">{text}</a> }.into_any(),
        None => view! { <span class="place">{text}</span> }.into_any(),
    }
}
