//! Where people see a repository's files in a browser: the addresses of forges, both ways.
//!
//! Rule: an address is only made where the forge is known. A plain Git server has no pages, and a guess would be a dead
//! link.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use portico_descriptors::Links;
use serde::Deserialize;
use url::Url;

/// A kind of server with pages for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forge {
    /// GitHub, also GitHub Enterprise.
    #[serde(rename = "github")]
    GitHub,
    /// GitLab.
    #[serde(rename = "gitlab")]
    GitLab,
    /// Gitea, Forgejo, Codeberg.
    #[serde(alias = "forgejo")]
    Gitea,
    /// Bitbucket Cloud.
    Bitbucket,
    /// Bitbucket Data Center.
    BitbucketServer,
}

/// Hosts that everybody knows.
const KNOWN: [(&str, Forge); 7] = [
    ("github.com", Forge::GitHub),
    ("raw.githubusercontent.com", Forge::GitHub),
    ("gitlab.com", Forge::GitLab),
    ("bitbucket.org", Forge::Bitbucket),
    ("codeberg.org", Forge::Gitea),
    ("gitea.com", Forge::Gitea),
    ("code.forgejo.org", Forge::Gitea),
];

/// How companies name their own: `gitlab.example.com`.
const FIRST_LABELS: [(&str, Forge); 5] = [
    ("github", Forge::GitHub),
    ("gitlab", Forge::GitLab),
    ("gitea", Forge::Gitea),
    ("forgejo", Forge::Gitea),
    ("bitbucket", Forge::BitbucketServer),
];

impl Forge {
    /// What a repository's server is, as its name tells, or as the operator says of the host.
    pub fn of(url: &str, said: &BTreeMap<String, Forge>) -> Option<Forge> {
        let url = Url::parse(url).ok()?;
        let host = url.host_str()?;
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        let said = said.get(host).or_else(|| said.get(&with_port?)).copied();
        let known = || KNOWN.iter().find(|(known, _)| *known == host).map(|(_, forge)| *forge);
        let (label, rest) = host.split_once('.')?;
        let named =
            || FIRST_LABELS.iter().find(|(known, _)| *known == label && !rest.is_empty()).map(|(_, forge)| *forge);
        said.or_else(known).or_else(named)
    }

    /// As settings spell it.
    pub fn name(self) -> &'static str {
        match self {
            Forge::GitHub => "github",
            Forge::GitLab => "gitlab",
            Forge::Gitea => "gitea",
            Forge::Bitbucket => "bitbucket",
            Forge::BitbucketServer => "bitbucket-server",
        }
    }
}

/// What a reference is, which some forges put into addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A branch; the only thing that can be edited.
    Branch(String),
    /// A tag.
    Tag(String),
    /// A commit.
    Commit(String),
}

impl Reference {
    /// Out of a full name, such as `refs/heads/main`; what is neither branch nor tag is taken by its commit.
    pub fn of(name: &str, commit: &str) -> Reference {
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            Reference::Branch(branch.to_owned())
        } else if let Some(tag) = name.strip_prefix("refs/tags/") {
            Reference::Tag(tag.to_owned())
        } else {
            Reference::Commit(commit.to_owned())
        }
    }

    /// As people say it.
    pub fn short(&self) -> &str {
        match self {
            Reference::Branch(name) | Reference::Tag(name) | Reference::Commit(name) => name,
        }
    }
}

/// A repository at one reference, as others address it.
#[derive(Clone, Debug)]
pub struct Site {
    forge: Option<Forge>,
    /// The address of its pages, or, for a plain server, of itself; without a slash at the end.
    base: String,
    local: bool,
    reference: Reference,
    /// Whether the settings name the reference, so that an address has to as well.
    named: bool,
}

/// Where in a repository an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// The reference that it names; none if it names none.
    pub reference: Option<String>,
    /// The path from the root.
    pub path: String,
}

impl Site {
    /// A repository's site. `named` says whether the settings name the reference.
    pub fn new(url: &str, forge: Option<Forge>, reference: Reference, named: bool) -> Site {
        let local = url.starts_with('/') || url.starts_with("file:");
        let trimmed = url.strip_prefix("file://").unwrap_or(url).trim_end_matches('/');
        let base = match forge {
            Some(forge) => pages(trimmed, forge),
            None => trimmed.to_owned(),
        };
        Site { forge: forge.filter(|_| !local), base, local, reference, named }
    }

    /// The reference that is read.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What is said of a file.
    pub fn links(&self, path: &str) -> Links {
        let Some(forge) = self.forge else { return self.plain(path) };
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{}/", encoded(folder)));
        let (base, file, name) = (&self.base, encoded(path), encoded(self.reference.short()));
        let editable = matches!(self.reference, Reference::Branch(_));
        let (view, edit, source) = match forge {
            Forge::GitHub => (
                format!("{base}/blob/{name}/{file}"),
                format!("{base}/edit/{name}/{file}"),
                format!("{base}/tree/{name}/{folder}"),
            ),
            Forge::GitLab => (
                format!("{base}/-/blob/{name}/{file}"),
                format!("{base}/-/edit/{name}/{file}"),
                format!("{base}/-/tree/{name}/{folder}"),
            ),
            Forge::Gitea => {
                let kind = match self.reference {
                    Reference::Branch(_) => "branch",
                    Reference::Tag(_) => "tag",
                    Reference::Commit(_) => "commit",
                };
                (
                    format!("{base}/src/{kind}/{name}/{file}"),
                    format!("{base}/_edit/{name}/{file}"),
                    format!("{base}/src/{kind}/{name}/{folder}"),
                )
            }
            Forge::Bitbucket => {
                let view = format!("{base}/src/{name}/{file}");
                let edit = format!("{view}?mode=edit&at={}", encoded_query(self.reference.short()));
                (view, edit, format!("{base}/src/{name}/{folder}"))
            }
            Forge::BitbucketServer => {
                let at = format!("?at={}", encoded_query(self.reference.short()));
                // It has no address for editing; its page for the file offers it.
                let page = format!("{base}/browse/{file}");
                (format!("{page}{at}"), page, format!("{base}/browse/{folder}{at}"))
            }
        };
        Links {
            location: format!("url:{view}"),
            view: Some(view),
            edit: editable.then_some(edit),
            source: Some(format!("url:{source}")),
        }
    }

    fn plain(&self, path: &str) -> Links {
        let (base, file) = (&self.base, if self.local { path.to_owned() } else { encoded(path) });
        let kind = if self.local { "file" } else { "url" };
        let reference = match self.named && !self.local {
            true => format!("?ref={}", encoded_query(self.reference.short())),
            false => String::new(),
        };
        Links { location: format!("{kind}:{base}/{file}{reference}"), view: None, edit: None, source: None }
    }

    /// Where in this repository an address leads; none if it leads elsewhere.
    pub fn locate(&self, target: &str) -> Option<Inside> {
        let target = Url::parse(target).ok()?;
        let base = Url::parse(&self.base).ok()?;
        let at = |key: &str| target.query_pairs().find(|(known, _)| known == key).map(|(_, value)| value.into_owned());
        let raw_host = self.forge == Some(Forge::GitHub) && target.host_str() == Some("raw.githubusercontent.com");
        let same = target.host() == base.host() && target.port_or_known_default() == base.port_or_known_default();
        let same = same || raw_host && base.host_str() == Some("github.com");
        if !same {
            return None;
        }
        let rest =
            below(target.path(), base.path()).or_else(|| below(target.path(), &format!("{}.git", base.path())))?;
        let rest: Vec<&str> = rest.split('/').filter(|name| !name.is_empty()).collect();
        let rest = match self.forge {
            None => return Some(Inside { reference: at("ref"), path: decoded(&rest) }),
            Some(_) if raw_host => rest.as_slice(),
            Some(Forge::BitbucketServer) => {
                let path = after(&rest, &["browse", "raw"])?;
                let reference = at("at").map(|name| name.trim_start_matches("refs/heads/").to_owned());
                return Some(Inside { reference, path: decoded(path) });
            }
            Some(Forge::GitHub) => after(&rest, &["blob", "tree", "raw", "edit", "blame"])?,
            Some(Forge::GitLab) => {
                let rest = rest.strip_prefix(&["-"]).unwrap_or(&rest);
                after(rest, &["blob", "tree", "raw", "edit", "blame"])?
            }
            Some(Forge::Gitea) => match after(&rest, &["_edit"]) {
                Some(rest) => rest,
                None => after(after(&rest, &["src", "raw", "media"])?, &["branch", "tag", "commit"])?,
            },
            Some(Forge::Bitbucket) => after(&rest, &["src", "raw"])?,
        };
        self.split_reference(rest)
    }

    /// A reference may hold slashes, so the one that is read is looked for first.
    fn split_reference(&self, rest: &[&str]) -> Option<Inside> {
        let all = decoded(rest);
        if let Some(path) = all.strip_prefix(self.reference.short()).and_then(|path| path.strip_prefix('/')) {
            return Some(Inside { reference: Some(self.reference.short().to_owned()), path: path.to_owned() });
        }
        let (reference, path) = rest.split_first()?;
        let reference = decoded(&[reference]);
        // `HEAD` is what is read, unless the settings say otherwise.
        let reference = if reference == "HEAD" && !self.named { None } else { Some(reference) };
        Some(Inside { reference, path: decoded(path) })
    }

    /// Whether an address that leads here means the reference that is read.
    pub fn reads(&self, inside: &Inside) -> bool {
        inside.reference.as_deref().is_none_or(|reference| reference == self.reference.short())
    }
}

/// The repository that an address seems to lead to: on all forges, two names behind the host.
pub fn repository_of(target: &str) -> Option<String> {
    let url = Url::parse(target).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = match url.host_str()? {
        "raw.githubusercontent.com" => "github.com",
        host => host,
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path: Vec<&str> = url.path_segments()?.collect();
    let end = path
        .iter()
        .position(|name| *name == "-" || name.ends_with(".git"))
        .map_or(2, |at| if path[at] == "-" { at } else { at + 1 });
    let names = path.get(..end).filter(|names| names.iter().all(|name| !name.is_empty()))?;
    Some(format!("{}://{host}{port}/{}", url.scheme(), names.join("/")))
}

/// The address of a repository's pages.
fn pages(url: &str, forge: Forge) -> String {
    let url = url.strip_suffix(".git").unwrap_or(url);
    if forge != Forge::BitbucketServer {
        return url.to_owned();
    }
    let Some((server, rest)) = url.split_once("/scm/") else { return url.to_owned() };
    match rest.split_once('/') {
        Some((owner, name)) => match owner.strip_prefix('~') {
            Some(user) => format!("{server}/users/{user}/repos/{name}"),
            None => format!("{server}/projects/{}/repos/{name}", owner.to_uppercase()),
        },
        None => url.to_owned(),
    }
}

/// What follows a path, whatever its case: forges forgive that.
fn below<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    let base = base.trim_end_matches('/');
    let start = path.get(..base.len()).filter(|start| start.eq_ignore_ascii_case(base))?;
    let rest = &path[start.len()..];
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn after<'a, 'b>(rest: &'a [&'b str], actions: &[&str]) -> Option<&'a [&'b str]> {
    rest.split_first().filter(|(first, _)| actions.contains(first)).map(|(_, rest)| rest)
}

/// What has a meaning of its own in the path of an address.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^')
    .add(b'|')
    .add(b'[')
    .add(b']');

/// What has a meaning of its own in a query.
const QUERY: &AsciiSet = &PATH.add(b'&').add(b'+').add(b'=');

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

fn encoded_query(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

fn decoded(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| percent_decode_str(name).decode_utf8_lossy()).collect();
    names.join("/")
}

#[cfg(test)]
mod tests;
