//! What came of trying a template: its files and what of them differs, its steps, what it would say and put out.
//!
//! Rule: what is open stays open while one types: each file keeps its place, and only what is in it changes.

use leptos::prelude::*;
use portico_api_types::{DiffLine, FileChange, LineChange, TemplateTrial, TriedFile};

use super::inputs::step_details;
use super::{outcome, steps, task_log};
use crate::components::{Card, Titles, Tone, banner, code, icon_of, prose};
use crate::markup::{El, changing, div, el, link, nothing, span, together};
use crate::text::number::{bytes, counted};
use crate::text::task::error_title;
use crate::yaml::{Piece, Sort};

type Trial = RwSignal<Option<TemplateTrial>>;

/// The whole of it, as cards; nothing before the first.
pub(super) fn view(trial: Trial) -> AnyView {
    let part = move |draw: fn(&TemplateTrial) -> AnyView| {
        changing(move || trial.with(|trial| trial.as_ref().map_or_else(nothing, draw)))
    };
    together([part(said), files(trial), part(steps_card), part(log), part(outputs)])
}

/// Why it could not be tried, or would fail.
fn said(trial: &TemplateTrial) -> AnyView {
    if let Some(refused) = &trial.refused {
        return banner(Tone::Bad, "It cannot be tried.", el("p").child(prose(refused))).view();
    }
    match &trial.error {
        Some(error) => banner(Tone::Bad, error_title(&error.name), el("p").child(prose(&error.message))).view(),
        None => banner(Tone::Ok, "It would succeed.", el("p").child("Nothing has happened outside of the workspace."))
            .view(),
    }
}

fn steps_card(trial: &TemplateTrial) -> AnyView {
    if trial.steps.is_empty() {
        return nothing();
    }
    let details = trial.steps.iter().filter_map(|written| {
        let step = trial.outcome.iter().find(|step| step.id == written.id)?;
        (step.input.is_some() || step.output.is_some()).then(|| step_details(written, step))
    });
    let details: Vec<El> = details.collect();
    Card::titled("Steps").count(trial.steps.len()).holding(vec![
        steps::timeline(&trial.steps, &trial.outcome).view(),
        together(details.into_iter().map(El::view)),
    ])
}

fn log(trial: &TemplateTrial) -> AnyView {
    match trial.log.is_empty() {
        true => nothing(),
        false => {
            Card::titled("Log").holding(div("log-window").attr("tabindex", "0").child(task_log::plain(&trial.log)))
        }
    }
}

fn outputs(trial: &TemplateTrial) -> AnyView {
    outcome::outputs(Some(&trial.output), &trial.texts, &Titles::default())
}

/// The files, as a tree and one by one.
fn files(trial: Trial) -> AnyView {
    let paths = move || {
        trial.with(|trial| {
            let files = trial.iter().flat_map(|trial| &trial.files);
            files.map(|file| file.path.clone()).collect::<Vec<_>>()
        })
    };
    let head = changing(move || trial.with(|trial| trial.as_ref().map_or_else(nothing, files_head)));
    let each = view! {
        <For each=paths key=|path| path.clone() children=move |path| {
            let file = Memo::new(move |_| {
                trial.with(|trial| {
                    let (is_compared, files) = trial.as_ref().map(|trial| (trial.compared, &trial.files))?;
                    let file = files.iter().find(|file| file.path == path)?;
                    Some((file.clone(), is_compared, files.len()))
                })
            });
            file_view(file)
        }/>
    };
    let holds_files =
        Memo::new(move |_| trial.with(|trial| trial.as_ref().is_some_and(|trial| trial.refused.is_none())));
    el("section")
        .class("card")
        .attr_with("hidden", move || (!holds_files.get()).then(String::new))
        .child(head)
        .child(each.into_any())
        .view()
}

fn files_head(trial: &TemplateTrial) -> AnyView {
    let is_there = |file: &&TriedFile| file.change != FileChange::Gone;
    let there = trial.files.iter().filter(is_there).count();
    let differ = trial.files.iter().filter(|file| file.change != FileChange::Same).count();
    let count = match (trial.compared, differ) {
        (false, _) => counted(there as u64, "file", "files"),
        (true, 0) => format!("{}, none differs from the dry run before", counted(there as u64, "file", "files")),
        (true, differ) => {
            format!("{}, {differ} differ from the dry run before", counted(there as u64, "file", "files"))
        }
    };
    let head = div("card-head").child(el("h2").child("Files")).child(span("count").child(count));
    if trial.files.is_empty() {
        let none = el("p").class("card-body text muted").child("It makes no files.");
        return together([head.view(), none.view()]);
    }
    together([head.view(), el("ul").class("tree").child(tree(&trial.files)).view()])
}

/// Files and their folders, one a line.
fn tree(files: &[TriedFile]) -> Vec<El> {
    let line = |depth: usize| el("li").attr("style", format!("--depth:{depth}"));
    let mut lines = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for file in files {
        let mut folders: Vec<&str> = file.path.split('/').collect();
        let name = folders.pop().unwrap_or(&file.path);
        let shared = open.iter().zip(&folders).take_while(|(open, folder)| open == folder).count();
        for (depth, folder) in folders.iter().enumerate().skip(shared) {
            lines.push(line(depth).child(icon_of("folder", "14")).child(*folder));
        }
        let text = link("", format!("#{}", anchor(&file.path))).child(name);
        lines.push(line(folders.len()).child(icon_of("file", "14")).child(text).child(tag(file.change)));
        open = folders;
    }
    lines
}

/// Where a file stands on the page.
fn anchor(path: &str) -> String {
    format!("file-{path}")
}

fn tag(change: FileChange) -> Option<El> {
    let (tone, word) = match change {
        FileChange::Same => return None,
        FileChange::New => (Tone::Ok, "new"),
        FileChange::Changed => (Tone::Info, "changed"),
        FileChange::Gone => (Tone::Bad, "gone"),
    };
    Some(span("tag tone").tone(Some(tone)).child(word))
}

fn file_view(file: Memo<Option<(TriedFile, bool, usize)>>) -> AnyView {
    let is_open = Memo::new(move |_| {
        file.with(|file| file.as_ref().is_some_and(|(file, _, count)| file.change != FileChange::Same || *count == 1))
    });
    let id = file.with_untracked(|file| file.as_ref().map(|(file, ..)| anchor(&file.path)).unwrap_or_default());
    let head = changing(move || file.with(|file| file.as_ref().map_or_else(nothing, |(file, ..)| file_head(file))));
    let body = changing(move || file.with(|file| file.as_ref().map_or_else(nothing, |(file, ..)| file_body(file))));
    el("details")
        .class("card-more")
        .attr("id", id)
        .attr_with("open", move || is_open.get().then(String::new))
        .child(el("summary").child(head))
        .child(body)
        .view()
}

fn file_head(file: &TriedFile) -> AnyView {
    let executable = file.executable.then(|| span("tag").child("executable"));
    let size = span("subtle push").child(bytes(file.size));
    span("row grow")
        .child(el("code").class("break").child(file.path.as_str()))
        .child(tag(file.change))
        .child(executable)
        .child(size)
        .view()
}

fn file_body(file: &TriedFile) -> AnyView {
    let note = |said: &str| el("p").class("card-body text muted").child(said).view();
    if file.change == FileChange::Gone {
        return note("The dry run before made it, this one does not.");
    }
    let difference = (!file.lines.is_empty()).then(|| difference(&file.lines).view());
    let whole = match &file.text {
        Some(text) if text.is_empty() => note("It is empty."),
        Some(text) => {
            code(text.lines().map(|line| vec![Piece { sort: Sort::Sign, text: line.to_owned() }]).collect()).view()
        }
        None => note("It is no text, or too long to be shown here."),
    };
    match difference {
        Some(difference) => {
            let whole = el("details").class("card-more").child(el("summary").child("The whole file")).child(whole);
            together([difference, whole.view()])
        }
        None => whole,
    }
}

/// What differs between two texts.
fn difference(lines: &[DiffLine]) -> El {
    let line = |line: &DiffLine| {
        let (tone, sign, word) = match line.change {
            LineChange::Same => (None, " ", None),
            LineChange::Added => (Some(Tone::Ok), "+", Some("added: ")),
            LineChange::Removed => (Some(Tone::Bad), "−", Some("removed: ")),
            LineChange::Skipped => (None, "⋯", Some("lines left out")),
        };
        let number = line.new.or(line.old).map_or_else(String::new, |number| number.to_string());
        let text = el("span")
            .child(span("diff-sign").attr("aria-hidden", "true").child(sign))
            .child(word.map(|word| span("visually-hidden").child(word)))
            .child(line.text.as_str());
        el("li").tone(tone).child(el("span").child(number)).child(text)
    };
    el("ol")
        .class("code")
        .attr("tabindex", "0")
        .attr("aria-label", "What differs")
        .child(lines.iter().map(line).collect::<Vec<_>>())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn file(path: &str, change: FileChange) -> TriedFile {
        TriedFile {
            path: path.to_owned(),
            executable: false,
            size: 0,
            text: Some(String::new()),
            change,
            lines: Vec::new(),
        }
    }

    #[test]
    fn files_stand_below_their_folders_each_of_which_is_named_once() {
        let files = ["README.md", "src/a/x.rs", "src/a/y.rs", "src/b.rs"].map(|path| file(path, FileChange::Same));
        let html: String = tree(&files).into_iter().map(|line| line.view().to_html()).collect();
        let depths: Vec<&str> =
            html.match_indices("--depth:").map(|(at, word)| &html[at + word.len()..=at + word.len()]).collect();
        assert_eq!(depths, ["0", "0", "1", "2", "2", "1"]);
        assert_eq!(html.matches("#folder").count(), 2);
        assert!(html.contains("href=\"#file-src/a/x.rs\""), "{html}");
    }

    #[test]
    fn a_line_says_whether_it_came_or_went_in_words_as_well() {
        let line = |change, old, new| DiffLine { change, old, new, text: "x".to_owned() };
        let html = difference(&[line(LineChange::Removed, Some(1), None), line(LineChange::Added, None, Some(1))]);
        let html = html.view().to_html();
        assert!(html.contains("removed: ") && html.contains("added: "), "{html}");
    }
}
