//! Where an index stands: of which catalog it is, and up to which of its changes. The index keeps it with what it says.

use std::fmt;

/// Where an index stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    /// The catalog's.
    pub(crate) identity: u64,
    /// The number of the last change that is in the index.
    pub(crate) known: u64,
    /// The number of the last change that may have been in it from the start, as it was made while the index was made anew.
    pub(crate) perhaps: u64,
}

impl Stand {
    /// Reads it; none if it is none of ours.
    pub(crate) fn parse(text: &str) -> Option<Stand> {
        let mut parts = text.split(' ');
        let identity = u64::from_str_radix(parts.next()?, 16).ok()?;
        let known = parts.next()?.parse().ok()?;
        let perhaps = parts.next().map_or(Ok(0), str::parse).ok()?;
        parts.next().is_none().then_some(Stand { identity, known, perhaps })
    }
}

impl fmt::Display for Stand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x} {} {}", self.identity, self.known, self.perhaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_as_itself() {
        let stand = Stand { identity: 10, known: 7, perhaps: 9 };
        assert_eq!(Stand::parse(&stand.to_string()), Some(stand));
        assert_eq!(Stand::parse("000000000000000a 7"), Some(Stand { identity: 10, known: 7, perhaps: 0 }));
        for other in ["", "000000000000000a", "x 7", "000000000000000a 7 9 1", "000000000000000a -1"] {
            assert_eq!(Stand::parse(other), None, "{other}");
        }
    }
}
