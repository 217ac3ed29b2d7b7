//! The API's description is kept beside the code, so that every change of the API is seen as one.

use std::fs;
use std::path::Path;

#[test]
fn the_description_is_the_one_that_is_kept() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let now = portico_api::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("PORTICO_UPDATE").is_some() {
        fs::write(&file, &now).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == now,
        "the API differs from host/api/openapi.json; if that is meant, run this test with PORTICO_UPDATE=1"
    );
}

#[test]
fn every_route_says_what_it_is_for() {
    let document = portico_api::openapi();
    for (path, item) in &document.paths.paths {
        for operation in [&item.get, &item.post, &item.put, &item.delete].into_iter().flatten() {
            assert!(operation.summary.as_ref().is_some_and(|summary| !summary.is_empty()), "{path} has no summary");
            assert!(!operation.responses.responses.is_empty(), "{path} names no answers");
        }
    }
}
