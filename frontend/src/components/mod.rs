//! The parts that pages are made of, one file each.
//!
//! Rule: a component knows how a thing looks, not where it comes from. Its class names are those of the style sheet;
//! colours come from a tone, never from the component.

mod avatar;
mod banner;
mod card;
mod code;
mod copy;
mod empty;
mod icon;
mod loaded;
mod meter;
mod nav;
mod page;
mod palette;
mod place;
mod progress;
mod reference;
mod runs;
mod status;
mod tabs;
mod theme;
mod time;
mod topbar;

pub(crate) use avatar::Avatar;
pub(crate) use banner::banner;
pub(crate) use card::Card;
pub(crate) use code::code;
pub(crate) use copy::CopyButton;
pub(crate) use empty::{empty, empty_card, next};
pub(crate) use icon::{icon, icon_of, kind_mark, mark};
pub(crate) use loaded::{Loaded, page_status};
pub(crate) use meter::memory_meter;
pub(crate) use nav::Nav;
pub(crate) use page::{Crumb, Page};
pub(crate) use palette::{Palette, PaletteDialog};
pub(crate) use place::place;
pub(crate) use progress::{RunProgress, progress};
pub(crate) use reference::{Titles, entity_link, owner_link};
pub(crate) use runs::{RunNow, StopRun, run_columns, run_table};
pub(crate) use status::{Tone, plugin_status, run_status, source_status, status};
pub(crate) use tabs::{Tab, Tabs};
pub(crate) use theme::ThemeToggle;
#[cfg(feature = "ssr")]
pub(crate) use theme::of_request as theme_of_request;
pub(crate) use time::{Clock, Time};
pub(crate) use topbar::Topbar;
