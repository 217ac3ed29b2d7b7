//! The files that the binary carries for browsers: styles, the client's code, the mark.
//!
//! They are asked for anew with an entity tag, so that a reader never runs an older client against a newer portal, and
//! sent only when they have changed. Those whose name says what they hold are never asked for again: parts of the client, of which
//! another portal has others.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// A file, with the form that was compressed when the program was built.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its address, such as `/pkg/portico.js`.
    pub path: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// As it is.
    pub plain: &'static [u8],
    /// Compressed with brotli; empty where there is none.
    pub brotli: &'static [u8],
    /// Whether its name changes with what it holds.
    pub named_by_content: bool,
}

/// All files by path.
#[derive(Clone)]
pub(crate) struct Assets(Arc<HashMap<&'static str, (Asset, HeaderValue)>>);

impl Assets {
    /// The files that the binary embeds, and those that the front end's crate holds.
    pub(crate) fn new(embedded: &[Asset]) -> Assets {
        let own = portico_frontend::ASSETS.iter().map(|file| Asset {
            path: file.path,
            media_type: file.content_type,
            plain: file.body.as_bytes(),
            brotli: &[],
            named_by_content: false,
        });
        let tagged = embedded.iter().copied().chain(own).map(|file| {
            let digest = hex::encode(&Sha256::digest(file.plain)[..8]);
            let tag = HeaderValue::from_str(&format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
            (file.path, (file, tag))
        });
        Assets(Arc::new(tagged.collect()))
    }
}

/// One file, in the smallest form that the browser takes.
pub(crate) async fn file(State(assets): State<Assets>, uri: Uri, headers: HeaderMap) -> Response {
    let Some((file, tag)) = assets.0.get(uri.path()) else {
        return ApiError::not_found(format!("There is no file {}", uri.path())).into_response();
    };
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or("");
    let kept = if file.named_by_content { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if text(header::IF_NONE_MATCH).split(',').any(|known| known.trim().as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let accepted: Vec<&str> =
        text(header::ACCEPT_ENCODING).split(',').filter_map(|part| part.split(';').next()).map(str::trim).collect();
    let kind = [(header::CONTENT_TYPE, file.media_type)];
    if accepted.contains(&"br") && !file.brotli.is_empty() {
        let encoding = [(header::CONTENT_ENCODING, "br")];
        return (common, kind, encoding, Bytes::from_static(file.brotli)).into_response();
    }
    (common, kind, Bytes::from_static(file.plain)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_is_named_by_what_it_holds_is_kept_by_browsers_unasked() {
        let file_of = |path, named_by_content| Asset {
            path,
            media_type: "application/wasm",
            plain: b"code",
            brotli: &[],
            named_by_content,
        };
        let assets = Assets::new(&[file_of("/pkg/a.wasm", false), file_of("/pkg/a.0123.wasm", true)]);
        for (path, status, kept) in [
            ("/pkg/a.wasm", StatusCode::OK, Some("no-cache")),
            ("/pkg/a.0123.wasm", StatusCode::OK, Some("public, max-age=31536000, immutable")),
            ("/pkg/a.4567.wasm", StatusCode::NOT_FOUND, None),
        ] {
            let answer = file(State(assets.clone()), Uri::from_static(path), HeaderMap::new()).await;
            assert_eq!(answer.status(), status, "{path}");
            let said = answer.headers().get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
            assert_eq!(said, kept, "{path}");
        }
    }
}
