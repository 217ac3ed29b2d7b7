//! `portico plugin keygen`, `sign` and `push`: what a publisher does with a plugin's file.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use portico_manifest::unpack;
use portico_supply::{Credential, Options, PrivateKey, Reference, generate_key, sign as signed};

#[derive(clap::Args)]
pub(crate) struct Keygen {
    /// The file for the private key; the public key lies beside it, with `.pub`.
    file: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Sign {
    /// The plugin's file.
    file: PathBuf,
    /// The private key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Push {
    /// The plugin's file.
    file: PathBuf,
    /// Where to: `oci://registry/repository:tag`.
    destination: Reference,
    /// The user at the registry; its password is taken from PORTICO_REGISTRY_PASSWORD.
    #[arg(long)]
    user: Option<String>,
}

/// Makes a pair of keys.
pub(crate) fn keygen(arguments: &Keygen) -> Result<String, Box<dyn Error>> {
    let key = generate_key()?;
    let public = beside(&arguments.file);
    write_new(&arguments.file, key.private.as_bytes(), true)?;
    write_new(&public, key.public.as_bytes(), false)?;
    Ok(format!(
        "{} holds the private key, {} the public one. Operators trust it by adding the public key to portico.yaml, under \
         `trust.keys`. Its id is {}.",
        arguments.file.display(),
        public.display(),
        key.id
    ))
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// A key that is there already is not replaced: what it signed could not be signed again.
fn write_new(file: &Path, bytes: &[u8], is_private: bool) -> Result<(), Box<dyn Error>> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut opened = options.open(file).map_err(|error| format!("{} cannot be made: {error}", file.display()))?;
    std::io::Write::write_all(&mut opened, bytes)
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    Ok(())
}

/// Signs a plugin's file, which carries the signature from then on.
pub(crate) fn sign(arguments: &Sign) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(&arguments.key)
        .map_err(|error| format!("{} cannot be read: {error}", arguments.key.display()))?;
    let key: PrivateKey = text.parse().map_err(|error| format!("{}: {error}", arguments.key.display()))?;
    let package = super::read(&arguments.file)?;
    unpack(&package).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    fs::write(&arguments.file, signed(&package, &key)?)
        .map_err(|error| format!("{} cannot be written: {error}", arguments.file.display()))?;
    Ok(format!("{} is signed with the key {}.", arguments.file.display(), key.public().id()))
}

/// Pushes a plugin's file to a registry.
pub(crate) fn push(arguments: &Push) -> Result<String, Box<dyn Error>> {
    let package = super::read(&arguments.file)?;
    let manifest = unpack(&package).map_err(|error| format!("{}: {error}", arguments.file.display()))?.manifest;
    let annotations = BTreeMap::from([
        ("org.opencontainers.image.title".to_owned(), manifest.title),
        ("org.opencontainers.image.version".to_owned(), manifest.version.to_string()),
        ("org.opencontainers.image.vendor".to_owned(), manifest.publisher),
        ("org.opencontainers.image.description".to_owned(), manifest.description),
    ]);
    let mut options = Options::system();
    if let (Some(user), Reference::Oci(destination)) = (&arguments.user, &arguments.destination) {
        let password = std::env::var("PORTICO_REGISTRY_PASSWORD")
            .map_err(|_| "PORTICO_REGISTRY_PASSWORD holds no password; set it, or leave out --user")?;
        options = options.credential(destination.registry(), Credential::new(user.clone(), password));
    }
    let pushing = portico_supply::push(&arguments.destination, package, &annotations, &options);
    let pinned = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(pushing)?;
    Ok(format!("It is at {pinned}"))
}
