//! What is done to a plugin on its page: granting piece by piece, letting a version run that waits, going back, switching off, removing.
//!
//! Rule: everything is a form that a server answers with the page again, complete without script. What removes something is asked again
//! first.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use portico_api_types::form::WAITING;
use portico_api_types::{Ask, AskNeeds, Managed, Plugin, PluginState, PluginVersion, WaitingVersion};

use super::plugin::{ask_line, ask_text};
use super::plugin_settings;
use crate::api::encode;
use crate::cards::blocks;
use crate::components::{Card, Facts, Tone, banner, plugin_href, time};
use crate::markup::{El, div, el, span, textarea};
use crate::yaml;

/// What an operator reads of asks that the portal manages, with a box for each.
pub(super) fn grants_form(plugin: &Plugin) -> AnyView {
    let granted = plugin.asks.iter().filter(|ask| ask.granted.is_some()).count();
    let save = el("button").class("btn").attr("data-variant", "primary").attr("type", "submit").child("Save grants");
    let foot = div("card-foot").child(save).child(span("muted").child("What is not ticked is not granted."));
    let form = form(plugin, "grants")
        .child(looked_at(&plugin.digest))
        .child(rows("ask", &plugin.asks, &plugin.grants))
        .child(foot);
    let parts = vec![Some(form), Some(grants_as_yaml(plugin))];
    Card::titled("Asks and grants").count(format!("{granted} of {}", plugin.asks.len())).holding(parts)
}

/// What no tick says: one host of many, a port, an address of the portal's own network.
fn grants_as_yaml(plugin: &Plugin) -> El {
    let field = textarea(&yaml::text(plugin.grants.as_ref().unwrap_or(&serde_json::Value::Null)))
        .class("input mono")
        .attr("name", "grants")
        .attr("rows", "8")
        .attr("spellcheck", "false")
        .attr("aria-label", "Grants as YAML");
    let save = el("button").class("btn").attr("type", "submit").child("Save grants as written");
    let said = span("muted")
        .child("What stands below grants in portico.yaml, for one host of many, a port, or an address within.");
    let shown = plugin.grants.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
    let written = form(plugin, "grants/written")
        .child(el("input").attr("type", "hidden").attr("name", "was").attr("value", shown))
        .child(div("card-body").child(field))
        .child(div("card-foot").child(save).child(said));
    el("details").class("card-more").child(el("summary").child("Grants as YAML")).child(written)
}

/// A version that waits, with what it asks for, and what it is set to where another one runs that takes other settings.
pub(super) fn waiting(plugin: &Plugin, waiting: &WaitingVersion, address: &ParamsMap) -> AnyView {
    let version = &waiting.version;
    let is_in_code = plugin.managed != Managed::Portal;
    let (action, run_it, hint) = match is_in_code {
        true => ("approve", "Let it run", "It gets what stands in portico.yaml, and no more."),
        false => ("grants", "Grant and run it", "What is not ticked is not granted."),
    };
    let approve = el("button").class("btn").attr("data-variant", "primary").attr("type", "submit").child(run_it);
    let decline = el("button")
        .class("btn")
        .attr("type", "submit")
        .attr("formaction", format!("{}/decline", plugin_href(&plugin.name)))
        .flag("formnovalidate", true)
        .child("Turn it away");
    let asks = match is_in_code {
        true => waiting.asks.iter().map(ask_line).collect(),
        false => rows("waiting", &waiting.asks, &waiting.grants),
    };
    let is_set_here = !is_in_code && !plugin.version.is_empty();
    let form = form(plugin, action)
        .child(looked_at(&version.digest))
        .child(asks)
        .child(is_set_here.then(|| plugin_settings::of_waiting(waiting, address)).flatten())
        .child(div("card-foot").child(approve).child(decline).child(span("muted").child(hint)));
    let facts = version_facts(version)
        .with("Published by", waiting.publisher.as_str())
        .with("Extension points", waiting.extensions.join(", "))
        .body();
    // What runs says this of itself on its page.
    let said = plugin.version.is_empty().then(|| {
        let title = el("p").child(el("b").child(waiting.title.as_str()));
        div("card-body").child(title).child(el("p").child(waiting.description.as_str()))
    });
    let page = waiting.documentation.as_ref().filter(|_| plugin.version.is_empty());
    let page = page.map(|page| {
        let summary = el("summary").child("Its documentation");
        el("details").class("card-more").child(summary).child(div("card-body").child(blocks(page)))
    });
    let reason = (!waiting.reason.is_empty()).then(|| div("card-body").child(el("p").child(waiting.reason.as_str())));
    let parts: Vec<El> = [said, Some(facts), page, reason, Some(form)].into_iter().flatten().collect();
    let what = if is_in_code { "for somebody to look at what it asks for" } else { "for what it asks to be granted" };
    let card = Card::titled(format!("Version {} waits", version.version)).count(what);
    div("stack").attr("id", WAITING).child(card.holding(parts)).view()
}

/// Says which version it is whose asks the form shows.
fn looked_at(digest: &str) -> El {
    el("input").attr("type", "hidden").attr("name", "digest").attr("value", digest)
}

/// Whether it came with the portal, and nobody has asked for it yet.
pub(super) fn is_on_offer(plugin: &Plugin) -> bool {
    plugin.managed == Managed::Nobody && plugin.origin == "built in" && plugin.waiting.is_none()
}

/// The button that installs what came with the portal.
pub(super) fn install_built_in(plugin: &Plugin, size: &'static str) -> El {
    let from =
        el("input").attr("type", "hidden").attr("name", "from").attr("value", format!("built-in:{}", plugin.name));
    let button = el("button")
        .class("btn")
        .attr("data-size", size)
        .attr("type", "submit")
        .attr("aria-label", format!("Install {}", plugin.title))
        .child("Install");
    install_into().child(from).child(button)
}

/// The form that everything is installed by.
fn install_into() -> El {
    el("form").attr("method", "post").attr("action", "/plugins/install").attr("enctype", "multipart/form-data")
}

/// What else can be done with it; nothing where a file describes it.
pub(super) fn manage(plugin: &Plugin) -> Option<AnyView> {
    if is_on_offer(plugin) {
        let said = el("p")
            .class("text muted")
            .child("It came with the portal. Installed, it asks for what it needs before it runs.");
        let row = div("row").child(install_built_in(plugin, "md"));
        return Some(Card::titled("Manage").holding(div("card-body stack").child(said).child(row)));
    }
    if plugin.managed != Managed::Portal {
        return None;
    }
    let is_off = plugin.state == PluginState::Off;
    let switch = match is_off {
        true => deed(plugin, "enable", "Switch it on", None),
        false => deed(plugin, "disable", "Switch it off", None),
    };
    let back = plugin
        .before
        .first()
        .map(|before| deed(plugin, "rollback", &format!("Go back to {}", told_apart(plugin, before)), None));
    let question =
        format!("What {} brought in goes to the bin, where it can be brought back from for a while.", plugin.name);
    let remove = deed(plugin, "remove", "Remove", Some(&question));
    let row = div("row").child((!plugin.version.is_empty()).then_some(switch)).child(back).child(remove);
    Some(Card::titled("Manage").holding(div("card-body").child(row)))
}

/// What a version is called beside the one that runs, which may have the same number.
fn told_apart(plugin: &Plugin, before: &PluginVersion) -> String {
    match before.version == plugin.version {
        true => format!("{}, {}…", before.version, before.digest.chars().take(8).collect::<String>()),
        false => before.version.clone(),
    }
}

/// Where a version came from and who signed it.
pub(super) fn version_facts(version: &PluginVersion) -> Facts {
    let short: String = version.digest.chars().take(12).collect();
    Facts::new()
        .with("From", span("break").child(version.from.as_str()))
        .with("SHA-256", el("code").title(version.digest.as_str()).child(format!("{short}…")))
        .with("Signed by", version.signed_by.clone().unwrap_or_else(|| "nobody".to_owned()))
        .with("Installed", time(version.installed_at))
}

/// The form for another plugin, with why the last one was not installed.
pub(super) fn install_form(refused: Option<String>) -> AnyView {
    let file =
        el("input").class("file").attr("type", "file").attr("name", "package").attr("accept", ".wasm,application/wasm");
    let signatures = el("input")
        .class("file")
        .attr("type", "file")
        .attr("name", "signature")
        .attr("accept", ".sig,.json")
        .flag("multiple", true);
    let from = el("input")
        .class("input grow")
        .attr("name", "from")
        .attr("aria-label", "Where a plugin lies")
        .attr("placeholder", "oci://registry.example.com/plugins/radar:1.0.0")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false");
    let button = el("button").class("btn").attr("data-variant", "primary").attr("type", "submit").child("Install");
    let labelled = |id: &'static str, text: &'static str, input: El| {
        div("field").child(el("label").attr("for", id).child(text)).child(input.attr("id", id))
    };
    let files = div("row").child(labelled("package", "The plugin's file", file)).child(labelled(
        "signatures",
        "Signatures beside it (.sig, .sigstore.json)",
        signatures,
    ));
    let form = install_into()
        .class("card-body stack")
        .child(files)
        .child(div("row").child(span("muted").child("or from")).child(from).child(button));
    let said = refused.map(|reason| banner(Tone::Bad, "It was not installed.", el("p").child(reason)));
    let card = Card::titled("Install a plugin").count("a file, or where one lies").holding(form);
    div("stack spaced").child(said).child(card).view()
}

/// A form that does something to a plugin.
pub(super) fn form(plugin: &Plugin, action: &str) -> El {
    el("form").attr("method", "post").attr("action", format!("{}/{action}", plugin_href(&plugin.name)))
}

/// A button that does one thing, asked again first where that removes something.
fn deed(plugin: &Plugin, action: &str, label: &str, question: Option<&str>) -> El {
    let button = el("button").class("btn").attr("type", "submit").child(label);
    let Some(question) = question else { return form(plugin, action).child(button) };
    let id = format!("{action}-{}", encode(&plugin.name));
    let opener =
        el("button").class("btn").attr("type", "button").attr("popovertarget", id.as_str()).child(format!("{label}…"));
    let cancel = el("button")
        .class("btn")
        .attr("type", "button")
        .attr("popovertarget", id.as_str())
        .attr("popovertargetaction", "hide")
        .flag("autofocus", true)
        .child("Cancel");
    let asked = form(plugin, action)
        .child(el("h3").class("dialog-head").child(label))
        .child(div("dialog-body").child(el("p").class("text muted").child(question)))
        .child(div("dialog-foot").child(cancel).child(button.attr("data-variant", "danger-solid")));
    let sheet = div("dialog")
        .attr("id", id)
        .flag("popover", true)
        .attr("role", "dialog")
        .attr("aria-label", label)
        .child(asked);
    div("").child(opener).child(sheet)
}

/// A row for each ask: a box, what it is, and a field where only the operator knows what to grant.
/// `form` tells the forms of a page apart.
fn rows(form: &str, asks: &[Ask], grants: &Option<serde_json::Value>) -> Vec<El> {
    let row = |(place, ask)| row(format!("{form}-{place}"), place, ask, grants);
    asks.iter().enumerate().map(row).collect()
}

fn row(id: String, place: usize, ask: &Ask, grants: &Option<serde_json::Value>) -> El {
    let tick = el("input")
        .attr("type", "checkbox")
        .attr("name", "grant")
        .attr("id", id.as_str())
        .attr("value", place.to_string())
        .flag("checked", is_granted(ask, grants));
    let said = said_before(ask, grants);
    let named = format!("said.{place}");
    let field = match ask.needs {
        AskNeeds::Nothing => None,
        AskNeeds::Names => Some(
            textarea(&said)
                .class("input")
                .attr("name", named)
                .attr("rows", "2")
                .attr("aria-label", format!("What is granted of {}", ask.target))
                .attr("placeholder", names_like(&ask.capability)),
        ),
        AskNeeds::Secret => Some(
            el("input")
                .class("input")
                .attr("name", named)
                .attr("value", said)
                .attr("aria-label", format!("Where the secret {} is found", ask.target))
                .attr("placeholder", "env NAME, or file /path"),
        ),
    };
    div("ask").child(span("check").child(tick)).child(ask_text(ask, el("label").attr("for", id)).child(field))
}

/// Whether a tick says no more than what is granted. What everybody has of a limit is less than what is asked for beyond it.
fn is_granted(ask: &Ask, grants: &Option<serde_json::Value>) -> bool {
    let Some(granted) = &ask.granted else { return false };
    let capability = ask.capability.as_str();
    let said = grants.as_ref().map(|grants| match capability {
        "state" => &grants["state"],
        limit => &grants["limits"][limit],
    });
    match capability {
        "repositories" | "push" | "files" | "http" | "credentials" | "kubeconfig" | "read" | "write" | "attach" => true,
        // So much of something: a tick that is not known here is not set, rather than set for more than there is.
        _ => *granted == ask.target || said.is_some_and(|said| !said.is_null()),
    }
}

/// What is written for a grant of names.
fn names_like(capability: &str) -> &'static str {
    match capability {
        "files" => "A folder a line, such as /srv/releases",
        "kubeconfig" => "A file a line, such as /etc/portico/kubeconfig",
        _ => "One a line, such as https://github.com/acme/*",
    }
}

/// What was said to a grant that is there.
fn said_before(ask: &Ask, grants: &Option<serde_json::Value>) -> String {
    let Some(grants) = grants else { return String::new() };
    match ask.needs {
        AskNeeds::Nothing => String::new(),
        AskNeeds::Names => {
            // Kubeconfigs are granted one by one, and asked for as such.
            let key = if ask.capability == "kubeconfig" { "kubeconfigs" } else { ask.capability.as_str() };
            let names = grants[key].as_array().cloned().unwrap_or_default();
            let name = |name: &serde_json::Value| name.as_str().or_else(|| name["file"].as_str()).map(str::to_owned);
            names.iter().filter_map(name).collect::<Vec<_>>().join("\n")
        }
        AskNeeds::Secret => {
            let name = ask.target.split(',').next().unwrap_or_default();
            let secret = &grants["credentials"][name]["secret"];
            let place = |kind: &str| secret[kind].as_str().map(|place| format!("{kind} {place}"));
            place("env").or_else(|| place("file")).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_everybody_has_of_a_limit_does_not_tick_the_ask_for_more() {
        let granted = |capability: &str, granted: Option<&str>, grants: serde_json::Value| {
            let ask = json!({
                "capability": capability, "target": "256 MiB", "reason": "To remember.", "granted": granted, "denied": 0, "needs": "nothing",
            });
            is_granted(&serde_json::from_value(ask).unwrap(), &Some(grants))
        };
        for limit in ["memory", "disk", "one that is made up next year"] {
            assert!(!granted(limit, Some("128 MiB"), json!({})), "{limit}");
        }
        assert!(!granted("state", Some("1 MiB"), json!({ "limits": { "state": "8MiB" } })));
        assert!(granted("memory", Some("192 MiB"), json!({ "limits": { "memory": "192MiB" } })));
        assert!(granted("state", Some("8 MiB"), json!({ "state": "8MiB" })));
        // It asks for less than everybody has.
        assert!(granted("memory", Some("256 MiB"), json!(null)));
        assert!(granted("read", Some("Component"), json!({})));
        assert!(!granted("read", None, json!({})));
    }
}
