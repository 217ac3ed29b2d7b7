//! Serves requests until it is asked to stop, then finishes those under way.

use axum::{Router, routing::get};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new().route("/health", get(|| async { "well" }));
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", 8080)).await?;
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Without a signal handler the process stops at once, which is what we want then.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}
