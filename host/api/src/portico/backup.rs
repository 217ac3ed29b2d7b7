//! A backup of the store, as a file that is sent while it is read.

use std::fs::File;
use std::io::Read;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::error::ApiError;
use crate::state::ApiState;

/// Bytes that are read and sent at once.
const PIECE: usize = 1 << 20;

/// The last committed state of the whole store, as one file; `portico restore` puts it back.
#[utoipa::path(
    get, path = "/backup", tag = "portico",
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = String)),
)]
pub(crate) async fn backup(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let catalog = state.catalog.clone();
    let made = tokio::task::spawn_blocking(move || catalog.backup_to_send()).await;
    let file = made.map_err(|error| ApiError::internal(&error))?.map_err(|error| ApiError::internal(&error))?;
    let length = file.metadata().map_err(|error| ApiError::internal(&error))?.len();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"portico.backup\"".to_owned()),
    ];
    Ok((headers, Body::from_stream(stream::try_unfold(file, piece))).into_response())
}

async fn piece(mut file: File) -> std::io::Result<Option<(Bytes, File)>> {
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = vec![0; PIECE];
        let length = file.read(&mut bytes)?;
        bytes.truncate(length);
        Ok::<_, std::io::Error>((bytes, file))
    });
    let (bytes, file): (Vec<u8>, File) = read.await.map_err(std::io::Error::other)??;
    Ok((!bytes.is_empty()).then_some((bytes.into(), file)))
}
