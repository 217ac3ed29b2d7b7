//! The pages, one module each.
//!
//! Rule: what a page shows is in its address, and everything it shows comes from the API. A page is complete without
//! script; script makes it answer sooner.

mod catalog;
mod not_found;

pub(crate) use catalog::CatalogPage;
pub(crate) use not_found::NotFoundPage;
