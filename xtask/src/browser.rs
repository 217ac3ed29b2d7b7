//! Setting up what the browser tests need.

use crate::process::exists;
use crate::setup::install;

/// Chromium and its driver; installed, if they are not there.
pub(crate) fn setup() -> Result<(), String> {
    if exists("chromium") && exists("chromedriver") {
        return Ok(());
    }
    eprintln!("xtask: the browser tests need Chromium and its driver; installing them");
    install(&["chromium", "chromium-driver"]).map_err(|error| {
        format!("{error}. Install Chromium and chromedriver so that `chromium` and `chromedriver` are on the path")
    })
}
