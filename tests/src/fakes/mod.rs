//! Stand-ins for what companies have: servers that answer as the real ones do, and can be made to fail as the real ones do.

mod app;
mod forge;
mod git_server;
mod kubernetes;
pub mod pagerduty;
mod serve;

pub use app::APP_KEY;
pub use forge::{Forge, Hosted, Trouble};
pub use git_server::GitServer;
pub use kubernetes::Kubernetes;
