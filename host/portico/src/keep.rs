//! Keeping the store: backups, the way back, and looking through it.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portico_catalog::{BackupError, Catalog, Inventory, OpenError};
use portico_kinds::Expressions;
use portico_runtime::SandboxedExpressions;

use crate::embedded::EXPRESSIONS;

/// The store's file in the data folder.
pub(crate) const STORE: &str = "catalog.redb";

/// What evaluates the expressions of kinds, with its code kept in the data folder.
pub(crate) fn expressions(data: &Path) -> Arc<dyn Expressions> {
    evaluator(Some(data.to_owned()))
}

/// What evaluates expressions, with its code kept nowhere if there is no folder.
pub(crate) fn evaluator(data: Option<PathBuf>) -> Arc<dyn Expressions> {
    let evaluator = EXPRESSIONS.first().map(|(_, bytes)| *bytes);
    Arc::new(SandboxedExpressions::new(evaluator, data))
}

#[derive(clap::Args)]
pub(crate) struct Backup {
    /// The file to make; there must be none.
    file: PathBuf,
    /// The folder that holds the catalog.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Where the portal that has the catalog open answers; it makes the backup while it goes on.
    #[arg(long, value_name = "ADDRESS", default_value = "http://127.0.0.1:7007")]
    from: Uri,
    /// The portal's token, if it wants one.
    #[arg(long, value_name = "TOKEN", env = "PORTICO_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The backup.
    file: PathBuf,
    /// The folder to put it into; it must hold no catalog.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

/// Makes a backup, of the file or from the portal that has it open.
pub(crate) fn backup(arguments: &Backup) -> Result<String, Box<dyn Error>> {
    let store = arguments.data.join(STORE);
    let at = arguments.file.display();
    if !store.exists() {
        return Err(
            format!("{} holds no catalog; name the folder that does with --data", arguments.data.display()).into()
        );
    }
    match Catalog::open(&store, expressions(&arguments.data)) {
        Ok(catalog) => Ok(format!("{at} holds {}.", count(&catalog.backup(&arguments.file)?))),
        Err(OpenError::InUse { .. }) => {
            let bytes =
                tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(made_there(arguments))?;
            Ok(format!("{at} holds what the portal at {} had, {bytes} bytes.", arguments.from))
        }
        Err(error) => Err(error.into()),
    }
}

fn count(inventory: &Inventory) -> String {
    let Inventory { entities, sources, changes } = inventory;
    format!("{entities} entities of {sources} sources, with {changes} changes")
}

/// Has the portal that has the catalog open make the backup.
async fn made_there(arguments: &Backup) -> Result<u64, Box<dyn Error>> {
    if arguments.file.exists() {
        return Err(BackupError::Exists { file: arguments.file.clone() }.into());
    }
    let unreachable = |address: &str, error: &dyn Error| {
        format!(
            "the catalog is open in a portal that does not answer at {address} ({error}); name its address with --from"
        )
    };
    fetch(&arguments.from, arguments.token.as_deref(), &arguments.file, unreachable).await
}

/// Has a portal make a backup, and writes it down.
pub(crate) async fn fetch(
    from: &Uri,
    token: Option<&str>,
    file: &Path,
    unreachable: impl Fn(&str, &dyn Error) -> String,
) -> Result<u64, Box<dyn Error>> {
    let address = format!("{}/api/portico/backup", from.to_string().trim_end_matches('/'));
    let mut request = Request::get(&address);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let client: Client<HttpConnector, Empty<axum::body::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Empty::new())?).await.map_err(|error| unreachable(&address, &error))?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => {
            return Err("the portal wants its token; name it with --token or in PORTICO_TOKEN".into());
        }
        status => return Err(format!("{address} answers {status}; is it a portal?").into()),
    }
    let draft = file.with_extension("unfinished");
    let written = write(response.into_body(), &draft).await;
    if let Err(error) = written {
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    fs::rename(&draft, file)?;
    written
}

async fn write(mut body: hyper::body::Incoming, draft: &Path) -> Result<u64, Box<dyn Error>> {
    let mut file =
        File::create_new(draft).map_err(|error| format!("{} could not be made: {error}", draft.display()))?;
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame.map_err(|error| format!("the portal's answer broke off: {error}"))?.into_data() {
            file.write_all(&bytes)?;
            length += bytes.len() as u64;
        }
    }
    file.sync_all()?;
    Ok(length)
}

/// Puts a backup back.
pub(crate) fn restore(arguments: &Restore) -> Result<String, Box<dyn Error>> {
    let inventory = Catalog::restore(&arguments.file, &arguments.data.join(STORE), expressions(&arguments.data))?;
    Ok(format!("{} holds {}.", arguments.data.display(), count(&inventory)))
}

/// Looks through a store that no portal has open.
pub(crate) fn check(data: &Path) -> Result<String, Box<dyn Error>> {
    let checked = Catalog::check(&data.join(STORE), expressions(data))?;
    let repaired = if checked.repaired { " The file was damaged and has been repaired." } else { "" };
    Ok(format!("The store holds {}; every index was made again.{repaired}", count(&checked.inventory)))
}
