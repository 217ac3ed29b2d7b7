//! Attacks on what is outside: hosts and repositories that were not granted.

use crate::came_through;
use crate::contract::portico::plugin::http::{Request, send};
use crate::contract::portico::plugin::repositories::{Snapshot, resolve};
use crate::contract::portico::plugin::streams::Answer;
use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::{run, settings};

/// Asks in both ways: for an answer as a whole, and for one that goes on.
fn get(url: &str) -> [Result<u16, Error>; 2] {
    let request = Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        timeout_ms: Some(5_000),
    };
    [send(&request).map(|response| response.status), Answer::open(&request).map(|answer| answer.status())]
}

/// Asks for each; all have to be denied, or be invalid in themselves.
fn all_refused(urls: &[&str]) -> Result<(), Error> {
    for url in urls {
        for answer in get(url) {
            match answer {
                Err(Error::Denied(_) | Error::Invalid(_)) => {}
                answer => return Err(came_through(&format!("{url}: {answer:?}"))),
            }
        }
    }
    Ok(())
}

/// What is no address costs a request like any other.
pub(crate) fn http_without_end() -> Result<(), Error> {
    for _ in 0..20_000 {
        for answer in get("") {
            if let Err(Error::Failed(reason)) = answer {
                return Err(Error::Failed(reason));
            }
        }
    }
    Err(came_through("twenty thousand requests"))
}

/// The grant is for `api.example.com` and everything below `wild.example.com`, over https.
pub(crate) fn http_not_granted() -> Result<(), Error> {
    all_refused(&[
        "https://example.com/",
        "https://evil-api.example.com/",
        "https://api.example.com.evil.test/",
        "https://api.example.com@evil.test/",
        "https://user:password@api.example.com/",
        "https://evil.test/?api.example.com",
        "https://evil.test#api.example.com",
        "https://evilwild.example.com/",
        "https://wild.example.com/",
        "https://wild.example.com./",
        "https://api.example.com:8443/",
        "https://api.example.com:0/",
        "http://api.example.com/",
        "ftp://api.example.com/",
        "file:///etc/passwd",
        "//api.example.com/",
        "https:///",
        "https://",
        "",
        "https://api.example.com%2eevil.test/",
        "https://ａpi.example.com.evil.test/",
    ])
}

/// The grant is for `*`, and `private.test` leads to this machine.
pub(crate) fn http_private() -> Result<(), Error> {
    all_refused(&[
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/",
        "https://10.0.0.1/",
        "https://192.168.0.1/",
        "https://172.16.0.1/",
        "https://100.64.0.1/",
        "https://[64:ff9b::7f00:1]/",
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST/",
    ])
}

pub(crate) fn http_headers() -> Result<(), Error> {
    let cases: [Vec<(String, String)>; 6] = [
        vec![("host".into(), "internal.test".into())],
        vec![("Transfer-Encoding".into(), "chunked".into())],
        vec![("authorization".into(), "Bearer of the plugin's own".into())],
        vec![("x-a".into(), "one\r\nx-b: two".into())],
        vec![("x a:".into(), "one".into())],
        (0..10_000).map(|number| (format!("x-{number}"), "value".to_owned())).collect(),
    ];
    for headers in cases {
        let shown = format!("{:?}", headers[0]);
        let request = Request {
            method: "GET".to_owned(),
            url: "https://api.example.com/".to_owned(),
            headers,
            body: None,
            timeout_ms: Some(5_000),
        };
        match send(&request) {
            Err(Error::Invalid(_)) => {}
            answer => return Err(came_through(&format!("{shown}: {:?}", answer.map(|response| response.status)))),
        }
    }
    Ok(())
}

pub(crate) fn repository() -> Result<String, Error> {
    let settings: serde_json::Value =
        serde_json::from_str(&settings::get()).map_err(|error| Error::Invalid(error.to_string()))?;
    settings["repository"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Error::Invalid("`repository` is missing".to_owned()))
}

/// The grant is for one repository.
pub(crate) fn repository_not_granted() -> Result<(), Error> {
    let granted = repository()?;
    let folder = granted.rsplit_once('/').map_or("", |(folder, _)| folder);
    let others = [
        format!("{folder}/other.git"),
        folder.to_owned(),
        format!("{granted}/../other.git"),
        format!("{granted}/objects"),
        format!("{granted}x"),
        format!("file://{folder}/other.git"),
        "/etc".to_owned(),
        "/".to_owned(),
        "relative.git".to_owned(),
        "https://github.com/acme/ledger".to_owned(),
        "git@github.com:acme/ledger.git".to_owned(),
        "ssh://github.com/acme/ledger.git".to_owned(),
        "ext::sh -c id".to_owned(),
        String::new(),
    ];
    for url in others {
        let answers = [resolve(&url, None).map(|_| ()), Snapshot::open(&url, None).map(|_| ())];
        for answer in answers {
            match answer {
                Err(Error::Denied(_) | Error::Invalid(_)) => {}
                answer => return Err(came_through(&format!("{url}: {answer:?}"))),
            }
        }
    }
    Snapshot::open(&granted, None).map(|_| ())
}

pub(crate) fn repository_traversal() -> Result<(), Error> {
    let snapshot = Snapshot::open(&repository()?, None)?;
    let paths = [
        "../other.git/HEAD",
        "/etc/passwd",
        "a/../../../etc/passwd",
        ".git/config",
        "link",
        "link/passwd",
        "folder",
        "",
        ".",
        "..",
        "a\0b",
        "HEAD",
    ];
    for path in paths {
        match snapshot.read(path) {
            Err(Error::NotFound(_) | Error::Invalid(_)) => {}
            answer => return Err(came_through(&format!("{path:?}: {answer:?}"))),
        }
    }
    for pattern in ["../**", "/etc/*", "**/../**", "[", "{a", "\0"] {
        let patterns = [pattern.to_owned()];
        if let Ok(found) = snapshot.find(&patterns)
            && !found.is_empty()
        {
            return Err(came_through(&format!("{pattern}: {found:?}")));
        }
    }
    let all = snapshot.find(&["**".to_owned()])?;
    let paths: Vec<String> = all.into_iter().map(|entry| entry.path).collect();
    run::log(run::Level::Info, &paths.join(" "));
    Ok(())
}

pub(crate) fn many_snapshots() -> Result<(), Error> {
    let url = repository()?;
    let mut held = Vec::new();
    for _ in 0..10_000 {
        match Snapshot::open(&url, None) {
            Ok(snapshot) => held.push(snapshot),
            Err(Error::Invalid(reason)) => return Err(Error::Invalid(format!("{} open: {reason}", held.len()))),
            Err(error) => return Err(error),
        }
    }
    Err(came_through("ten thousand trees"))
}

pub(crate) fn many_patterns() -> Result<(), Error> {
    let snapshot = Snapshot::open(&repository()?, None)?;
    let patterns: Vec<String> = (0..10_000).map(|number| format!("**/{{a,b,c}}{number}*/**")).collect();
    snapshot.find(&patterns)?;
    Err(came_through("ten thousand patterns"))
}
