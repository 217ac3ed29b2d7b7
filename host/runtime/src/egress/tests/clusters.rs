//! Clusters of a kubeconfig: each is trusted by its own authority, and gets its own secrets.

use std::path::{Path, PathBuf};

use super::encryption::{Authority, authority, pem, server_for, signed};
use super::testing::Server;
use super::*;

const PRIVATE: &str = "private-addresses: [127.0.0.0/8]";

struct Written {
    folder: tempfile::TempDir,
    file: PathBuf,
}

/// A kubeconfig of these contexts: a name, a server, keys of its cluster and of its user.
fn kubeconfig(contexts: &[(&str, String, String, String)]) -> Written {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut clusters, mut users, mut named) = (String::new(), String::new(), String::new());
    for (name, server, cluster, user) in contexts {
        clusters += &format!("- {{ name: {name}, cluster: {{ server: '{server}', {cluster} }} }}\n");
        users += &format!("- {{ name: {name}, user: {{ {user} }} }}\n");
        named += &format!("- {{ name: {name}, context: {{ cluster: {name}, user: {name} }} }}\n");
    }
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, format!("clusters:\n{clusters}users:\n{users}contexts:\n{named}")).expect("written");
    Written { folder, file }
}

fn grants(file: &Path) -> String {
    format!("{PRIVATE}, kubeconfigs: ['{}']", file.display())
}

fn trusting(authority: &Authority) -> String {
    let pem = pem("CERTIFICATE", authority.der());
    format!("certificate-authority-data: {}", base64(&pem))
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn url(server: &Server) -> String {
    format!("https://127.0.0.1:{}", server.port())
}

#[tokio::test]
async fn two_clusters_on_one_machine_get_each_its_own_token_and_are_trusted_each_by_its_own_authority() {
    let (one, other) = (authority(), authority());
    let (prod, stage) = (server_for(&one, "127.0.0.1", None).await, server_for(&other, "127.0.0.1", None).await);
    let written = kubeconfig(&[
        ("prod", url(&prod), trusting(&one), "token: prod-token".to_owned()),
        ("stage", url(&stage), trusting(&other), "tokenFile: stage-token".to_owned()),
    ]);
    std::fs::write(written.folder.path().join("stage-token"), "stage-token\n").expect("written");
    for (server, token) in [(&prod, "prod-token"), (&stage, "stage-token")] {
        send(&network(&[]), &grants(&written.file), get(url(server))).await.expect("an answer");
        assert_eq!(server.asked()[0].header("authorization"), Some(&*format!("Bearer {token}")));
    }
    let mixed = kubeconfig(&[("prod", url(&prod), trusting(&other), "token: prod-token".to_owned())]);
    let error = send(&network(&[]), &grants(&mixed.file), get(url(&prod))).await.expect_err("another's authority");
    assert!(matches!(error, EgressError::Untrusted { .. }), "{error}");
    // Where a context names no authority, those of the plugin hold.
    let plain = kubeconfig(&[("prod", url(&prod), String::new(), "token: prod-token".to_owned())]);
    let authorities = plain.folder.path().join("ca.pem");
    std::fs::write(&authorities, pem("CERTIFICATE", one.der())).expect("written");
    let granted = format!("{}, authorities: ['{}']", grants(&plain.file), authorities.display());
    assert_eq!(send(&network(&[]), &granted, get(url(&prod))).await.expect("an answer").status, 200);
    let elsewhere =
        send(&network(&[]), &grants(&written.file), get("https://127.0.0.1:1/")).await.expect_err("no grant");
    assert_eq!(elsewhere.class(), Class::Denied, "{elsewhere}");
}

#[tokio::test]
async fn a_token_that_was_rotated_in_the_kubeconfig_counts_at_once() {
    let own = authority();
    let server = server_for(&own, "127.0.0.1", None).await;
    let context = |token: &str| kubeconfig(&[("prod", url(&server), trusting(&own), format!("token: {token}"))]);
    let written = context("first-token");
    let rights = testing::rights(&grants(&written.file));
    let client = Client::new(&network(&[]), &rights, Arc::default()).expect("a client");
    client.send(&rights, get(url(&server)), soon()).await.expect("an answer");
    std::fs::copy(&context("second-token").file, &written.file).expect("copied");
    client.send(&rights, get(url(&server)), soon()).await.expect("an answer");
    let sent: Vec<_> = server.asked().iter().map(|asked| asked.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [Some("Bearer first-token".to_owned()), Some("Bearer second-token".to_owned())]);
    std::fs::write(&written.file, "users: []").expect("written");
    let gone = client.send(&rights, get(url(&server)), soon()).await.expect_err("no token").to_string();
    assert_eq!(
        gone,
        format!(
            "the secret of the credential `kubeconfig prod` could not be read from `token` of the user `prod` of the kubeconfig {}: it \
             does not have this user any more",
            written.file.display()
        )
    );
}

#[tokio::test]
async fn a_client_certificate_and_the_name_that_a_server_is_certified_by_are_taken_from_it() {
    let own = authority();
    let (certificate, key) = signed(&own, "the portal");
    let server = server_for(&own, "kubernetes", Some(&own)).await;
    let written = |key: &rcgen::KeyPair| pem("PRIVATE KEY", &key.serialize_der());
    let shown = |key: &str| {
        let pem = pem("CERTIFICATE", certificate.der());
        format!("client-certificate-data: {}, client-key-data: {}", base64(&pem), base64(key))
    };
    let (fits, other) = (written(&key), written(&rcgen::KeyPair::generate().expect("a key")));
    let named = format!("{}, tls-server-name: kubernetes", trusting(&own));
    let ask = async |cluster: &str, user: &str| {
        let written = kubeconfig(&[("prod", url(&server), cluster.to_owned(), user.to_owned())]);
        send(&network(&[]), &grants(&written.file), get(url(&server))).await.map_err(|error| error.to_string())
    };
    assert_eq!(ask(&named, &shown(&fits)).await.expect("an answer").status, 200);
    assert!(ask(&named, "").await.is_err(), "the server wants one");
    for (cluster, user, expected) in [
        (trusting(&own), shown(&fits), "was refused"),
        (named.clone(), shown(&other), "the certificate of the context `prod` of the kubeconfig"),
        (named.clone(), shown("hunter2"), "cannot be used: it holds no key. Name one in PEM"),
        (format!("{named} x"), shown(&fits), "has a `tls-server-name` that no certificate can carry"),
        (
            format!("certificate-authority-data: {}", base64("no PEM")),
            String::new(),
            "cannot be used: it holds no certificate",
        ),
    ] {
        let said = ask(&cluster, &user).await.expect_err(expected);
        assert!(said.contains(expected) && !said.contains("hunter2"), "{said}\n  should say {expected}");
    }
}

#[tokio::test]
async fn clusters_that_have_a_server_together_are_asked_each_as_its_own_user_and_by_no_other_connection() {
    let own = authority();
    let (certificate, key) = signed(&own, "the admin");
    let server = server_for(&own, "127.0.0.1", None).await;
    let shown = format!(
        "client-certificate-data: {}, client-key-data: {}, token: admin-token",
        base64(&pem("CERTIFICATE", certificate.der())),
        base64(&pem("PRIVATE KEY", &key.serialize_der()))
    );
    let at = |path: &str| format!("{}{path}", url(&server));
    let written = kubeconfig(&[
        ("reader", at("/k8s/clusters/c-a"), trusting(&own), "token: reader-token".to_owned()),
        ("admin", at("/k8s/clusters/c-a/"), trusting(&own), shown),
        ("other", at("/k8s/clusters/c-b"), trusting(&own), "token: other-token".to_owned()),
    ]);
    let (network, grants) = (network(&[]), grants(&written.file));
    let ask = async |address: String| send(&network, &grants, get(address)).await;
    let named = |name: &str, path: &str| at(path).replace("https://", &format!("https://{name}@"));
    for (name, path) in [("reader", "c-a"), ("admin", "c-a"), ("other", "c-b"), ("reader", "c-a")] {
        ask(named(name, &format!("/k8s/clusters/{path}/version"))).await.expect("an answer");
        let asked = server.asked();
        let asked = asked.last().expect("a request");
        assert_eq!(asked.header("authorization"), Some(&*format!("Bearer {name}-token")));
        assert_eq!(asked.header("host"), Some(&*format!("127.0.0.1:{}", server.port())), "the name is sent to nobody");
        assert_eq!(asked.path, format!("/k8s/clusters/{path}/version"));
    }
    let count = server.asked().len();
    for address in [
        named("reader", "/k8s/clusters/c-b/version"),
        named("nobody", "/k8s/clusters/c-a/version"),
        named("reader:x", "/k8s/clusters/c-a/version"),
        named("reader", "/version"),
        at("/version"),
    ] {
        let denied = ask(address.clone()).await.expect_err("no grant");
        assert_eq!(denied.class(), Class::Denied, "{address}: {denied}");
    }
    assert_eq!(server.asked().len(), count);
}
