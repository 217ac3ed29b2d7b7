//! What plugins ask for and what operators grant.
//!
//! A plugin's package carries a [`Manifest`]: who made it, which extension points it offers, and what it asks for, each
//! ask with a reason in words. The operator's `portico.yaml` holds a [`PluginConfig`]: settings and [`Grants`]. What a
//! plugin may do is the intersection of the two, computed once as [`Rights`].
//!
//! Rules: an unknown key is an error, for a key that nobody enforces is worse than none; a pattern that cannot be proved
//! to cover something does not cover it; a refusal says which lines of `portico.yaml` would allow it.
//!
//! Not here: the engine, files, the network, the values of secrets. This crate only judges documents.

mod action;
mod address;
mod ask_lines;
mod asks;
mod card;
mod certificate;
mod config;
mod consistency;
mod credential;
mod denial;
mod digest;
mod faults;
mod folder;
mod github_app;
mod host;
mod http;
mod ingest_source;
mod kind_pattern;
mod kubeconfig;
mod limits;
mod manifest;
mod package;
mod path;
mod piece;
mod quantity;
mod regrant;
mod repository;
mod rights;
mod route;
mod rules;
mod secret;
mod server;
mod webhook;
pub mod written;
mod yaml;

pub use action::{ActionDeclaration, ActionExample};
pub use address::{PrivateRanges, Reserved};
pub use asks::{
    Asks, CatalogAsks, CountAsk, FilesAsk, KindsAsk, KubeconfigAsk, LinesAsk, PushAsk, RepositoriesAsk, SizeAsk,
    TimeAsk,
};
pub use card::{CardDeclaration, CardFilter};
pub use certificate::{CertificateGrant, PemFile};
pub use config::{CatalogGrants, Grants, LimitGrants, PluginConfig};
pub use credential::{Credential, CredentialAsk, CredentialGrant, Placement};
pub use denial::{Capability, Denial, Keeper, Remedy};
pub use digest::PackageDigest;
pub use faults::Sound;
pub use folder::{FolderPath, absolute};
pub use github_app::{AppInstallation, GithubApp};
pub use host::HostPattern;
pub use http::{HttpAsk, HttpGrant, HttpRule, Method, Port, Scheme};
pub use ingest_source::IngestSource;
pub use kind_pattern::{KindPattern, covered};
pub use kubeconfig::{
    ClientCertificate, Cluster, ContextGrant, Kubeconfig, KubeconfigError, KubeconfigFault, KubeconfigGrant,
    with_clusters,
};
pub use limits::Limits;
pub use manifest::{Extension, LocationKind, Manifest};
pub use package::{MANIFEST_SECTION, Package, PackageError, WASM, append_section, manifest_text, pack, unpack};
pub use path::PathPattern;
pub use piece::{Piece, grants_of};
pub use quantity::{Every, Period, Size};
pub use regrant::{asks_for_more, more_asked, narrowed};
pub use repository::{RepositoryAddress, RepositoryPattern};
pub use rights::{AskLine, CatalogRight, Rights};
pub use route::RouteDeclaration;
pub use rules::{CatalogRule, OwnRule, RuleLocation, Rules};
pub use secret::{CredentialSource, KubeconfigPart, KubeconfigSecret, SecretSource};
pub use server::ServerPattern;
pub use webhook::{Algorithm, IntakeRule, Rate, ReplayRule, SignatureFormat, SignatureRule, SignedText};
pub use yaml::{DocumentError, at_place, explain, located, parse, to_yaml};
