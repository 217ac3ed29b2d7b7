//! What an address says of a list, and back.

use super::*;

fn parse(query: &str) -> State {
    State::parse(query.split('&').filter_map(|pair| pair.split_once('=')))
}

#[test]
fn an_address_without_parameters_shows_components_by_name() {
    let state = parse("");
    assert_eq!(state.href(), "/catalog?kind=component");
    assert_eq!(
        state.entities_path("kind"),
        "/api/catalog/entities/by-query?limit=50&fields=kind&orderField=metadata.name%2Casc&filter=kind%3Dcomponent"
    );
}

#[test]
fn every_state_survives_the_way_through_its_address() {
    for address in [
        "/catalog?kind=component",
        "/catalog?kind=all&q=pay",
        "/catalog?kind=api&lifecycle=production&type=grpc&type=openapi&owner=x&sort=-owner",
        "/catalog?kind=component&tag=pci&from=50&cursor=eyJ4IjoxfQ",
    ] {
        assert_eq!(parse(address.split_once('?').unwrap().1).href(), address);
    }
}

#[test]
fn what_an_address_says_wrongly_is_left_out() {
    let state = parse("kind=&q=&sort=colour&from=many&colour=red&tag=a&tag=A");
    assert_eq!(state.href(), "/catalog?kind=component&tag=a");
}

#[test]
fn a_change_begins_at_the_first_page() {
    let state = parse("kind=component&from=50&cursor=c");
    for changed in [
        state.with_text(" pay "),
        state.toggled(&Facet::Tag, "pci"),
        state.sorted(SortBy::Owner),
        state.cleared(),
        state.with_kind("api"),
    ] {
        assert_eq!((changed.cursor, changed.offset), (None, 0));
    }
    assert_eq!(state.with_text(" pay ").text, "pay");
}

#[test]
fn choosing_twice_is_choosing_not_at_all() {
    let state = parse("kind=component&tag=PCI");
    assert_eq!(state.toggled(&Facet::Tag, "pci").href(), "/catalog?kind=component");
    assert_eq!(state.toggled(&Facet::Tag, "ha").toggled(&Facet::Tag, "ha"), state);
}

#[test]
fn ordering_by_the_same_twice_turns_it_round() {
    let once = parse("").sorted(SortBy::Owner);
    assert_eq!(once.sort.parameter(), "owner");
    assert_eq!(once.sorted(SortBy::Owner).sort.parameter(), "-owner");
    assert_eq!(parse("").sorted(SortBy::Name).sort.parameter(), "-name");
}

#[test]
fn another_kind_keeps_the_words_and_drops_the_facets() {
    assert_eq!(parse("kind=component&q=pay&tag=pci").with_kind("API").href(), "/catalog?kind=api&q=pay");
}

#[test]
fn what_is_typed_narrows_what_is_counted() {
    let state = parse("kind=component&q=pay+ments&tag=pci");
    assert_eq!(state.kinds_path(), "/api/catalog/entity-facets?q=pay%2Bments&facet=kind");
    assert!(state.facet_paths().iter().all(|path| path.contains("q=pay%2Bments")));
    assert_eq!(state.without_text().kinds_path(), "/api/catalog/entity-facets?facet=kind");
}

#[test]
fn a_facet_is_counted_as_if_nothing_of_it_were_chosen() {
    let paths = parse("kind=component&tag=pci&tag=ha&type=service").facet_paths();
    assert_eq!(
        paths,
        [
            "/api/catalog/entity-facets?filter=kind%3Dcomponent%2Cspec.type%3Dservice%2Cmetadata.tags%3Dpci%2Cmetadata.tags%3Dha&facet=spec.lifecycle&facet=relations.ownedBy&facet=metadata.namespace",
            "/api/catalog/entity-facets?filter=kind%3Dcomponent%2Cmetadata.tags%3Dpci%2Cmetadata.tags%3Dha&facet=spec.type",
            "/api/catalog/entity-facets?filter=kind%3Dcomponent%2Cspec.type%3Dservice&facet=metadata.tags",
        ]
    );
}

#[test]
fn all_kinds_and_nothing_chosen_is_no_filter() {
    assert_eq!(parse("kind=all").filter(None), None);
    assert_eq!(parse("kind=all").count_path(), "/api/catalog/entities/by-query?limit=0");
}

#[test]
fn a_cursor_stands_for_the_whole_question() {
    let path = parse("kind=api&q=pay&cursor=c").entities_path("kind");
    assert_eq!(path, "/api/catalog/entities/by-query?limit=50&fields=kind&cursor=c");
}

#[test]
fn words_are_looked_for_in_what_people_read() {
    let path = parse("kind=api&q=pay me").count_path();
    assert!(path.contains("q=pay%20me"), "{path}");
}
