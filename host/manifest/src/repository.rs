//! Which Git repositories a grant covers.
//!
//! A repository is named by an `http(s)` address or by an absolute path of this machine. A pattern is such an address,
//! or the beginning of one followed by `/*`, which covers everything below.
//!
//! Rule: addresses are compared in one spelling, and an address with more than one possible meaning is refused: with
//! dots that climb, a user name, a query.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::http::has_userinfo;
use crate::path::is_plain;
use crate::written::written_as_text;

/// A repository's address in its one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryAddress {
    text: String,
    local: bool,
}

impl RepositoryAddress {
    /// The spelling: an absolute path, or a URL without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a path of this machine.
    pub fn is_local(&self) -> bool {
        self.local
    }
}

const FORMS: &str =
    "write an address such as `https://github.com/acme/ledger`, or an absolute path such as `/srv/git/ledger.git`";

impl FromStr for RepositoryAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<RepositoryAddress, String> {
        let wrong = |why: &str| format!("`{text}` names no repository: {why}; {FORMS}");
        if text.starts_with('/') {
            return local(text).map_err(|why| wrong(&why));
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(_) if text.contains('@') && text.contains(':') => {
                return Err(wrong("addresses of SSH are not supported"));
            }
            Err(error) => return Err(wrong(&error.to_string())),
        };
        match url.scheme() {
            "file" => match url.to_file_path() {
                Ok(path) => local(&path.to_string_lossy()).map_err(|why| wrong(&why)),
                Err(()) => Err(wrong("it is no path of this machine")),
            },
            "http" | "https" => remote(&url).map_err(|why| wrong(&why)),
            scheme => Err(wrong(&format!("`{scheme}` is not supported"))),
        }
    }
}

fn local(path: &str) -> Result<RepositoryAddress, String> {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return Err("it is the root of this machine".to_owned());
    }
    let clean = trimmed.split('/').skip(1).all(|segment| !matches!(segment, "" | "." | ".."));
    if !clean || trimmed.contains('\0') {
        return Err("it holds `.`, `..` or an empty segment".to_owned());
    }
    Ok(RepositoryAddress { text: trimmed.to_owned(), local: true })
}

fn remote(url: &Url) -> Result<RepositoryAddress, String> {
    if has_userinfo(url) {
        return Err("it holds a user name; credentials belong under `grants.credentials`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it holds a query or a fragment".to_owned());
    }
    if !is_plain(url.path()) {
        return Err("it holds `.` or `..`".to_owned());
    }
    Ok(RepositoryAddress { text: url.as_str().trim_end_matches('/').to_owned(), local: false })
}

impl fmt::Display for RepositoryAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One repository, or all below an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryPattern {
    address: RepositoryAddress,
    below: bool,
}

impl RepositoryPattern {
    /// Whether the pattern covers a repository.
    pub fn covers(&self, address: &RepositoryAddress) -> bool {
        if self.address.local != address.local {
            return false;
        }
        match address.text.strip_prefix(self.address.text.as_str()) {
            Some("") => !self.below,
            Some(rest) => self.below && rest.starts_with('/') && rest.len() > 1,
            None => false,
        }
    }
}

impl FromStr for RepositoryPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<RepositoryPattern, String> {
        // `/*` is everything on this machine: the empty path, and what is below it.
        if text == "/*" {
            let address = RepositoryAddress { text: String::new(), local: true };
            return Ok(RepositoryPattern { address, below: true });
        }
        let (start, below) = text.strip_suffix("/*").map_or((text, false), |start| (start, true));
        if start.contains('*') {
            return Err(format!(
                "`{text}` is no pattern for repositories: `*` stands at the end only, after a `/`; write `https://github.com/acme/*` for everything below"
            ));
        }
        Ok(RepositoryPattern { address: start.parse()?, below })
    }
}

impl fmt::Display for RepositoryPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        if self.below { f.write_str("/*") } else { Ok(()) }
    }
}

written_as_text!(RepositoryPattern, "a repository's address, or the beginning of one and `/*`");
