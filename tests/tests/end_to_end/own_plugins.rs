//! Plugins that came with the portal, installed from the command line and over the API without a word in `portico.yaml`.

use portico_tests::{PortalBuilder, plugin_command, until};
use serde_json::{Value, json};

#[test]
fn a_plugin_that_came_with_the_portal_is_installed_switched_off_removed_and_brought_back() {
    let portal = PortalBuilder::new("").start();
    let tries =
        |arguments: &[&str]| plugin_command(portal.folder(), &[arguments, &["--at", portal.address()]].concat());
    let says = |arguments: &[&str]| {
        let (done, said) = tries(arguments);
        assert!(done, "{arguments:?}: {said}");
        said
    };
    let plugin = || portal.json("/api/portico/plugins/locations");
    assert_eq!((&plugin()["managed"], &plugin()["origin"]), (&json!("nobody"), &json!("built in")));
    let none = portal.post("/api/portico/plugins", &json!({ "from": "built-in:nosuch" }));
    assert!(
        none.status == 409 && none.body.contains("no plugin `nosuch` came with the portal; there are "),
        "{}",
        none.body
    );

    // Nobody has to vouch for it: nothing is said of `trust`.
    let said = says(&["install", "built-in:locations"]);
    assert!(said.starts_with("locations ") && said.contains(" waits. It asks for:\n"), "{said}");
    assert_eq!(plugin()["waiting"]["version"]["from"], "built-in:locations");
    says(&["approve", "locations"]);
    assert_eq!((&plugin()["managed"], &plugin()["origin"]), (&json!("portal"), &json!("built-in:locations")));
    assert_eq!(portal.run("locations")["state"], "succeeded");

    let portal = portal.restart();
    let tries =
        |arguments: &[&str]| plugin_command(portal.folder(), &[arguments, &["--at", portal.address()]].concat());
    let plugin = || portal.json("/api/portico/plugins/locations");
    until("it runs again", || (plugin()["state"] == "running").then_some(()));
    assert_eq!(plugin()["waiting"], Value::Null);
    for (arguments, expected) in [
        (["disable", "locations"], "locations is switched off."),
        (["enable", "locations"], "locations is switched on."),
        (["remove", "locations"], "locations is removed."),
        (["restore", "locations"], " is back, "),
    ] {
        let (done, said) = tries(&arguments);
        assert!(done && said.contains(expected), "{said}");
    }
    assert_eq!(plugin()["origin"], "built-in:locations");
    let (done, said) = tries(&["restore", "locations"]);
    assert!(!done && said.contains("the plugin `locations` is not in the bin"), "{said}");
}
