//! Attacks on the files of a task, and by what the portal does for steps: what the step says, that nothing beside the workspace is read or
//! changed, and that a healthy plugin beside it does its work.

use std::fs;
use std::path::{Path, PathBuf};

use portico_api_types::LogLine;
use portico_runtime::{ActionCall, ActionError};
use serde_json::{Value, json};

use crate::attack::Trespass;
use crate::hostile::{card_in_time, repositories};
use crate::support::{Changes, Portal, Setup, Task, attacks, eventually, hostile};

/// What the file beside the workspace holds.
const WITNESS: &str = "nobody reads this";

/// What somebody gave for the task.
const SECRET: &str = "s3cret-of-the-task";

/// What must come of an attack.
struct Expected {
    /// The error's code.
    code: &'static str,
    /// What its sentence holds.
    says: &'static str,
    /// What its log holds.
    logs: &'static str,
}

impl Expected {
    const fn logs(self, logs: &'static str) -> Expected {
        Expected { logs, ..self }
    }
}

const fn ends(code: &'static str, says: &'static str) -> Expected {
    Expected { code, says, logs: "" }
}

const fn done() -> Expected {
    ends("ok", "")
}

/// What is said where the disk is full.
const FULL: &str = "left more than 4 MiB in the workspace, as much as a task may keep there. If it needs that much, allow it in portico.yaml:";

const DEEP: &str = "lies deeper than 100 folders, or has a path of more than 3000 bytes. Have it make flatter folders.";

const LEADS_OUT: &str =
    "is a link that leads out of the folder that is pushed, or could by way of another link; remove it";

/// The portal's answer to each attack.
const fn expected(attack: Trespass) -> Expected {
    match attack {
        Trespass::LookAround => done().logs("around are /workspace /template"),
        Trespass::PathsOut | Trespass::LinksOut | Trespass::HardLinksOut | Trespass::TemplateWritten => done(),
        Trespass::LinkAfterLook => ends("failed", "the workspace could not be read: "),
        Trespass::OddNames => ends("refused", LEADS_OUT).logs("[31mred"),
        Trespass::LargeFile
        | Trespass::SmallFiles
        | Trespass::SparseFiles
        | Trespass::RemovedFiles
        | Trespass::WriteAndReturn
        | Trespass::CopyWithoutEnd => ends("diskLimit", FULL),
        Trespass::DeepFolders | Trespass::LongPaths => ends("diskLimit", DEEP),
        Trespass::ManyEntries => ends("diskLimit", "left more than 200000 files and folders in the workspace"),
        Trespass::ManyFiles => ends("badOutput", "more open handles than a call may have"),
        Trespass::ManyListings => ends("failed", "16 listings and no more, then true")
            .logs("16 listings of folders are open, the most at once."),
        Trespass::FullFolder => {
            ends("failed", "a full folder is not listed").logs("A folder with more than 20000 entries is not listed.")
        }
        Trespass::SyncWithoutEnd => ends("cpuLimit", "was ended after 500ms of computing, as much as it may."),
        Trespass::PushNotGranted | Trespass::PushedGit | Trespass::HostilePush => done(),
        Trespass::PushedLinks => ends("refused", LEADS_OUT),
        Trespass::CopiedOut => ends(
            "refused",
            "is a link that leads out of what is copied, or could by way of another link; links have to stay within it",
        ),
        Trespass::HugeOutput => {
            ends("badOutput", "the output of `hostile:trespass` has 2097163 bytes; at most 1048576 are taken")
        }
        Trespass::OutputThatIsNone => ends("badOutput", "the output of `hostile:trespass` is no JSON"),
        Trespass::OutputOfAnotherShape => {
            ends("badOutput", "the output of `hostile:trespass` is not what its schema says: ")
        }
        // It stands whole in what is said, so that whoever knows it can take it out, which the scaffolder does.
        Trespass::SecretsTold => done().logs(SECRET),
        Trespass::DryRunEffects => done(),
    }
}

/// What the operator grants: little, so that the end comes soon.
fn limits(attack: Trespass) -> &'static str {
    match attack {
        Trespass::SyncWithoutEnd => "cpu: 500ms, disk: 4MiB",
        Trespass::ManyEntries | Trespass::FullFolder => "cpu: 60s, disk: 8GiB",
        _ => "cpu: 60s, disk: 4MiB",
    }
}

async fn portal(attack: Trespass, repository: &Path) -> Portal {
    let config = format!(
        "hostile: {{ settings: {{ attack: nothing, only: actions }}, grants: {{ repositories: [\"{}\"], push: [\"{}\"], \
         http: [{{ host: api.example.com, methods: [GET, POST] }}], catalog: {{ write: ['*'] }}, limits: {{ memory: 64MiB, {} }} }} }}\n\
         healthy: {{ settings: {{ attack: nothing }} }}\n",
        repository.display(),
        repository.with_file_name("pushed.git").display(),
        limits(attack),
    );
    let healthy = hostile(Changes { name: "healthy", ..Changes::default() });
    let files = vec![("hostile.wasm", hostile(Changes::default())), ("healthy.wasm", healthy)];
    let portal = Portal::start(Setup { config, files, ..Setup::default() }).await;
    portal.run("healthy").await;
    portal
}

fn call(task: &Task, attack: Trespass, repository: &Path) -> ActionCall {
    let input = json!({ "attack": attack.name(), "repository": repository, "secret": SECRET });
    ActionCall { dry_run: attack == Trespass::DryRunEffects, ..task.call("hostile:trespass", input) }
}

/// What lies beside the workspace, with what the files hold.
fn beside(task: &Task) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let (mut found, mut folders) = (Vec::new(), vec![task.at("")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let is_allowed = path == task.at("workspace") || path == task.at("pushed.git");
            if metadata.is_dir() && !is_allowed {
                folders.push(path.clone());
            }
            if !is_allowed {
                found.push((path.clone(), metadata.is_file().then(|| fs::read(&path).unwrap())));
            }
        }
    }
    found.sort();
    found
}

/// The names of all that was pushed; none where nothing was.
fn pushed(task: &Task) -> Option<Vec<String>> {
    let repository = git2::Repository::open_bare(task.at("pushed.git")).ok()?;
    let tree = repository.head().and_then(|head| head.peel_to_tree()).ok()?;
    let mut names = Vec::new();
    let walked = tree.walk(git2::TreeWalkMode::PreOrder, |_, entry| {
        names.push(entry.name().unwrap().to_owned());
        git2::TreeWalkResult::Ok
    });
    walked.unwrap();
    Some(names)
}

async fn withstand(attack: Trespass) {
    // The last one that is said is the one that a failure is about.
    eprintln!("{attack:?}");
    let task = Task::new();
    let repository = repositories(task.at("").as_path());
    fs::write(task.at("witness"), WITNESS).unwrap();
    let before = beside(&task);
    let portal = portal(attack, &repository).await;
    let mut log: Vec<LogLine> = Vec::new();
    let call = call(&task, attack, &repository);
    let attacked = portal.runtime.perform_action(call, |line| log.push(line), std::future::pending());
    let (ended, ()) = tokio::join!(attacked, card_in_time(&portal, attack));
    check(attack, &ended, &log);
    assert_eq!(beside(&task), before, "{attack:?}: what lies beside the workspace is as it was");
    match attack {
        Trespass::PushedLinks => assert_eq!(pushed(&task).unwrap(), ["in", "deep", "up", "own"], "{attack:?}"),
        Trespass::PushedGit => assert_eq!(pushed(&task).unwrap(), ["own", "sub", "config"], "{attack:?}"),
        Trespass::PushNotGranted => assert_eq!(pushed(&task).unwrap(), ["own"], "{attack:?}"),
        _ => assert_eq!(pushed(&task), None, "{attack:?}"),
    }
    let (said, _) = portal.runtime.plugin_log("hostile").unwrap();
    assert!(!said.iter().any(|line| line.message.contains(SECRET)), "{attack:?}: only its task knows what is secret");
    eventually(|| portal.runtime.metrics().memory == 0).await;
    let plugin = portal.runtime.plugin("hostile").unwrap();
    assert!(plugin.used.peak_memory <= 64 << 20, "{attack:?}: {:?}", plugin.used);
    let is_denied = plugin.denials.iter().any(|one| one.capability == "push");
    assert_eq!(is_denied, attack == Trespass::PushNotGranted, "{attack:?}: {:?}", plugin.denials);
    assert_eq!(portal.catalog.count().unwrap(), 1, "{attack:?}: the catalog is as it was");
    assert!(portal.runtime.plugin("healthy").unwrap().denials.is_empty(), "beside {attack:?}");
    Task::new().perform(&portal, "healthy:attack").await.0.unwrap();
}

fn check(attack: Trespass, ended: &Result<Value, ActionError>, log: &[LogLine]) {
    let Expected { code, says, logs } = expected(attack);
    let (found, message) = match ended {
        Ok(_) => ("ok", ""),
        Err(error) => (error.code.as_str(), error.message.as_str()),
    };
    assert_eq!(found, code, "{attack:?}: {message}\n{log:?}");
    assert!(message.contains(says), "{attack:?}: {message}");
    assert!(logs.is_empty() || log.iter().any(|line| line.message.contains(logs)), "{attack:?}: {log:?}");
    for said in log.iter().map(|line| line.message.as_str()).chain([message]) {
        assert!(!said.contains("CAME THROUGH") && !said.contains(WITNESS), "{attack:?}: {said}");
        assert!(said.len() <= 8 << 10, "{attack:?}: {} bytes", said.len());
        assert!(!said.contains('\u{1b}') && !said.contains('\u{7}'), "{attack:?}: control characters");
    }
}

attacks! {
    Trespass, every_attack_on_a_task_is_tried_and_in_the_documentation;
    no_path_and_no_link_leads_out_of_a_workspace: [
        Trespass::LookAround, Trespass::PathsOut, Trespass::LinksOut, Trespass::LinkAfterLook, Trespass::HardLinksOut, Trespass::TemplateWritten,
    ],
    names_of_files_are_shown_without_what_misleads: [Trespass::OddNames],
    the_bytes_of_a_workspace_are_bounded: [
        Trespass::LargeFile, Trespass::SmallFiles, Trespass::SparseFiles, Trespass::RemovedFiles, Trespass::WriteAndReturn,
    ],
    the_folders_of_a_workspace_are_bounded: [Trespass::DeepFolders, Trespass::LongPaths, Trespass::ManyEntries],
    what_a_task_has_open_is_bounded: [Trespass::ManyFiles, Trespass::ManyListings, Trespass::FullFolder, Trespass::SyncWithoutEnd],
    what_is_pushed_is_what_was_granted_and_nothing_that_leads_out: [
        Trespass::PushNotGranted, Trespass::PushedLinks, Trespass::PushedGit, Trespass::HostilePush,
    ],
    what_is_copied_stays_in_the_workspace: [Trespass::CopiedOut, Trespass::CopyWithoutEnd],
    an_output_is_what_its_schema_says: [Trespass::HugeOutput, Trespass::OutputThatIsNone, Trespass::OutputOfAnotherShape, Trespass::SecretsTold],
    nothing_happens_outside_in_a_dry_run: [Trespass::DryRunEffects],
}
