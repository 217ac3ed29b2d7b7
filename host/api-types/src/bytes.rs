//! Bytes in JSON, as base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serializer};

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    decoded(&String::deserialize(deserializer)?)
}

fn decoded<E: Error>(text: &str) -> Result<Vec<u8>, E> {
    BASE64_STANDARD.decode(text).map_err(|_| E::custom("a value is written in base64"))
}

pub(crate) mod optional {
    use base64::Engine as _;
    use serde::de::Deserializer;
    use serde::{Deserialize, Serialize as _, Serializer};

    use super::{BASE64_STANDARD, decoded};

    pub(crate) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(|bytes| BASE64_STANDARD.encode(bytes)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<String>::deserialize(deserializer)?.as_deref().map(decoded).transpose()
    }
}
