//! The document around the application.

use http::{HeaderValue, header};
use leptos::config::LeptosOptions;
use leptos::hydration::HydrationScripts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::components::theme_of_request;
use crate::vocabulary::{self, Vocabulary};
use crate::{App, KindsAnswer};

/// Where the page finds the browser's half: `/pkg/portico.js` and `/pkg/portico_bg.wasm`, and beside them what is fetched later.
///
/// Pages are rendered on tokio from then on; a second call changes nothing.
pub fn options() -> LeptosOptions {
    // It refuses only where an executor is set already.
    let _ = any_spawner::Executor::init_tokio();
    LeptosOptions::builder().output_name("portico").site_pkg_dir("pkg").build()
}

/// The whole document of a page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = use_context::<http::request::Parts>().and_then(|parts| theme_of_request(&parts.headers));
    let answer = use_context::<http::request::Parts>().and_then(|parts| parts.extensions.get::<KindsAnswer>().cloned());
    let words = answer.map(|answer| Vocabulary::read(&answer.0)).unwrap_or_default().written();
    protect();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href="/assets/portico.css"/>
                <HydrationScripts options/>
                // The client imports it, and would wait for it only then.
                <link rel="modulepreload" href="/pkg/portico_parts.js"/>
                <MetaTags/>
            </head>
            <body>
                <App/>
                <script type="application/json" id=vocabulary::ELEMENT inner_html=words></script>
            </body>
        </html>
    }
}

/// Only what the portal itself serves runs on its pages, whatever a descriptor may hold.
///
/// Scripts in the page carry the nonce; `wasm-unsafe-eval` lets the application's own WebAssembly start and nothing
/// else. Attributes may set styles, because widths of bars and meters are values.
fn protect() {
    let (Some(response), Some(nonce)) = (use_context::<leptos_axum::ResponseOptions>(), use_nonce()) else { return };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}
