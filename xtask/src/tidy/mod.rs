//! What a compiler cannot check. Each failure says what to do.

mod dependencies;
mod licence;
mod sources;

use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let mut failures = sources::check(workspace)?;
    failures.extend(dependencies::check(workspace)?);
    for failure in &failures {
        eprintln!("tidy: {failure}");
    }
    match failures.len() {
        0 => {
            eprintln!("tidy: all is in order");
            Ok(())
        }
        count => Err(format!("{count} things are not tidy; each line above says what to do")),
    }
}
