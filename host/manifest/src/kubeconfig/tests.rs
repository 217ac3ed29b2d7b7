//! Kubeconfigs of all sorts: what they come to, and what is said of those that come to nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::config::Grants;
use crate::secret::{KubeconfigPart, KubeconfigSecret, SecretSource};
use crate::yaml::parse;

const FILE: &str = "/etc/portico/kubeconfig";

/// A kubeconfig of one context `prod`, with these keys of its cluster and its user.
fn one(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: prod\npreferences: {{}}\nclusters: [{{ name: c, cluster: {{ server: 'https://prod.test:6443', {cluster} }} }}]\nusers: [{{ name: u, user: {{ {user} }} }}]\ncontexts: [{{ name: prod, context: {{ cluster: c, user: u, namespace: shop }} }}]\n"
    )
}

/// What a grant comes to, by these files.
fn granted(grants: &str, files: &[(&str, &str)]) -> Result<Grants, String> {
    let files: BTreeMap<PathBuf, &str> = files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect();
    let grants: Grants = parse(grants, "portico.yaml").map_err(|error| error.to_string())?;
    let read = |path: &Path| files.get(path).map(|text| (*text).to_owned()).ok_or_else(|| "no such file".to_owned());
    grants.with_clusters(read).map_err(|error| error.to_string())
}

fn all(text: &str) -> Result<Grants, String> {
    granted(
        &format!("kubeconfigs: [{FILE}]"),
        &[(FILE, text), ("/etc/portico/pki/ca.pem", "CA"), ("/etc/portico/me.pem", "ME")],
    )
}

fn within(part: KubeconfigPart) -> SecretSource {
    SecretSource::Kubeconfig(KubeconfigSecret { file: FILE.into(), user: "u".to_owned(), part })
}

#[test]
fn a_context_becomes_a_server_with_its_authority_and_who_asks() {
    let data = |text: &str| STANDARD.encode(text);
    let certified = |pem: &str, key| Some(ClientCertificate { pem: pem.to_owned(), key });
    let in_file = |path: &str| SecretSource::File(path.into());
    for (cluster, user, authority, certificate, token) in [
        ("", "", None, None, None),
        ("", "token: s3cret", None, None, Some(within(KubeconfigPart::Token))),
        ("", "tokenFile: run/token", None, None, Some(in_file("/etc/portico/run/token"))),
        ("", "tokenFile: /run/token, token: old", None, None, Some(in_file("/run/token"))),
        ("certificate-authority: pki/ca.pem", "", Some("CA"), None, None),
        (&format!("certificate-authority-data: {}", data("OWN")), "", Some("OWN"), None, None),
        (
            &format!("certificate-authority: pki/none.pem, certificate-authority-data: {}", data("OWN")),
            "",
            Some("OWN"),
            None,
            None,
        ),
        (
            "insecure-skip-tls-verify: false, proxy-url: ''",
            "client-certificate: ./me.pem, client-key: me.key, exec: null",
            None,
            certified("ME", in_file("/etc/portico/me.key")),
            None,
        ),
        (
            "",
            &format!("client-certificate-data: {}, client-key-data: {}", data("C"), data("K")),
            None,
            certified("C", within(KubeconfigPart::ClientKey)),
            None,
        ),
    ] {
        let grants = all(&one(cluster, user)).unwrap_or_else(|error| panic!("{cluster} {user}: {error}"));
        let [found] = grants.clusters.as_slice() else { panic!("{:?}", grants.clusters) };
        assert_eq!((found.name.as_str(), found.server.as_str()), ("prod", "https://prod.test:6443/"));
        assert_eq!(found.namespace.as_deref(), Some("shop"));
        assert_eq!(found.authority.as_deref(), authority, "{cluster}");
        assert_eq!((&found.certificate, &found.token), (&certificate, &token), "{user}");
    }
    let named = all(&one("tls-server-name: kubernetes", "")).unwrap();
    assert_eq!(named.clusters[0].certified_as.as_deref(), Some("kubernetes"));
}

#[test]
fn what_a_portal_does_not_do_is_refused_with_the_context_and_what_to_do() {
    for (cluster, user, expected) in [
        (
            "",
            "exec: { command: aws }",
            "the context `prod` proves its user by a program (`exec`), and the portal runs none; make a service account",
        ),
        (
            "",
            "auth-provider: { name: gcp }",
            "by an `auth-provider`, which Kubernetes has given up; make a service account",
        ),
        (
            "",
            "username: admin, password: hunter2",
            "proves its user by a password, which API servers take no more; make a service account",
        ),
        ("", "token: t, as: root", "asks as somebody else (`as`), which the portal does not; make a service account"),
        (
            "insecure-skip-tls-verify: true",
            "token: hunter2",
            "has `insecure-skip-tls-verify`, and a server that proves nothing is given no secret",
        ),
        ("proxy-url: 'http://p:1'", "", "has a `proxy-url`, and the portal goes through no proxy"),
        ("certificate-authority-data: '%%%'", "", "has a `certificate-authority-data` that is no base64 of PEM"),
        (
            "certificate-authority: gone.pem",
            "",
            "names the file /etc/portico/gone.pem, which could not be read: no such file",
        ),
        ("", "client-certificate: me.pem", "has a client certificate without its key; add `client-key-data`"),
        ("", "client-key: me.key", "has a client key without its certificate; add `client-certificate-data`"),
    ] {
        let error = all(&one(cluster, user)).unwrap_err();
        let start = format!("the kubeconfig {FILE} cannot be used: the context `prod` ");
        assert!(error.starts_with(&start) && error.contains(expected), "{error}\n  should say {expected}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let plain = one("", "token: t").replace("https://", "http://");
    let error = all(&plain).unwrap_err();
    assert!(error.contains("leads to http://prod.test:6443/, where what proves the user could be read"), "{error}");
    let loopback = plain.replace("prod.test", "127.0.0.1");
    assert!(all(&loopback).is_ok(), "nobody is between a machine and itself");
    for server in [
        "prod.test:6443",
        "ftp://prod.test",
        "https://u:hunter2@prod.test",
        "https://prod.test/?x",
        "https://prod.test/k8s/%252e%252e/x",
        "https://",
    ] {
        let error = all(&one("", "").replace("https://prod.test:6443", server)).unwrap_err();
        assert!(
            error.contains("has a `server` that is no address of an API server") && !error.contains("hunter2"),
            "{error}"
        );
    }
}

/// A kubeconfig of several contexts, each with a server of its own.
fn several(contexts: &[(&str, &str)]) -> String {
    let list = |item: &dyn Fn(usize, &str, &str) -> String| {
        let items: Vec<String> =
            contexts.iter().enumerate().map(|(number, (name, server))| item(number, name, server)).collect();
        items.join(", ")
    };
    format!(
        "clusters: [{}]\nusers: [{{ name: u, user: {{ token: t }} }}]\ncontexts: [{}]\n",
        list(&|number, _, server| format!("{{ name: c{number}, cluster: {{ server: '{server}' }} }}")),
        list(&|number, name, _| format!("{{ name: '{name}', context: {{ cluster: c{number}, user: u }} }}")),
    )
}

#[test]
fn contexts_are_granted_one_by_one_and_called_as_clusters_are() {
    let text = several(&[
        ("kubernetes-admin@prod", "https://127.0.0.1:6443"),
        (
            "arn:aws:eks:eu-west-1:111122223333:cluster/a-very-long-name-of-a-cluster-in-europe",
            "https://127.0.0.1:6444",
        ),
        ("Stage", "https://stage.test"),
    ]);
    for (contexts, expected) in [
        (
            "",
            vec![
                "kubernetes-admin-prod",
                "eu-west-1-111122223333-cluster-a-very-long-name-of-a-cluster-in-europe",
                "stage",
            ],
        ),
        (", contexts: [Stage]", vec!["stage"]),
        (", contexts: [Stage, { context: kubernetes-admin@prod, as: prod }]", vec!["stage", "prod"]),
    ] {
        let grants = granted(&format!("kubeconfigs: [{{ file: {FILE}{contexts} }}]"), &[(FILE, &text)]).unwrap();
        let names: Vec<&str> = grants.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        let expected: Vec<String> =
            expected.iter().map(|name| name[name.len().saturating_sub(63)..].trim_matches('-').to_owned()).collect();
        assert_eq!(names, expected, "{contexts}");
    }
}

#[test]
fn what_cannot_be_granted_is_said() {
    let alike = several(&[("a@b", "https://a.test"), ("a b", "https://b.test")]);
    let fine = several(&[("a", "https://a.test")]);
    let nameless = several(&[("@", "https://a.test")]);
    for (grant, text, expected) in [
        ("[{ file: FILE, contexts: [z] }]", &fine, "it has no context `z`; it has `a`"),
        ("[FILE, FILE]", &fine, "the contexts `a` and `a` would both be called `a`; give one another name"),
        ("[FILE]", &alike, "the contexts `a@b` and `a b` would both be called `a-b`; give one another name"),
        ("[FILE]", &nameless, "has no name that a cluster could be called by"),
        ("[/etc/none]", &fine, "the kubeconfig /etc/none cannot be used: it could not be read: no such file"),
        ("[kubeconfig]", &fine, "`kubeconfig` is no absolute path"),
        ("[{ file: FILE, contexts: [] }]", &fine, "`contexts` is empty"),
        ("[{ file: FILE, contexts: [{ context: a, as: 'A B' }] }]", &fine, "`A B` is no name of a cluster"),
        ("[{ file: FILE, context: a }]", &fine, "the key `context` is not known here"),
        ("[7]", &fine, "expected a kubeconfig: its path, or `file`"),
    ] {
        let error = granted(&format!("kubeconfigs: {}", grant.replace("FILE", FILE)), &[(FILE, text)]).unwrap_err();
        assert!(error.contains(expected), "{error}\n  should say {expected}");
    }
    let dangling = fine.replace("cluster: c0", "cluster: gone");
    assert!(all(&dangling).unwrap_err().contains("names the cluster `gone`, which it does not have"));
    let many: Vec<(String, String)> =
        (0..=MANY).map(|number| (format!("c{number}"), format!("https://c{number}.test"))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, server)| (name.as_str(), server.as_str())).collect();
    assert!(all(&several(&many)).unwrap_err().contains("it has 201 contexts; at most 200 are taken"));
    assert_eq!(all(&several(&many[..MANY])).unwrap().clusters.len(), MANY);
}

#[test]
fn clusters_that_have_a_server_together_are_told_apart_by_their_names() {
    let text = several(&[
        ("as-reader", "https://rancher.test/k8s/clusters/c-a/"),
        ("as-admin", "https://rancher.test/k8s/clusters/c-a"),
        ("other", "https://rancher.test:443/k8s/clusters/c-ab"),
        ("alone", "https://alone.test/k8s"),
    ]);
    let grants = all(&text).unwrap();
    let learned = with_clusters(&json!({}), "clusters", &grants);
    let servers: Vec<&str> =
        learned["clusters"].as_array().unwrap().iter().filter_map(|cluster| cluster["server"].as_str()).collect();
    assert_eq!(
        servers,
        [
            "https://as-reader@rancher.test/k8s/clusters/c-a",
            "https://as-admin@rancher.test/k8s/clusters/c-a",
            "https://other@rancher.test/k8s/clusters/c-ab",
            "https://alone.test/k8s",
        ]
    );
    let named = |address: &str| {
        let url = address.parse().unwrap();
        let found: Vec<&str> =
            grants.clusters.iter().filter(|one| one.is_named(&url)).map(|one| one.name.as_str()).collect();
        found.join(", ")
    };
    for (address, expected) in [
        ("https://as-admin@rancher.test/k8s/clusters/c-a/api/v1/pods?limit=1", "as-admin"),
        ("https://as-reader@rancher.test:443/k8s/clusters/c-a/api/v1/pods", "as-reader"),
        ("https://other@rancher.test/k8s/clusters/c-ab/version", "other"),
        ("https://other@rancher.test/k8s/clusters/c-a/version", ""),
        ("https://as-admin@rancher.test/k8s/clusters/c-ab/version", ""),
        ("https://as-admin@rancher.test/k8s/clusters/c-a/%2e%2e/c-ab/version", ""),
        ("https://as-admin:x@rancher.test/k8s/clusters/c-a/version", ""),
        ("http://as-admin@rancher.test:443/k8s/clusters/c-a/version", ""),
        ("https://as-admin@rancher.test:8443/k8s/clusters/c-a/version", ""),
        ("https://as-admin@evil.test/k8s/clusters/c-a/version", ""),
        ("https://nobody@rancher.test/k8s/clusters/c-a/version", ""),
        ("https://rancher.test/k8s/clusters/c-a/version", ""),
        ("https://alone@alone.test/k8s/version", ""),
    ] {
        assert_eq!(named(address), expected, "{address}");
    }
    for cluster in &grants.clusters {
        let (name, credential) = cluster.credential().unwrap();
        assert_eq!(name, Cluster::credential_name(&cluster.name));
        assert_eq!(credential.hosts.is_empty(), cluster.name != "alone", "an address alone gets no secret of several");
    }
}

const MANY: usize = super::cluster::MOST;

#[test]
fn hostile_files_are_refused_and_repeat_nothing() {
    let bombs = (0..20).fold("a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, number| {
        format!(
            "{text}a{0}: &a{0} [*a{number}, *a{number}, *a{number}, *a{number}, *a{number}, *a{number}, *a{number}]\n",
            number + 1
        )
    });
    let deep = format!("clusters: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    for text in [
        "hunter2",
        "users: hunter2",
        "users: [hunter2]",
        "users: [{ name: u, user: hunter2 }]",
        "users: [{ name: u, user: { token: [hunter2] } }]",
        "users: [{ name: u, user: { token: { hunter2: hunter2 } } }]",
        "clusters: [{ name: c, cluster: { server: 7, token: hunter2 } }]",
        "clusters: [{ name: c, cluster: { certificate-authority: hunter2 } }]",
        "contexts: &a [*a]",
        "contexts: *hunter2",
        "a: b: hunter2",
        "token: hunter2\n--- \nhunter2",
        "\u{0}hunter2",
        "[",
        &bombs,
        &deep,
    ] {
        let error = all(text).map(|grants| grants.clusters).unwrap_err();
        assert!(error.starts_with(&format!("the kubeconfig {FILE} cannot be used: ")), "{error}");
        assert!(!error.contains("hunter2") && error.len() < 400, "{error}");
    }
    let misplaced = all("users: []\nclusters: [{ name: c, cluster: { server: [x] } }]").unwrap_err();
    assert!(
        misplaced.contains("in line 2, at `clusters[0].cluster.server` it is not as a kubeconfig is"),
        "{misplaced}"
    );
    for text in ["", "{}", "clusters: null\ncontexts: null\n", "contexts: []"] {
        assert!(all(text).unwrap_err().contains("it has no contexts"), "{text:?}");
    }
}

#[test]
fn secrets_are_read_where_they_are_and_said_to_be_gone() {
    let text = one("", &format!("token: s3cret, client-key-data: {}", STANDARD.encode("KEY")));
    let kubeconfig = Kubeconfig::parse(&text).unwrap();
    assert_eq!(kubeconfig.secret("u", KubeconfigPart::Token).as_deref(), Ok("s3cret"));
    assert_eq!(kubeconfig.secret("u", KubeconfigPart::ClientKey).as_deref(), Ok("KEY"));
    assert_eq!(kubeconfig.secret("x", KubeconfigPart::Token).unwrap_err(), "it does not have this user any more");
    let without = Kubeconfig::parse(&one("", "")).unwrap();
    assert_eq!(without.secret("u", KubeconfigPart::Token).unwrap_err(), "it is not there any more");
    let said = within(KubeconfigPart::Token).to_string();
    assert_eq!(said, format!("`token` of the user `u` of the kubeconfig {FILE}"));
}

#[test]
fn a_plugin_learns_names_and_addresses_and_what_was_said_of_them() {
    let grants = all(&one("", "token: s3cret")).unwrap();
    for (settings, expected) in [
        (
            json!({}),
            json!({ "clusters": [{ "name": "prod", "server": "https://prod.test:6443", "namespace": "shop" }] }),
        ),
        (
            json!({ "also": 1, "clusters": [{ "name": "prod", "namespaces": ["a"], "namespace": "b" }, { "name": "x", "server": "y" }] }),
            json!({ "also": 1, "clusters": [
                { "name": "prod", "namespaces": ["a"], "namespace": "b", "server": "https://prod.test:6443" },
                { "name": "x", "server": "y" },
            ] }),
        ),
        (json!({ "clusters": "prod" }), json!({ "clusters": "prod" })),
    ] {
        assert_eq!(with_clusters(&settings, "clusters", &grants), expected);
    }
    assert_eq!(with_clusters(&json!({}), "clusters", &Grants::default()), json!({}), "nothing is added for nothing");
}
