//! Attacks where steps of templates are done: those of every extension point, and those on a task.

use serde_json::{Value, json};

use crate::attack::Trespass;
use crate::contract::exports::portico::plugin::actions::{Guest, Invocation};
use crate::contract::portico::plugin::http::{Request, send};
use crate::contract::portico::plugin::ingest::{Mode, Session, current, retain, unreadable};
use crate::contract::portico::plugin::streams::Answer;
use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::{locations, run, state};
use crate::{Attack, Hostile, came_through, chosen, disk, links, pushes};

impl Guest for Hostile {
    fn perform(invocation: Invocation) -> Result<String, Error> {
        let attack = chosen("actions")?;
        if invocation.action.ends_with(":trespass") {
            let input: Value =
                serde_json::from_str(&invocation.input).map_err(|error| Error::Invalid(error.to_string()))?;
            return trespass(&input);
        }
        match attack {
            // What is put for others to process is put in a run.
            Attack::Feed | Attack::FeedWithoutEnd => {}
            attack => crate::perform(attack)?,
        }
        Ok("{}".to_owned())
    }
}

fn trespass(input: &Value) -> Result<String, Error> {
    let name = input["attack"].as_str().unwrap_or_default();
    let found = Trespass::ALL.iter().find(|attack| attack.name() == name);
    let attack = found.ok_or_else(|| Error::Invalid(format!("`attack` names no trespass: {name}")))?;
    let repository = input["repository"].as_str().unwrap_or_default();
    match attack {
        Trespass::LookAround => links::look_around()?,
        Trespass::PathsOut => links::paths_out(repository)?,
        Trespass::LinksOut => links::links_out()?,
        Trespass::LinkAfterLook => links::link_after_look(repository)?,
        Trespass::HardLinksOut => links::hard_links_out()?,
        Trespass::TemplateWritten => links::template_written()?,
        Trespass::OddNames => links::odd_names(repository)?,
        Trespass::LargeFile => disk::large_file()?,
        Trespass::SmallFiles => disk::small_files()?,
        Trespass::SparseFiles => disk::sparse_files()?,
        Trespass::RemovedFiles => disk::removed_files()?,
        Trespass::WriteAndReturn => disk::write_and_return()?,
        Trespass::DeepFolders => disk::deep_folders()?,
        Trespass::LongPaths => disk::long_paths()?,
        Trespass::ManyEntries => disk::many_entries()?,
        Trespass::ManyFiles => disk::many_files()?,
        Trespass::ManyListings => disk::many_listings()?,
        Trespass::FullFolder => disk::full_folder()?,
        Trespass::SyncWithoutEnd => disk::sync_without_end()?,
        Trespass::PushNotGranted => pushes::not_granted(repository)?,
        Trespass::PushedLinks => pushes::links(repository)?,
        Trespass::PushedGit => pushes::git(repository)?,
        Trespass::HostilePush => pushes::hostile(repository)?,
        Trespass::CopiedOut => pushes::copied_out(repository)?,
        Trespass::CopyWithoutEnd => pushes::copy_without_end(repository)?,
        Trespass::HugeOutput => return Ok(json!({ "said": "x".repeat(2 << 20) }).to_string()),
        Trespass::OutputThatIsNone => return Ok("\u{1b}[2J is no JSON".to_owned()),
        Trespass::OutputOfAnotherShape => {
            return Ok(json!({ "said": vec!["\u{1b}[2J"; 10_000], "\u{1b}[2J\u{7}": 1 }).to_string());
        }
        Trespass::SecretsTold => return secrets_told(input["secret"].as_str().unwrap_or_default()),
        Trespass::DryRunEffects => dry_run_effects(repository)?,
    }
    Ok("{}".to_owned())
}

/// Says a secret wherever it can; the second time it is said, it fails with it.
fn secrets_told(secret: &str) -> Result<String, Error> {
    run::log(run::Level::Info, secret);
    run::log(run::Level::Error, &format!("token={secret}&more, and in JSON {}", Value::from(secret)));
    // Control characters are taken out before it is looked for secrets, so that none is hidden between them.
    let between: String = secret.chars().flat_map(|letter| [letter, '\u{7}']).collect();
    run::log(run::Level::Info, &between);
    run::progress(1, None, secret);
    match state::get("told")? {
        Some(_) => Err(Error::Failed(format!("it fails with {secret}"))),
        None => {
            state::set("told", b"1")?;
            Ok(json!({ "said": format!("the output is {secret}") }).to_string())
        }
    }
}

fn dry_run_effects(repository: &str) -> Result<(), Error> {
    let is_denied = |what: &str, answer: Result<(), Error>| match answer {
        Err(Error::Denied(_)) => Ok(()),
        answer => Err(came_through(&format!("{what} in a dry run: {answer:?}"))),
    };
    for method in ["POST", "post", "PUT", "PATCH", "DELETE", "CONNECT", "get ", "G\u{e9}T", "", "MOVE"] {
        let request = Request {
            method: method.to_owned(),
            url: "https://api.example.com/".to_owned(),
            headers: Vec::new(),
            body: Some(b"{}".to_vec()),
            timeout_ms: Some(5_000),
        };
        is_denied(method, send(&request).map(drop))?;
        is_denied(method, Answer::open(&request).map(drop))?;
    }
    is_denied("a push", pushes::ordinary(repository))?;
    is_denied("a registration", locations::register("https://api.example.com/catalog-info.yaml").map(drop))?;
    is_denied("a session", Session::open("smuggled", Mode::Full).map(drop))?;
    is_denied("a session of files", Session::open_files("smuggled", &["a".to_owned()]).map(drop))?;
    is_denied("a scope that is current", current("smuggled"))?;
    is_denied("a scope that cannot be read", unreadable("smuggled", "why"))?;
    is_denied("scopes that are let go", retain(&[]))?;
    state::set("kept", b"1")?;
    match state::get("kept")? {
        None => Ok(()),
        Some(_) => Err(came_through("state that is kept in a dry run")),
    }
}
