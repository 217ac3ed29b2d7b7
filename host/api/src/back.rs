//! Where a form leads once it was sent: to a page, which says what came of it.
//!
//! Rule: whoever sends a form gets a page, never JSON. Why something was not done goes along in the address, and the page says it.

use std::fmt::Display;

use axum::response::Redirect;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

/// What stays as it is in a step of a path.
const STEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':');

/// One step of a path, whatever somebody sent as a name.
pub(crate) fn step(name: &str) -> impl Display {
    utf8_percent_encode(name, STEP)
}

/// The page of a plugin.
pub(crate) fn plugin(name: &str) -> String {
    format!("/plugins/{}", step(name))
}

/// To a page of which each step is escaped.
pub(crate) fn to(page: &str) -> Redirect {
    Redirect::to(page)
}

/// To a page, with the reason why nothing was done.
pub(crate) fn refused(page: &str, reason: &str) -> Redirect {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("refused", reason).finish();
    let (page, place) = page.split_once('#').map_or((page, String::new()), |(page, place)| (page, format!("#{place}")));
    to(&format!("{page}?{query}{place}"))
}

/// To a page, with the reason if nothing was done.
pub(crate) fn after<E: Display>(page: &str, outcome: Result<(), E>) -> Redirect {
    match outcome {
        Ok(()) => to(page),
        Err(error) => refused(page, &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::LOCATION;
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn a_form_leads_to_its_page_whatever_was_sent_as_a_name() {
        let location = |redirect: Redirect| redirect.into_response().headers()[LOCATION].to_str().unwrap().to_owned();
        for (name, expected) in [
            ("git", "/plugins/git"),
            ("a/../b", "/plugins/a%2F..%2Fb"),
            ("a\r\nSet-Cookie: b", "/plugins/a%0D%0ASet-Cookie:%20b"),
            ("ü?#", "/plugins/%C3%BC%3F%23"),
        ] {
            assert_eq!(location(after(&plugin(name), Ok::<(), String>(()))), expected);
        }
        let refused = after("/sources#locations", Err("it is so & not otherwise"));
        assert_eq!(location(refused), "/sources?refused=it+is+so+%26+not+otherwise#locations");
    }
}
