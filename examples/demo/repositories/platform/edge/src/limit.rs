//! A rate limit for each key: a bucket that fills at a steady pace.

use std::time::{Duration, Instant};

/// Tokens that a key may spend.
#[derive(Debug)]
pub struct Bucket {
    tokens: f64,
    filled: Instant,
    per_second: f64,
    capacity: f64,
}

impl Bucket {
    /// A full bucket.
    pub fn new(per_second: f64, capacity: f64, now: Instant) -> Self {
        Self { tokens: capacity, filled: now, per_second, capacity }
    }

    /// Takes one token, or says how long to wait for the next.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let grown = now.duration_since(self.filled).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + grown).min(self.capacity);
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / self.per_second))
    }
}
