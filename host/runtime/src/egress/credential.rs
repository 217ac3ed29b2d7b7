//! Secrets: put into requests on their way out, taken out of what comes back.
//!
//! Rule: a secret is read when it is needed, so that one that was renewed counts at once; it is added after every check
//! has passed, travels encrypted or not at all, is marked so that nothing prints it, and never reaches a plugin, not
//! even if the server repeats it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use portico_manifest::{Cluster, Credential, Kubeconfig, KubeconfigSecret, Placement, SecretSource};
use url::{Host, form_urlencoded};

use super::error::EgressError;
use super::policy::Target;
use crate::kubeconfigs;

/// What stands where a secret stood.
const REDACTED: &[u8] = b"[secret]";

/// Shorter secrets are not looked for in answers: they would be found everywhere.
const SHORTEST_REDACTED: usize = 6;

/// The credentials of one plugin.
#[derive(Clone, Debug, Default)]
pub(super) struct Credentials(BTreeMap<String, Credential>);

impl Credentials {
    pub(super) fn new(credentials: BTreeMap<String, Credential>) -> Credentials {
        Credentials(credentials)
    }

    /// The credential for a server. One that is named goes before one that a wildcard covers, and a port before none; of those that are as
    /// narrow Git takes one that is a password, and a plugin's own request one that is not: some forges want one token in both ways.
    fn for_server(&self, target: &Target) -> Option<(&String, &Credential)> {
        if let Some(cluster) = target.cluster() {
            return self.0.get_key_value(&Cluster::credential_name(cluster));
        }
        let (host, port) = (borrowed(target.host()), target.port());
        let covering = self.0.iter().filter_map(|one| Some((one, one.1.narrowness(&host, port)?)));
        let fits = |credential: &Credential| matches!(credential.placement, Placement::Basic { .. }) == target.is_git();
        // Of those that are as narrow and fit as well, the first.
        covering.rev().max_by_key(|(one, narrowness)| (*narrowness, fits(one.1))).map(|(one, _)| one)
    }

    /// The header that the host fills for requests to `target`, so that nobody else may.
    pub(super) fn header_for(&self, target: &Target) -> Option<HeaderName> {
        let (_, credential) = self.for_server(target)?;
        header_name(&credential.placement)
    }

    /// The name of the credential that a request to `target` carries.
    pub(super) fn name_for(&self, target: &Target) -> Option<&str> {
        let (name, _) = self.for_server(target)?;
        is_safe(target).then_some(name.as_str())
    }

    /// The credential that a request to a target carries, with its name.
    pub(super) fn carried(&self, target: &Target) -> Option<(&str, &Credential)> {
        let (name, credential) = self.for_server(target)?;
        if !is_safe(target) {
            tracing::warn!(credential = %name, %target, "the credential was left out: the connection is not encrypted");
            return None;
        }
        Some((name, credential))
    }
}

/// Adds a secret the way that its credential says, and says what to look for in the answer.
pub(super) fn put(
    (name, credential): (&str, &Credential),
    secret: &Secret,
    headers: &mut HeaderMap,
) -> Result<Redactor, EgressError> {
    let unfit = || no_secret(name, credential.secret.place(), "it holds characters that no header can carry");
    let text = match &credential.placement {
        Placement::Basic { username } => {
            let pair = format!("{username}:{}", secret.0);
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
        }
        Placement::Header { format, .. } => format.replace("{}", &secret.0),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| unfit())?;
    value.set_sensitive(true);
    headers.insert(header_name(&credential.placement).ok_or_else(unfit)?, value);
    // What comes back is looked through, so it has to come as it is, and whole.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.remove(header::RANGE);
    Ok(Redactor::new(secret, &text))
}

/// Whether nobody on the way can read what is sent.
fn is_safe(target: &Target) -> bool {
    target.is_encrypted() || target.is_loopback()
}

fn header_name(placement: &Placement) -> Option<HeaderName> {
    match placement {
        Placement::Basic { .. } => Some(header::AUTHORIZATION),
        Placement::Header { name, .. } => HeaderName::from_bytes(name.as_bytes()).ok(),
    }
}

pub(super) fn borrowed(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

/// A secret's value; printing it shows nothing.
pub(crate) struct Secret(String);

impl Secret {
    pub(super) fn new(value: String) -> Secret {
        Secret(value)
    }

    /// The value itself, for whoever sends it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The value itself, for whoever compares it.
    pub(crate) fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Reads a secret where it is; `name` is what sentences call it.
pub(crate) async fn read(name: &str, source: &SecretSource) -> Result<Secret, EgressError> {
    let found = match source {
        SecretSource::Env(_) => text(source),
        _ => {
            let place = source.clone();
            tokio::task::spawn_blocking(move || text(&place)).await.unwrap_or_else(|error| Err(error.to_string()))
        }
    };
    found.map(Secret).map_err(|reason| no_secret(name, source, &reason))
}

/// The text of a secret where it is, without the line break at its end; otherwise why there is none.
pub(crate) fn text(source: &SecretSource) -> Result<String, String> {
    let text = match source {
        SecretSource::Env(variable) => std::env::var(variable).map_err(|error| error.to_string())?,
        SecretSource::File(path) => std::fs::read_to_string(path).map_err(|error| error.to_string())?,
        SecretSource::Kubeconfig(KubeconfigSecret { file, user, part }) => {
            let kubeconfig = Kubeconfig::parse(&kubeconfigs::contents(file)?).map_err(|fault| fault.to_string())?;
            kubeconfig.secret(user, *part)?
        }
    };
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text) }
}

fn no_secret(name: &str, source: &SecretSource, reason: &str) -> EgressError {
    EgressError::NoSecret { credential: name.to_owned(), source_name: source.to_string(), reason: reason.to_owned() }
}

/// Takes a secret out of what a server said.
#[derive(Clone, Default)]
pub(super) struct Redactor(Vec<Vec<u8>>);

impl Redactor {
    pub(super) fn new(secret: &Secret, header: &str) -> Redactor {
        let plain = secret.0.as_str();
        // The encoded form without its `Basic ` is what a server repeats when it repeats anything; and as a document or an address
        // writes either.
        let basic = header.strip_prefix("Basic ").map(str::to_owned);
        let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(plain);
        let in_json = serde_json::Value::from(plain).to_string();
        let in_address = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
        let forms =
            [Some(plain.to_owned()), basic, Some(base64), Some(in_json.trim_matches('"').to_owned()), Some(in_address)];
        let mut forms: Vec<Vec<u8>> = forms.into_iter().flatten().map(String::into_bytes).collect();
        forms.retain(|form| form.len() >= SHORTEST_REDACTED);
        forms.sort();
        forms.dedup();
        Redactor(forms)
    }

    /// Whether there is a secret to look for.
    pub(super) fn looks(&self) -> bool {
        !self.0.is_empty()
    }

    /// How many of the last bytes are the beginning of the secret.
    fn begun(&self, bytes: &[u8]) -> usize {
        let begun = |form: &Vec<u8>| {
            let longest = bytes.len().min(form.len().saturating_sub(1));
            (1..=longest).rev().find(|length| bytes.ends_with(&form[..*length])).unwrap_or(0)
        };
        self.0.iter().map(begun).max().unwrap_or(0)
    }

    /// The bytes without the secret.
    pub(super) fn clean<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        self.0.iter().fold(Cow::Borrowed(bytes), |bytes, needle| match find(&bytes, needle) {
            None => bytes,
            Some(_) => Cow::Owned(replace(&bytes, needle)),
        })
    }

    /// The text without the secret.
    pub(super) fn clean_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.clean(text.as_bytes())).into_owned()
    }
}

/// Takes a secret out of what comes in piece by piece, wherever pieces begin and end.
pub(super) struct Cleaner {
    redactor: Redactor,
    /// The end of what came in, which may be the beginning of a secret.
    held: Vec<u8>,
}

impl Cleaner {
    pub(super) fn new(redactor: Redactor) -> Cleaner {
        Cleaner { redactor, held: Vec::new() }
    }

    /// What can be handed on by now.
    pub(super) fn clean(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let mut clean = self.redactor.clean(&self.held).into_owned();
        self.held = clean.split_off(clean.len() - self.redactor.begun(&clean));
        clean
    }

    /// What was held back, once nothing more comes.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0;
    while let Some(offset) = bytes[from..].iter().position(|byte| byte == first) {
        let at = from + offset;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn replace(bytes: &[u8], needle: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, needle) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(REDACTED);
        rest = &rest[at + needle.len()..];
    }
    clean.extend_from_slice(rest);
    clean
}
