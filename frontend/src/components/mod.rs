//! The parts that pages are made of, one file each.
//!
//! Rule: a component knows how a thing looks, not where it comes from. Its class names are those of the style sheet;
//! colours come from a tone, never from the component.

mod arrival;
mod avatar;
mod banner;
mod card;
mod code;
mod copy;
mod empty;
mod facts;
mod icon;
mod living;
mod loaded;
mod log;
mod meter;
mod nav;
mod page;
mod page_head;
mod palette;
mod place;
mod problem;
mod progress;
mod prose;
mod reference;
mod refused;
mod runs;
mod status;
mod table;
mod tabs;
mod theme;
mod time;
mod topbar;
mod waiting;

pub(crate) use arrival::Arrival;
pub(crate) use avatar::avatar;
pub(crate) use banner::{alert, banner, banners};
pub(crate) use card::Card;
pub(crate) use code::code;
pub(crate) use copy::copy_button;
pub(crate) use empty::{empty, empty_card, empty_card_saying, next};
pub(crate) use facts::Facts;
pub(crate) use icon::{icon, icon_of, kind_mark, mark};
pub(crate) use living::{Shown, form_part, part};
pub(crate) use loaded::{living_page, loaded, loaded_page, page_status};
pub(crate) use log::{Line, append, follow_switch, log_card};
pub(crate) use meter::memory_meter;
pub(crate) use nav::Nav;
pub(crate) use page::{Crumb, Page};
pub(crate) use page_head::PageHead;
pub(crate) use palette::{Palette, PaletteDialog};
pub(crate) use place::place;
pub(crate) use problem::problem_table;
pub(crate) use progress::{progress, run_progress};
pub(crate) use prose::prose;
pub(crate) use reference::{Titles, any_link, entity_link, owner_link};
pub(crate) use refused::refused;
pub(crate) use runs::{
    RunNow, StopRun, ingest_href, plugin_href, plugin_link, run_columns, run_href, run_table, runs_card,
};
pub(crate) use status::{Tone, plugin_status, run_status, source_status, status, status_with};
pub(crate) use table::{cell, dash, head, head_of_numbers, row, row_head, table, table_of_sentences};
pub(crate) use tabs::{tab, tabs};
#[cfg(feature = "ssr")]
pub(crate) use theme::of_request as theme_of_request;
pub(crate) use theme::theme_toggle;
pub(crate) use time::{Clock, now, time, time_or};
pub(crate) use waiting::waiting;
