//! When an entity is taken down that lives for a while, and more time for it.

use leptos::prelude::*;
use portico_api_types::Expiry;
use portico_model::EntityRef;

use super::load::EntityPage;
use crate::api::encode;
use crate::components::{self, Tone, any_link, banners, now, prose, time};
use crate::entity::href;
use crate::markup::{El, div, el, link, nothing};

/// How long it can be put off by, at a time.
const SPANS: [(&str, &str); 4] = [("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days")];

/// What is chosen unless somebody chooses otherwise.
const USUAL: &str = "7d";

/// When it goes, and by what; nothing for what stays.
pub(super) fn banner(page: &EntityPage) -> AnyView {
    let Some(expiry) = &page.expiry else { return nothing() };
    let by = EntityRef::parse(&expiry.tear_down).ok();
    let by = by.map(|by| el("span").child(" by ").child(any_link(&by, &page.titles)));
    let run = |task: &String| link("link", format!("/create/tasks/{}", encode(task))).child("See the run");
    if let Some(problem) = &expiry.problem {
        let again = "It is tried again where that may help. Try its run again, or give it more time.";
        let run = expiry.tear_down_task.as_ref().map(|task| el("p").child(run(task)).child("."));
        let said = div("").child(el("p").child(prose(problem))).child(el("p").child(again)).child(run);
        let content = said.child(more_time(page, expiry));
        return banners(vec![components::banner(Tone::Bad, "It is due, and could not be taken down.", content)]);
    }
    if let Some(task) = &expiry.tear_down_task {
        let run = run(task);
        let said = el("p").child("What made it goes with it").child(by).child(". ").child(run).child(".");
        return banners(vec![components::banner(Tone::Warn, "It is being taken down.", said)]);
    }
    let tone = if now() >= expiry.warn_at { Tone::Warn } else { Tone::Info };
    let said =
        el("p").child("It goes ").child(time(expiry.at)).child(by).child(", unless somebody gives it more time.");
    let content = div("").child(said).child(more_time(page, expiry));
    banners(vec![components::banner(tone, "It is taken down at a set time.", content)])
}

fn more_time(page: &EntityPage, expiry: &Expiry) -> El {
    let option =
        |(span, words): (&str, &str)| el("option").attr("value", span).flag("selected", span == USUAL).child(words);
    let spans: Vec<El> = SPANS.into_iter().map(option).collect();
    let select = el("select")
        .class("input choice-of")
        .attr("name", "by")
        .attr("aria-label", "How much longer it stays")
        .child(spans);
    let button = el("button").class("btn").attr("type", "submit").child("Extend");
    let name = page.entity.title();
    let button = button.title(format!("Gives {name} more time; {} takes it down then", expiry.tear_down));
    let form =
        el("form").class("row").attr("method", "post").attr("action", format!("{}/extend", href(&page.reference)));
    form.child(select).child(button)
}
