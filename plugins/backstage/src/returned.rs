//! What came from here before the other portal knew what this one is called.
//!
//! A portal that takes entities over from one that does not federate yet cannot name it among those that they passed. Once that one
//! federates as well, they would come back to it, until the other has read everything anew. So it looks at them: what another portal has
//! from somebody without a name, and what stands here under the same name and was written down at the same place, is what is here
//! already.
//!
//! Rule: without the right to read the catalog nothing is known, and nothing is left out for it.

use portico_sdk::model::{EntityRef, MANAGED_BY_LOCATION};
use portico_sdk::{Error, Result, catalog};
use serde_json::Value;

use crate::chain::THROUGH;
use crate::moved::{ENTITY, LOCATION};

/// Whether an entity of another portal is one of this portal, come back.
pub(crate) fn is_ours(entity: &Value) -> Result<bool> {
    let annotation = |key| entity["metadata"]["annotations"][key].as_str();
    let (Some(through), Some(there), Some(location)) = (annotation(THROUGH), annotation(ENTITY), annotation(LOCATION))
    else {
        return Ok(false);
    };
    if through.split_whitespace().count() != 1 {
        return Ok(false);
    }
    let Ok(here) = EntityRef::parse(there) else { return Ok(false) };
    match catalog::get(&here) {
        Ok(known) => Ok(known.is_some_and(|known| known["metadata"]["annotations"][MANAGED_BY_LOCATION] == location)),
        Err(Error::Denied(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal as Memory;
    use serde_json::json;

    use super::*;
    use crate::testing::component;

    fn written_at(mut entity: Value, place: &str) -> Value {
        entity["metadata"]["annotations"] = json!({ MANAGED_BY_LOCATION: place });
        entity
    }

    #[test]
    fn what_stands_here_and_was_written_down_at_the_same_place_is_ours() {
        let memory = Memory::new().entity(written_at(component("shop", "1"), "url:https://git.test/shop"));
        for (through, there, location, expected) in [
            ("other", "component:default/shop", "url:https://git.test/shop", true),
            // Whoever is named is told apart by the name.
            ("me other", "component:default/shop", "url:https://git.test/shop", false),
            ("other", "component:default/shop", "url:https://git.test/elsewhere", false),
            ("other", "component:other/shop", "url:https://git.test/shop", false),
            ("other", "nobody", "url:https://git.test/shop", false),
        ] {
            let mut entity = component("shop", "1");
            entity["metadata"]["namespace"] = json!("two-default");
            entity["metadata"]["annotations"] = json!({ THROUGH: through, ENTITY: there, LOCATION: location });
            assert_eq!(memory.run(|| is_ours(&entity)), Ok(expected), "{through} {there} {location}");
        }
        assert_eq!(memory.run(|| is_ours(&component("shop", "1"))), Ok(false), "what was never taken over");
    }
}
