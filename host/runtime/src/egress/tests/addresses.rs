//! Where names lead, and where they may not.

use super::testing::{Server, answer};
use super::*;

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_with_the_lines_that_allow_it() {
    let addresses =
        ["127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.7", "::1", "fd00:ec2::254", "64:ff9b::7f00:1"];
    for address in addresses {
        let network = network(&[("api.test", &[address])]);
        let grants = "http: [{ host: api.test, scheme: http, port: '*' }]";
        let error = send(&network, grants, get("http://api.test/")).await.expect_err(address);
        assert_eq!(error.class(), Class::Denied, "{address}: {error}");
        let text = error.to_string();
        assert!(text.starts_with("api.test leads to ") && text.contains("private-addresses: [\""), "{address}: {text}");
    }
}

#[tokio::test]
async fn a_refusal_of_an_address_reads_well() {
    let network = network(&[("git.corp.test", &["10.1.2.3"])]);
    let grants = "http: [{ host: git.corp.test, scheme: http }]";
    let error = send(&network, grants, get("http://git.corp.test/")).await.expect_err("private");
    assert_eq!(
        error.to_string(),
        "git.corp.test leads to 10.1.2.3, a private address (10.0.0.0/8), which is refused unless a grant names it. \
         To allow it, add to portico.yaml:\nplugins:\n  probe:\n    grants:\n      private-addresses: [\"10.1.2.3\"]"
    );
}

#[tokio::test]
async fn an_address_written_as_such_needs_the_range_as_well() {
    let server = Server::plain(|_| answer(200, "inside")).await;
    let grants = "http: [{ host: 127.0.0.1, scheme: http, port: '*' }]";
    let error = send(&network(&[]), grants, get(server.url("/"))).await.expect_err("no range granted");
    assert!(matches!(error, EgressError::PrivateAddress { .. }), "{error}");
    assert!(server.asked().is_empty());
    assert_eq!(send(&network(&[]), LOOPBACK, get(server.url("/"))).await.expect("granted").body, b"inside");
}

#[tokio::test]
async fn only_the_addresses_that_may_be_reached_are_connected_to() {
    let server = Server::plain(|_| answer(200, "here")).await;
    let network = network(&[("api.test", &["10.0.0.7", "127.0.0.1", "192.168.1.1"])]);
    let grants = "http: [{ host: api.test, scheme: http, port: '*' }], private-addresses: [127.0.0.1]";
    let response = send(&network, grants, get(format!("http://api.test:{}/", server.port()))).await.expect("one may");
    assert_eq!(response.body, b"here");
    assert_eq!(server.asked()[0].header("host"), Some(format!("api.test:{}", server.port()).as_str()));
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_passed_over() {
    let server = Server::plain(|_| answer(200, "second")).await;
    // Nothing listens on the first address at that port.
    let network = network(&[("api.test", &["127.0.0.9", "127.0.0.1"])]);
    let grants = "http: [{ host: api.test, scheme: http, port: '*' }], private-addresses: [127.0.0.0/8]";
    let response =
        send(&network, grants, get(format!("http://api.test:{}/", server.port()))).await.expect("the second does");
    assert_eq!(response.body, b"second");
}

#[tokio::test]
async fn a_name_without_an_address_is_said_to_be_unknown() {
    let error =
        send(&network(&[]), "http: [{ host: nowhere.test }]", get("https://nowhere.test/")).await.expect_err("unknown");
    assert_eq!(error.class(), Class::Unavailable);
    assert_eq!(
        error.to_string(),
        "the name nowhere.test could not be resolved (it has no address); check the spelling, and the name servers of this machine"
    );
}
