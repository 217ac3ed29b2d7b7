//! The parts that pages are made of, one file each.
//!
//! Rule: a component knows how a thing looks, not where it comes from. Its class names are those of the style sheet;
//! colours come from a tone, never from the component.

mod avatar;
mod banner;
mod card;
mod empty;
mod icon;
mod loaded;
mod nav;
mod page;
mod palette;
mod reference;
mod status;
mod theme;
mod time;
mod topbar;

pub(crate) use avatar::Avatar;
pub(crate) use banner::Banner;
pub(crate) use card::Card;
pub(crate) use empty::Empty;
pub(crate) use icon::{icon, icon_of, kind_mark, mark};
pub(crate) use loaded::{Failed, Loaded, page_status};
pub(crate) use nav::Nav;
pub(crate) use page::{Crumb, Page};
pub(crate) use palette::{Palette, PaletteDialog};
pub(crate) use reference::{Titles, entity_link, owner_link};
pub(crate) use status::{Status, Tone};
pub(crate) use theme::ThemeToggle;
#[cfg(feature = "ssr")]
pub(crate) use theme::of_request as theme_of_request;
pub(crate) use time::{Clock, Stamp, Time};
pub(crate) use topbar::Topbar;
