//! A place in a file, as a link where a page shows the file.

use crate::entity::safe_url;
use crate::markup::{El, span, way_out};

/// `catalog-info.yaml:11`.
pub(crate) fn place(file: &str, line: u32, url: Option<&str>) -> El {
    let line = (line > 0).then(|| span("subtle").child(format!(":{line}")));
    let text = span("mono").child(file).child(line);
    match url.and_then(safe_url) {
        Some(url) => way_out("place link", url).child(text),
        None => span("place").child(text),
    }
}
