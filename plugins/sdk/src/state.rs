//! A few small values that outlive a run, private to the plugin.
//!
//! For the place where a scope's reading stands, prefer the cursor of [`crate::Session::commit`], which is stored in the
//! same transaction as the data.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::host::state as host;

/// The value under a key, if there is one.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>> {
    match host::get(key)? {
        Some(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        None => Ok(None),
    }
}

/// Stores a value; it is durable when this returns.
pub fn set<T: Serialize>(key: &str, value: &T) -> Result<()> {
    Ok(host::set(key, &serde_json::to_vec(value)?)?)
}

/// Forgets a value; it is no error if there is none.
pub fn delete(key: &str) -> Result<()> {
    Ok(host::delete(key)?)
}
