//! Attacks with what is handed over to the host: texts, lists, handles, lines, keys.

use crate::contract::portico::plugin::ingest::{Mode, Session};
use crate::contract::portico::plugin::types::Error;
use crate::contract::portico::plugin::{run, state};
use crate::{came_through, raw};

pub(crate) fn text_outside_of_memory() -> Result<(), Error> {
    raw::log(16, 1 << 30);
    Err(came_through("a text that it does not have"))
}

pub(crate) fn huge_text() -> Result<(), Error> {
    run::log(run::Level::Info, &"x".repeat(20 << 20));
    Err(came_through("a text of 20 MiB"))
}

pub(crate) fn text_that_is_none() -> Result<(), Error> {
    let bytes = [0xff, 0xfe, 0xfd];
    raw::log(bytes.as_ptr() as usize, bytes.len());
    Err(came_through("bytes that are no text"))
}

pub(crate) fn list_outside_of_memory() -> Result<(), Error> {
    let session = Session::open("list", Mode::Full)?;
    raw::put(session.handle(), 64, 0x0fff_ffff);
    Err(came_through("a list that it does not have"))
}

pub(crate) fn forged_handle() -> Result<(), Error> {
    raw::put(4_242, 8, 0);
    Err(came_through("a handle that it never had"))
}

pub(crate) fn committed_twice() -> Result<(), Error> {
    let session = Session::open("twice", Mode::Full)?;
    let handle = session.take_handle();
    raw::commit(handle);
    raw::commit(handle);
    Err(came_through("a session that was given away"))
}

pub(crate) fn log_flood() -> Result<(), Error> {
    for number in 0..100_000 {
        run::log(run::Level::Info, &format!("line {number}"));
    }
    Ok(())
}

pub(crate) fn huge_log_line() -> Result<(), Error> {
    run::log(run::Level::Info, &"\u{1b}[31mred\u{7}".repeat(100_000));
    run::progress(1, None, &"\u{1b}[31mred\u{7}".repeat(100_000));
    Ok(())
}

pub(crate) fn state_over_its_size() -> Result<(), Error> {
    state::set("kept", b"1")?;
    for number in 0..100 {
        match state::set(&format!("key {number}"), &vec![7; 100 << 10]) {
            Ok(()) => {}
            Err(Error::Denied(reason)) if number >= 5 => {
                let kept = state::get("kept")?;
                let old = state::set("key 0", &[]).is_ok();
                return Err(Error::Denied(format!("{reason} KEPT: {kept:?} {old}")));
            }
            Err(error) => return Err(error),
        }
    }
    Err(came_through("ten megabytes of state"))
}

pub(crate) fn hostile_keys() -> Result<(), Error> {
    for key in [String::new(), "k".repeat(257)] {
        let refused = [state::set(&key, b"x"), state::delete(&key), state::get(&key).map(|_| ())];
        if !refused.iter().all(|answer| matches!(answer, Err(Error::Invalid(_)))) {
            return Err(came_through(&format!("a key of {} bytes", key.len())));
        }
    }
    Ok(())
}
