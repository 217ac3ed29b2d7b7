//! Where what lets a plugin in comes from: kubeconfigs, and Apps that make tokens.

use portico_manifest::{CredentialSource, Grants, Manifest, Rights, SecretSource, parse};

fn manifest(asks: &str) -> Manifest {
    let head = "name: demo\nversion: 1.0.0\npublisher: Acme\ntitle: Demo\ndescription: Shows.\ncontract: 0.1.0\nextensions: [ingestion]\nevery: 5m\n";
    Manifest::parse(&format!("{head}asks:\n{asks}"), "manifest.yaml").unwrap()
}

fn rights(asks: &str, grants: &str) -> Rights {
    Rights::new(&manifest(asks), &parse::<Grants>(grants, "portico.yaml").unwrap())
}

const CREDENTIALS: &str = "  credentials:
    - { name: api, hosts: ['*.example.com'], header: x-api-key, reason: To be let in. }
    - { name: hook, reason: To check signatures. }
";

const CLUSTERS: &str = "  http: [{ host: '*', port: '*', methods: [GET, PATCH], reason: To list. }]
  kubeconfig: { setting: clusters, reason: To find clusters. }
settings: { type: object, properties: { clusters: { type: array } } }
";

const KUBECONFIG: &str = "clusters:
  - { name: c, cluster: { server: 'https://127.0.0.1:6443' } }
  - { name: d, cluster: { server: 'https://127.0.0.1:6444' } }
users: [{ name: u, user: { token: s3cret } }]
contexts:
  - { name: prod, context: { cluster: c, user: u } }
  - { name: stage, context: { cluster: d, user: '' } }
";

#[test]
fn a_kubeconfig_grants_its_servers_and_sends_each_what_is_its_own() {
    let with = |text: &str| {
        let grants = parse::<Grants>(text, "portico.yaml").unwrap();
        grants.with_clusters(|_| Ok(KUBECONFIG.to_owned())).unwrap()
    };
    let granted = with("kubeconfigs: [/etc/kubeconfig]");
    let rights = Rights::new(&manifest(CLUSTERS), &granted);
    let may = |rights: &Rights, method: &str, url: &str| rights.request(method, &url::Url::parse(url).unwrap()).is_ok();
    for (method, url, expected) in [
        ("GET", "https://127.0.0.1:6443/api", true),
        ("GET", "https://127.0.0.1:6444/api", true),
        ("GET", "https://127.0.0.1:6445/api", false),
        ("GET", "http://127.0.0.1:6443/api", false),
        ("PATCH", "https://127.0.0.1:6443/api", false),
    ] {
        assert_eq!(may(&rights, method, url), expected, "{method} {url}");
    }
    let loopback = url::Host::Ipv4([127, 0, 0, 1].into());
    let names: Vec<&str> = rights.credentials.keys().map(String::as_str).collect();
    assert_eq!(names, ["kubeconfig prod"]);
    let token = &rights.credentials["kubeconfig prod"];
    assert!(token.covers(&loopback, 6443) && !token.covers(&loopback, 6444));
    let line = rights.lines().into_iter().find(|line| line.capability.as_str() == "kubeconfig").unwrap();
    assert_eq!(line.granted.as_deref(), Some("/etc/kubeconfig: prod, stage"));

    let writing = with("kubeconfigs: [{ file: /etc/kubeconfig, contexts: [stage], methods: [GET, PATCH] }]");
    let writing = Rights::new(&manifest(CLUSTERS), &writing);
    assert!(
        may(&writing, "PATCH", "https://127.0.0.1:6444/api") && !may(&writing, "GET", "https://127.0.0.1:6443/api")
    );

    let unasked = Rights::new(&manifest("  http: [{ host: '*', port: '*', reason: x }]\n"), &granted);
    assert!(unasked.clusters.is_empty() && unasked.credentials.is_empty() && unasked.http.is_empty());
    assert!(unasked.unmet()[0].starts_with("`plugins.demo.grants.kubeconfigs` does nothing"), "{:?}", unasked.unmet());
    let elsewhere = CLUSTERS.replace("host: '*'", "host: acme.io");
    let elsewhere = Rights::new(&manifest(&elsewhere), &granted);
    assert!(
        elsewhere.unmet()[0].starts_with("The context `prod` of `plugins.demo.grants.kubeconfigs`"),
        "{:?}",
        elsewhere.unmet()
    );
}

#[test]
fn a_credential_that_an_app_makes_is_none_for_signatures() {
    let grants = "credentials:
  api: { secret: { githubApp: { id: 1, key: { env: A }, account: acme } } }
  hook: { secret: { githubApp: { id: 1, key: { env: A }, account: acme } } }
";
    let rights = rights(CREDENTIALS, grants);
    assert_eq!(rights.credentials.keys().collect::<Vec<_>>(), ["api"]);
    assert!(rights.unmet()[0].contains("this one is for signatures and takes a secret"), "{:?}", rights.unmet());
}

#[test]
fn a_credential_may_come_from_a_github_app() {
    let source = |text: &str| parse::<CredentialSource>(text, "portico.yaml");
    for (text, id, installation) in [
        ("githubApp: { id: 12345, key: { file: /run/app.pem }, account: acme }", "12345", "acme"),
        (
            "githubApp: { id: Iv1.0a1b, key: { file: /run/app.pem }, installation: 678 }",
            "Iv1.0a1b",
            "the installation 678",
        ),
    ] {
        let Ok(CredentialSource::GithubApp(app)) = source(text) else { panic!("{text}") };
        assert_eq!((app.id.as_str(), app.installation.to_string().as_str()), (id, installation));
        assert_eq!(app.key, SecretSource::File("/run/app.pem".into()));
    }
    let app = |more: &str| format!("githubApp: {{ id: 1, key: {{ env: KEY }}, {more} }}");
    for (text, expected) in [
        (app(""), "a GitHub App needs exactly one of `account`"),
        (app("account: acme, installation: 1"), "a GitHub App needs exactly one of `account`"),
        (app("account: ../acme"), "`../acme` is no account of GitHub"),
        (app("account: acme, secret: hunter2"), "the key `secret` is not known here"),
        (
            "githubApp: { id: 'a b', key: { env: KEY }, account: acme }".to_owned(),
            "expected the App's number or client ID",
        ),
        ("githubApp: { id: 1, key: hunter2, account: acme }".to_owned(), "a secret does not belong into this file"),
        ("githubApp: { id: 1, account: acme }".to_owned(), "the key `key` is missing"),
        (format!("{}\nenv: A", app("account: acme")), "expected exactly one of"),
    ] {
        let error = source(&text).expect_err(&text).to_string();
        assert!(error.contains(expected) && !error.contains("hunter2"), "{error}\n  should say {expected}");
    }
    let error = parse::<SecretSource>(&app("account: acme"), "portico.yaml").unwrap_err().to_string();
    assert!(error.contains("a GitHub App makes tokens for requests, and no secret such as this"), "{error}");
}
