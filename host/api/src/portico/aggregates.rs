//! Aggregates: counts and numbers of entities, in groups and over time.

use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use portico_api_types::{Aggregates, Points, Timestamp};
use portico_catalog::OverTimeError;

use crate::asking::Asking;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::ApiState;

/// Points of an answer when `points` is not given: a month, day by day.
const POINTS: usize = 30;

/// Counts entities, in groups by the values of a field, and says what their numbers in another come to.
#[utoipa::path(
    get, path = "/aggregates", tag = "portico",
    params(
        ("by" = Option<String>, Query, description = "The field whose values make the groups, such as `spec.type`"),
        ("of" = Option<String>, Query, description = "The field whose numbers are added up, such as `facts.cost.month`"),
        ("filter" = Option<Vec<String>>, Query, description = "As for `/entities`"),
        ("q" = Option<String>, Query, description = "As for `/entities`"),
    ),
    responses((status = 200, description = "The groups and the whole", body = Aggregates)),
)]
pub(crate) async fn now(
    State(state): State<ApiState>,
    asking: Asking,
    RawQuery(raw): RawQuery,
) -> Result<Json<Aggregates>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["by", "of", "filter", "q"])?;
    let filter = crate::catalog::filter(&state, &asking, &params)?;
    Ok(Json(state.catalog.aggregate(&filter, params.one("by")?, params.one("of")?)?))
}

/// Counts entities as they were at times up to now, and adds up their numbers.
#[utoipa::path(
    get, path = "/aggregates/over-time", tag = "portico",
    params(
        ("of" = Option<String>, Query, description = "The field whose numbers are added up"),
        ("filter" = Option<Vec<String>>, Query, description = "As for `/entities`; not about relations"),
        ("q" = Option<String>, Query, description = "As for `/entities`; not about relations"),
        ("step" = Option<u32>, Query, description = "Seconds between two points; a day if not given"),
        ("points" = Option<u32>, Query, description = "How many points, up to 1000, the last of them now; 30 if not given"),
    ),
    responses(
        (status = 200, description = "The points, in the order of time", body = Points),
        (status = 400, description = "It cannot be told over time"),
    ),
)]
pub(crate) async fn over_time(
    State(state): State<ApiState>,
    asking: Asking,
    RawQuery(raw): RawQuery,
) -> Result<Json<Points>, ApiError> {
    let params = Params::parse(raw.as_deref(), &["of", "filter", "q", "step", "points"])?;
    let filter = crate::catalog::filter(&state, &asking, &params)?;
    let step = Duration::from_secs(params.integer("step", 1..=31_536_000)?.unwrap_or(86_400) as u64);
    let points = params.integer("points", 1..=1_000)?.unwrap_or(POINTS);
    let now = Timestamp::now();
    // A time before the calendar begins is a long time ago.
    let times: Vec<Timestamp> =
        (0..points as u32).map(|back| now.checked_sub(step * back).unwrap_or(Timestamp::MIN)).collect();
    let of = params.one("of")?.map(str::to_owned);
    // It may read much of the log.
    let told = state.store(move |catalog| catalog.aggregate_over_time(&filter, of.as_deref(), &times)).await?;
    Ok(Json(told))
}

impl From<OverTimeError> for ApiError {
    fn from(error: OverTimeError) -> ApiError {
        match error {
            OverTimeError::Store(error) => error.into(),
            error => ApiError::input(error.to_string()),
        }
    }
}
