//! What is missing from a list: hidden, deleted, given away, made anew, and how long each is believed in.

use std::time::Duration;

use portico_sdk::testing::{Answer, Portal};
use serde_json::json;

use super::*;
use crate::testing::{API, LIST, acme, after, listed, row, rows};

fn by_number(number: u64) -> String {
    format!("{API}/repositories/{number}")
}

/// A portal that has listed so many repositories, of which the first are listed now, and the others are nowhere.
fn without(all: u64, left: u64) -> Portal {
    let portal = after(&rows(1..all + 1), Answer::json(&rows(1..left + 1)));
    (left + 1..=all).fold(portal, |portal, number| portal.answer("GET", &by_number(number), Answer::status(404)))
}

fn ids(portal: &Portal) -> usize {
    listed(portal, &|_, _| true).expect("a list").ids.len()
}

fn wait(portal: &Portal, milliseconds: u64) {
    portal.run(|| portico_sdk::clock::pause(Duration::from_millis(milliseconds)));
}

#[test]
fn what_the_list_leaves_out_is_asked_for_before_anything_else() {
    let portal =
        after(&rows(1..9), Answer::json(&rows(1..8))).answer("GET", &by_number(8), Answer::json(&row(8, "r8")));
    let listing = listed(&portal, &|_, _| true).expect("a list");
    assert!(listing.ids.contains("8") && listing.odd.is_empty() && listing.doubt.is_none(), "{listing:?}");
}

#[test]
fn a_list_that_was_cut_short_takes_nothing_away() {
    let portal = after(&rows(1..101), Answer::json(&rows(1..3)));
    let there = |portal: Portal, number| {
        portal.answer("GET", &by_number(number), Answer::json(&row(number, &format!("r{number}"))))
    };
    let portal = (3..101).fold(portal, there);
    assert_eq!(ids(&portal), 100);
    assert_eq!(portal.requests().len(), 2 + SAMPLE, "one that is there speaks for the others");
}

#[test]
fn little_that_is_nowhere_goes_after_an_hour_and_says_so_until_then() {
    let portal = without(10, 6);
    let listing = listed(&portal, &|_, _| true).expect("a list");
    assert_eq!((listing.ids.len(), listing.odd.len(), listing.doubt.is_none()), (10, 4, true));
    assert!(
        listing.odd[0].1.starts_with("github.com lists it no more and does not find it by its number"),
        "{:?}",
        listing.odd
    );
    wait(&portal, DOUBT - 1);
    assert_eq!(ids(&portal), 10);
    wait(&portal, 1);
    assert_eq!(ids(&portal), 6);
    assert_eq!(ids(&portal), 6, "and is not looked for any more");
}

#[test]
fn that_half_or_more_are_nowhere_is_not_believed_for_a_day_however_few_there_are() {
    for (all, left) in [(1, 0), (2, 1), (4, 0), (20, 10), (20, 0)] {
        let portal = without(all, left);
        let listing = listed(&portal, &|_, _| true).expect("a list");
        let doubt = listing.doubt.expect("a doubt").to_string();
        let expected =
            format!("{} of {all} repositories are not there any more, or the token has lost sight of them", all - left);
        assert!(doubt.contains(&expected), "{doubt}");
        assert_eq!(listing.ids.len() as u64, all);
        wait(&portal, DISBELIEF - 1);
        assert_eq!(ids(&portal) as u64, all);
        wait(&portal, 1);
        assert_eq!(ids(&portal) as u64, left);
    }
}

#[test]
fn what_comes_back_and_is_lost_again_is_waited_for_anew() {
    let lost = || Answer::json(&rows(1..10));
    let portal =
        after(&rows(1..11), lost()).answer("GET", LIST, Answer::json(&rows(1..11))).answer("GET", LIST, lost());
    let portal = portal.answer("GET", &by_number(10), Answer::status(404));
    for _ in 0..3 {
        assert_eq!(ids(&portal), 10);
        wait(&portal, DOUBT - 1);
    }
}

#[test]
fn a_clock_that_was_put_back_or_ahead_makes_the_wait_no_longer_than_it_is() {
    let portal = without(10, 9).at(2_000_000_000_000);
    assert_eq!(ids(&portal), 10);
    let portal = portal.at(1_800_000_000_000);
    assert_eq!(ids(&portal), 10, "what was noted in the future counts from now");
    wait(&portal, DOUBT);
    assert_eq!(ids(&portal), 9);
}

#[test]
fn what_the_forge_says_to_be_elsewhere_goes_at_once() {
    let mut given = row(10, "r10");
    given["full_name"] = json!("umbrella/r10");
    let portal = after(&rows(1..11), Answer::json(&rows(1..10))).answer("GET", &by_number(10), Answer::json(&given));
    assert_eq!(ids(&portal), 9);
}

#[test]
fn what_a_webhook_called_deleted_is_not_looked_for() {
    let portal = after(&rows(1..3), Answer::json(&rows(1..2)));
    portal.run(|| Memory::forget(&acme(), "2")).expect("kept");
    assert_eq!(ids(&portal), 1);
    assert_eq!(portal.requests().len(), 2);
}

#[test]
fn what_was_made_anew_under_its_name_goes_at_once() {
    let portal = after(&rows(1..2), Answer::json(&[row(2, "R1")])).answer("GET", &by_number(1), Answer::status(404));
    let portal = portal.cursor("github.com/acme#1", r#"c0 {"row":"r","rest":"s","project":"acme/r1","at":1}"#);
    let listing = listed(&portal, &|_, _| true).expect("a list");
    assert_eq!((listing.ids, listing.doubt.is_none()), (BTreeSet::from(["2".to_owned()]), true));
}

#[test]
fn a_forge_that_does_not_tell_of_what_is_missing_takes_nothing_away() {
    let portal = after(&rows(1..9), Answer::json(&rows(1..8))).answer("GET", &by_number(8), Answer::status(500));
    assert!(listed(&portal, &|_, _| true).is_err());
    // What it knew it knows still.
    let portal = portal.answer("GET", &by_number(8), Answer::status(404));
    assert!(listed(&portal, &|_, _| true).is_err(), "the same answer comes once more");
    assert_eq!(ids(&portal), 8);
}
