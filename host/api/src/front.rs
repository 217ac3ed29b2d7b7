//! What happens around every request: who may ask is settled, errors get their bodies, and the time it took is counted.
//!
//! Rule: one middleware for all of it, because each one of its own costs every request a box or two.

use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::{self, ApiError};
use crate::guard::Guard;
use crate::metrics::{Requests, Watch};

/// What it needs.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) guard: Guard,
    pub(crate) requests: Requests,
}

/// Serves a request from outside.
pub(crate) async fn serve(State(front): State<Front>, request: Request, next: Next) -> Response {
    let watch = Watch::start(&request);
    let response = match front.guard.check(&request) {
        Ok(()) => explained(request, next).await,
        Err(refusal) => error::filled(ApiError::from(refusal).into_response(), request.method(), request.uri()),
    };
    front.requests.observe(watch, response.status());
    response
}

/// Serves a request, and gives an error its body.
pub(crate) async fn explained(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    // Cheap: the bytes of an address are shared. Words are made of it only for an error.
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |uri| &uri.0).clone();
    error::filled(next.run(request).await, &method, &uri)
}
