"""Tests of what needs no portal: the document, the card, and what a status means. `portico plugin test` runs them.

The contract's types that they use lie in `bindings`, where that command writes them."""

import json
import pathlib
import unittest

from componentize_py_types import Err
from wit_world.exports.cards import Block_Empty, Status, Tone
from wit_world.imports import http, types

import card
import items
import portal

URL = "https://x.test/items.json"


class Plugin(unittest.TestCase):
    def test_the_document_becomes_items(self):
        text = pathlib.Path(__file__).with_name("example.json").read_text(encoding="utf-8")
        puts, problems = items.parse(URL, json.loads(text))
        self.assertEqual([json.loads(put.document)["spec"] for put in puts], [{"state": "good"}, {"state": "bad"}])
        self.assertEqual(problems, [])

    def test_one_item_that_is_wrong_costs_no_other(self):
        good = {"name": "good", "title": "Good", "state": "good"}
        puts, problems = items.parse(URL, {"items": [good, {**good, "state": "never"}, None]})
        self.assertEqual(len(puts), 1)
        self.assertEqual(problems[0].message, "`never` is no state; write one of good, warning, bad")
        self.assertEqual(problems[1].path, "/items/2")

    def test_an_item_that_is_bad_says_what_to_do(self):
        drawn = card.draw({"spec": {"state": "bad"}})
        self.assertEqual(drawn.status, Status("Bad", Tone.BAD))
        self.assertEqual(drawn.blocks[0].value[0].value.value, "Mend it")

    def test_an_item_that_is_not_there_says_so(self):
        self.assertIsInstance(card.draw({}).blocks[0], Block_Empty)

    def test_a_server_that_asks_for_a_pause_gets_it(self):
        response = http.Response(429, [("Retry-After", "60")], b"")
        with self.assertRaises(Err) as raised:
            portal.answered(URL, response)
        self.assertEqual(raised.exception.value.value.retry_after, 60)

    def test_a_mistake_is_an_error_with_its_place_and_not_the_end(self):
        with self.assertRaises(Err) as raised:
            portal.calling(lambda: None.name)()
        self.assertIsInstance(raised.exception.value, types.Error_Failed)
        self.assertIn("AttributeError", raised.exception.value.value)
