//! Attacks on time, memory and stack.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::{clock, run};
use crate::{came_through, raw};

pub(crate) fn spin() -> Result<(), Error> {
    let mut number = 0_u64;
    loop {
        number = black_box(number.wrapping_add(1));
    }
}

pub(crate) fn spin_in_host_calls() -> Result<(), Error> {
    loop {
        black_box(run::cancelled());
    }
}

pub(crate) fn endless_progress() -> Result<(), Error> {
    for done in 0.. {
        run::progress(done, Some(u64::MAX), "almost there");
    }
    Ok(())
}

pub(crate) fn ignore_cancel() -> Result<(), Error> {
    run::log(run::Level::Info, "begun");
    loop {
        for number in 0..1_000_000_u64 {
            black_box(number);
        }
        black_box(run::cancelled());
    }
}

pub(crate) fn heed_cancel() -> Result<(), Error> {
    run::log(run::Level::Info, "begun");
    while !run::cancelled() {
        black_box(0);
    }
    Err(Error::Failed("it was asked to stop".to_owned()))
}

pub(crate) fn wait_for_ever() -> Result<(), Error> {
    loop {
        clock::pause(u32::MAX);
    }
}

pub(crate) fn allocate_at_once() -> Result<(), Error> {
    black_box(vec![1_u8; 1 << 30]);
    Err(came_through("a gigabyte"))
}

pub(crate) fn allocate_gradually() -> Result<(), Error> {
    let mut held = Vec::new();
    loop {
        held.push(black_box(vec![1_u8; 1 << 20]));
    }
}

pub(crate) fn allocate_with_care() -> Result<(), Error> {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(1 << 20).is_err() {
            let pieces = held.len();
            drop(held);
            return Err(Error::Failed(format!("{pieces} MiB and no more")));
        }
        held.push(black_box(piece));
    }
}

pub(crate) fn grow_beyond_the_type() -> Result<(), Error> {
    // Each of these fails in the type, before any limit is asked.
    for _ in 0..1_000 {
        raw::grow(65_535);
    }
    let mut pages = 0;
    while raw::grow(1) {
        raw::grow(65_535);
        pages += 1;
    }
    Err(Error::Failed(format!("{} MiB and no more", pages / 16)))
}

pub(crate) fn recurse() -> Result<(), Error> {
    fn deeper(depth: u64) -> u64 {
        let room = black_box([depth; 64]);
        if depth == u64::MAX { 0 } else { deeper(black_box(depth + 1)) + room[7] }
    }
    Err(came_through(&format!("{}", deeper(0))))
}

pub(crate) fn recurse_on_the_engines_stack() -> Result<(), Error> {
    /// Never reached; the compiler does not know.
    static BOTTOM: AtomicU64 = AtomicU64::new(u64::MAX);

    #[inline(never)]
    fn deeper(depth: u64) -> u64 {
        // What is done with the result keeps this from becoming a loop.
        if depth == BOTTOM.load(Ordering::Relaxed) {
            depth
        } else {
            deeper(depth + 1).rotate_left(7) ^ depth.wrapping_mul(31)
        }
    }
    Err(came_through(&format!("{}", deeper(0))))
}
