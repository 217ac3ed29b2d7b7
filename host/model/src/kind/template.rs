//! What the `spec` of a `Template` holds.
//!
//! Rule: only the frame of a template is judged here. Its expressions, and whether its actions exist and take their
//! input, are questions for whoever runs it.

use super::Shape::{AnyOf, FilledText, Flag, Text};
use super::{Field, Shape, list, mapping, optional, required};

const ANY_MAPPING: Shape = mapping(&[]);
const CONDITION: Shape = AnyOf(&[Text, Flag]);
const PERMISSIONS: Field = optional("backstage:permissions", mapping(&[optional("tags", list(&Text))]));
const FORM: Shape = mapping(&[PERMISSIONS]);

pub(super) const TEMPLATE_FIELDS: &[Field] = &[
    required("type", FilledText, "service"),
    required("steps", list(&STEP), "[]"),
    optional("owner", FilledText),
    optional("lifecycle", FilledText),
    optional("parameters", AnyOf(&[FORM, list(&FORM)])),
    optional("secrets", mapping(&[optional("schema", ANY_MAPPING)])),
    optional("presentation", mapping(&[optional("buttonLabels", BUTTON_LABELS)])),
    optional("EXPERIMENTAL_recovery", mapping(&[optional("EXPERIMENTAL_strategy", Text)])),
    optional("formDecorators", list(&mapping(&[optional("id", Text), optional("input", ANY_MAPPING)]))),
    optional("output", OUTPUT),
];

const STEP: Shape = mapping(&[
    required("action", Text, "fetch:template"),
    optional("id", Text),
    optional("name", Text),
    optional("if", CONDITION),
    optional("input", ANY_MAPPING),
    PERMISSIONS,
]);

const BUTTON_LABELS: Shape = mapping(&[
    optional("backButtonText", Text),
    optional("createButtonText", Text),
    optional("reviewButtonText", Text),
]);

const OUTPUT: Shape = Shape::Mapping {
    fields: &[
        optional(
            "links",
            list(&mapping(&[
                optional("if", CONDITION),
                optional("url", FilledText),
                optional("entityRef", FilledText),
                optional("title", FilledText),
                optional("icon", FilledText),
            ])),
        ),
        optional(
            "text",
            list(&mapping(&[
                optional("if", CONDITION),
                optional("title", FilledText),
                optional("icon", FilledText),
                optional("content", Text),
            ])),
        ),
    ],
    others: Some(&Text),
};
