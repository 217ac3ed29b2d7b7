//! What sessions take and answer, between the SDK's words and the contract's.

use portico_model::Position;

use super::{Cause, Origin, Problem, Put, Summary};
use crate::host::ingest as host;
use crate::reference::outwards;

pub(super) fn summary(summary: host::Summary) -> Summary {
    let host::Summary { added, updated, unchanged, removed, refused, facts } = summary;
    Summary { added, updated, unchanged, removed, refused, facts }
}

pub(super) fn put(Put { document, origin }: Put) -> (host::Put, Origin) {
    let Origin { file, line, url, parent } = origin.clone();
    let of_host = host::Origin { file, line, url, parent: parent.as_ref().map(outwards) };
    (host::Put { document, origin: of_host }, origin)
}

pub(super) fn problem(problem: &Problem) -> host::Problem {
    let position = problem.position.unwrap_or(Position { line: 0, column: 0 });
    host::Problem {
        cause: match problem.cause {
            Cause::Unreadable => host::Cause::Unreadable,
            Cause::Refused => host::Cause::Refused,
        },
        file: problem.file.clone(),
        line: position.line,
        column: position.column,
        path: problem.path.clone(),
        entity: problem.entity.as_ref().map(outwards),
        owner: problem.owner.as_ref().map(outwards),
        url: problem.url.clone(),
        message: problem.message.clone(),
    }
}
