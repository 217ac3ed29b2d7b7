//! What a context comes to: a server, whom to trust there, and who asks.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::{Host, Url};

use super::document::{ClusterEntry, ContextEntry, Kubeconfig, UserEntry};
use super::error::KubeconfigFault;
use super::grant::{ContextGrant, KubeconfigGrant};
use crate::config::Grants;
use crate::http::{HttpGrant, Method, Port, Scheme, reading};
use crate::path;
use crate::secret::{CredentialSource, KubeconfigPart, KubeconfigSecret, SecretSource};
use crate::server::ServerPattern;
use crate::{Credential, Placement};

/// Contexts of one kubeconfig; more than anybody has.
pub(super) const MOST: usize = 200;

/// What a portal can do in the place of what it does not.
const ACCOUNT: &str =
    "make a service account for the portal in that cluster, and write its token into the kubeconfig as `token`";

/// A cluster that is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// What the plugin calls it.
    pub name: String,
    /// What the kubeconfig calls it.
    pub context: String,
    /// The kubeconfig.
    pub kubeconfig: PathBuf,
    /// The address of its API server.
    pub server: Url,
    /// What the context names as its namespace.
    pub namespace: Option<String>,
    /// The name that the server's certificate carries, where that is another than the address says.
    pub certified_as: Option<String>,
    /// The certificate of its authority, in PEM; those that the machine trusts, if absent.
    pub authority: Option<String>,
    /// What is shown to it.
    pub certificate: Option<ClientCertificate>,
    /// Where the token is that is sent to it.
    pub token: Option<SecretSource>,
    /// Whether another cluster that is granted has the same host and port, so that requests have to say which is meant.
    pub is_shared: bool,
    methods: Option<Vec<Method>>,
}

/// A certificate that is shown to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// In PEM, with those that lead to its authority.
    pub pem: String,
    /// Where its key is.
    pub key: SecretSource,
}

impl Cluster {
    /// The server, and no other.
    pub fn place(&self) -> Option<ServerPattern> {
        ServerPattern::of(&self.server)
    }

    /// The grant of requests to it.
    pub(crate) fn http(&self) -> Option<HttpGrant> {
        Some(HttpGrant {
            host: self.place()?.host().clone(),
            port: Some(Port::Exact(self.server.port_or_known_default()?)),
            methods: Some(self.methods.clone().unwrap_or_else(reading)),
            paths: None,
            scheme: if self.server.scheme() == "http" { Scheme::Http } else { Scheme::Https },
        })
    }

    /// The path of its API, without a slash at the end: empty, but for those that stand behind another server.
    pub(crate) fn base(&self) -> &str {
        self.server.path().trim_end_matches('/')
    }

    /// The address that a plugin asks it at. Of a server that several have, it says by a user's name which cluster is meant, and so as whom
    /// it is asked; the name itself is sent to nobody.
    pub(super) fn address(&self) -> String {
        let mut address = self.server.clone();
        if self.is_shared && address.set_username(&self.name).is_err() {
            // Only addresses without a host have no place for it, and these are none.
            return String::new();
        }
        address.as_str().trim_end_matches('/').to_owned()
    }

    /// Whether an address says that it is meant, and is one of it.
    pub(crate) fn is_named(&self, url: &Url) -> bool {
        let is_below =
            url.path().strip_prefix(self.base()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.is_shared
            && url.username() == self.name
            && url.password().is_none()
            && url.scheme() == self.server.scheme()
            && ServerPattern::of(url) == self.place()
            && is_below
            && path::is_plain(url.path())
    }

    /// What sentences call the credential of the cluster of this name.
    #[must_use]
    pub fn credential_name(cluster: &str) -> String {
        // No ask has a name with a space, and no two clusters have one name, so that it takes nobody's place.
        format!("kubeconfig {cluster}")
    }

    /// The token as a credential for it alone, with what sentences call that. Where another has the same server, the address alone gets none.
    pub(crate) fn credential(&self) -> Option<(String, Credential)> {
        let secret = CredentialSource::Secret(self.token.clone()?);
        let hosts = if self.is_shared { Vec::new() } else { vec![self.place()?] };
        Some((Cluster::credential_name(&self.name), Credential { hosts, placement: Placement::usual(), secret }))
    }

    /// Why two clusters cannot be granted together; none if they can.
    pub(super) fn clash(&self, other: &Cluster) -> Option<KubeconfigFault> {
        let (one, name) = (self.context.clone(), other.name.clone());
        (self.name == name).then(|| KubeconfigFault::SameName { one, other: other.context.clone(), name })
    }
}

impl Kubeconfig {
    /// The clusters that a grant names, by what `read` says of files that the document names.
    pub(super) fn clusters(
        &self,
        grant: &KubeconfigGrant,
        read: &mut impl FnMut(&Path) -> Result<String, String>,
    ) -> Result<Vec<Cluster>, KubeconfigFault> {
        let known = self.contexts();
        if known.is_empty() {
            return Err(KubeconfigFault::Empty);
        }
        let all = || known.iter().map(|name| ContextGrant { context: (*name).to_owned(), name: None }).collect();
        let wanted: Vec<ContextGrant> = grant.contexts.clone().unwrap_or_else(all);
        if wanted.len() > MOST {
            return Err(KubeconfigFault::TooMany(wanted.len()));
        }
        let mut folder = |path: &str| -> (PathBuf, Result<String, String>) {
            let path = grant.file.parent().unwrap_or(Path::new("/")).join(path);
            let text = read(&path);
            (path, text)
        };
        let mut found: Vec<Cluster> = Vec::new();
        for wanted in wanted {
            let context = self.context(&wanted.context).ok_or_else(|| KubeconfigFault::Unknown {
                context: wanted.context.clone(),
                known: known.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            })?;
            let cluster =
                Reading { file: &grant.file, context: &wanted.context }.cluster(self, context, &mut folder)?;
            let name = wanted.name.unwrap_or(cluster.name);
            let cluster = Cluster { name, methods: grant.methods.clone(), ..cluster };
            if let Some(fault) = found.iter().find_map(|other| other.clash(&cluster)) {
                return Err(fault);
            }
            found.push(cluster);
        }
        Ok(found)
    }
}

/// Reads a file that the document names, whose path counts from where the document is.
type ReadFile<'a> = dyn FnMut(&str) -> (PathBuf, Result<String, String>) + 'a;

/// The context that is being read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    file: &'a Path,
    context: &'a str,
}

impl Reading<'_> {
    fn fault(self, what: impl Into<String>) -> KubeconfigFault {
        KubeconfigFault::Unusable { context: self.context.to_owned(), what: what.into() }
    }

    fn dangling(self, what: &'static str, name: &str) -> KubeconfigFault {
        KubeconfigFault::Dangling { context: self.context.to_owned(), what, name: name.to_owned() }
    }

    fn cluster(
        self,
        kubeconfig: &Kubeconfig,
        context: &ContextEntry,
        read: &mut ReadFile<'_>,
    ) -> Result<Cluster, KubeconfigFault> {
        let entry = kubeconfig.cluster(&context.cluster).ok_or_else(|| self.dangling("cluster", &context.cluster))?;
        self.refuse_cluster(entry)?;
        let nobody = UserEntry::default();
        let user = match context.user.as_str() {
            "" => &nobody,
            name => kubeconfig.user(name).ok_or_else(|| self.dangling("user", name))?,
        };
        self.refuse_user(user)?;
        let server = self.server(entry)?;
        let authority = self.pem(
            "certificate-authority-data",
            entry.certificate_authority_data.as_deref(),
            entry.certificate_authority.as_deref(),
            read,
        )?;
        let certificate = self.certificate(&context.user, user, read)?;
        let token = self.token(&context.user, user);
        if !is_safe(&server) && (token.is_some() || certificate.is_some()) {
            return Err(self.fault(format!(
                "leads to {server}, where what proves the user could be read on the way; correct its `server` to https"
            )));
        }
        Ok(Cluster {
            name: name_of(self.context).ok_or_else(|| {
                self.fault("has no name that a cluster could be called by; give it one, as `{ context: …, as: NAME }`")
            })?,
            context: self.context.to_owned(),
            kubeconfig: self.file.to_owned(),
            server,
            namespace: context.namespace.clone().filter(|namespace| !namespace.is_empty()),
            certified_as: entry.tls_server_name.clone().filter(|name| !name.is_empty()),
            authority,
            certificate,
            token,
            is_shared: false,
            methods: None,
        })
    }

    fn refuse_cluster(self, entry: &ClusterEntry) -> Result<(), KubeconfigFault> {
        if entry.insecure_skip_tls_verify == Some(true) {
            return Err(self.fault(
                "has `insecure-skip-tls-verify`, and a server that proves nothing is given no secret; write the certificate of its \
                 authority there as `certificate-authority-data`",
            ));
        }
        if entry.proxy_url.as_deref().is_some_and(|url| !url.is_empty()) {
            return Err(self.fault(
                "has a `proxy-url`, and the portal goes through no proxy; name a server that it reaches by itself",
            ));
        }
        Ok(())
    }

    fn refuse_user(self, user: &UserEntry) -> Result<(), KubeconfigFault> {
        for (is_there, what) in [
            (user.exec.is_some(), "proves its user by a program (`exec`), and the portal runs none"),
            (user.auth_provider.is_some(), "proves its user by an `auth-provider`, which Kubernetes has given up"),
            (
                user.username.is_some() || user.password.is_some(),
                "proves its user by a password, which API servers take no more",
            ),
            (user.impersonated.is_some(), "asks as somebody else (`as`), which the portal does not"),
        ] {
            if is_there {
                return Err(self.fault(format!("{what}; {ACCOUNT}")));
            }
        }
        Ok(())
    }

    fn server(self, entry: &ClusterEntry) -> Result<Url, KubeconfigFault> {
        let wrong = || {
            self.fault("has a `server` that is no address of an API server; write one such as `https://prod.k8s.acme.example:6443`")
        };
        let url = Url::parse(&entry.server).map_err(|_| wrong())?;
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let is_plain = is_plain && path::is_plain(url.path());
        let is_good = matches!(url.scheme(), "http" | "https") && is_plain && ServerPattern::of(&url).is_some();
        if is_good { Ok(url) } else { Err(wrong()) }
    }

    /// What stands in the document, or else in the file that it names.
    fn pem(
        self,
        key: &str,
        data: Option<&str>,
        file: Option<&str>,
        read: &mut ReadFile<'_>,
    ) -> Result<Option<String>, KubeconfigFault> {
        match (data.filter(|data| !data.is_empty()), file.filter(|file| !file.is_empty())) {
            (Some(data), _) => decoded(data).map(Some).ok_or_else(|| {
                self.fault(format!("has a `{key}` that is no base64 of PEM; write it as `kubectl` does"))
            }),
            (None, Some(file)) => {
                let (file, text) = read(file);
                text.map(Some).map_err(|reason| KubeconfigFault::Missing {
                    context: self.context.to_owned(),
                    file,
                    reason,
                })
            }
            (None, None) => Ok(None),
        }
    }

    fn certificate(
        self,
        name: &str,
        user: &UserEntry,
        read: &mut ReadFile<'_>,
    ) -> Result<Option<ClientCertificate>, KubeconfigFault> {
        let pem = self.pem(
            "client-certificate-data",
            user.client_certificate_data.as_deref(),
            user.client_certificate.as_deref(),
            read,
        )?;
        let key = match (filled(&user.client_key_data), filled(&user.client_key)) {
            (Some(_), _) => Some(self.within(name, KubeconfigPart::ClientKey)),
            (None, Some(file)) => {
                // It is read again when it is shown; whoever reads for this hears of it, and notices when it changes.
                let (file, _) = read(file);
                Some(SecretSource::File(file))
            }
            (None, None) => None,
        };
        match (pem, key) {
            (Some(pem), Some(key)) => Ok(Some(ClientCertificate { pem, key })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.fault("has a client certificate without its key; add `client-key-data`")),
            (None, Some(_)) => {
                Err(self.fault("has a client key without its certificate; add `client-certificate-data`"))
            }
        }
    }

    /// The file goes before what stands in the document, as with `kubectl`.
    fn token(self, name: &str, user: &UserEntry) -> Option<SecretSource> {
        match (filled(&user.token_file), filled(&user.token)) {
            (Some(file), _) => Some(SecretSource::File(self.beside(file))),
            (None, Some(_)) => Some(self.within(name, KubeconfigPart::Token)),
            (None, None) => None,
        }
    }

    fn within(self, user: &str, part: KubeconfigPart) -> SecretSource {
        SecretSource::Kubeconfig(KubeconfigSecret { file: self.file.to_owned(), user: user.to_owned(), part })
    }

    fn beside(self, file: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("/")).join(file)
    }
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Whether nobody on the way can read what is sent.
fn is_safe(server: &Url) -> bool {
    let is_loopback = match server.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    server.scheme() == "https" || is_loopback
}

/// A text in base64, with line breaks wherever.
pub(super) fn decoded(data: &str) -> Option<String> {
    let data: String = data.split_ascii_whitespace().collect();
    String::from_utf8(STANDARD.decode(data).ok()?).ok()
}

/// Whether a cluster can be called so.
pub(super) fn is_name(text: &str) -> bool {
    let is_good = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_good) && !text.starts_with('-') && !text.ends_with('-')
}

/// A name made of that of a context, which may hold anything: `kubernetes-admin@prod` becomes `kubernetes-admin-prod`.
fn name_of(context: &str) -> Option<String> {
    let spelled = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '-' };
    let spelled: String = context.chars().map(spelled).collect();
    let parts: Vec<&str> = spelled.split('-').filter(|part| !part.is_empty()).collect();
    let joined = parts.join("-");
    // What tells long names apart stands at their end, as in those of clouds.
    let from = joined.len().saturating_sub(63);
    Some(joined[from..].trim_matches('-').to_owned()).filter(|name| is_name(name))
}

/// Settings with the clusters in the list that a plugin reads them from. What the operator said of one by its name stands.
pub fn with_clusters(settings: &Value, setting: &str, grants: &Grants) -> Value {
    let mut settings = settings.clone();
    if grants.clusters.is_empty() {
        return settings;
    }
    let Some(fields) = settings.as_object_mut() else { return settings };
    // What is no list the schema refuses, as it would without.
    let Some(list) = fields.entry(setting).or_insert_with(|| json!([])).as_array_mut() else { return settings };
    for cluster in &grants.clusters {
        let mut learns = json!({ "name": cluster.name, "server": cluster.address() });
        if let Some(namespace) = &cluster.namespace {
            learns["namespace"] = json!(namespace);
        }
        let known = list.iter_mut().find(|known| known["name"] == learns["name"]).and_then(Value::as_object_mut);
        match (known, learns) {
            (Some(known), Value::Object(learns)) => {
                for (key, value) in learns {
                    known.entry(key).or_insert(value);
                }
            }
            (_, learns) => list.push(learns),
        }
    }
    settings
}
