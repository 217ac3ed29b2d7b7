//! The few small values that a plugin keeps between runs.

use redb::{ReadableTable, WriteTransaction};

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

    /// Stores a value if the plugin's keys and values take at most `most` bytes with it; otherwise answers how many they would take.
    pub fn state_set_within(
        &self,
        plugin: &str,
        key: &str,
        value: &[u8],
        most: u64,
    ) -> Result<Result<(), u64>, StoreError> {
        let transaction = self.write()?;
        {
            let mut state = transaction.open_table(tables::STATE)?;
            state.insert((plugin, key), value)?;
            // In the transaction that writes, so that others of the plugin's calls are counted or wait.
            let size = size(&state, plugin)?;
            if size > most {
                return Ok(Err(size));
            }
        }
        transaction.commit()?;
        Ok(Ok(()))
    }

    /// Forgets a value; it is no error if there is none.
    pub fn state_delete(&self, plugin: &str, key: &str) -> Result<(), StoreError> {
        let transaction = self.write()?;
        transaction.open_table(tables::STATE)?.remove((plugin, key))?;
        Ok(transaction.commit()?)
    }

    /// All that a plugin keeps, by key.
    pub fn state_of(&self, plugin: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut all = Vec::new();
        for entry in self.read()?.open_table(tables::STATE)?.range((plugin, "")..)? {
            let (key, value) = entry?;
            let (owner, key) = key.value();
            if owner != plugin {
                break;
            }
            all.push((key.to_owned(), value.value().to_vec()));
        }
        Ok(all)
    }
}

/// Forgets all that a plugin keeps.
pub(crate) fn forget(transaction: &WriteTransaction, plugin: &str) -> Result<(), StoreError> {
    let end = format!("{plugin}\0");
    transaction.open_table(tables::STATE)?.retain_in((plugin, "")..(end.as_str(), ""), |_, _| false)?;
    Ok(())
}

/// Bytes that a plugin's keys and values take.
fn size(
    state: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    plugin: &str,
) -> Result<u64, StoreError> {
    let mut size = 0;
    for entry in state.range((plugin, "")..)? {
        let (key, value) = entry?;
        let (owner, key) = key.value();
        if owner != plugin {
            break;
        }
        size += (key.len() + value.value().len()) as u64;
    }
    Ok(size)
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
        let size = |plugin| size(&catalog.read().unwrap().open_table(tables::STATE).unwrap(), plugin).unwrap();
        assert_eq!((size("a"), size("b")), (7, 8));
        catalog.state_delete("a", "cursor").unwrap();
        catalog.state_delete("a", "cursor").unwrap();
        assert_eq!(catalog.state_get("a", "cursor").unwrap(), None);
        assert!(catalog.state_get("b", "cursor").unwrap().is_some());
        catalog.state_set("a", "x", b"1").unwrap();
        catalog.state_set("a", "y", b"1").unwrap();
        assert_eq!(catalog.state_of("a").unwrap(), [("x".into(), b"1".to_vec()), ("y".into(), b"1".to_vec())]);
        catalog.remove_plugin("a").unwrap();
        assert_eq!((size("a"), size("b")), (0, 8));
    }

    #[test]
    fn values_are_kept_up_to_a_size_and_not_a_byte_beyond() {
        let catalog = Catalog::in_memory().unwrap();
        let set = |key: &str, value: &[u8]| catalog.state_set_within("a", key, value, 10).unwrap();
        catalog.state_set("b", "x", &[0; 100]).unwrap();
        assert_eq!(set("x", &[1; 4]), Ok(()));
        assert_eq!(set("y", &[1; 4]), Ok(()));
        assert_eq!(set("z", b""), Err(11));
        assert_eq!(set("x", &[2; 5]), Err(11), "what it replaces is not counted");
        assert_eq!(catalog.state_get("a", "x").unwrap().as_deref(), Some(&[1; 4][..]), "nothing of it is kept");
        assert_eq!(set("x", b""), Ok(()));
        assert_eq!(set("y", &[1; 8]), Ok(()));
    }

    #[test]
    fn calls_side_by_side_keep_no_more_together_than_one_may() {
        let catalog = Catalog::in_memory().unwrap();
        let kept = std::thread::scope(|threads| {
            let set = |number: u8| {
                let catalog = &catalog;
                threads.spawn(move || {
                    let key = number.to_string();
                    (0..10).any(|_| catalog.state_set_within("a", &key, &[0; 9], 50).unwrap().is_ok())
                })
            };
            let all: Vec<_> = (0..10).map(set).collect();
            all.into_iter().map(|thread| thread.join().unwrap()).filter(|kept| *kept).count()
        });
        assert_eq!(kept, 5);
    }
}
