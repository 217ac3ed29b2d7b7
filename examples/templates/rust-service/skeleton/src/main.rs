//! ${{ values.description }}

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

fn router() -> Router {
    Router::new().route("/healthz", get(|| async { "ok" }))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", ${{ values.port or 8080 }})).await?;
    axum::serve(listener, router()).with_graceful_shutdown(stopped()).await
}

/// Ends once somebody asks the process to stop.
async fn stopped() {
    // Without a way to be told, it is stopped by force.
    let _ = tokio::signal::ctrl_c().await;
}
