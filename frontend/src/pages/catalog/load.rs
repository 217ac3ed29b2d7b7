//! What the catalog page fetches: rows for its table, and counts for its filters.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, try_join_all};
use portico_model::EntityRef;
use serde::{Deserialize, Serialize};

use super::state::{Facet, State};
use crate::api::{Api, ApiError};
use crate::components::Titles;
use crate::entity::Entity;
use crate::text::kind;

/// The fields that any column shows; the rest of an entity would only be carried.
const FIELDS: &str = "kind,metadata.namespace,metadata.name,metadata.title,metadata.description,metadata.tags,\
                      spec.type,spec.lifecycle,spec.owner,spec.system,spec.domain,spec.parent,spec.memberOf,spec.profile,\
                      spec.target,spec.targets";

/// One page of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rows {
    pub(super) items: Vec<Entity>,
    /// How many there are on all pages.
    pub(super) total: u64,
    /// How many more match, but lack what the list is ordered by.
    pub(super) left_out: u64,
    /// Where the next page begins.
    pub(super) next: Option<String>,
    /// Where the page before begins.
    pub(super) previous: Option<String>,
    /// What the entities in the cells are called.
    pub(super) titles: Titles,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    items: Vec<Entity>,
    total_items: u64,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    next_cursor: Option<String>,
    prev_cursor: Option<String>,
}

impl Rows {
    pub(super) async fn fetch(api: &Api, state: &State) -> Result<Rows, ApiError> {
        let (listed, all) = join(api.get::<Listed>(&state.entities_path(FIELDS)), count_all(api, state)).await;
        let (listed, all) = (listed?, all?);
        let cells: BTreeSet<EntityRef> = listed.items.iter().flat_map(pointed_at).collect();
        Ok(Rows {
            total: listed.total_items,
            left_out: all.unwrap_or(listed.total_items).saturating_sub(listed.total_items),
            next: listed.page_info.next_cursor,
            previous: listed.page_info.prev_cursor,
            titles: Titles::fetch(api, cells).await?,
            items: listed.items,
        })
    }
}

/// How many match whatever the order; none where the order leaves nothing out.
async fn count_all(api: &Api, state: &State) -> Result<Option<u64>, ApiError> {
    if state.sort.by.is_total() {
        return Ok(None);
    }
    Ok(Some(api.get::<Listed>(&state.count_path()).await?.total_items))
}

/// Every entity that the cells of a row link to.
fn pointed_at(entity: &Entity) -> Vec<EntityRef> {
    const FIELDS: [(&str, &str); 4] =
        [("owner", "group"), ("system", "system"), ("domain", "domain"), ("parent", "group")];
    let single = FIELDS.iter().filter_map(|(field, kind)| entity.points_at(field, kind));
    single.chain(entity.points_at_all("memberOf", "group")).collect()
}

/// How many entities there are of each kind and with each value of each facet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// In the order in which kinds are listed.
    pub(super) kinds: Vec<Count>,
    /// By the key of the facet; most first.
    facets: BTreeMap<String, Vec<Count>>,
    /// What owners are called.
    pub(super) titles: Titles,
}

/// How many entities have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    pub(super) value: String,
    pub(super) count: u64,
}

#[derive(Deserialize)]
struct Facets {
    facets: BTreeMap<String, Vec<Count>>,
}

impl Counts {
    pub(super) async fn fetch(api: &Api, state: &State) -> Result<Counts, ApiError> {
        let paths = state.facet_paths();
        let (kinds, facets) = join(
            api.get::<Facets>("/api/catalog/entity-facets?facet=kind"),
            try_join_all(paths.iter().map(|path| api.get::<Facets>(path))),
        )
        .await;

        let mut kinds = kinds?.facets.remove("kind").unwrap_or_default();
        kinds.sort_by(|a, b| kind::rank(&a.value).cmp(&kind::rank(&b.value)).then_with(|| a.value.cmp(&b.value)));
        let mut facets: BTreeMap<String, Vec<Count>> = facets?.into_iter().flat_map(|answer| answer.facets).collect();
        for counts in facets.values_mut() {
            counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        }
        let owners = facets.get(Facet::Owner.key()).into_iter().flatten();
        let owners = owners.filter_map(|owner| EntityRef::parse(&owner.value).ok()).collect();
        Ok(Counts { kinds, titles: Titles::fetch(api, owners).await?, facets })
    }

    /// The values of a facet.
    pub(super) fn of(&self, facet: Facet) -> &[Count] {
        self.facets.get(facet.key()).map_or(&[], Vec::as_slice)
    }
}
