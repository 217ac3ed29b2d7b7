//! Backups as an operator makes them: while the portal runs, put back elsewhere, looked through.

use std::path::Path;
use std::process::{Command, Output};

use portico_tests::{PortalBuilder, Repository, program};

const LEDGER: &str =
    "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: { name: ledger }\nspec: { owner: a }\n";

fn portico(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).current_dir(folder).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_backup_of_a_running_portal_is_put_back_and_looked_through() {
    let repository = Repository::with(&[("catalog-info.yaml", LEDGER)]);
    let path = repository.path().display().to_string();
    let portal = PortalBuilder::new(&format!(
        "server: {{ token: {{ env: PORTICO_TOKEN }} }}\nplugins:\n  git: {{ every: 1h, settings: {{ repositories: [{path}] }}, grants: {{ \
         catalog: {{ write: ['*'] }}, repositories: [{path}] }} }}\n"
    ))
    .environment("PORTICO_TOKEN", "s3cret")
    .start();
    let bearer = [("authorization", "Bearer s3cret")];
    portico_tests::until("the repository is read", || {
        let path = "/api/catalog/entities/by-name/system/default/ledger";
        (portal.send("GET", path, None, &bearer).status == 200).then_some(())
    });
    let folder = portal.folder();
    let backup = |arguments: &[&str]| {
        portico(folder, &[&["backup", "b.portico", "--from", portal.address()], arguments].concat())
    };
    let refused = backup(&[]);
    assert!(!refused.status.success() && said(&refused).contains("the portal wants its token"), "{}", said(&refused));
    let made = backup(&["--token", "s3cret"]);
    assert!(made.status.success(), "{}", said(&made));
    assert!(!said(&made).contains("s3cret"), "{}", said(&made));
    let again = backup(&["--token", "s3cret"]);
    assert!(!again.status.success() && said(&again).contains("is there already"), "{}", said(&again));

    let restored = portico(folder, &["restore", "b.portico", "--data", "elsewhere"]);
    assert!(said(&restored).contains("elsewhere holds 1 entities of 1 sources"), "{}", said(&restored));
    std::fs::write(folder.join("empty.yaml"), "").expect("a file");
    let checked = portico(folder, &["check", "--config", "empty.yaml", "--data", "elsewhere"]);
    assert!(said(&checked).contains("The store holds 1 entities of 1 sources"), "{}", said(&checked));
    let in_use = portico(folder, &["check", "--config", "empty.yaml", "--data", "data"]);
    assert!(!in_use.status.success() && said(&in_use).contains("is open in another process"), "{}", said(&in_use));
    let from_a_file = portico(folder, &["backup", "c.portico", "--data", "elsewhere"]);
    assert!(said(&from_a_file).contains("c.portico holds 1 entities"), "{}", said(&from_a_file));
    let nothing = portico(folder, &["backup", "d.portico", "--data", "nowhere"]);
    assert!(!nothing.status.success() && said(&nothing).contains("holds no catalog"), "{}", said(&nothing));
}
