//! What entities of a forge are called.
//!
//! Rule: nothing of one host is taken for what is called the same on another. The host that the settings name first goes without saying;
//! every other stands in front of its names, whether there is a namesake or not, so that a name stays as it is when a host is added. What
//! would be no name of an entity is made one, with a digest of the whole. Paths lose their slashes, so that two may come to one name:
//! whichever has it keeps it, and the other is told apart by such a digest as well.

use crate::cursor::digest;
use crate::settings::Forge;

/// As many characters as a name of an entity has at most.
const LONGEST: usize = 63;

/// Where a forge stands among those of the settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Among {
    /// Its host, where the settings name another before it.
    pub(crate) front: Option<String>,
    /// The pages of others of its kind on other hosts.
    rivals: Vec<String>,
    /// Whether it is on the first host of its kind.
    leads: bool,
}

impl Among {
    /// Each forge among all.
    pub(crate) fn all(forges: &[Forge]) -> Vec<Among> {
        let first = |is_one: &dyn Fn(&Forge) -> bool| forges.iter().find(|forge| is_one(forge)).map(Forge::host);
        let among = |forge: &Forge| {
            let (host, kind) = (forge.host(), forge.kind);
            let others = forges.iter().filter(|other| other.kind == kind && other.host() != host);
            Among {
                rivals: others.map(Forge::web).collect(),
                leads: first(&|other| other.kind == kind).as_ref() == Some(&host),
                front: Some(host).filter(|host| first(&|_| true).as_ref() != Some(host)),
            }
        };
        forges.iter().map(among).collect()
    }

    /// What something is called as an entity.
    pub(crate) fn name(&self, plain: &str) -> String {
        match &self.front {
            Some(host) => fit(&format!("{host}-{plain}")),
            None => fit(plain),
        }
    }

    /// What something with a path is called as an entity, where nothing else is called so.
    pub(crate) fn of_path(&self, path: &str) -> String {
        self.name(&path.replace('/', "-"))
    }

    /// What it is called where something else is.
    pub(crate) fn apart(&self, path: &str) -> String {
        with_digest(&self.of_path(path), &path.to_lowercase())
    }

    /// Whether an entity that only says owner and name means those of this forge, whose pages are there: where the entity comes from a forge of
    /// the same kind, of that one, and else of the first.
    pub(crate) fn is_meant(&self, web: &str, origins: &[Option<&str>]) -> bool {
        let lies_on = |origin: &str, web: &str| origin.strip_prefix(web).is_some_and(|rest| rest.starts_with('/'));
        for origin in origins.iter().flatten() {
            if lies_on(origin, web) {
                return true;
            }
            if self.rivals.iter().any(|rival| lies_on(origin, rival)) {
                return false;
            }
        }
        self.leads
    }
}

/// A text as the name of an entity.
fn fit(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() || "-_.".contains(sign) { sign } else { '-' })
        .collect();
    let ends_well = plain.ends_with(|sign: char| sign.is_ascii_alphanumeric());
    if plain.len() <= LONGEST && ends_well && plain.starts_with(|sign: char| sign.is_ascii_alphanumeric()) {
        return plain;
    }
    with_digest(&plain, text)
}

/// As much of a name as there is room for, and what tells it apart from others.
fn with_digest(plain: &str, whole: &str) -> String {
    let digest = digest(std::iter::once(whole));
    let room = LONGEST - digest.len() - 1;
    let start = plain.trim_start_matches(|sign: char| !sign.is_ascii_alphanumeric());
    format!("{}-{digest}", &start[..start.len().min(room)]).trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    fn three() -> Vec<Forge> {
        let [first, second, third] = [
            r#"{"type":"github","owner":"acme"}"#,
            r#"{"type":"github","owner":"acme","api":"https://git.corp:8443/api/v3"}"#,
            r#"{"type":"gitlab","owner":"acme"}"#,
        ];
        settings(&format!(r#"{{"forges":[{first},{second},{third}]}}"#)).forges
    }

    #[test]
    fn only_the_first_host_goes_without_saying() {
        let names: Vec<String> = three().iter().map(|forge| forge.among.name("acme-orders")).collect();
        assert_eq!(names, ["acme-orders", "git.corp-8443-acme-orders", "gitlab.com-acme-orders"]);
    }

    #[test]
    fn what_only_says_owner_and_name_means_the_forge_it_comes_from_or_the_first_of_its_kind() {
        let meant = |origin: Option<&str>| -> Vec<bool> {
            three().iter().map(|forge| forge.among.is_meant(&forge.web(), &[origin])).collect()
        };
        assert_eq!(meant(None), [true, false, true]);
        assert_eq!(meant(Some("https://git.corp:8443/acme/all")), [false, true, true]);
        assert_eq!(meant(Some("https://github.com/acme/all")), [true, false, true]);
        assert_eq!(meant(Some("https://gitlab.com/acme/all")), [true, false, true]);
        assert_eq!(meant(Some("https://github.com.evil/acme")), [true, false, true]);
    }

    #[test]
    fn paths_that_lose_what_tells_them_apart_have_names_that_do() {
        let among = Among::default();
        let paths = ["acme/a-b", "acme-a/b", "acme/a/b"];
        assert!(paths.iter().all(|path| among.of_path(path) == "acme-a-b"));
        let names: std::collections::BTreeSet<String> = paths.iter().map(|path| among.apart(path)).collect();
        assert!(names.len() == 3 && names.iter().all(|name| name.starts_with("acme-a-b-")), "{names:?}");
        assert_eq!(
            among.apart("acme/a-b"),
            among.apart("Acme/A-b").replace("Acme-A-b", "acme-a-b"),
            "letters are as they like"
        );
        let long = format!("acme/{}", "x".repeat(90));
        assert_eq!(fit(&among.apart(&long)), among.apart(&long));
    }

    #[test]
    fn what_is_no_name_is_made_one_and_stays_apart_from_others() {
        assert_eq!(fit("acme-orders"), "acme-orders");
        assert_eq!(fit("acme-.github"), "acme-.github");
        let (long, other) = (format!("acme-{}a", "x".repeat(90)), format!("acme-{}b", "x".repeat(90)));
        for text in [long.as_str(), "acme-x-", "-x", "---", ""] {
            let name = fit(text);
            assert!(name.len() <= LONGEST && name.starts_with(|sign: char| sign.is_ascii_alphanumeric()), "{name}");
            assert!(name.ends_with(|sign: char| sign.is_ascii_alphanumeric()), "{name}");
        }
        assert_ne!(fit(&long), fit(&other));
        assert_ne!(fit("acme-x-"), fit("acme-x"));
    }
}
