//! Agents: plugins' runs that are worked elsewhere, in a network that the portal does not reach.
//!
//! On the portal's side, a run of a plugin that an agent runs lies on the `desk` until an agent takes it, with a `lease`; what it does under
//! it comes in through `served`, and sessions through `taking`. On the agent's side, `portal` is the client, an `assignment` is one run with
//! its lease, and `work` calls the plugin.
//!
//! Rule: one agent works a run at a time, and what comes under a lease that is over is refused. An agent may do what the plugin may do, and no
//! more: whatever it sends is judged by the portal as if the plugin had handed it over there.

mod assignment;
mod desk;
mod lease;
mod portal;
mod served;
mod taking;
mod work;

pub use portal::{AgentPortal, PortalError};
pub use served::AgentError;
pub use work::Worked;

pub(crate) use assignment::Assignment;
pub(crate) use desk::Desk;
