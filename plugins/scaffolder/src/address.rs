//! Where an address of a template leads.
//!
//! Rule: what is relative is relative to where the template was read. An address is judged by its letters alone; whether anything is there,
//! and may be read, says whoever reads it.

use portico_descriptors::paths;
use portico_sdk::{Error, Result};
use portico_sites::{Forge, Inside, Reference, Site, repository_of};
use url::Url;

use crate::settings::Settings;

/// Names that the name of a branch may be made of, with slashes between them.
const LONGEST_BRANCH: usize = 5;

/// Where a template that is tried was read, with what came with it beside it.
const TRIED: &str = "/template/";

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// To what came with a template that is tried.
    Template(String),
    /// To a file or a folder of the portal's machine, by its absolute path.
    Machine(String),
    /// Into a repository, in each way that the address can be meant.
    Repository(String, Vec<Inside>),
    /// To anything else of the web.
    Web(String),
}

/// Where `url` leads in a template that was read at `base`.
pub(crate) fn place(url: &str, base: Option<&str>, settings: &Settings) -> Result<Place> {
    Ok(match named(url, base, settings)? {
        Place::Repository(url, readings) => Place::Repository(settings.read_at(url), readings),
        other => other,
    })
}

fn named(url: &str, base: Option<&str>, settings: &Settings) -> Result<Place> {
    if let Ok(absolute) = Url::parse(url) {
        return match absolute.scheme() {
            "http" | "https" => Ok(web(&absolute, settings)),
            other => Err(Error::Invalid(format!(
                "input.url: `{url}` begins with `{other}:`, which is not read; write an address that begins with `https:`, or one that is \
                 relative to the template"
            ))),
        };
    }
    let base = base.ok_or_else(|| {
        Error::Invalid(format!(
            "input.url: `{url}` is relative, and it is not known where the template was read; write an address that begins with `https:`"
        ))
    })?;
    let out = || Error::Invalid(format!("input.url: `{url}` leads out of the files that the template lies among"));
    if let Some(path) = local(base) {
        if let Some(template) = path.strip_prefix(TRIED) {
            return paths::resolve(template, url).map(Place::Template).ok_or_else(out);
        }
        if url.starts_with('/') {
            return Err(Error::Invalid(format!(
                "input.url: `{url}` is absolute, and the template was read from a file; write an address that is relative to it"
            )));
        }
        return paths::resolve(path, url).map(Place::Machine).ok_or_else(out);
    }
    let known =
        Url::parse(base).map_err(|error| Error::Failed(format!("the template's address `{base}` is none: {error}")))?;
    if let (Some(root), Place::Repository(repository, mut readings)) = (url.strip_prefix('/'), web(&known, settings)) {
        let path = paths::resolve("", root).ok_or_else(out)?;
        readings.iter_mut().for_each(|reading| path.clone_into(&mut reading.path));
        return Ok(Place::Repository(repository, readings));
    }
    let mut joined =
        known.join(url).map_err(|error| Error::Invalid(format!("input.url: `{url}` is no address: {error}")))?;
    if joined.query().is_none() {
        // Where servers name the reference in the query, it holds for what is relative as well.
        joined.set_query(known.query());
    }
    Ok(web(&joined, settings))
}

/// The path of a base that is a file.
pub(crate) fn local(base: &str) -> Option<&str> {
    let path = base.strip_prefix("file:")?;
    Some(path.strip_prefix("//").unwrap_or(path))
}

fn web(target: &Url, settings: &Settings) -> Place {
    let target = target.as_str();
    let elsewhere = || Place::Web(target.to_owned());
    let Some(url) = repository_of(target) else { return elsewhere() };
    let forge = Forge::of(&url, &settings.forges);
    if forge.is_none() && !url.ends_with(".git") {
        return elsewhere();
    }
    let plain = |address: &str| address.trim_end_matches('/').trim_end_matches(".git").to_lowercase();
    let inside = match plain(&url) == plain(target) {
        true => Some(Inside { reference: None, path: String::new() }),
        false => Site::new(&url, forge, Reference::Branch(String::new()), false).locate(target),
    };
    match inside {
        Some(inside) => Place::Repository(url, readings(inside)),
        None => elsewhere(),
    }
}

/// The name of a branch may hold slashes, so that where the path begins is found out by looking.
fn readings(inside: Inside) -> Vec<Inside> {
    let tidy = |inside: Inside| Inside { path: inside.path.trim_matches('/').to_owned(), ..inside };
    let mut readings = vec![tidy(inside)];
    while let Some(Inside { reference: Some(reference), path }) = readings.last()
        && !path.is_empty()
        && readings.len() < LONGEST_BRANCH
    {
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        readings.push(Inside { reference: Some(format!("{reference}/{name}")), path: rest.to_owned() });
    }
    readings
}

/// The address of a file of a repository, `path` from its root, as the pages that `contents` is an address of show it.
pub(crate) fn of_file(contents: &str, path: &str, settings: &Settings) -> Result<String> {
    let refused = |why: &str| Error::Invalid(format!("input.repoContentsUrl: `{contents}` {why}"));
    let target = Url::parse(contents).map_err(|_| refused("is no address; write one that begins with `https:`"))?;
    let Place::Repository(url, readings) = web(&target, settings) else {
        return Err(refused("lies in no repository that could be made out; name the file itself as `catalogInfoUrl`"));
    };
    let written = path.trim_start_matches("./");
    let inside = readings.first().ok_or_else(|| refused("names no place in its repository"))?;
    let path = match written.strip_prefix('/') {
        Some(root) => root.to_owned(),
        None if inside.path.is_empty() => written.to_owned(),
        None => format!("{}/{written}", inside.path),
    };
    let reference = inside.reference.clone().unwrap_or_else(|| "HEAD".to_owned());
    let named = inside.reference.is_some();
    let site = Site::new(&url, Forge::of(&url, &settings.forges), Reference::Branch(reference), named);
    let links = site.links(&path);
    Ok(links.view.unwrap_or_else(|| links.location.trim_start_matches("url:").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str, base: Option<&str>) -> String {
        let forges = [("git.corp".to_owned(), Forge::Gitea)].into_iter().collect();
        let settings = Settings { forges, ..Settings::default() };
        match place(url, base, &settings) {
            Ok(Place::Template(path)) => format!("template {path}"),
            Ok(Place::Machine(path)) => format!("machine {path}"),
            Ok(Place::Web(url)) => format!("web {url}"),
            Ok(Place::Repository(url, readings)) => {
                let show = |one: &Inside| format!("{}:{}", one.reference.as_deref().unwrap_or("-"), one.path);
                format!("{url} {}", readings.iter().map(show).collect::<Vec<_>>().join(" "))
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_address_is_relative_to_where_its_template_was_read() {
        let github = "https://github.com/acme/t/blob/main/service/template.yaml";
        let cases = [
            (
                "./skeleton",
                github,
                "https://github.com/acme/t main:service/skeleton main/service:skeleton main/service/skeleton:",
            ),
            ("../shared/", github, "https://github.com/acme/t main:shared main/shared:"),
            (
                "/shared/x",
                github,
                "https://github.com/acme/t main:shared/x main/service:shared/x main/service/template.yaml:shared/x",
            ),
            ("./a b", "https://gitlab.com/g/s/t/-/blob/v1/template.yaml", "https://gitlab.com/g/s/t v1:a b v1/a b:"),
            ("./s", "https://git.corp/g/t/src/branch/main/template.yaml", "https://git.corp/g/t main:s main/s:"),
            ("./s", "https://bitbucket.org/w/t/src/main/template.yaml", "https://bitbucket.org/w/t main:s main/s:"),
            ("./s", "http://localhost:80/t.git/a/template.yaml?ref=v2", "http://localhost/t.git v2:a/s v2/a:s v2/a/s:"),
            ("./s", "file:/srv/t/template.yaml", "machine /srv/t/s"),
            ("../s", "file:///srv/t/template.yaml", "machine /srv/s"),
            ("./skeleton", "file:/template/template.yaml", "template skeleton"),
            (".", "file:///template/template.yaml", "template "),
            ("s", "https://example.com/t/template.yaml", "web https://example.com/t/s"),
        ];
        for (url, base, expected) in cases {
            assert_eq!(shown(url, Some(base)), expected, "{url} at {base}");
        }
    }

    #[test]
    fn an_absolute_address_says_its_repository() {
        let cases = [
            ("https://github.com/acme/x", "https://github.com/acme/x -:"),
            ("https://github.com/acme/x/tree/main/a", "https://github.com/acme/x main:a main/a:"),
            ("https://raw.githubusercontent.com/acme/x/main/a", "https://github.com/acme/x main:a main/a:"),
            ("https://example.com/a/b", "web https://example.com/a/b"),
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url, None), expected, "{url}");
        }
    }

    #[test]
    fn what_leads_out_or_nowhere_is_refused_in_words() {
        for (url, base, expected) in [
            ("../x", Some("file:/template/template.yaml"), "leads out of the files that the template lies among"),
            ("/etc", Some("file:/srv/t/template.yaml"), "is absolute"),
            ("file:///etc/passwd", Some("file:/srv/t/template.yaml"), "begins with `file:`"),
            ("ftp://x.test/a", None, "begins with `ftp:`"),
            ("./skeleton", None, "it is not known where the template was read"),
        ] {
            assert!(shown(url, base).contains(expected), "{url}: {}", shown(url, base));
        }
    }

    #[test]
    fn a_file_of_a_repository_has_an_address() {
        let settings = Settings::default();
        let cases = [
            ("https://github.com/acme/x/blob/main", "/c.yaml", "https://github.com/acme/x/blob/main/c.yaml"),
            ("https://github.com/acme/x", "/c.yaml", "https://github.com/acme/x/blob/HEAD/c.yaml"),
            ("https://github.com/acme/x/tree/main/sub/", "c.yaml", "https://github.com/acme/x/blob/main/sub/c.yaml"),
            ("https://gitlab.com/g/x/-/blob/main", "./d/c.yaml", "https://gitlab.com/g/x/-/blob/main/d/c.yaml"),
            ("https://gitea.x.test/g/x/src/branch/main/", "/c.yaml", "https://gitea.x.test/g/x/src/branch/main/c.yaml"),
            ("http://localhost:8080/git/x.git?ref=main", "/c.yaml", "http://localhost:8080/git/x.git/c.yaml?ref=main"),
        ];
        for (contents, path, expected) in cases {
            assert_eq!(of_file(contents, path, &settings).as_deref(), Ok(expected), "{contents}");
        }
        assert!(of_file("https://example.com/x", "/c.yaml", &settings).is_err());
    }
}
