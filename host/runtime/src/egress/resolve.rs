//! From a name to addresses, once per connection.

use std::io;
use std::net::IpAddr;

use url::Host;

/// Where names are looked up.
#[derive(Clone, Debug, Default)]
pub(crate) enum Resolver {
    /// As the machine does it.
    #[default]
    System,
    /// From a table; what is not in it does not exist.
    #[cfg(test)]
    Table(std::sync::Arc<std::collections::BTreeMap<String, Vec<IpAddr>>>),
}

impl Resolver {
    /// All addresses of a host; never an empty list.
    pub(super) async fn addresses(&self, host: &Host) -> io::Result<Vec<IpAddr>> {
        let name = match host {
            Host::Ipv4(address) => return Ok(vec![(*address).into()]),
            Host::Ipv6(address) => return Ok(vec![(*address).into()]),
            Host::Domain(name) => name,
        };
        let found: Vec<IpAddr> = match self {
            // The port takes no part in the look-up.
            Resolver::System => tokio::net::lookup_host((name.as_str(), 0)).await?.map(|found| found.ip()).collect(),
            #[cfg(test)]
            Resolver::Table(table) => table.get(name).cloned().unwrap_or_default(),
        };
        if found.is_empty() { Err(io::Error::new(io::ErrorKind::NotFound, "it has no address")) } else { Ok(found) }
    }
}
