//! A plugin that reaches for what is outside of the sandbox: for the machine, through WASI, and for servers that mean ill, which it asks
//! and believes. Its settings say which.
//!
//! Rule: it reports only what came of it; the tests judge that. What must never come about it calls `CAME THROUGH`.

mod attack;
mod machine;
mod servers;
mod wasi;

use portico_sdk::{Error, Result, settings};
use serde::Deserialize;

use attack::Attack;

portico_sdk::plugin! { ingestion: sync }

#[derive(Deserialize)]
struct Settings {
    /// The name of an attack.
    attack: String,
    /// The server that means ill.
    #[serde(default)]
    url: String,
}

fn sync() -> Result<()> {
    let Settings { attack, url } = settings::read()?;
    let known = Attack::ALL.iter().find(|known| known.name() == attack);
    match known.ok_or_else(|| Error::Invalid(format!("there is no attack {attack}")))? {
        Attack::FloodOutput => machine::flood_output(),
        Attack::FloodErrors => machine::flood_errors(),
        Attack::LastWords => machine::last_words(),
        Attack::LookAround => machine::look_around(),
        Attack::OpenSockets => machine::open_sockets(),
        Attack::DrainRandom => machine::drain_random(),
        Attack::Exit => machine::exit(),
        Attack::Sleep => machine::sleep(),
        Attack::FollowRedirects => servers::follow_redirects(&url),
        Attack::EndlessAnswer => servers::read(&url, "/endless"),
        Attack::AnnouncedAnswer => servers::read(&url, "/announced"),
        Attack::EndlessHeaders => servers::read(&url, "/headers"),
        Attack::SilentServer => servers::read(&url, "/silent"),
        Attack::StallingServer => servers::read(&url, "/stalling"),
        Attack::BrokenServer => servers::read(&url, "/broken"),
        Attack::EchoSecret => servers::echo_secret(&url),
        Attack::ManyConnections => servers::many_connections(&url),
    }
}

/// Something went through that must not.
fn came_through(what: &str) -> Error {
    Error::Failed(format!("CAME THROUGH: {what}"))
}
