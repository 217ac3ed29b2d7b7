//! Where each value of a document is written, kept small.
//!
//! Rule: one flat list, a parent before its children, and one text with all keys; a look-up walks from the root. What an
//! alias repeats has the alias's place.

use super::Position;
use super::tape::{Tape, What};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Positions {
    marks: Box<[Mark]>,
    keys: Box<str>,
}

#[derive(Clone, Debug, PartialEq)]
struct Mark {
    position: Position,
    /// The index after the last mark inside this one.
    end: u32,
    /// Where in `keys` the key begins under which the value stands, and where it ends; nothing for an item of a list.
    key: Option<(u32, u32)>,
}

impl Positions {
    pub(super) fn of(tape: &Tape<'_>) -> Positions {
        let mut recorder = Recorder { tape, marks: Vec::with_capacity(tape.nodes.len()), keys: String::new() };
        recorder.value(0, None);
        Positions { marks: recorder.marks.into(), keys: recorder.keys.into() }
    }

    /// The place of the value at `pointer`, or of the nearest one around it.
    pub(super) fn find(&self, pointer: &str) -> Position {
        let mut at = 0;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let Some(child) = self.child(at, &step) else { break };
            at = child;
        }
        self.marks[at].position
    }

    fn child(&self, parent: usize, step: &str) -> Option<usize> {
        let mut at = parent + 1;
        let mut index = 0;
        while at < self.marks[parent].end as usize {
            let is_it = match self.marks[at].key {
                Some((start, end)) => &self.keys[start as usize..end as usize] == step,
                None => step.parse() == Ok(index),
            };
            if is_it {
                return Some(at);
            }
            at = self.marks[at].end as usize;
            index += 1;
        }
        None
    }
}

struct Recorder<'a> {
    tape: &'a Tape<'a>,
    marks: Vec<Mark>,
    keys: String,
}

impl Recorder<'_> {
    /// Marks the value at `index` of the tape and what is inside it. `key` is the key's index, if it has one.
    fn value(&mut self, index: u32, key: Option<u32>) {
        let node = &self.tape.nodes[index as usize];
        let is_collection = matches!(node.what, What::List | What::Mapping);
        let place = key.filter(|_| is_collection).unwrap_or(index);
        let mark = self.marks.len();
        let key = key.map(|key| self.key(key));
        self.marks.push(Mark { position: self.tape.nodes[place as usize].position, end: 0, key });
        let mut at = index + 1;
        while at < node.end {
            let (key, child) = match node.what {
                What::Mapping => (Some(at), self.tape.nodes[at as usize].end),
                _ => (None, at),
            };
            self.value(child, key);
            at = self.tape.nodes[child as usize].end;
        }
        self.marks[mark].end = self.marks.len() as u32;
    }

    /// Keeps the key's text. A key that is a list, a mapping or an alias has none that a pointer could be expected to
    /// write.
    fn key(&mut self, index: u32) -> (u32, u32) {
        let start = self.keys.len() as u32;
        if let What::Scalar { text, .. } = &self.tape.nodes[index as usize].what {
            self.keys.push_str(text);
        }
        (start, self.keys.len() as u32)
    }
}
