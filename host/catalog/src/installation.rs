//! What people installed through the portal: a document for each plugin, which this crate only keeps.

use redb::ReadableTable;

use crate::{Catalog, StoreError, tables};

impl Catalog {
    /// Every installation by the plugin's name, as it was saved.
    pub fn installations(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut all = Vec::new();
        for entry in self.read()?.open_table(tables::INSTALLATIONS)?.iter()? {
            let (name, record) = entry?;
            all.push((name.value().to_owned(), record.value().to_vec()));
        }
        Ok(all)
    }

    /// Saves an installation; it is on the disk when this returns.
    pub fn save_installation(&self, plugin: &str, record: &[u8]) -> Result<(), StoreError> {
        let transaction = self.write()?;
        transaction.open_table(tables::INSTALLATIONS)?.insert(plugin, record)?;
        Ok(transaction.commit()?)
    }

    /// Forgets an installation; it is no error if there is none.
    pub fn remove_installation(&self, plugin: &str) -> Result<(), StoreError> {
        let transaction = self.write()?;
        transaction.open_table(tables::INSTALLATIONS)?.remove(plugin)?;
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installations_are_kept_by_name() {
        let catalog = Catalog::in_memory().unwrap();
        catalog.save_installation("b", b"1").unwrap();
        catalog.save_installation("a", b"2").unwrap();
        catalog.save_installation("b", b"3").unwrap();
        assert_eq!(catalog.installations().unwrap(), [("a".into(), b"2".to_vec()), ("b".into(), b"3".to_vec())]);
        catalog.remove_installation("a").unwrap();
        catalog.remove_installation("a").unwrap();
        assert_eq!(catalog.installations().unwrap(), [("b".into(), b"3".to_vec())]);
    }
}
