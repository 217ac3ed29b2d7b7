//! Memory that was needed for a moment goes back to the system.
//!
//! Compiling a plugin of 1.7 MB takes some 100 MB on several threads, and a large sync a good part of that. The GNU
//! allocator keeps what was freed, for each thread that ever asked, until it is told otherwise; a portal that idles for
//! days should not hold what it needed for seconds.

/// Gives back what is free. It takes some milliseconds: to be called after work that takes far more.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library offers this as a plain function only")]
pub fn give_back() {
    // SAFETY: the function takes a number, touches nothing but the allocator's own books, and may be called from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators give back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}

/// From how many bytes on a piece of memory is asked of the system and given back to it by itself. The allocator would raise its
/// own figure to 32 MB as soon as pieces of that size were freed, and then each of them leaves a hole that small pieces, such as the
/// store's cached pages, keep from being given back: with this, a portal of 10,000 entities holds 97 MB, without it 125 to 153.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OF_ITS_OWN: usize = 1 << 20;

/// Has the allocator keep two pools of memory for each processor, where it would keep eight: each holds back what its threads once
/// needed, and with one alone threads wait for each other; and keeps large pieces apart, see [`OF_ITS_OWN`]. To be called before the
/// process has threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library offers this as a plain function only")]
pub fn keep_small() {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let number = |number: usize| libc::c_int::try_from(number).unwrap_or(libc::c_int::MAX);
    // SAFETY: the function takes two numbers and sets a parameter of the allocator; one that it does not know is left as it is.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, number(processors.saturating_mul(2)));
        libc::mallopt(libc::M_MMAP_THRESHOLD, number(OF_ITS_OWN));
    }
}

/// Other allocators know no pools.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_small() {}
