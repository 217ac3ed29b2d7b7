//! Places in a mapping, as sentences write them: `entity.spec.status`, `entity.labels["acme.com/tier"]`.

/// The place of a key below another place.
pub(crate) fn below(place: &str, key: &str) -> String {
    if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        format!("{place}.{key}")
    } else {
        format!("{place}[{key:?}]")
    }
}
