//! The form on the page of an entity that lives for a while: it is given more time.
//!
//! Rule: a form leads back to the page that it stands on, see [`crate::back`].

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::post;
use portico_model::EntityRef;
use url::form_urlencoded;

use crate::asking::Asking;
use crate::back;
use crate::portico::extend_entity;
use crate::state::ApiState;

pub(crate) fn routes() -> Router<ApiState> {
    Router::new().route("/catalog/{namespace}/{kind}/{name}/extend", post(extend))
}

fn field(body: &str, name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(body.as_bytes()).into_owned();
    fields.find(|(known, _)| known == name).map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
}

async fn extend(
    State(state): State<ApiState>,
    asking: Asking,
    Path((namespace, kind, name)): Path<(String, String, String)>,
    body: String,
) -> Redirect {
    let page = format!("/catalog/{}/{}/{}", back::step(&namespace), back::step(&kind), back::step(&name));
    let Ok(entity) = EntityRef::new(&kind, &namespace, &name) else {
        return back::refused("/catalog", "The address names no entity; nothing was changed.");
    };
    let Some(by) = field(&body, "by") else {
        return back::refused(&page, "Say how long it stays, such as `7d`; nothing was changed.");
    };
    back::after(&page, extend_entity(&state, &asking, entity, by).await.map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_filled_in_is_not_there() {
        let body = "comment=+%20&by=7d";
        assert_eq!(field(body, "by").as_deref(), Some("7d"));
        assert_eq!(field(body, "comment"), None);
        assert_eq!(field(body, "other"), None);
    }
}
