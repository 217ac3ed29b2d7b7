//! The few small values that a plugin keeps between runs.

use redb::ReadableTable;

use crate::{Catalog, StoreError, tables};

impl Catalog {
    /// A value.
    pub fn state_get(&self, plugin: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read()?.open_table(tables::STATE)?.get((plugin, key))?.map(|value| value.value().to_vec()))
    }

    /// Stores a value; it is on the disk when this returns.
    pub fn state_set(&self, plugin: &str, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let transaction = self.write()?;
        transaction.open_table(tables::STATE)?.insert((plugin, key), value)?;
        Ok(transaction.commit()?)
    }

    /// Forgets a value; it is no error if there is none.
    pub fn state_delete(&self, plugin: &str, key: &str) -> Result<(), StoreError> {
        let transaction = self.write()?;
        transaction.open_table(tables::STATE)?.remove((plugin, key))?;
        Ok(transaction.commit()?)
    }

    /// Forgets all that a plugin keeps.
    pub fn state_forget(&self, plugin: &str) -> Result<(), StoreError> {
        let transaction = self.write()?;
        {
            let mut state = transaction.open_table(tables::STATE)?;
            let range = state.range((plugin, "")..)?;
            let keys = range.map(|entry| entry.map(|(key, _)| (key.value().0.to_owned(), key.value().1.to_owned())));
            let keys: Vec<(String, String)> = keys.collect::<Result<_, _>>()?;
            for (owner, key) in keys.iter().take_while(|(owner, _)| owner == plugin) {
                state.remove((owner.as_str(), key.as_str()))?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Bytes that a plugin's keys and values take.
    pub fn state_size(&self, plugin: &str) -> Result<u64, StoreError> {
        let mut size = 0;
        for entry in self.read()?.open_table(tables::STATE)?.range((plugin, "")..)? {
            let (key, value) = entry?;
            let (owner, key) = key.value();
            if owner != plugin {
                break;
            }
            size += (key.len() + value.value().len()) as u64;
        }
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_plugin_has_values_of_its_own() {
        let catalog = Catalog::in_memory().unwrap();
        catalog.state_set("a", "cursor", b"1").unwrap();
        catalog.state_set("b", "cursor", b"22").unwrap();
        assert_eq!(catalog.state_get("a", "cursor").unwrap().as_deref(), Some(&b"1"[..]));
        assert_eq!((catalog.state_size("a").unwrap(), catalog.state_size("b").unwrap()), (7, 8));
        catalog.state_delete("a", "cursor").unwrap();
        catalog.state_delete("a", "cursor").unwrap();
        assert_eq!(catalog.state_get("a", "cursor").unwrap(), None);
        assert!(catalog.state_get("b", "cursor").unwrap().is_some());
        catalog.state_set("a", "x", b"1").unwrap();
        catalog.state_set("a", "y", b"1").unwrap();
        catalog.state_forget("a").unwrap();
        assert_eq!((catalog.state_size("a").unwrap(), catalog.state_size("b").unwrap()), (0, 8));
    }
}
