//! Which requests are sent at all.

use super::*;

const GRANTS: &str = "http: [\
    { host: api.github.com, methods: [GET] }, \
    { host: '*.example.com' }, \
    { host: ghe.internal, port: 8443 }, \
    { host: plain.test, scheme: http }, \
    { host: paths.test, paths: [/api/*, /one] }, \
    { host: 127.0.0.1, scheme: http, port: 8080 }, \
    { host: '::1', scheme: http, port: 8080 }]";

const SENT: &[(&str, &str)] = &[
    ("GET", "https://api.github.com/user"),
    ("GET", "https://API.GitHub.com/user"),
    ("GET", "https://api.github.com./user"),
    ("GET", "https://api.github.com:443/user#fragment"),
    ("GET", "https://a.example.com/"),
    ("POST", "https://a.b.example.com/"),
    ("GET", "https://ghe.internal:8443/"),
    ("GET", "http://plain.test/"),
    ("GET", "https://paths.test/api/v3?per_page=100"),
    ("GET", "https://paths.test/one"),
    ("GET", "http://127.0.0.1:8080/"),
    ("GET", "http://0x7f.1:8080/"),
    ("GET", "http://2130706433:8080/"),
    ("GET", "http://127.0.0.1.:8080/"),
    ("GET", "http://[::1]:8080/"),
];

const DENIED: &[(&str, &str)] = &[
    ("POST", "https://api.github.com/user"),
    ("DELETE", "https://a.example.com/"),
    ("GET", "http://api.github.com/user"),
    ("GET", "https://api.github.com:444/user"),
    ("GET", "https://api.github.com.evil.test/"),
    ("GET", "https://evil-example.com/"),
    ("GET", "https://evilexample.com/"),
    ("GET", "https://example.com/"),
    ("GET", "https://example.com.evil.test/"),
    ("GET", "https://ghe.internal/"),
    ("GET", "https://user@api.github.com/"),
    ("GET", "https://user:secret@api.github.com/"),
    ("GET", "https://api.github.com@evil.test/"),
    ("GET", "https://plain.test/"),
    ("GET", "https://paths.test/"),
    ("GET", "https://paths.test/apis"),
    ("GET", "https://paths.test/one/two"),
    ("GET", "https://paths.test/api/../admin"),
    ("GET", "https://paths.test/api/%2e%2e/admin"),
    ("GET", "https://paths.test/api/..%2fadmin"),
    ("GET", "https://paths.test/api/%252e%252e%252fadmin"),
    ("GET", "https://paths.test/api/..%5cadmin"),
    ("GET", "http://127.0.0.1/"),
    ("GET", "http://127.0.0.2:8080/"),
    ("GET", "https://127.0.0.1:8080/"),
    ("GET", "http://[::ffff:127.0.0.1]:8080/"),
    ("GET", "http://[::2]:8080/"),
    ("GET", "http://localhost:8080/"),
    ("GET", "https://169.254.169.254/latest/meta-data/"),
    ("GET", "https://a.example.com\\@evil.test/../"),
];

const INVALID: &[(&str, &str)] = &[
    ("GET", ""),
    ("GET", "/user"),
    ("GET", "api.github.com/user"),
    ("GET", "https://"),
    ("GET", "https:///"),
    ("GET", "ftp://a.example.com/"),
    ("GET", "file:///etc/passwd"),
    ("GET", "unix:///run/docker.sock"),
    ("GET", "data:text/plain,x"),
    ("GET", "https://a..example.com/"),
    ("GET", "https://api.github.com../"),
    ("GET", "https://./"),
    ("GET", "https://a.exa mple.com/"),
    ("GET", "https://a.example.com:99999/"),
    ("G ET", "https://a.example.com/"),
    ("GET\r\nX: y", "https://a.example.com/"),
    ("", "https://a.example.com/"),
];

#[test]
fn what_is_granted_is_sent() {
    let rights = testing::rights(GRANTS);
    for (method, url) in SENT {
        let target = Target::request(&rights, method, url);
        assert!(target.is_ok(), "{method} {url}: {target:?}");
    }
}

#[test]
fn what_is_not_granted_is_denied() {
    let rights = testing::rights(GRANTS);
    for (method, url) in DENIED {
        match Target::request(&rights, method, url) {
            // The parser reads a backslash as a slash, so that one is a plain request to a granted host.
            Ok(target) => assert!(
                url.contains('\\') && target.host().to_string() == "a.example.com",
                "{method} {url}: {target:?}"
            ),
            Err(error) => assert_eq!(error.class(), Class::Denied, "{method} {url}: {error}"),
        }
    }
}

#[test]
fn what_is_no_request_is_invalid() {
    let rights = testing::rights(GRANTS);
    for (method, url) in INVALID {
        let error = Target::request(&rights, method, url).expect_err(url);
        assert_eq!(error.class(), Class::Invalid, "{method:?} {url}: {error}");
    }
}

#[test]
fn what_is_sent_is_what_was_checked() {
    let rights = testing::rights(GRANTS);
    let target = Target::request(&rights, "GET", "https://API.github.com./a/./b#c").expect("granted");
    assert_eq!(target.url().as_str(), "https://api.github.com/a/b");
    let target = Target::request(&rights, "GET", "http://127.1:8080/").expect("granted");
    assert_eq!(target.url().as_str(), "http://127.0.0.1:8080/");
    assert!(target.is_loopback() && !target.is_encrypted());
}

#[test]
fn no_sentence_repeats_a_query_or_a_password() {
    let rights = testing::rights(GRANTS);
    for url in ["https://evil.test/?token=hunter2", "https://me:hunter2@api.github.com/", "ftp://me:hunter2@x.test/"] {
        let error = Target::request(&rights, "GET", url).expect_err(url).to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
    let target = Target::request(&rights, "GET", "https://api.github.com/user?token=hunter2").expect("granted");
    assert_eq!(target.to_string(), "GET https://api.github.com/user");
}

#[test]
fn a_denial_says_which_lines_would_allow_it() {
    let rights = testing::rights(GRANTS);
    let error = Target::request(&rights, "GET", "https://api.gitlab.test/x").expect_err("not granted");
    let text = error.to_string();
    assert!(text.starts_with("The plugin `probe` may not send GET https://api.gitlab.test/x."), "{text}");
    assert!(text.contains("plugins:\n  probe:\n    grants:\n      http:\n        - host: "), "{text}");
}

#[test]
fn a_url_longer_than_servers_take_is_invalid() {
    let url = format!("https://a.example.com/{}", "x".repeat(9000));
    let error = Target::request(&testing::rights(GRANTS), "GET", &url).expect_err("too long");
    assert_eq!(error.to_string(), "the URL has 9022 bytes; at most 8192 are sent");
}
