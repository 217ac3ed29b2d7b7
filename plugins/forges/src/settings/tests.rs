//! What an operator writes, and what is said of what is wrong.

use portico_sdk::settings;

use super::*;

fn read(json: &str) -> Result<Settings> {
    settings::parse::<Settings>(json)?.check()
}

#[test]
fn what_is_not_said_is_what_everybody_knows() {
    let cases = [
        (r#"{"type":"github","owner":"acme"}"#, "https://api.github.com", "github.com/acme"),
        (r#"{"type":"gitlab","owner":"acme/platform"}"#, "https://gitlab.com/api/v4", "gitlab.com/acme/platform"),
        (
            r#"{"type":"forgejo","owner":"acme","api":"https://code.corp/api/v1/"}"#,
            "https://code.corp/api/v1",
            "code.corp/acme",
        ),
        (
            r#"{"type":"github","owner":"acme","api":"https://git.corp/api/v3"}"#,
            "https://git.corp/api/v3",
            "git.corp/acme",
        ),
        (
            r#"{"type":"github","owner":"acme","api":"http://127.0.0.1:1","web":"https://github.test"}"#,
            "http://127.0.0.1:1",
            "github.test/acme",
        ),
    ];
    for (forge, api, key) in cases {
        let settings = read(&format!(r#"{{"forges":[{forge}]}}"#)).expect(forge);
        assert_eq!((settings.forges[0].api().as_str(), settings.forges[0].key().as_str()), (api, key));
    }
}

#[test]
fn what_is_wrong_is_said_with_its_key() {
    let cases = [
        (r#"{"forges":[{"type":"svn","owner":"a"}]}"#, "settings.forges[0].type: unknown variant `svn`"),
        (r#"{"forges":[{"type":"github"}]}"#, "settings.forges[0]: missing field `owner`"),
        (r#"{"forges":[{"type":"github","owner":"../x"}]}"#, "settings.forges[0].owner: `../x` names no owner"),
        (r#"{"forges":[{"type":"github","owner":"a/b"}]}"#, "settings.forges[0].owner: `a/b` names no owner"),
        (
            r#"{"forges":[{"type":"github","owner":"a","api":"api.corp"}]}"#,
            "settings.forges[0].api: `api.corp` is no address",
        ),
        (
            r#"{"forges":[{"type":"github","owner":"a","include":["["]}]}"#,
            "settings.forges[0].include: `[` is no pattern",
        ),
        (
            r#"{"forges":[{"type":"github","owner":"a","descriptors":["!a"]}]}"#,
            "settings.forges[0].descriptors: no pattern",
        ),
        (
            r#"{"forges":[{"type":"github","owner":"a"},{"type":"github","owner":"A"}]}"#,
            "settings.forges[1]: github.com/A is there twice, first at [0]",
        ),
    ];
    for (json, expected) in cases {
        let error = read(json).expect_err(json).to_string();
        assert!(error.starts_with(expected), "{json}: {error}");
    }
}

#[test]
fn a_repository_is_read_if_its_name_its_topics_and_its_state_say_so() {
    let forge = |more: &str| {
        let json = format!(r#"{{"forges":[{{"type":"gitlab","owner":"acme"{more}}}]}}"#);
        read(&json).expect(&json).forges.remove(0)
    };
    let plain = Repository { topics: vec!["catalog".into()], ..Repository::of("1", "acme/team/ledger") };
    let archived = Repository { archived: true, ..plain.clone() };
    let fork = Repository { fork: true, ..plain.clone() };
    let cases = [
        ("", &plain, true),
        ("", &archived, false),
        (r#","archived":true"#, &archived, true),
        ("", &fork, false),
        (r#","forks":true"#, &fork, true),
        (r#","topics":["Catalog","x"]"#, &plain, true),
        (r#","topics":["x"]"#, &plain, false),
        (r#","include":["LED*"]"#, &plain, true),
        (r#","include":["team/*"]"#, &plain, true),
        (r#","include":["pay*"]"#, &plain, false),
        (r#","exclude":["ledger"]"#, &plain, false),
        (r#","exclude":["team/**"]"#, &plain, false),
    ];
    for (more, repository, expected) in cases {
        assert_eq!(forge(more).selects(repository), expected, "{more} {repository:?}");
    }
    assert!(!forge("").selects(&Repository::of("1", "acmes/ledger")), "it belongs to another");
}
