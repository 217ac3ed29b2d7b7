//! What the build put into the binary: files for browsers, and the first-party plugins by file name.

use portico_api::Asset;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
