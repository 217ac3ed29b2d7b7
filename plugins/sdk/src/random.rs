//! Numbers that nobody can guess, for what is encrypted.
//!
//! Rule: they are the system's own. A plugin that asks for none imports nothing for them.

/// So many bytes.
pub fn bytes(count: usize) -> Vec<u8> {
    source::bytes(count)
}

#[cfg(target_arch = "wasm32")]
mod source {
    use wasip2::random::random::get_random_bytes;

    /// What the host gives at once.
    const PIECE: usize = 1 << 10;

    pub(super) fn bytes(count: usize) -> Vec<u8> {
        let mut all = Vec::with_capacity(count);
        while all.len() < count {
            all.extend(get_random_bytes((count - all.len()).min(PIECE) as u64));
        }
        all
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod source {
    pub(super) fn bytes(count: usize) -> Vec<u8> {
        let mut all = vec![0; count];
        getrandom::fill(&mut all).expect("the system has numbers that nobody can guess");
        all
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_are_alike() {
        assert_eq!(super::bytes(1_500).len(), 1_500);
        assert_ne!(super::bytes(32), super::bytes(32));
    }
}
