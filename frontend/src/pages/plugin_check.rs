//! What a plugin found out about whether it can do its work, on its page, with a button to look again.

use leptos::prelude::*;
use portico_api_types::{Finding, FindingOutcome, Plugin, PluginCheck};

use super::plugin_life::form;
use crate::components::{Card, Tone, prose, status, time};
use crate::markup::{El, div, el, span};

/// The card; none where the plugin does not look at what it depends on, or does not run.
pub(super) fn card(plugin: &Plugin) -> Option<AnyView> {
    let is_offered = plugin.extension_points.iter().any(|point| point == "checks");
    // What an agent runs cannot be looked at from here.
    if !is_offered || plugin.version.is_empty() || plugin.agent.is_some() {
        return None;
    }
    let again = el("button").class("btn").attr("type", "submit").child("Check again");
    let card = Card::titled("Check");
    let Some(check) = &plugin.check else {
        let foot = div("card-foot").child(form(plugin, "check").child(again));
        return Some(card.holding(vec![div("card-body muted").child("It is being looked at."), foot]));
    };
    let when = span("muted").child("Looked at ").child(time(check.checked_at));
    let mut lines: Vec<El> = check.findings.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(div("card-body muted").child("There was nothing to look at."));
    }
    lines.push(div("card-foot").child(form(plugin, "check").child(again)).child(when));
    Some(card.count(in_short(check)).holding(lines))
}

fn line(finding: &Finding) -> El {
    let (tone, word) = match finding.outcome {
        FindingOutcome::Passed => (Tone::Ok, "Passed"),
        FindingOutcome::Warned => (Tone::Warn, "Look at it"),
        FindingOutcome::Failed => (Tone::Bad, "Failed"),
    };
    let said = el("div").child(finding.subject.as_str()).child(span("sub").child(prose(&finding.message)));
    div("finding").child(said).child(status(tone, word))
}

/// `2 of 5 passed`, or that all did.
fn in_short(check: &PluginCheck) -> String {
    let all = check.findings.len();
    let passed = check.findings.iter().filter(|finding| finding.outcome == FindingOutcome::Passed).count();
    if passed == all { "all is as it has to be".to_owned() } else { format!("{passed} of {all} passed") }
}
