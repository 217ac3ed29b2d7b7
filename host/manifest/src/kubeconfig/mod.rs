//! Kubeconfigs as grants: which clusters a plugin may reach, as whom, and whom to trust there.
//!
//! An operator names a kubeconfig and its contexts ([`KubeconfigGrant`]); what each comes to is a [`Cluster`]: a server that is granted,
//! its authority, and the places of the secrets that are shown to it. A plugin learns the names and addresses, in its settings.
//!
//! Rule: what a kubeconfig holds and this host does not do is refused in words, never left out; no sentence repeats a value of a user.
//!
//! Not here: reading files. Whoever reads hands in what they hold.

mod cluster;
mod document;
mod error;
mod grant;

#[cfg(test)]
mod tests;

pub use cluster::{ClientCertificate, Cluster, with_clusters};
pub use document::Kubeconfig;
pub use error::{KubeconfigError, KubeconfigFault};
pub use grant::{ContextGrant, KubeconfigGrant};
