//! Attacks on the files of the machine. The grant is for the folder `shelf`, beside the repositories.

use crate::came_through;
use crate::contract::portico::plugin::files::{find, read};
use crate::contract::portico::plugin::run;
use crate::contract::portico::plugin::types::Error;
use crate::outside::repository;

pub(crate) fn files_not_granted() -> Result<(), Error> {
    let granted = repository()?;
    let folder = granted.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shelf = format!("{folder}/shelf");
    let paths = [
        format!("{folder}/granted.git/HEAD"),
        format!("{folder}/shelfish/a.yaml"),
        format!("{shelf}/../granted.git/HEAD"),
        format!("{shelf}//a.yaml"),
        format!("{shelf}/./a.yaml"),
        format!("{shelf}/a.yaml/"),
        format!("{shelf}/a.yaml\0"),
        format!("{shelf}/link.yaml"),
        format!("{shelf}/etc/passwd"),
        format!("{shelf}/gone.yaml"),
        shelf.clone(),
        "/etc/passwd".to_owned(),
        "/proc/self/environ".to_owned(),
        "shelf/a.yaml".to_owned(),
        "/".to_owned(),
        String::new(),
        "x".repeat(100_000),
    ];
    for path in &paths {
        match read(path) {
            Err(Error::Denied(_) | Error::Invalid(_) | Error::NotFound(_)) => {}
            answer => return Err(came_through(&format!("{path:?}: {answer:?}"))),
        }
    }
    let patterns = ["/**", "/etc/*", "/{etc,tmp}/**", "**", "[", &format!("{folder}/*"), &format!("{shelf}/../**")];
    for pattern in patterns {
        match find(&[pattern.to_owned()]) {
            Err(Error::Denied(_) | Error::Invalid(_)) => {}
            answer => return Err(came_through(&format!("{pattern}: {answer:?}"))),
        }
    }
    if find(&vec!["x".to_owned(); 10_000]).is_ok() {
        return Err(came_through("ten thousand patterns"));
    }
    let all = find(&[format!("{shelf}/**")])?;
    let names: Vec<&str> = all.iter().filter_map(|entry| entry.path.strip_prefix(&shelf)).collect();
    run::log(run::Level::Info, &names.join(" "));
    Ok(())
}
