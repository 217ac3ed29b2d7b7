//! Which plugins read a location.
//!
//! Rule: a path goes to the plugins that read files. A web address goes to the plugins that read addresses and are granted to
//! get this one, as a plain file; where there is none, to those that read addresses and repositories. So no address is read
//! twice, and none is shown as failing by a plugin that has no business with it.

use std::sync::Arc;

use portico_manifest::{LocationKind, Rights};
use portico_model::LocationRef;
use url::Url;

use crate::plugin::Loaded;

/// The plugins that read locations, as they are when a call begins. It holds on to no version of any.
#[derive(Clone)]
pub(crate) struct Readers(Arc<[Reader]>);

impl Readers {
    pub(crate) fn new(loaded: impl Iterator<Item = Arc<Loaded>>) -> Readers {
        let reads = loaded.filter(|loaded| !loaded.manifest.locations.is_empty());
        let reader = |loaded: Arc<Loaded>| Reader {
            locations: loaded.manifest.locations.clone(),
            reads_repositories: loaded.manifest.asks.repositories.is_some(),
            rights: loaded.rights.clone(),
        };
        Readers(reads.map(reader).collect())
    }

    /// The names of the plugins that read a location.
    pub(crate) fn of(&self, address: &LocationRef) -> Vec<&str> {
        readers(address, &self.0)
    }

    /// Whether this plugin reads a location.
    pub(crate) fn reads(&self, plugin: &str, address: &LocationRef) -> bool {
        self.of(address).contains(&plugin)
    }

    /// Whether any other plugin reads a location.
    pub(crate) fn others_read(&self, plugin: &str, address: &LocationRef) -> bool {
        self.of(address).iter().any(|reader| *reader != plugin)
    }

    /// Whether any plugin reads locations.
    pub(crate) fn are_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A plugin, as far as the rule looks at it.
struct Reader {
    locations: Vec<LocationKind>,
    /// Whether it asks for repositories.
    reads_repositories: bool,
    rights: Arc<Rights>,
}

impl Reader {
    fn reads(&self, kind: LocationKind) -> bool {
        self.locations.contains(&kind)
    }

    fn may_get(&self, target: &Url) -> bool {
        self.rights.request("GET", target).is_ok()
    }
}

/// The names of the plugins that read a location.
fn readers<'a>(address: &LocationRef, plugins: &'a [Reader]) -> Vec<&'a str> {
    let names = |takes: &dyn Fn(&Reader) -> bool| {
        plugins.iter().filter(|plugin| takes(plugin)).map(|plugin| plugin.rights.plugin.as_str()).collect::<Vec<_>>()
    };
    if address.kind == LocationKind::File.as_str() {
        return names(&|plugin| plugin.reads(LocationKind::File));
    }
    if address.kind != LocationKind::Url.as_str() {
        return Vec::new();
    }
    let target = Url::parse(&address.target).ok();
    let granted = names(&|plugin| {
        plugin.reads(LocationKind::Url) && target.as_ref().is_some_and(|target| plugin.may_get(target))
    });
    match granted.is_empty() {
        false => granted,
        true => names(&|plugin| plugin.reads(LocationKind::Url) && plugin.reads_repositories),
    }
}

#[cfg(test)]
mod tests {
    use portico_manifest::{Grants, Manifest, parse};

    use super::*;

    type Plugin = (Manifest, Rights);

    fn plugin(name: &str, says: &str, grants: &str) -> Plugin {
        let text = format!(
            "name: {name}\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: 5m\n{says}\n"
        );
        let manifest = Manifest::parse(&text, "manifest.yaml").expect(says);
        let rights = Rights::new(&manifest, &parse::<Grants>(grants, "portico.yaml").expect(grants));
        (manifest, rights)
    }

    #[test]
    fn each_location_goes_where_it_can_be_read() {
        let repositories = "asks: { repositories: { reason: To read. } }";
        let web = "asks: { files: { reason: To read. }, http: [{ host: '*', port: '*', reason: To read. }] }";
        let git = plugin("git", &format!("locations: [url]\n{repositories}"), "{}");
        let both = format!("locations: [file, url]\n{web}");
        let ungranted = plugin("locations", &both, "{}");
        let granted = plugin(
            "locations",
            &both,
            "http: [{ host: files.test, paths: [/catalog/*] }, { host: plain.test, scheme: http }]",
        );
        // It may get everything and reads no locations.
        let other = plugin("other", web, "http: [{ host: '*' }]");
        let forge = "url:https://github.com/acme/x/blob/main/catalog-info.yaml";
        let plain = "url:https://files.test/catalog/all.yaml";
        let cases: [(&[&Plugin], &str, &[&str]); 16] = [
            (&[&git, &granted, &other], forge, &["git"]),
            (&[&git, &granted, &other], plain, &["locations"]),
            (&[&git, &granted], "url:https://files.test/catalog/all.yaml?version=2", &["locations"]),
            (&[&git, &granted], "url:https://files.test/other/all.yaml", &["git"]),
            (&[&git, &granted], "url:http://files.test/catalog/all.yaml", &["git"]),
            (&[&git, &granted], "url:http://plain.test/all.yaml", &["locations"]),
            (&[&git, &granted], "url:https://files.test/catalog/../all.yaml", &["git"]),
            (&[&git, &ungranted], plain, &["git"]),
            (&[&ungranted], plain, &[]),
            (&[&git], plain, &["git"]),
            (&[&other], plain, &[]),
            (&[&git, &granted], "file:/srv/catalog/all.yaml", &["locations"]),
            (&[&git, &ungranted], "file:/srv/catalog/all.yaml", &["locations"]),
            (&[&git, &other], "file:/srv/catalog/all.yaml", &[]),
            (&[&git, &granted], "url:nowhere", &["git"]),
            (&[&git, &granted], "bucket:acme/all.yaml", &[]),
        ];
        for (plugins, address, expected) in cases {
            let reader = |(manifest, rights): &&Plugin| Reader {
                locations: manifest.locations.clone(),
                reads_repositories: manifest.asks.repositories.is_some(),
                rights: Arc::new(rights.clone()),
            };
            let plugins: Vec<Reader> = plugins.iter().map(reader).collect();
            let address = LocationRef::parse(address).expect(address);
            let names: Vec<&str> = plugins.iter().map(|plugin| plugin.rights.plugin.as_str()).collect();
            assert_eq!(readers(&address, &plugins), expected, "{address} with {names:?}");
        }
    }
}
