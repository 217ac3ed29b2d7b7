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

/// Has the allocator keep two pools of memory for each processor, where it would keep eight: each holds back what its threads once
/// needed, and with one alone threads wait for each other. To be called before the process has threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library offers this as a plain function only")]
pub fn keep_small() {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let pools = libc::c_int::try_from(processors.saturating_mul(2)).unwrap_or(libc::c_int::MAX);
    // SAFETY: the function takes two numbers and sets a parameter of the allocator; one that it does not know is left as it is.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, pools);
    }
}

/// Other allocators know no pools.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_small() {}
