//! Addresses as forges give them, both ways.

use super::*;

fn site(url: &str, forge: Option<Forge>) -> Site {
    Site::new(url, forge.or_else(|| Forge::of(url, &BTreeMap::new())), Reference::Branch("main".into()), false)
}

#[test]
fn a_forge_is_known_by_its_name_or_by_what_is_said() {
    let said = BTreeMap::from([
        ("git.corp.test".to_owned(), Forge::Gitea),
        ("code.test:8443".to_owned(), Forge::GitLab),
        ("github.com".to_owned(), Forge::GitLab),
    ]);
    let cases = [
        ("https://bitbucket.org/acme/x", Some(Forge::Bitbucket)),
        ("https://codeberg.org/acme/x", Some(Forge::Gitea)),
        ("https://gitlab.corp.test/acme/x.git", Some(Forge::GitLab)),
        ("https://github.corp.test/acme/x", Some(Forge::GitHub)),
        ("https://bitbucket.corp.test/scm/acme/x.git", Some(Forge::BitbucketServer)),
        ("https://forgejo.corp.test/acme/x", Some(Forge::Gitea)),
        ("https://git.corp.test/acme/x", Some(Forge::Gitea)),
        ("https://code.test:8443/acme/x", Some(Forge::GitLab)),
        ("https://github.com/acme/x", Some(Forge::GitLab)),
        ("https://code.test/acme/x", None),
        ("https://mygithub.corp.test/acme/x", None),
        ("http://127.0.0.1:18930/git/acme/x.git", None),
        ("/srv/git/github.com/x.git", None),
    ];
    for (url, forge) in cases {
        assert_eq!(Forge::of(url, &said), forge, "{url}");
    }
    assert_eq!(Forge::of("https://github.com/acme/x", &BTreeMap::new()), Some(Forge::GitHub));
}

#[test]
fn files_have_the_addresses_that_their_forge_gives_them() {
    let cases = [
        (
            "https://github.com/acme/x.git",
            "https://github.com/acme/x/blob/main/a/b.yaml",
            "https://github.com/acme/x/edit/main/a/b.yaml",
            "https://github.com/acme/x/tree/main/a/",
        ),
        (
            "https://gitlab.com/acme/team/x",
            "https://gitlab.com/acme/team/x/-/blob/main/a/b.yaml",
            "https://gitlab.com/acme/team/x/-/edit/main/a/b.yaml",
            "https://gitlab.com/acme/team/x/-/tree/main/a/",
        ),
        (
            "https://codeberg.org/acme/x/",
            "https://codeberg.org/acme/x/src/branch/main/a/b.yaml",
            "https://codeberg.org/acme/x/_edit/main/a/b.yaml",
            "https://codeberg.org/acme/x/src/branch/main/a/",
        ),
        (
            "https://bitbucket.org/acme/x.git",
            "https://bitbucket.org/acme/x/src/main/a/b.yaml",
            "https://bitbucket.org/acme/x/src/main/a/b.yaml?mode=edit&at=main",
            "https://bitbucket.org/acme/x/src/main/a/",
        ),
        (
            "https://bitbucket.corp.test/ctx/scm/acme/x.git",
            "https://bitbucket.corp.test/ctx/projects/ACME/repos/x/browse/a/b.yaml?at=main",
            "https://bitbucket.corp.test/ctx/projects/ACME/repos/x/browse/a/b.yaml",
            "https://bitbucket.corp.test/ctx/projects/ACME/repos/x/browse/a/?at=main",
        ),
        (
            "https://bitbucket.corp.test/scm/~ada/x.git",
            "https://bitbucket.corp.test/users/ada/repos/x/browse/a/b.yaml?at=main",
            "https://bitbucket.corp.test/users/ada/repos/x/browse/a/b.yaml",
            "https://bitbucket.corp.test/users/ada/repos/x/browse/a/?at=main",
        ),
    ];
    for (url, view, edit, source) in cases {
        let links = site(url, None).links("a/b.yaml");
        assert_eq!(links.location, format!("url:{view}"), "{url}");
        assert_eq!(links.view.as_deref(), Some(view), "{url}");
        assert_eq!(links.edit.as_deref(), Some(edit), "{url}");
        assert_eq!(links.source, Some(format!("url:{source}")), "{url}");
    }
}

#[test]
fn the_root_is_a_folder_too() {
    let links = site("https://github.com/acme/x", None).links("catalog-info.yaml");
    assert_eq!(links.source.as_deref(), Some("url:https://github.com/acme/x/tree/main/"));
}

#[test]
fn tags_and_commits_are_shown_and_not_edited() {
    let of = |reference| Site::new("https://codeberg.org/acme/x", Some(Forge::Gitea), reference, true).links("a.yaml");
    let tag = of(Reference::Tag("v1".into()));
    assert_eq!(tag.view.as_deref(), Some("https://codeberg.org/acme/x/src/tag/v1/a.yaml"));
    assert_eq!(tag.edit, None);
    let commit =
        of(Reference::of("643c44e06d4181e79f6d6ca96096dbd8bf707175", "643c44e06d4181e79f6d6ca96096dbd8bf707175"));
    assert_eq!(
        commit.view.as_deref(),
        Some("https://codeberg.org/acme/x/src/commit/643c44e06d4181e79f6d6ca96096dbd8bf707175/a.yaml")
    );
}

#[test]
fn odd_names_are_encoded() {
    let site =
        Site::new("https://github.com/acme/x", Some(Forge::GitHub), Reference::Branch("feature/#1".into()), true);
    let links = site.links("a b/50%?.yaml");
    assert_eq!(links.view.as_deref(), Some("https://github.com/acme/x/blob/feature/%231/a%20b/50%25%3F.yaml"));
    let inside = site.locate(&links.view.expect("known")).expect("inside");
    assert_eq!((inside.path.as_str(), site.reads(&inside)), ("a b/50%?.yaml", true));
}

#[test]
fn plain_servers_and_folders_have_a_location_only() {
    let links = site("http://127.0.0.1:18930/git/acme/x.git", None).links("a/b c.yaml");
    assert_eq!(
        links,
        Links {
            location: "url:http://127.0.0.1:18930/git/acme/x.git/a/b%20c.yaml".into(),
            view: None,
            edit: None,
            source: None
        }
    );
    for url in ["/srv/git/x.git", "file:///srv/git/x.git/"] {
        let links = site(url, None).links("a/b c.yaml");
        assert_eq!(
            links,
            Links { location: "file:/srv/git/x.git/a/b c.yaml".into(), view: None, edit: None, source: None }
        );
    }
    let named = Site::new("http://git.test/x.git", None, Reference::Branch("next".into()), true).links("a.yaml");
    assert_eq!(named.location, "url:http://git.test/x.git/a.yaml?ref=next");
}

#[test]
fn addresses_lead_back_to_files() {
    let cases = [
        ("https://github.com/acme/x.git", "https://github.com/Acme/X/blob/main/a/b.yaml", Some((true, "a/b.yaml"))),
        ("https://github.com/acme/x", "https://github.com/acme/x/tree/main/", Some((true, ""))),
        ("https://github.com/acme/x", "https://github.com/acme/x/blob/HEAD/a.yaml", Some((true, "a.yaml"))),
        ("https://github.com/acme/x", "https://github.com/acme/x/blob/other/a.yaml", Some((false, "a.yaml"))),
        ("https://github.com/acme/x", "https://raw.githubusercontent.com/acme/x/main/a.yaml", Some((true, "a.yaml"))),
        ("https://github.com/acme/x", "https://github.com/acme/xy/blob/main/a.yaml", None),
        ("https://github.com/acme/x", "https://github.com/acme/x/issues/1", None),
        ("https://github.com/acme/x", "https://evil.test/acme/x/blob/main/a.yaml", None),
        ("https://gitlab.com/g/s/x", "https://gitlab.com/g/s/x/-/blob/main/a/b.yaml", Some((true, "a/b.yaml"))),
        ("https://gitlab.com/g/s/x", "https://gitlab.com/g/s/x/blob/main/a/b.yaml", Some((true, "a/b.yaml"))),
        ("https://codeberg.org/acme/x", "https://codeberg.org/acme/x/src/branch/main/a.yaml", Some((true, "a.yaml"))),
        ("https://codeberg.org/acme/x", "https://codeberg.org/acme/x/raw/branch/main/a.yaml", Some((true, "a.yaml"))),
        ("https://bitbucket.org/acme/x", "https://bitbucket.org/acme/x/src/main/a.yaml", Some((true, "a.yaml"))),
        (
            "https://bitbucket.corp.test/scm/acme/x.git",
            "https://bitbucket.corp.test/projects/ACME/repos/x/browse/a.yaml?at=refs%2Fheads%2Fmain",
            Some((true, "a.yaml")),
        ),
        (
            "https://bitbucket.corp.test/scm/acme/x.git",
            "https://bitbucket.corp.test/projects/ACME/repos/x/raw/a.yaml",
            Some((true, "a.yaml")),
        ),
        (
            "http://127.0.0.1:18930/git/acme/x.git",
            "http://127.0.0.1:18930/git/acme/x.git/a%20b.yaml",
            Some((true, "a b.yaml")),
        ),
        ("http://127.0.0.1:18930/git/acme/x.git", "http://127.0.0.1:18931/git/acme/x.git/a.yaml", None),
        ("/srv/git/x.git", "https://github.com/acme/x/blob/main/a.yaml", None),
    ];
    for (url, target, expected) in cases {
        let site = site(url, None);
        let inside = site.locate(target);
        let found = inside.as_ref().map(|inside| (site.reads(inside), inside.path.as_str()));
        assert_eq!(found, expected, "{target} from {url}");
    }
}

#[test]
fn the_repository_of_an_address_is_guessed() {
    let cases = [
        ("https://github.com/acme/x/blob/main/a.yaml", Some("https://github.com/acme/x")),
        ("https://raw.githubusercontent.com/acme/x/main/a.yaml", Some("https://github.com/acme/x")),
        ("https://gitlab.com/g/s/x/-/blob/main/a.yaml", Some("https://gitlab.com/g/s/x")),
        ("http://git.test:8080/git/a/x.git/a.yaml", Some("http://git.test:8080/git/a/x.git")),
        ("https://github.com/acme", None),
        ("ftp://x/y/z", None),
    ];
    for (target, expected) in cases {
        assert_eq!(repository_of(target).as_deref(), expected, "{target}");
    }
}
