//! What a plugin may do: what it asks for and is granted.
//!
//! Rule: the intersection, computed once when a plugin is loaded. A grant that no ask meets does nothing, and is said.

use std::collections::BTreeMap;

use ipnet::IpNet;
use url::Url;

use crate::asks::{Asks, KindsAsk};
use crate::certificate::{CertificateGrant, PemFile};
use crate::config::Grants;
use crate::credential::Credential;
use crate::denial::{Capability, Denial, Keeper, Remedy, ask_lines, quoted, reason_line};
use crate::folder::FolderPath;
use crate::http::{HttpAsk, HttpRule, has_userinfo};
use crate::kind_pattern::{self, KindPattern};
use crate::kubeconfig::{Cluster, KubeconfigGrant};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::piece::Piece;
use crate::quantity::Size;
use crate::repository::{RepositoryAddress, RepositoryPattern};

/// Everybody may keep so much state: a cursor and a few hundred keys.
const STATE_DEFAULT: Size = Size::mebibytes(1);

/// What a plugin may do.
#[derive(Clone, Debug)]
pub struct Rights {
    /// The plugin's name.
    pub plugin: String,
    /// Who keeps the grants.
    pub keeper: Keeper,
    /// The repositories that it may read.
    pub repositories: Vec<RepositoryPattern>,
    /// The repositories that it may push to.
    pub push: Vec<RepositoryPattern>,
    /// The folders below which it may read files, the widest first.
    pub files: Vec<FolderPath>,
    /// The requests that it may send.
    pub http: Vec<HttpRule>,
    /// The secrets that the host adds to its requests and checks signatures with, by name.
    pub credentials: BTreeMap<String, Credential>,
    /// The kinds that it may read.
    pub read: Vec<KindPattern>,
    /// The kinds that it may bring in, its own with them.
    pub write: Vec<KindPattern>,
    /// The kinds that it may attach facts to, its own with them.
    pub attach: Vec<KindPattern>,
    /// Private ranges that it may reach.
    pub private_addresses: Vec<IpNet>,
    /// Files with certificates of authorities that sign servers of its.
    pub authorities: Vec<PemFile>,
    /// Certificates that it shows.
    pub certificates: Vec<CertificateGrant>,
    /// The clusters that it may reach by kubeconfigs.
    pub clusters: Vec<Cluster>,
    /// The kubeconfigs that they are of.
    pub kubeconfigs: Vec<KubeconfigGrant>,
    /// The state that it may keep.
    pub state: Size,
    /// What it may use in a call.
    pub limits: Limits,
    pub(crate) own_kinds: Vec<KindPattern>,
    pub(crate) asks: Asks,
    unmet: Vec<String>,
}

/// What a plugin may do with entities of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogRight {
    /// Read them.
    Read,
    /// Bring them in.
    Write,
    /// Attach facts to them.
    Attach,
}

/// One ask with what was granted of it, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskLine {
    /// The capability.
    pub capability: Capability,
    /// What exactly.
    pub target: String,
    /// Why, in the words of its author.
    pub reason: String,
    /// What was granted of it; none if nothing.
    pub granted: Option<String>,
    /// What granting it takes.
    pub piece: Piece,
}

impl Rights {
    /// The intersection of what a plugin asks for and what it is granted.
    pub fn new(manifest: &Manifest, grants: &Grants) -> Rights {
        let asks = &manifest.asks;
        let met: Vec<Vec<HttpRule>> = grants
            .http
            .iter()
            .map(|grant| asks.http.iter().filter_map(|ask| HttpRule::meet(ask, grant)).collect())
            .collect();
        let mut files = if asks.files.is_some() { grants.files.clone() } else { Vec::new() };
        files.sort_by_key(|folder| folder.as_str().len());
        let mut unmet = unmet(manifest, grants, &met);
        let mut credentials = credentials(manifest, grants, &mut unmet);
        let asks_clusters = asks.kubeconfig.is_some();
        let clusters = if asks_clusters { grants.clusters.clone() } else { Vec::new() };
        let of_clusters = of_clusters(manifest, &clusters, &mut unmet);
        credentials.extend(clusters.iter().filter_map(Cluster::credential));
        let own = || manifest.own_kinds().filter_map(|kind| kind.name.parse().ok());
        let met_kinds = |ask: &Option<KindsAsk>, granted: &[KindPattern]| {
            let asked = ask.as_ref().map(|ask| ask.kinds.as_slice()).unwrap_or_default();
            kind_pattern::meet(asked, granted)
        };
        let with_own = |mut kinds: Vec<KindPattern>| {
            for kind in own() {
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            kinds
        };
        let state = asks.state.as_ref().map_or(STATE_DEFAULT, |ask| ask.size.min(STATE_DEFAULT));
        Rights {
            plugin: manifest.name.clone(),
            keeper: Keeper::File,
            repositories: if asks.repositories.is_some() { grants.repositories.clone() } else { Vec::new() },
            push: if asks.push.is_some() { grants.push.clone() } else { Vec::new() },
            files,
            unmet,
            http: met.into_iter().flatten().chain(of_clusters).collect(),
            credentials,
            read: with_own(met_kinds(&asks.catalog.read, &grants.catalog.read)),
            write: with_own(met_kinds(&asks.catalog.write, &grants.catalog.write)),
            attach: with_own(met_kinds(&asks.catalog.attach, &grants.catalog.attach)),
            private_addresses: grants.private_addresses.clone(),
            authorities: grants.authorities.clone(),
            certificates: grants.certificates.clone(),
            clusters,
            kubeconfigs: if asks_clusters { grants.kubeconfigs.clone() } else { Vec::new() },
            state: grants.state.unwrap_or(state),
            limits: Limits::effective(asks, &grants.limits),
            own_kinds: own().collect(),
            asks: asks.clone(),
        }
    }

    /// The same rights, whose grants are kept elsewhere than in `portico.yaml`.
    pub fn kept_by(self, keeper: Keeper) -> Rights {
        let here = format!("`plugins.{}.grants", self.plugin);
        let unmet = match keeper {
            Keeper::File => self.unmet,
            Keeper::Portal => self.unmet.iter().map(|sentence| sentence.replace(&here, "`grants")).collect(),
        };
        Rights { keeper, unmet, ..self }
    }

    /// Where the grants are written, in the middle of a sentence.
    pub fn written(&self) -> String {
        self.keeper.written(&self.plugin)
    }

    /// The lines of a grant: `under` are the keys below `grants`, each one level deeper, and `last` is what they hold.
    pub fn grant_lines(&self, under: &[&str], last: &[String]) -> String {
        self.keeper.lines(&self.plugin, under, last)
    }

    /// Grants that do nothing, a sentence each.
    pub fn unmet(&self) -> &[String] {
        &self.unmet
    }

    /// Whether the plugin may read a repository; what it may push to it may read.
    pub fn repository(&self, address: &RepositoryAddress) -> Result<(), Denial> {
        if self.repositories.iter().chain(&self.push).any(|pattern| pattern.covers(address)) {
            return Ok(());
        }
        let what = format!("read the repository {address}");
        let grant = self.grant_lines(&["repositories"], &[format!("- {}", quoted(address.as_str()))]);
        let remedy = remedy(self.asks.repositories.is_some(), grant, || ask_lines(&["repositories"], &[reason_line()]));
        Err(self.denial(Capability::Repositories, address.as_str(), &what, remedy))
    }

    /// Whether the plugin may push to a repository.
    pub fn push(&self, address: &RepositoryAddress) -> Result<(), Denial> {
        if self.push.iter().any(|pattern| pattern.covers(address)) {
            return Ok(());
        }
        let what = format!("push to the repository {address}");
        let grant = self.grant_lines(&["push"], &[format!("- {}", quoted(address.as_str()))]);
        let remedy = remedy(self.asks.push.is_some(), grant, || ask_lines(&["push"], &[reason_line()]));
        Err(self.denial(Capability::Push, address.as_str(), &what, remedy))
    }

    /// The granted folder that a folder is, or lies in; the widest, where there are several.
    pub fn folder(&self, folder: &str) -> Result<&FolderPath, Denial> {
        if let Some(granted) = self.files.iter().find(|granted| granted.covers(folder)) {
            return Ok(granted);
        }
        let what = format!("read files below {folder}");
        let grant = self.grant_lines(&["files"], &[format!("- {}", quoted(folder))]);
        let remedy = remedy(self.asks.files.is_some(), grant, || ask_lines(&["files"], &[reason_line()]));
        Err(self.denial(Capability::Files, folder, &what, remedy))
    }

    /// The cluster that an address names by a user's name, where several have its server.
    pub fn named_cluster(&self, url: &Url) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.is_named(url))
    }

    /// The rule that covers a request.
    pub fn request(&self, method: &str, url: &Url) -> Result<&HttpRule, Denial> {
        if let Some(rule) = self.http.iter().find(|rule| rule.covers(method, url)) {
            return Ok(rule);
        }
        let shown = without_secrets(url);
        let what = format!("send {method} {shown}");
        let mut denial = self.denial(Capability::Http, &shown, &what, Remedy::Nothing);
        if has_userinfo(url) {
            denial.sentence.push_str(
                " Its address holds a user name or a password; credentials belong under `grants.credentials`.",
            );
        } else if let Some(remedy) = self.http_remedy(method, url) {
            denial.remedy = remedy;
        } else {
            denial.sentence.push_str(" No plugin can be granted that.");
        }
        Err(denial)
    }

    /// Whether the plugin may do something with entities of a kind.
    pub fn kind(&self, what: CatalogRight, kind: &str) -> Result<(), Denial> {
        let (granted, ask, capability, key, words) = match what {
            CatalogRight::Read => {
                (&self.read, &self.asks.catalog.read, Capability::Read, "read", "read entities of the kind")
            }
            CatalogRight::Write => {
                (&self.write, &self.asks.catalog.write, Capability::Write, "write", "bring in entities of the kind")
            }
            CatalogRight::Attach => (
                &self.attach,
                &self.asks.catalog.attach,
                Capability::Attach,
                "attach",
                "attach facts to entities of the kind",
            ),
        };
        if kind_pattern::covered(granted, kind) {
            return Ok(());
        }
        let said = format!("{words} `{kind}`");
        let is_asked = ask.as_ref().is_some_and(|ask| kind_pattern::covered(&ask.kinds, kind));
        let grant = self.grant_lines(&["catalog"], &[format!("{key}: [{}]", quoted(kind))]);
        let remedy = remedy(is_asked, grant, || {
            ask_lines(&["catalog", key], &[format!("kinds: [{}]", quoted(kind)), reason_line()])
        });
        Err(self.denial(capability, kind, &said, remedy))
    }

    /// What is refused when a plugin needs a secret that it was not granted.
    pub fn credential_denial(&self, name: &str) -> Denial {
        // What the variable is called is the operator's business; a name shows how it is written.
        let variable = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let grant = format!("secret: {{ env: {variable} }}");
        let grant = self.grant_lines(&["credentials", name], &[grant]);
        let what = format!("use the credential `{name}`");
        self.denial(Capability::Credentials, name, &what, Remedy::Grant(grant))
    }

    /// A secret that the manifest asks for and nobody granted, which requests to a server would carry.
    pub fn credential_missing(&self, host: &url::Host<&str>, port: u16) -> Option<Denial> {
        if self.credentials.values().any(|credential| credential.covers(host, port)) {
            return None;
        }
        let asked =
            self.asks.credentials.iter().find(|ask| ask.hosts.iter().any(|pattern| pattern.covers(host, port)))?;
        Some(self.credential_denial(&asked.name))
    }

    /// What is refused when a plugin wants to keep more state than it may.
    pub fn state_denial(&self, wanted: u64) -> Denial {
        let wanted = Size::bytes(wanted);
        let what = format!("keep {wanted} of state; it may keep {}", self.state);
        // The next full MiB, so that the lines are worth adding.
        let enough = Size::mebibytes((wanted.as_bytes() >> 20) + 1);
        let lines = self.grant_lines(&[], &[format!("state: {}", enough.yaml())]);
        self.denial(Capability::State, &wanted.to_string(), &what, Remedy::Grant(lines))
    }

    /// The lines that raise one of the limits of a call.
    pub fn limit_lines(&self, capability: Capability, value: &str) -> String {
        self.grant_lines(&["limits"], &[format!("{}: {value}", capability.as_str())])
    }

    /// What would let a request pass; none where nothing can.
    fn http_remedy(&self, method: &str, url: &Url) -> Option<Remedy> {
        let grant = |lines: Vec<String>| self.grant_lines(&["http"], &lines);
        if let Some(lines) = HttpRule::granting(&self.asks.http, method, url) {
            return Some(Remedy::Grant(grant(lines)));
        }
        let ask = HttpAsk::of(method, url)?;
        let lines = HttpRule::granting(std::slice::from_ref(&ask), method, url)?;
        Some(Remedy::Ask { manifest: ask_lines(&["http"], &ask.lines()), grant: grant(lines) })
    }

    fn denial(&self, capability: Capability, target: &str, what: &str, remedy: Remedy) -> Denial {
        let sentence = format!("The plugin `{}` may not {what}.", self.plugin);
        Denial { capability, target: target.to_owned(), sentence, remedy, written: self.written().into() }
    }
}

/// Grants what is asked for, and has asked for first what is not.
fn remedy(is_asked: bool, grant: String, manifest: impl FnOnce() -> String) -> Remedy {
    if is_asked { Remedy::Grant(grant) } else { Remedy::Ask { manifest: manifest(), grant } }
}

pub(crate) fn joined<T: ToString>(items: impl Iterator<Item = T>) -> Option<String> {
    let texts: Vec<String> = items.map(|item| item.to_string()).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// A URL as logs and pages may show it.
fn without_secrets(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

fn unmet(manifest: &Manifest, grants: &Grants, met: &[Vec<HttpRule>]) -> Vec<String> {
    let plugin = &manifest.name;
    let mut sentences = Vec::new();
    if manifest.asks.repositories.is_none() && !grants.repositories.is_empty() {
        sentences.push(format!(
            "`plugins.{plugin}.grants.repositories` does nothing: the plugin does not ask for repositories. Remove it."
        ));
    }
    if manifest.asks.push.is_none() && !grants.push.is_empty() {
        sentences
            .push(format!("`plugins.{plugin}.grants.push` does nothing: the plugin does not ask to push. Remove it."));
    }
    if manifest.asks.files.is_none() && !grants.files.is_empty() {
        sentences.push(format!(
            "`plugins.{plugin}.grants.files` does nothing: the plugin does not ask for files. Remove it."
        ));
    }
    if manifest.asks.kubeconfig.is_none() && !grants.kubeconfigs.is_empty() {
        sentences.push(format!(
            "`plugins.{plugin}.grants.kubeconfigs` does nothing: the plugin does not ask for the clusters of kubeconfigs. Remove it."
        ));
    }
    for (index, (grant, rules)) in grants.http.iter().zip(met).enumerate() {
        if rules.is_empty() {
            let asked = joined(manifest.asks.http.iter()).unwrap_or_else(|| "nothing".to_owned());
            sentences.push(format!(
                "`plugins.{plugin}.grants.http[{index}]` ({grant}) does nothing: the plugin asks for {asked}."
            ));
        }
    }
    for (key, asked, granted) in [
        ("read", &manifest.asks.catalog.read, &grants.catalog.read),
        ("write", &manifest.asks.catalog.write, &grants.catalog.write),
        ("attach", &manifest.asks.catalog.attach, &grants.catalog.attach),
    ] {
        let asked = asked.as_ref().map(|ask| ask.kinds.as_slice()).unwrap_or_default();
        for kind in granted.iter().filter(|kind| !asked.iter().any(|ask| ask.meet(kind).is_some())) {
            let asks = joined(asked.iter()).unwrap_or_else(|| "none".to_owned());
            sentences.push(format!(
                "`plugins.{plugin}.grants.catalog.{key}` names the kind `{kind}` and does nothing there: the plugin asks for {asks}."
            ));
        }
    }
    sentences
}

/// What may be asked of the clusters; one that the plugin asks nothing of is said.
fn of_clusters(manifest: &Manifest, clusters: &[Cluster], unmet: &mut Vec<String>) -> Vec<HttpRule> {
    let mut rules = Vec::new();
    for cluster in clusters {
        let Some(grant) = cluster.http() else { continue };
        let met = manifest.asks.http.iter().filter_map(|ask| HttpRule::meet(ask, &grant));
        let met: Vec<HttpRule> = met.map(|rule| rule.below(cluster.base())).collect();
        if met.is_empty() {
            let asked = joined(manifest.asks.http.iter()).unwrap_or_else(|| "nothing".to_owned());
            unmet.push(format!(
                "The context `{}` of `plugins.{}.grants.kubeconfigs` ({grant}) does nothing: the plugin asks for {asked}.",
                cluster.context, manifest.name
            ));
        }
        rules.extend(met);
    }
    rules
}

/// The secrets that both name; a grant that does nothing is said.
fn credentials(manifest: &Manifest, grants: &Grants, unmet: &mut Vec<String>) -> BTreeMap<String, Credential> {
    let mut met = BTreeMap::new();
    for (name, grant) in &grants.credentials {
        match grant.meet(manifest.asks.credentials.iter().find(|ask| ask.name == *name)) {
            Ok(credential) => drop(met.insert(name.clone(), credential)),
            Err(reason) => {
                unmet.push(format!(
                    "`plugins.{}.grants.credentials.{name}` {reason}. Correct or remove it.",
                    manifest.name
                ));
            }
        }
    }
    met
}
