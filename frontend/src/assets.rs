//! The files that pages refer to, held in the program.

/// A file, ready to be served.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Where pages expect it.
    pub path: &'static str,
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// What it holds.
    pub body: &'static str,
}

/// The style sheet. Layers order it, not the sequence of its parts; tokens come first for its readers.
pub const STYLES: &str = concat!(
    include_str!("styles/tokens.css"),
    include_str!("styles/base.css"),
    include_str!("styles/layout.css"),
    include_str!("styles/controls.css"),
    include_str!("styles/marks.css"),
    include_str!("styles/cards.css"),
    include_str!("styles/plugin-cards.css"),
    include_str!("styles/code.css"),
    include_str!("styles/create.css"),
    include_str!("styles/fill.css"),
    include_str!("styles/palette.css"),
    include_str!("styles/utilities.css"),
);

/// Every file beside the application itself.
pub const ASSETS: &[Asset] = &[
    Asset { path: "/assets/portico.css", content_type: "text/css; charset=utf-8", body: STYLES },
    Asset { path: "/assets/icons.svg", content_type: "image/svg+xml", body: include_str!("assets/icons.svg") },
    Asset { path: "/assets/favicon.svg", content_type: "image/svg+xml", body: include_str!("assets/favicon.svg") },
];
