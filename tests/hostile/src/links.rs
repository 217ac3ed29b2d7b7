//! Attacks on the edge of a workspace: paths and links that lead out of it, and names that mislead.

use crate::came_through;
use crate::contract::portico::plugin::repositories::Snapshot;
use crate::contract::portico::plugin::run;
use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::workspace::{copy, is_executable, set_executable};
use crate::disk::{failed, file, folder, made, workspace};
use crate::pushes;
use crate::wasi::wasi::cli::environment;
use crate::wasi::wasi::filesystem::preopens;
use crate::wasi::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// What has to be refused is: neither done nor answered.
fn closed<T>(what: &str, answer: Result<T, ErrorCode>) -> Result<(), Error> {
    match answer {
        Ok(_) => Err(came_through(what)),
        Err(_) => Ok(()),
    }
}

/// Reads and writes at a path, following links.
fn nothing_opens(from: &Descriptor, path: &str) -> Result<(), Error> {
    let follow = PathFlags::SYMLINK_FOLLOW;
    let writes = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let folders = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    closed(path, from.open_at(follow, path, OpenFlags::empty(), DescriptorFlags::READ))?;
    closed(path, from.open_at(follow, path, OpenFlags::DIRECTORY, folders))?;
    closed(path, from.open_at(follow, path, OpenFlags::CREATE | OpenFlags::TRUNCATE, writes))
}

/// Works in a folder that is none of the task's.
fn nothing_is_done(from: &Descriptor, folder: &str) -> Result<(), Error> {
    let at = |name: &str| format!("{folder}/{name}");
    nothing_opens(from, &at("witness"))?;
    nothing_opens(from, &at("planted"))?;
    closed(folder, from.create_directory_at(&at("planted")))?;
    closed(folder, from.unlink_file_at(&at("witness")))?;
    closed(folder, from.remove_directory_at(&at("granted.git")))?;
    closed(folder, from.rename_at(&at("witness"), from, "stolen"))?;
    closed(folder, from.rename_at("own", from, &at("planted")))?;
    closed(folder, from.symlink_at("witness", &at("planted")))?;
    closed(folder, from.readlink_at(&at("link")))?;
    closed(folder, from.link_at(PathFlags::empty(), &at("witness"), from, "stolen"))?;
    closed(folder, from.link_at(PathFlags::empty(), "own", from, &at("planted")))
}

pub(crate) fn look_around() -> Result<(), Error> {
    let (variables, arguments, place) =
        (environment::get_environment(), environment::get_arguments(), environment::initial_cwd());
    let folders: Vec<String> = preopens::get_directories().into_iter().map(|(_, path)| path).collect();
    if !variables.is_empty() || !arguments.is_empty() || place.is_some() {
        return Err(came_through(&format!("{variables:?} {arguments:?} {place:?}")));
    }
    run::log(run::Level::Info, &format!("around are {}", folders.join(" ")));
    Ok(())
}

pub(crate) fn paths_out(repository: &str) -> Result<(), Error> {
    let workspace = workspace()?;
    file(&workspace, "own")?;
    let inner = made(&workspace, "in")?;
    for path in ["/etc/passwd", "//etc/passwd", "/proc/self/environ", "/proc/self/fd/../environ", "a\0b", ""] {
        nothing_opens(&workspace, path)?;
    }
    for folder in ["..", "./..", "in/../..", "in/./../../", "/", "/tmp", "/workspace/..", "../../../../../.."] {
        nothing_is_done(&workspace, folder)?;
    }
    nothing_is_done(&inner, "../..")?;
    // What was opened below stays below, wherever it is moved to.
    made(&workspace, "elsewhere")?;
    workspace.rename_at("in", &workspace, "elsewhere/in").map_err(failed)?;
    nothing_is_done(&inner, "../../..")?;
    nothing_opens(&inner, "..")?;
    let snapshot = Snapshot::open(repository, None)?;
    for path in ["..", "../witness", "/etc/passwd", "in/../../witness", "a\0b"] {
        let answers = [
            is_executable(path).map(drop),
            set_executable(path, true),
            copy(&snapshot, "a.yaml", path).map(drop),
            copy(&snapshot, path, "copied").map(drop),
        ];
        if !answers.iter().all(|answer| matches!(answer, Err(Error::Invalid(_)))) {
            return Err(came_through(&format!("{path:?}: {answers:?}")));
        }
    }
    Ok(())
}

pub(crate) fn links_out() -> Result<(), Error> {
    let workspace = workspace()?;
    file(&workspace, "own")?;
    made(&workspace, "in")?;
    for leads in ["/etc/passwd", "/", "/workspace/../.."] {
        closed(leads, workspace.symlink_at(leads, "absolute"))?;
    }
    let links = [
        ("up", ".."),
        ("out", "../witness"),
        ("far", "../../../../../../../../../etc/passwd"),
        ("process", "../../../../../../../../../proc/self/environ"),
        ("in/whole", ".."),
        ("in/up", "../.."),
        ("first", "in/up"),
        ("second", "first"),
        ("third", "./second/."),
        ("through", "in/whole/../witness"),
        ("circle", "circle"),
        ("planted", "../planted"),
    ];
    for (at, leads) in links {
        workspace.symlink_at(leads, at).map_err(failed)?;
    }
    for path in ["up", "out", "far", "process", "in/up", "first", "second", "third", "through", "circle", "planted"] {
        nothing_opens(&workspace, path)?;
    }
    for folder in ["up", "in/up", "first", "second", "third", "in/whole/..", "in/whole/up"] {
        nothing_is_done(&workspace, folder)?;
    }
    match [is_executable("out").is_ok(), set_executable("out", true).is_ok(), is_executable("up/witness").is_ok()] {
        [false, false, false] => Ok(()),
        answers => Err(came_through(&format!("what links lead to may be executed: {answers:?}"))),
    }
}

pub(crate) fn link_after_look(repository: &str) -> Result<(), Error> {
    let workspace = workspace()?;
    file(&workspace, "run")?;
    is_executable("run")?;
    workspace.unlink_file_at("run").map_err(failed)?;
    workspace.symlink_at("../witness", "run").map_err(failed)?;
    if set_executable("run", true).is_ok() {
        return Err(came_through("what a link leads to may be executed"));
    }
    let snapshot = Snapshot::open(repository, None)?;
    copy(&snapshot, "folder", "into")?;
    workspace.unlink_file_at("into/b.yaml").map_err(failed)?;
    workspace.remove_directory_at("into").map_err(failed)?;
    workspace.symlink_at("..", "into").map_err(failed)?;
    for target in ["into", "into/planted", "into/granted.git"] {
        if copy(&snapshot, "folder", target).is_ok() {
            return Err(came_through(&format!("a copy to {target}")));
        }
    }
    pushes::folder(repository, "into").map_err(|error| match error {
        Error::Failed(reason) => Error::Failed(reason),
        error => came_through(&format!("a push of what a link leads to: {error:?}")),
    })
}

pub(crate) fn hard_links_out() -> Result<(), Error> {
    let workspace = workspace()?;
    workspace.symlink_at("../witness", "out").map_err(failed)?;
    for path in ["../witness", "/etc/passwd", "/proc/self/environ", "out/../../witness"] {
        for flags in [PathFlags::empty(), PathFlags::SYMLINK_FOLLOW] {
            closed(path, workspace.link_at(flags, path, &workspace, "hard"))?;
        }
    }
    closed("a followed link", workspace.link_at(PathFlags::SYMLINK_FOLLOW, "out", &workspace, "hard"))?;
    // A second name of the link itself leads where it does, which is nowhere.
    if workspace.link_at(PathFlags::empty(), "out", &workspace, "hard").is_ok() {
        nothing_opens(&workspace, "hard")?;
    }
    Ok(())
}

pub(crate) fn template_written() -> Result<(), Error> {
    let (workspace, template) = (workspace()?, folder("/template")?);
    file(&workspace, "own")?;
    let read = template.open_at(PathFlags::empty(), "template.yaml", OpenFlags::empty(), DescriptorFlags::READ);
    let read = read.map_err(failed)?;
    closed("a file of the template", read.write(b"x", 0))?;
    closed("a file's size", read.set_size(0))?;
    let writes = DescriptorFlags::WRITE;
    closed("a file opened", template.open_at(PathFlags::empty(), "template.yaml", OpenFlags::empty(), writes))?;
    closed("a file made", template.open_at(PathFlags::empty(), "new", OpenFlags::CREATE, writes))?;
    closed("a folder made", template.create_directory_at("new"))?;
    closed("a file removed", template.unlink_file_at("template.yaml"))?;
    closed("a file moved", template.rename_at("template.yaml", &workspace, "mine"))?;
    closed("a file put there", workspace.rename_at("own", &template, "own"))?;
    closed("a link made", template.symlink_at("template.yaml", "link"))?;
    closed("a second name", template.link_at(PathFlags::empty(), "template.yaml", &workspace, "mine"))?;
    nothing_opens(&template, "../witness")
}

pub(crate) fn odd_names(repository: &str) -> Result<(), Error> {
    let workspace = workspace()?;
    let long = "n".repeat(255);
    for name in
        ["\u{1b}[31mred", "line\nbreak", "\u{202e}gnp.exe", "tab\t", "\u{7f}", "-rf", "*", "a\\b", "con", " ", &long]
    {
        file(&workspace, name)?;
        run::log(run::Level::Info, name);
    }
    for name in ["n".repeat(256), "a\0b".to_owned(), "n".repeat(1 << 20)] {
        closed("a name that is none", workspace.create_directory_at(&name))?;
    }
    workspace.symlink_at("../witness", "\u{1b}[2J\u{7}out").map_err(failed)?;
    pushes::folder(repository, "")
}
