//! `cards`: what plugins show on the portal's pages.
//!
//! The way of a card: the manifest says that it is there (`offers`), a page asks for it, and either it is kept from before
//! (`kept`) or the plugin draws it (`draw`); what it draws is checked before anybody sees it (`checked`).
//!
//! Rule: a card is data, and hostile until it was checked; it costs a bounded time, and one that fails says so in its own place.

mod checked;
mod draw;
mod kept;
mod offers;

pub use draw::CardError;
pub(crate) use kept::KeptCards;
