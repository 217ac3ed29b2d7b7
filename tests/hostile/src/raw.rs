//! What no honest compiler writes: instructions and calls of the host with values of one's own.

#![cfg_attr(target_arch = "wasm32", expect(unsafe_code, reason = "the point of this module"))]

#[cfg(target_arch = "wasm32")]
mod wasm {
    pub(crate) fn unreachable() -> ! {
        core::arch::wasm32::unreachable()
    }

    /// Grows the memory by so many pages, and does not care whether that works.
    pub(crate) fn grow(pages: usize) -> bool {
        core::arch::wasm32::memory_grow::<0>(pages) != usize::MAX
    }

    #[link(wasm_import_module = "portico:plugin/run@0.1.0")]
    unsafe extern "C" {
        #[link_name = "log"]
        fn log_import(level: i32, text: usize, length: usize);
    }

    /// Logs a text of which only place and length are named.
    pub(crate) fn log(text: usize, length: usize) {
        // SAFETY: the host reads what is named, or refuses to; nothing here is written to.
        unsafe { log_import(2, text, length) }
    }

    #[link(wasm_import_module = "portico:plugin/ingest@0.1.0")]
    unsafe extern "C" {
        #[link_name = "[method]session.put"]
        fn put_import(session: i32, list: usize, length: usize, answer: *mut u8);

        #[link_name = "[static]session.commit"]
        fn commit_import(session: i32, has_cursor: i32, cursor: usize, length: usize, answer: *mut u8);
    }

    /// Room for any answer, at an address that suits all of them.
    #[repr(align(8))]
    struct Answer([u8; 64]);

    /// Puts a list of which only place and length are named, into a session that is only named.
    pub(crate) fn put(session: u32, list: usize, length: usize) {
        let mut answer = Answer([0; 64]);
        // SAFETY: the host writes its answer into the room that is there for it.
        unsafe { put_import(session as i32, list, length, answer.0.as_mut_ptr()) }
    }

    /// Commits a session that is only named.
    pub(crate) fn commit(session: u32) {
        let mut answer = Answer([0; 64]);
        // SAFETY: as above.
        unsafe { commit_import(session as i32, 0, 0, 0, answer.0.as_mut_ptr()) }
    }
}

/// On other machines this is a library that nobody calls; it is checked like the rest.
#[cfg(not(target_arch = "wasm32"))]
mod wasm {
    pub(crate) fn unreachable() -> ! {
        std::process::abort()
    }

    pub(crate) fn grow(_: usize) -> bool {
        false
    }

    pub(crate) fn log(_: usize, _: usize) {}

    pub(crate) fn put(_: u32, _: usize, _: usize) {}

    pub(crate) fn commit(_: u32) {}
}

pub(crate) use wasm::{commit, grow, log, put, unreachable};
