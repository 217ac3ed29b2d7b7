//! Clusters in memory, for tests: what an API server answers at which address.

use portico_sdk::testing::Answer;

use crate::settings::Cluster;

/// A cluster at `https://NAME.test`.
pub(crate) fn cluster(name: &str) -> Cluster {
    Cluster { name: name.into(), server: format!("https://{name}.test"), namespaces: Vec::new(), dashboard: None }
}

/// An answer with a status and a body.
pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer::body(body).with_status(status)
}
