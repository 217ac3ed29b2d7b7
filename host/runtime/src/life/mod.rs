//! The life of a plugin that people install through the portal: fetched, judged, granted, upgraded, rolled back, switched off, removed.
//!
//! A plugin is described in one of two places. What `portico.yaml` names, or the plugins folder holds, is described there alone, and
//! nothing here changes it, though what it says where to fetch is brought from there (`fetched`), and a version that asks for more is looked
//! at here (`described`); everything else is an [`Installation`](record::Installation) in the store, with its files below the data
//! folder. So the two ways do not fight.
//!
//! Rule: what is installed is pinned by its digest and judged before anything of it runs; what asks for more than was granted waits, and
//! the version before it runs on.

mod change;
mod described;
mod error;
mod fetched;
mod judge;
mod packages;
mod record;
mod remove;
mod shown;

pub use change::{InstallRequest, PluginChange};
pub(crate) use described::{Approvals, Held, approvals};
pub use error::{LifeError, SettingsFaults};
pub(crate) use fetched::{Fetched, Fetches, follow as follow_fetches};
pub(crate) use packages::Packages;
pub(crate) use record::{Installation, InstalledVersion, load};
pub(crate) use remove::finish_removals;
