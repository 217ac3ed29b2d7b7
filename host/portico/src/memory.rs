//! The allocator: what memory the program takes from the system, and when it gives it back.
//!
//! A commit's thread frees what those that read, judge and search allocated. The C library's allocator makes threads wait for each
//! other over that, and holds what was freed in pieces; this one does neither. It is no bound: those are the sandbox's.

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Compiling a plugin takes some 100 MB for seconds, and a large sync as much; a portal that idles for days should not hold it. What
/// was freed goes back within a second, by a thread that sees to it also while the portal rests (without both it is ten seconds, and
/// only once somebody allocates again).
#[expect(unsafe_code, reason = "the allocator takes its settings from a symbol of this name")]
#[unsafe(export_name = "malloc_conf")]
static SETTINGS: &[u8; 60] = b"background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0\0";
