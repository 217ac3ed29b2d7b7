//! Which plugins read a location.
//!
//! Rule: a path goes to the plugins that read files. A web address goes to the plugins that read addresses and are granted to
//! get this one, as a plain file; where there is none, to those that read addresses and repositories. So no address is read
//! twice, and none is shown as failing by a plugin that has no business with it.

use std::sync::Arc;

use portico_manifest::{LocationKind, Manifest, Rights};
use portico_model::LocationRef;
use url::Url;

use crate::plugin::Loaded;

/// The plugins that read locations, as they are when a call begins.
#[derive(Clone)]
pub(crate) struct Readers(Arc<[Arc<Loaded>]>);

impl Readers {
    pub(crate) fn new(loaded: impl Iterator<Item = Arc<Loaded>>) -> Readers {
        Readers(loaded.filter(|loaded| !loaded.manifest.locations.is_empty()).collect())
    }

    /// The names of the plugins that read a location.
    pub(crate) fn of(&self, address: &LocationRef) -> Vec<&str> {
        let plugins: Vec<Reader<'_>> =
            self.0.iter().map(|loaded| Reader { manifest: &loaded.manifest, rights: &loaded.rights }).collect();
        readers(address, &plugins)
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
#[derive(Clone, Copy)]
struct Reader<'a> {
    manifest: &'a Manifest,
    rights: &'a Rights,
}

impl Reader<'_> {
    fn reads(&self, kind: LocationKind) -> bool {
        self.manifest.locations.contains(&kind)
    }

    fn may_get(&self, target: &Url) -> bool {
        self.rights.request("GET", target).is_ok()
    }
}

/// The names of the plugins that read a location.
fn readers<'a>(address: &LocationRef, plugins: &[Reader<'a>]) -> Vec<&'a str> {
    let names = |takes: &dyn Fn(&Reader<'a>) -> bool| {
        plugins.iter().filter(|plugin| takes(plugin)).map(|plugin| plugin.manifest.name.as_str()).collect::<Vec<_>>()
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
        true => names(&|plugin| plugin.reads(LocationKind::Url) && plugin.manifest.asks.repositories.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use portico_manifest::{Grants, parse};

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
            let plugins: Vec<Reader<'_>> =
                plugins.iter().map(|(manifest, rights)| Reader { manifest, rights }).collect();
            let address = LocationRef::parse(address).expect(address);
            let names: Vec<&str> = plugins.iter().map(|plugin| plugin.manifest.name.as_str()).collect();
            assert_eq!(readers(&address, &plugins), expected, "{address} with {names:?}");
        }
    }
}
