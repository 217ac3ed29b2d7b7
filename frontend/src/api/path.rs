//! Addresses with a query, built piece by piece.

use std::fmt;

/// A path to which parameters are added.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    text: String,
    has_query: bool,
}

impl Path {
    /// Begins with a path without a query.
    pub(crate) fn new(path: impl Into<String>) -> Path {
        Path { text: path.into(), has_query: false }
    }

    /// Adds a parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Path {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(&encode(name));
        self.text.push('=');
        self.text.push_str(&encode(value));
        self
    }

    /// Adds a parameter if there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<&str>) -> Path {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Percent-encodes everything but the characters that mean nothing anywhere in an address.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_each_other() {
        let path = Path::new("/catalog").with("kind", "api").with_some("q", None).with_some("q", Some("a b&c"));
        assert_eq!(path.to_string(), "/catalog?kind=api&q=a%20b%26c");
    }

    #[test]
    fn letters_beyond_ascii_are_encoded_byte_by_byte() {
        assert_eq!(encode("Größe/~x"), "Gr%C3%B6%C3%9Fe%2F~x");
    }
}
