//! Who asks: the user whom a proxy in front of the portal has signed in, as the catalog knows them.
//!
//! Rule: a header is believed only where the configuration names it, and then it alone: the proxy writes it, and takes away what browsers send
//! under its name. Whoever the catalog does not know is nobody.
//!
//! Not here: whether a request may be served (`guard`).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use portico_model::{Asker, EntityRef, Filter};
use serde_json::Value;

use crate::error::ApiError;
use crate::state::ApiState;

/// Characters of the longest address of anybody, by the rules of mail.
const LONGEST: usize = 320;

/// What a user belongs to, at most: nobody is in more groups.
const GROUPS: usize = 200;

/// The user who asks; none where nobody is signed in, or the catalog does not know them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking(pub(crate) Option<EntityRef>);

impl FromRequestParts<ApiState> for Asking {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Asking, ApiError> {
        let Some(named) = state.user_header.as_ref().and_then(|header| named(&parts.headers, header)) else {
            return Ok(Asking(None));
        };
        let named = named.to_owned();
        Ok(Asking(state.store(move |catalog| known(catalog, &named)).await?))
    }
}

/// Whom a header names, if it names one person.
fn named<'h>(headers: &'h HeaderMap, header: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(header).iter();
    let value = values.next()?.to_str().ok()?.trim();
    // Of two nobody knows which the proxy wrote.
    (values.next().is_none() && (1..=LONGEST).contains(&value.len())).then_some(value)
}

/// The user of this name, or with this address.
fn known(catalog: &portico_catalog::Catalog, named: &str) -> Result<Option<EntityRef>, ApiError> {
    if !named.contains('@') {
        let reference = EntityRef::parse_with(named, Some("user"), "default").ok().filter(|user| user.kind() == "user");
        let Some(reference) = reference else { return Ok(None) };
        return Ok(catalog.entity(&reference)?.map(|_| reference));
    }
    // As it is indexed: without regard to case. A comma would be another condition.
    if named.contains(',') {
        return Ok(None);
    }
    let filter = Filter::from_query(&[&format!("kind=user,spec.profile.email={named}")]);
    let filter = filter.map_err(|error| ApiError::input(error.to_string()))?;
    let found = catalog.query(&portico_catalog::Query {
        filter,
        text: None,
        order: portico_catalog::Order::Reference,
        from: None,
        backwards: false,
        offset: 0,
        limit: 2,
    })?;
    // An address that two have says nothing.
    let [only] = found.items.as_slice() else { return Ok(None) };
    Ok(serde_json::from_slice::<Value>(only).ok().and_then(|entity| portico_model::reference_of(&entity)))
}

impl Asking {
    /// What `@me` stands for: the user, and the groups that they belong to.
    pub(crate) fn asker(&self, state: &ApiState) -> Result<Asker, ApiError> {
        let Some(user) = &self.0 else { return Ok(Asker::default()) };
        let mut me = vec![user.clone()];
        let entity = state.catalog.entity(user)?.unwrap_or_default();
        let entity: Value = serde_json::from_slice(&entity).unwrap_or_default();
        let relations = entity["relations"].as_array().into_iter().flatten();
        let groups = relations
            .filter(|relation| relation["type"] == "memberOf")
            .filter_map(|relation| relation["targetRef"].as_str());
        me.extend(groups.filter_map(|group| EntityRef::parse(group).ok()).take(GROUPS));
        Ok(Asker { me })
    }
}
