//! Runs over files and servers in memory, some of which are not well.

use std::cell::RefCell;
use std::collections::BTreeMap;

use portico_descriptors::Tree as _;
use portico_descriptors::testing::{Files, Stage, location};
use portico_sdk::Error;
use portico_sdk::files::Entry;

use super::*;
use crate::memory::digest;
use crate::web::{Answer, Mark};

/// A machine and a web in memory: files by path or address. Nothing outside of `/srv` and of servers that begin with `https` is
/// granted.
#[derive(Default)]
struct World {
    files: BTreeMap<String, String>,
    /// Servers that are down.
    down: Vec<String>,
    /// What was asked for.
    asked: RefCell<Vec<String>>,
}

impl World {
    fn with(mut self, path: &str, text: &str) -> World {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.borrow_mut())
    }
}

fn denied(what: &str) -> Error {
    Error::Denied(format!("{what} is not granted"))
}

impl Disk for World {
    fn find(&self, patterns: &[String]) -> Result<Vec<Entry>> {
        if let Some(pattern) = patterns.iter().find(|pattern| !pattern.starts_with("/srv/")) {
            return Err(denied(pattern));
        }
        let files: Vec<(&str, &str)> = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let paths = Files::new(&files).find(patterns)?;
        let entry = |path: String| {
            let text = &self.files[&path];
            Entry { size: text.len() as u64, stamp: digest([text.as_str()]), path }
        };
        Ok(paths.into_iter().map(entry).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.asked.borrow_mut().push(path.to_owned());
        let text = self.files.get(path).ok_or_else(|| Error::NotFound(format!("there is no file {path}")))?;
        Ok(text.clone().into_bytes())
    }
}

impl Web for World {
    fn get(&self, address: &str, mark: Option<&Mark>) -> Result<Answer> {
        if !address.starts_with("https:") {
            return Err(denied(address));
        }
        let say = |what: &str| self.asked.borrow_mut().push(format!("{what} {address}"));
        if self.down.iter().any(|down| down == address) {
            return Err(Error::Unavailable { reason: format!("{address} is down"), retry_after: None });
        }
        let Some(text) = self.files.get(address) else {
            say("404");
            return Ok(Answer::Absent);
        };
        let etag = digest([text.as_str()]);
        if mark.is_some_and(|mark| mark.etag.as_ref() == Some(&etag)) {
            say("304");
            return Ok(Answer::Same);
        }
        say("200");
        let mark = Mark { digest: etag.clone(), etag: Some(etag), modified: None };
        Ok(Answer::File(text.clone().into_bytes(), mark))
    }
}

fn system(name: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{ name: {name} }}\nspec: {{ owner: a }}\n")
}

fn leads(targets: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{ name: all }}\nspec: {{ targets: {targets} }}\n"
    )
}

/// A run: what was said of it, without its progress, and what was asked for.
fn once(stage: &Stage, world: &World) -> (Vec<String>, Vec<String>) {
    let _ = run(&stage, world);
    let said = stage.said().into_iter().filter(|said| !said.starts_with("progress") && !said.starts_with("retain"));
    (said.collect(), world.asked())
}

#[test]
fn a_file_is_read_with_what_it_leads_to_and_not_again_before_something_changes() {
    let api = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: { name: pay }\nspec: { type: openapi, lifecycle: production, owner: a, definition: { $text: ./openapi.yaml } }\n";
    let mut world = World::default()
        .with("/srv/catalog/all.yaml", &leads("[./*/system.yaml, ./api.yaml]"))
        .with("/srv/catalog/a/system.yaml", &system("a"))
        .with("/srv/catalog/b/system.yaml", &system("b"))
        .with("/srv/catalog/api.yaml", api)
        .with("/srv/catalog/openapi.yaml", "openapi: 3.1.0\n")
        .with("/srv/catalog/unrelated.yaml", "a: 1\n");
    let stage = Stage { locations: vec![location("file", "/srv/catalog/all.yaml")], ..Stage::default() };
    let scope = "file:/srv/catalog/all.yaml";
    assert_eq!(once(&stage, &world).0, [format!("commit 5 of {scope}, 0 problems")]);
    for (path, text, is_read) in [
        ("/srv/catalog/all.yaml", None, false),
        ("/srv/catalog/unrelated.yaml", Some("a: 2\n".to_owned()), false),
        ("/srv/catalog/openapi.yaml", Some("openapi: 3.1.1\n".to_owned()), true),
        ("/srv/catalog/c/system.yaml", Some(system("c")), true),
        ("/srv/catalog/a/system.yaml", Some(system("d")), true),
    ] {
        if let Some(text) = text {
            world.files.insert(path.to_owned(), text);
        }
        let (said, asked) = once(&stage, &world);
        assert_eq!(asked.is_empty(), !is_read, "{path}: {asked:?}");
        assert_eq!(said[0].starts_with("commit"), is_read, "{path}: {said:?}");
    }
}

#[test]
fn one_bad_target_stops_no_other() {
    for (all, scope_kind, good) in
        [("/srv/all.yaml", "file", "/srv/good.yaml"), ("https://x.test/all.yaml", "url", "https://x.test/good.yaml")]
    {
        let world = World::default()
            .with(all, &leads("[./gone.yaml, ./broken.yaml, ./good.yaml]"))
            .with(&good.replace("good", "broken"), "kind: [")
            .with(good, &system("good"));
        let stage = Stage { locations: vec![location(scope_kind, all)], ..Stage::default() };
        let (said, _) = once(&stage, &world);
        assert_eq!(said[0], format!("commit 3 of {scope_kind}:{all}, 2 problems"), "{said:?}");
        assert!(said[1].starts_with("the target ./gone.yaml is missing: there is no file "), "{said:?}");
    }
}

#[test]
fn a_grant_that_comes_later_is_noticed() {
    let world = World::default().with("/srv/all.yaml", &leads("[/etc/a.yaml]"));
    let stage = Stage { locations: vec![location("file", "/srv/all.yaml")], ..Stage::default() };
    let (said, _) = once(&stage, &world);
    assert_eq!(said[1], "the target /etc/a.yaml cannot be read: /etc/a.yaml is not granted");
    assert_eq!(once(&stage, &world).0, ["current file:/srv/all.yaml"]);
    // The same look is answered now, if with nothing.
    let cursor = stage.cursors.borrow()["file:/srv/all.yaml"].replace("/etc/a.yaml", "/srv/a.yaml");
    stage.cursors.borrow_mut().insert("file:/srv/all.yaml".to_owned(), cursor);
    assert!(once(&stage, &world).0[0].starts_with("commit"));
}

#[test]
fn a_location_that_names_no_file_keeps_what_it_brought() {
    let world = World::default();
    for (kind, target, expected) in [
        ("file", "/srv/gone.yaml", "there is no file /srv/gone.yaml; correct the path, or remove the location"),
        ("file", "/srv/*.yaml", "no file matches /srv/*.yaml; correct the path, or remove the location"),
        ("file", "/etc/a.yaml", "/etc/a.yaml is not granted"),
        (
            "url",
            "https://x.test/gone.yaml",
            "there is no file at https://x.test/gone.yaml; correct the address, or remove",
        ),
        (
            "url",
            "https://x.test/*.yaml",
            "holds `*`, and a web server does not say which files it has; register each file",
        ),
        ("url", "http://x.test/a.yaml", "http://x.test/a.yaml is not granted"),
    ] {
        let stage = Stage { locations: vec![location(kind, target)], ..Stage::default() };
        let (said, _) = once(&stage, &world);
        let [said] = said.as_slice() else { panic!("{said:?}") };
        assert!(said.starts_with("unreadable") && said.contains(expected), "{target}: {said}");
    }
}

#[test]
fn the_web_is_asked_whether_anything_has_changed_and_read_whole_if_so() {
    let (all, a, b) = ("https://x.test/all.yaml", "https://x.test/a.yaml", "https://x.test/b.yaml");
    let optional = leads("[./a.yaml, ./b.yaml, ./later.yaml]").replace("spec: {", "spec: { presence: optional,");
    let mut world = World::default().with(all, &optional).with(a, &system("a")).with(b, &system("b"));
    let stage = Stage { locations: vec![location("url", all)], ..Stage::default() };
    let later = "https://x.test/later.yaml";
    let (said, asked) = once(&stage, &world);
    assert_eq!(said, [format!("commit 4 of url:{all}, 0 problems")]);
    let first = [format!("200 {all}"), format!("200 {a}"), format!("200 {b}"), format!("404 {later}")];
    assert_eq!(asked, first);

    let (said, asked) = once(&stage, &world);
    assert_eq!(said, [format!("current url:{all}")]);
    assert_eq!(asked, [format!("304 {a}"), format!("304 {all}"), format!("304 {b}"), format!("404 {later}")]);

    world.files.insert(b.to_owned(), system("other"));
    let (said, asked) = once(&stage, &world);
    assert!(said[0].starts_with("commit 4"), "{said:?}");
    // What has changed came with the question.
    let again =
        [format!("304 {a}"), format!("304 {all}"), format!("200 {b}"), format!("200 {all}"), format!("200 {a}")];
    assert_eq!(asked[..5], again);

    world.files.insert(later.to_owned(), system("later"));
    assert!(once(&stage, &world).0[0].starts_with("commit 5"));
}

#[test]
fn a_file_of_the_web_that_fails_is_tried_again_and_keeps_what_it_brought() {
    let (all, a) = ("https://x.test/all.yaml", "https://x.test/a.yaml");
    let mut world = World::default().with(all, &leads("[./a.yaml]")).with(a, &system("a"));
    let stage = Stage { locations: vec![location("url", all)], ..Stage::default() };
    world.down = vec![a.to_owned()];
    // The problem is the file's own, so the catalog keeps what came from it.
    assert_eq!(once(&stage, &world).0, [format!("commit 2 of url:{all}, 1 problems"), format!("{a} is down")]);
    world.down.clear();
    assert_eq!(once(&stage, &world).0, [format!("commit 3 of url:{all}, 0 problems")]);
    world.down = vec![all.to_owned()];
    assert_eq!(once(&stage, &world).0, [format!("unreadable url:{all}: {all} is down")]);
}

#[test]
fn a_target_that_is_a_location_of_its_own_is_left_to_it() {
    let world = World::default()
        .with("/srv/all.yaml", &leads("[./own.yaml, 'https://y.test/others.yaml']"))
        .with("/srv/own.yaml", &system("own"));
    let mut stage = Stage { locations: vec![location("file", "/srv/all.yaml")], ..Stage::default() };
    let (said, _) = once(&stage, &world);
    assert_eq!(said[0], "commit 3 of file:/srv/all.yaml, 1 problems");
    stage.locations.push(location("file", "/srv/own.yaml"));
    stage.others.push("url:https://y.test/others.yaml".to_owned());
    let (said, _) = once(&stage, &world);
    assert_eq!(said, ["commit 2 of file:/srv/all.yaml, 0 problems", "commit 2 of file:/srv/own.yaml, 0 problems"]);
}
