//! Which HTTP requests a rule covers: host, port, method, path.
//!
//! A manifest asks in [`HttpAsk`]s, an operator grants in [`HttpGrant`]s, and [`HttpRule`]s are what both say. The two
//! sides differ in what an absent key means: an ask says the least (port 443, `GET` and `HEAD`), a grant does not narrow.
//!
//! Rule: a rule covers a request when all its parts do; a user name in an address is covered by none.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use url::Url;

use crate::denial::{REASON, quoted};
use crate::host::HostPattern;
use crate::manifest::line;
use crate::path::{PathPattern, is_plain};
use crate::written::written_as_text;

/// What a manifest asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpAsk {
    /// The hosts.
    pub host: HostPattern,
    /// The port, 443 if absent.
    #[serde(default)]
    pub port: Option<Port>,
    /// The methods, `GET` and `HEAD` if absent.
    #[serde(default)]
    pub methods: Option<Vec<Method>>,
    /// The paths, all if absent.
    #[serde(default)]
    pub paths: Option<Vec<PathPattern>>,
    /// Why, in words for the operator.
    #[serde(deserialize_with = "line")]
    pub reason: String,
}

impl HttpAsk {
    fn port(&self) -> Port {
        self.port.unwrap_or(Port::Exact(Scheme::Https.port()))
    }

    pub(crate) fn allows_port(&self, port: Port) -> bool {
        self.port().meet(port) == Some(port)
    }

    /// The ask that a request needs; none for what nobody can ask for.
    pub(crate) fn of(method: &str, url: &Url) -> Option<HttpAsk> {
        let host = url.host_str()?;
        let host = host.strip_suffix('.').unwrap_or(host).parse().ok()?;
        let port = Some(Port::Exact(url.port_or_known_default()?));
        let method: Method = method.parse().ok()?;
        let methods = (!reading().contains(&method)).then(|| vec![method]);
        Some(HttpAsk { host, port, methods, paths: None, reason: REASON.to_owned() })
    }

    /// The same as lines of a manifest.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("- host: {}", quoted(&self.host.to_string()))];
        if self.port() != Port::Exact(Scheme::Https.port()) {
            lines.push(format!("  port: {}", self.port()));
        }
        if let Some(methods) = &self.methods {
            let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
            lines.push(format!("  methods: [{}]", names.join(", ")));
        }
        lines.push(format!("  reason: {}", self.reason));
        lines
    }

    /// The methods that it comes to.
    pub(crate) fn methods(&self) -> Vec<Method> {
        self.methods.clone().unwrap_or_else(reading)
    }

    pub(crate) fn asks_method(&self, method: &str) -> bool {
        self.methods().iter().any(|asked| asked.as_str() == method)
    }
}

/// What an operator grants.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpGrant {
    /// The hosts.
    pub host: HostPattern,
    /// The port; if absent, the one of the scheme.
    #[serde(default)]
    pub port: Option<Port>,
    /// The methods, as asked if absent.
    #[serde(default)]
    pub methods: Option<Vec<Method>>,
    /// The paths, as asked if absent.
    #[serde(default)]
    pub paths: Option<Vec<PathPattern>>,
    /// `https` if absent. Plain `http` carries no credentials.
    #[serde(default)]
    pub scheme: Scheme,
}

/// What is asked for and granted: one rule of the allowlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRule {
    /// The hosts.
    pub host: HostPattern,
    /// The port.
    pub port: Port,
    /// The methods.
    pub methods: Vec<Method>,
    /// The paths; none covers all.
    pub paths: Option<Vec<PathPattern>>,
    /// The scheme.
    pub scheme: Scheme,
}

/// How a host is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Encrypted, the default.
    #[default]
    Https,
    /// In the clear.
    Http,
}

impl Scheme {
    /// As a URL spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scheme::Https => "https",
            Scheme::Http => "http",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Scheme::Https => 443,
            Scheme::Http => 80,
        }
    }
}

/// One port, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// This port.
    Exact(u16),
    /// Written `"*"`.
    Any,
}

impl Port {
    fn covers(self, port: u16) -> bool {
        self == Port::Any || self == Port::Exact(port)
    }

    fn meet(self, other: Port) -> Option<Port> {
        match (self, other) {
            (Port::Any, port) | (port, Port::Any) => Some(port),
            (mine, theirs) => (mine == theirs).then_some(mine),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Exact(port) => port.fmt(f),
            Port::Any => f.write_str("*"),
        }
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Port, D::Error> {
        struct PortVisitor;
        impl Visitor<'_> for PortVisitor {
            type Value = Port;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port from 1 to 65535, or `\"*\"` for any")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Port, E> {
                match u16::try_from(number) {
                    Ok(port) if port > 0 => Ok(Port::Exact(port)),
                    _ => Err(E::invalid_value(de::Unexpected::Unsigned(number), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Port, E> {
                if text == "*" { Ok(Port::Any) } else { Err(E::invalid_value(de::Unexpected::Str(text), &self)) }
            }
        }
        deserializer.deserialize_any(PortVisitor)
    }
}

/// An HTTP method in capital letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method(String);

impl Method {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Method, String> {
        // CONNECT makes a tunnel that no rule could look into, TRACE echoes the credentials that the host adds.
        if matches!(text, "CONNECT" | "TRACE") {
            return Err(format!("`{text}` cannot be granted to a plugin"));
        }
        let letters = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if letters {
            Ok(Method(text.to_owned()))
        } else {
            Err(format!("`{text}` is no HTTP method; write it in capital letters, such as `GET`"))
        }
    }
}

written_as_text!(Method, "an HTTP method in capital letters, such as `GET`");

impl HttpRule {
    /// What an ask and a grant have in common; none if nothing.
    pub(crate) fn meet(ask: &HttpAsk, grant: &HttpGrant) -> Option<HttpRule> {
        let host = ask.host.meet(&grant.host)?;
        let port = ask.port().meet(grant.port.unwrap_or(Port::Exact(grant.scheme.port())))?;
        let mut methods = ask.methods();
        if let Some(granted) = &grant.methods {
            methods.retain(|method| granted.contains(method));
        }
        let paths = meet_paths(ask.paths.as_deref(), grant.paths.as_deref());
        let empty = methods.is_empty() || paths.as_ref().is_some_and(Vec::is_empty);
        (!empty).then_some(HttpRule { host, port, methods, paths, scheme: grant.scheme })
    }

    /// The grant that came to this rule and would to no more, whatever is asked.
    pub(crate) fn grant(&self) -> HttpGrant {
        HttpGrant {
            host: self.host.clone(),
            port: Some(self.port),
            methods: Some(self.methods.clone()),
            paths: self.paths.clone(),
            scheme: self.scheme,
        }
    }

    /// The same below a path, such as that of a server that stands behind another; empty for none.
    pub(crate) fn below(self, base: &str) -> HttpRule {
        let paths = match self.paths {
            paths if base.is_empty() => paths,
            None => Some(vec![PathPattern::everything().below(base)]),
            Some(paths) => Some(paths.iter().map(|path| path.below(base)).collect()),
        };
        HttpRule { paths, ..self }
    }

    /// Whether the rule covers a request.
    pub fn covers(&self, method: &str, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return false;
        };
        url.scheme() == self.scheme.as_str()
            && !has_userinfo(url)
            && self.host.covers(&host)
            && self.port.covers(port)
            && self.methods.iter().any(|known| known.as_str() == method)
            && self.covers_path(url.path())
    }

    /// The grant that would let a request pass, as lines of YAML; none where no ask covers the request.
    pub(crate) fn granting(asks: &[HttpAsk], method: &str, url: &Url) -> Option<Vec<String>> {
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return None,
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        let grant =
            HttpGrant { host: host.parse().ok()?, port: Some(Port::Exact(port)), methods: None, paths: None, scheme };
        asks.iter().filter_map(|ask| HttpRule::meet(ask, &grant)).find(|rule| rule.covers(method, url))?;
        let mut lines = vec![format!("- host: {}", quoted(host))];
        if port != scheme.port() {
            lines.push(format!("  port: {port}"));
        }
        if scheme == Scheme::Http {
            lines.push("  scheme: http".to_owned());
        }
        Some(lines)
    }

    fn covers_path(&self, path: &str) -> bool {
        match &self.paths {
            None => true,
            Some(paths) => is_plain(path) && paths.iter().any(|pattern| pattern.covers(path)),
        }
    }
}

/// A name or password in a URL goes where the reader does not look: `https://github.com@evil.example/`.
pub(crate) fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

pub(crate) fn reading() -> Vec<Method> {
    vec![Method("GET".to_owned()), Method("HEAD".to_owned())]
}

fn meet_paths(ask: Option<&[PathPattern]>, grant: Option<&[PathPattern]>) -> Option<Vec<PathPattern>> {
    match (ask, grant) {
        (None, None) => None,
        (Some(paths), None) | (None, Some(paths)) => Some(paths.to_vec()),
        (Some(asked), Some(granted)) => {
            Some(asked.iter().flat_map(|a| granted.iter().filter_map(move |b| a.meet(b))).collect())
        }
    }
}

impl fmt::Display for HttpRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, Some(self.scheme), &self.host, self.port, Some(&self.methods), self.paths.as_deref())
    }
}

impl fmt::Display for HttpAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods = self.methods();
        describe(f, None, &self.host, self.port(), Some(&methods), self.paths.as_deref())
    }
}

impl fmt::Display for HttpGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port.unwrap_or(Port::Exact(self.scheme.port()));
        describe(f, Some(self.scheme), &self.host, port, self.methods.as_deref(), self.paths.as_deref())
    }
}

/// `GET, POST https://api.example.com:8443/a/*, /b`.
fn describe(
    f: &mut fmt::Formatter<'_>,
    scheme: Option<Scheme>,
    host: &HostPattern,
    port: Port,
    methods: Option<&[Method]>,
    paths: Option<&[PathPattern]>,
) -> fmt::Result {
    let names: Vec<&str> = methods.unwrap_or_default().iter().map(Method::as_str).collect();
    if !names.is_empty() {
        write!(f, "{} ", names.join(", "))?;
    }
    let scheme = scheme.unwrap_or_default();
    write!(f, "{}://{host}", scheme.as_str())?;
    if port != Port::Exact(scheme.port()) {
        write!(f, ":{port}")?;
    }
    let paths: Vec<String> = paths.unwrap_or_default().iter().map(ToString::to_string).collect();
    if paths.is_empty() { f.write_str("/*") } else { f.write_str(&paths.join(", ")) }
}
