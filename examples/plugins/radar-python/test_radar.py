"""Tests of what needs no portal: the document, the card, and what a status means.

The types that they use are those of `componentize-py … bindings`, see the README."""

import json
import pathlib
import unittest

from componentize_py_types import Err
from wit_world.exports.cards import Status, Tone
from wit_world.imports import http, types

import card
import document
import portal

URL = "https://radar.acme.example/radar.json"


class Radar(unittest.TestCase):
    def test_the_radar_becomes_technologies(self):
        text = pathlib.Path(__file__).with_name("radar.json").read_text()
        puts, problems = document.parse(URL, json.loads(text))
        self.assertEqual((len(puts), problems), (9, []))
        spec = json.loads(puts[0].document)["spec"]
        self.assertEqual(spec, {"ring": "adopt", "quadrant": "Languages"})

    def test_one_entry_that_is_wrong_costs_no_other(self):
        good = {"id": "go", "name": "Go", "quadrant": "Languages", "ring": "adopt"}
        puts, problems = document.parse(URL, {"technologies": [good, {**good, "ring": "never"}, None]})
        self.assertEqual(len(puts), 1)
        self.assertEqual(problems[0].message, "`never` is no ring; write one of adopt, trial, assess, hold")
        self.assertEqual(problems[1].path, "/technologies/2")

    def test_what_is_on_hold_is_said_first(self):
        def technology(name, ring):
            return {"metadata": {"name": name}, "spec": {"ring": ring, "quadrant": "Languages"}}

        drawn = card.draw(card.used_by([technology("rust", "adopt"), technology("java", "hold")]))
        self.assertEqual(drawn.status, Status("1 on hold", Tone.BAD))
        self.assertEqual(drawn.blocks[1].value.rows[0][0].value.name, "java")

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
