//! What the build put into the binary: files for browsers, the first-party plugins by file name, and the evaluator of expressions.

use portico_api::Asset;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
