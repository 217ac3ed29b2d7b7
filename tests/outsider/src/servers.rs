//! Attacks by servers, on a plugin that believes them.

use portico_sdk::http::stream::Stream;
use portico_sdk::{Error, Result, http, info};

use crate::came_through;

/// More than any server here leads to.
const MOST: usize = 20;

/// How far it lets itself be led.
const STEPS: usize = 3;

/// Follows where it is led, as plugins do that follow redirects by themselves; all of it has to be refused.
pub(crate) fn follow_redirects(url: &str) -> Result<()> {
    let mut refused = None;
    for number in 0..MOST {
        match led(&format!("{url}/redirect/{number}")) {
            Ok(Some(answer)) if answer.status == 404 => break,
            Ok(Some(answer)) => return Err(came_through(&String::from_utf8_lossy(&answer.body))),
            Ok(None) => info!("{number} leads on and on"),
            Err(error) => {
                info!("{error}");
                refused.get_or_insert(error);
            }
        }
    }
    Err(refused.unwrap_or_else(|| came_through("nothing was refused")))
}

/// What is found where an address leads; none where it leads too far.
fn led(url: &str) -> Result<Option<http::Response>> {
    let mut at = url.to_owned();
    for _ in 0..STEPS {
        let answer = http::get(&at).send()?;
        match answer.header("location") {
            Some(next) => at = next.to_owned(),
            None => return Ok(Some(answer)),
        }
    }
    Ok(None)
}

/// Reads an answer that a server makes as hard to read as it can.
pub(crate) fn read(url: &str, path: &str) -> Result<()> {
    let answer = http::get(format!("{url}{path}")).send()?;
    Err(came_through(&format!("{} and {} bytes", answer.status, answer.body.len())))
}

/// Says what the server says back.
pub(crate) fn echo_secret(url: &str) -> Result<()> {
    let answer = http::get(format!("{url}/echo")).send()?;
    for (name, value) in &answer.headers {
        info!("{name}: {value}");
    }
    info!("{}", String::from_utf8_lossy(&answer.body));
    let compressed = http::get(format!("{url}/echo/compressed")).send();
    Err(compressed.err().unwrap_or_else(|| came_through("a compressed answer")))
}

pub(crate) fn many_connections(url: &str) -> Result<()> {
    let mut open: Vec<Stream> = Vec::new();
    loop {
        match http::get(format!("{url}/stalling")).open() {
            Ok(stream) => open.push(stream),
            Err(error) => return Err(Error::Failed(format!("{} are open: {error}", open.len()))),
        }
    }
}
